"""Let somebody else send records: a relative, or the hospital itself; and stop it again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from checklist.case import Share
from checklist.dates import PartialDate
from checklist.text import Text, _
from handlers.effects import RecordAudit, RevokeLink
from handlers.links import shared_link
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick

_GO_ON = Choice(id="go_on", label=_("Go on"))
_WHO: dict[str, Choice] = {
    "relative": Choice(id="relative", label=_("A relative")),
    "hospital": Choice(id="hospital", label=_("The hospital")),
}
_STOP = "stop-"
_YES = Choice(id="yes", label=_("Yes"))
_NO = Choice(id="no", label=_("No"))

#: Plain words that are nobody's name.
_NOBODY = ("no", "none", "later", "skip", "not_known", "back")
#: What the draft calls a name that was typed and is to be confirmed.
NAMED = "share_for"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareAside:
    """For whom? Below that, the links that work now, each with a button that stops it.

    A name that was typed is confirmed: what was meant for another question makes no link.
    """

    id: str = "share"

    def prompt(self, view: View) -> Prompt:
        """The question, or whether a name is the right one."""
        if name := _named(view):
            sure = _("Make a link for {name}?", name=name)
            return Prompt(text=(sure,), choices=(_YES, _NO), expects="text")
        ask = _(
            "Somebody else can send records for you, by a private link of their own. "
            "They see nothing of your case. Who is it for?"
        )
        shared = _shared(view)
        lines = tuple(
            _(
                "• {name}: works until {date}",
                name=share.name,
                date=PartialDate.of(share.ends_at.date()),
            )
            for share in shared
        )
        head = (_("These links work now. Press “Stop” to end one."), *lines) if shared else ()
        return Prompt(text=(ask, *head), choices=self._choices(view), expects="text")

    def _choices(self, view: View) -> tuple[Choice, ...]:
        if _named(view):
            return (_YES, _NO)
        stops = tuple(
            Choice(id=f"{_STOP}{number}", label=_("Stop: {number}", number=number))
            for number, _share in enumerate(_shared(view), 1)
        )
        return (*_WHO.values(), *stops, _GO_ON)

    def read(self, view: View, said: Said) -> Said | None:
        """One of the buttons, or a name."""
        choice = pick(view, self._choices(view), said, near=False)
        if choice is not None:
            return Said(text=said.text, choice=choice)
        if said.choice is None and view.meant(said.text) in _NOBODY:
            return Said(text=said.text, choice=_GO_ON.id)
        name = " ".join(said.text.split())
        return Said(text=name) if said.choice is None and 0 < len(name) <= 60 else None

    def follow(self, view: View, said: Said) -> Move:
        """Make a link, ask whether a name is right, stop a link, or go on."""
        phase = view.session.phase
        if said.choice in (_GO_ON.id, _NO.id):
            return Move(case=view.case, phase=phase)
        if said.choice is not None and said.choice.startswith(_STOP):
            return _stopped(view, int(said.choice.removeprefix(_STOP)))
        if not view.web_address:
            no_page = _("I can't make such a link here. A coordinator will tell you another way.")
            return Move(case=view.case, phase=phase, say=(no_page,))
        if said.choice is None:
            draft = {**view.session.draft, NAMED: said.text}
            return Move(case=view.case, phase=phase, aside=self.id, draft=draft)
        if said.choice == _YES.id:
            return _handed_out(view, _named(view))
        return _handed_out(view, view.languages.say(_WHO[said.choice].label, view.locale))


def _handed_out(view: View, name: str) -> Move:
    share, address, effect = shared_link(view, name)
    case = replace(view.case, shares=(*_shared(view), share))
    words = (
        _(
            "Please pass on this link to {name}: {link} "
            "It works for 7 days. What comes by it is marked as sent by {name}.",
            name=name,
            link=address,
        ),
        _("To stop it, write “share” and press “Stop”."),
    )
    audit = RecordAudit(actor="patient", action="link.shared", object=share.id)
    return Move(case=case, phase=view.session.phase, say=words, effects=(effect, audit))


def _stopped(view: View, number: int) -> Move:
    shared = _shared(view)
    share = shared[number - 1]
    case = replace(view.case, shares=tuple(one for one in shared if one.id != share.id))
    audit = RecordAudit(actor="patient", action="link.stopped", object=share.id)
    words: tuple[Text, ...] = (_("The link of {name} does not work any more.", name=share.name),)
    effects = (RevokeLink(link_id=share.id), audit)
    return Move(case=case, phase=view.session.phase, say=words, effects=effects)


def _named(view: View) -> str:
    """The name that waits to be confirmed, or ""."""
    return view.session.draft.get(NAMED, "")


def _shared(view: View) -> tuple[Share, ...]:
    """The links of others that work now."""
    return tuple(share for share in view.case.shares if share.ends_at > view.now)


ASIDE = ShareAside()
