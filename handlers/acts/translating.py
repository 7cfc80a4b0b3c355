"""The translation of a record: taken, given back, uploaded, confirmed."""

from __future__ import annotations

from dataclasses import replace

from checklist.case import Case, CaseStatus
from checklist.marks import mark_of_translation
from checklist.to_translate import is_in_translation, translation_of
from checklist.translation import Translation, TranslationFile
from handlers.acts.outcome import Acted, rebuilt, refused, shown_on_card, stale, trail
from handlers.effects import Effect
from handlers.step import View
from handlers.updates import CoordinatorActed


def take(view: View, act: CoordinatorActed) -> Acted:
    """Somebody sets to work on `record_id`. The second who does is told who was first."""
    known = _known(view, act)
    if known is None:
        return view, ()
    if stale(act, mark_of_translation(view.case, act.record_id)) or (
        known.taken_by and known.taken_by != act.coordinator
    ):
        return refused(view, act)
    if known.taken_by:
        return view, ()
    taken = replace(known, taken_by=act.coordinator, taken_at=view.now, not_needed_by="")
    return _settled(view, act, taken, "translation.taken")


def give_back(view: View, act: CoordinatorActed) -> Acted:
    """It waits for somebody else; what was uploaded stays."""
    known = _known(view, act)
    if known is None or not known.taken_by:
        return view, ()
    if stale(act, mark_of_translation(view.case, act.record_id)):
        return refused(view, act)
    return _settled(view, act, replace(known, taken_by="", taken_at=None), "translation.returned")


def not_needed(view: View, act: CoordinatorActed) -> Acted:
    """Nobody has to translate it; said again, it is needed after all."""
    known = _known(view, act)
    if known is None:
        return view, ()
    if stale(act, mark_of_translation(view.case, act.record_id)):
        return refused(view, act)
    left = "" if known.not_needed_by else act.coordinator
    changed = replace(known, not_needed_by=left, taken_by="", taken_at=None)
    return _settled(view, act, changed, "translation.not_needed" if left else "translation.needed")


def add(view: View, act: CoordinatorActed) -> Acted:
    """One more version, `file_id`. `values`: `name`, `media_type`, `size`, `sha256`.

    `draft` says that a machine made it, `approved` that whoever adds it has read it already.
    """
    known = _known(view, act)
    if known is None or not act.file_id:
        return view, (trail(act, "translation.not_taken", act.file_id),)
    if any(file.id == act.file_id for file in known.files):
        return view, ()
    values, draft = act.values, bool(act.values.get("draft"))
    ready = bool(values.get("approved")) and not draft
    size = values.get("size", "")
    file = TranslationFile(
        id=act.file_id,
        name=values.get("name", "")[:200],
        media_type=values.get("media_type", "")[:120],
        size=int(size) if size.isdecimal() else 0,
        sha256=values.get("sha256", "")[:64],
        by=act.coordinator,
        at=view.now,
        draft=draft,
        approved_by=act.coordinator if ready else "",
        approved_at=view.now if ready else None,
    )
    changed = replace(known, files=(*known.files, file), not_needed_by="")
    if not draft and not known.taken_by:
        changed = replace(changed, taken_by=act.coordinator, taken_at=view.now)
    view, effects = _settled(
        view, act, changed, "translation.drafted" if draft else "translation.added"
    )
    return view, (*effects, *(rebuilt(view.case) if ready else ()))


def approve(view: View, act: CoordinatorActed) -> Acted:
    """A translator has read it beside the original. A machine's draft is never approved as it is."""
    known = _known(view, act)
    if known is None:
        return view, ()
    if stale(act, mark_of_translation(view.case, act.record_id)):
        return refused(view, act)
    newest = known.newest
    if newest is None or newest.id != act.file_id or newest.draft:
        return refused(view, act)
    if newest.approved_at:
        return view, ()
    sound = replace(newest, approved_by=act.coordinator, approved_at=view.now)
    files = tuple(sound if file.id == sound.id else file for file in known.files)
    view, effects = _settled(view, act, replace(known, files=files), "translation.approved")
    return view, (*effects, *rebuilt(view.case))


def without(view: View, act: CoordinatorActed) -> Acted:
    """The case without a version in which a virus was found; a package that held it is made anew."""
    for known in view.case.desk.translations:
        left = tuple(file for file in known.files if file.id != act.file_id)
        if left != known.files:
            desk = replace(
                view.case.desk,
                translations=tuple(
                    replace(one, files=left) if one is known else one
                    for one in view.case.desk.translations
                ),
            )
            case = replace(view.case, desk=desk)
            case = replace(case, status=_status(case, act.values.get("reader", "")))
            return replace(view, case=case), rebuilt(case) if known.approved else ()
    return view, ()


def _known(view: View, act: CoordinatorActed) -> Translation | None:
    """What is known of the record's translation; None where there is nothing to translate."""
    record = view.case.record(act.record_id)
    if record is None or record.study is not None or view.case.submitted_at is None:
        return None
    return translation_of(view.case, act.record_id)


def _settled(view: View, act: CoordinatorActed, changed: Translation, action: str) -> Acted:
    """The case with it; it is in translation for as long as it is, which the patient can ask for."""
    others = tuple(t for t in view.case.desk.translations if t.record_id != changed.record_id)
    desk = replace(view.case.desk, translations=(*others, changed))
    case = replace(view.case, desk=desk)
    case = replace(case, status=_status(case, act.values.get("reader", "")))
    effects: tuple[Effect, ...] = (trail(act, action, changed.record_id),)
    moved = case.status != view.case.status
    view = replace(view, case=case)
    return view, (*effects, shown_on_card(view)) if moved else effects


def _status(case: Case, reader: str) -> CaseStatus:
    if case.status in ("submitted", "accepted") and is_in_translation(case, reader):
        return "in_translation"
    if case.status == "in_translation" and not is_in_translation(case, reader):
        return "accepted" if case.desk.assignee else "submitted"
    return case.status
