"""What coordinators do to a case: nothing is overwritten unseen, and everything can be undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.handoff.case_json import case_json
from bot.paths import load_catalog, load_languages
from bot.store.codec import dump
from checklist.case import Answer, Case, Consent, Entry
from checklist.corrections import undoable
from checklist.cover_text import as_text, lines_of, own_lines
from checklist.dates import PartialDate
from checklist.labelling import label_of
from checklist.marks import mark_of_assignee, mark_of_cover, mark_of_label, mark_of_opinion
from checklist.progress import checklist_for
from checklist.records import Record
from checklist.summary import summarize
from handlers.effects import (
    BuildPackage,
    Effect,
    MakeLink,
    NotifyCoordinators,
    RecordAudit,
    RevokeLink,
    SendReply,
    SetTimer,
    TakeFile,
)
from handlers.office import Office
from handlers.replies import Reply
from handlers.updates import Attachment, FilesUploaded, RecordIndexed, TimerFired
from tests.pairing_cases import report_of, study_record
from tests.player import START, Player

CATALOG, LANGUAGES = load_catalog(), load_languages()


def letter(record_id: str, **values: object) -> Record:
    known: dict[str, object] = {
        "id": record_id, "file_id": f"f-{record_id}", "kind": "consultation", "received_at": START,
        "original_name": f"{record_id}.jpg", "media_type": "image/jpeg", "size": 10,
        "item": "reports",
    }  # fmt: skip
    return Record(**(known | values))  # type: ignore[arg-type]


@pytest.fixture
def handed(player: Player) -> Player:
    """A chat whose case was handed over, with two photographed letters and a lab sheet."""
    answers = {
        "problem": Answer(step="problem", at=START, text="Headaches for two years"),
        "questions": Answer(step="questions", at=START, entries=(Entry(text="Operate?"),)),
        "timeline": Answer(
            step="timeline",
            at=START,
            entries=(
                Entry(text="spring 2021 first seizure", name="first seizure",
                      date=PartialDate(year=2021, season=1, words="spring 2021")),
            ),
        ),
    }  # fmt: skip
    case = Case(
        id="TEST-CASE",
        opened_at=START,
        answers=answers,
        records=(letter("a"), letter("b"), letter("lab", kind="lab", item="labs")),
        consents=(Consent(version="1", given=True, locale="en", at=START),),
        status="submitted",
        submitted_at=START,
    )
    player.case = case
    player.session = replace(player.session, step="done", locale="en")
    # The first turn of a chat puts it on the case's list of chats.
    player.act("note", "")
    return player


def done(player: Player, action: str, text: str = "", **values: str) -> list[Effect]:
    """The effects of one act."""
    before = len(player.effects)
    player.act(action, text, **values)
    return player.effects[before:]


def trail(effects: list[Effect]) -> list[tuple[str, str]]:
    return [(e.action, e.by) for e in effects if isinstance(e, RecordAudit)]


# ---- two coordinators at once ------------------------------------------------------------------


def test_the_second_of_two_who_take_a_case_changes_nothing_and_is_told(handed: Player) -> None:
    """Both saw a case that nobody had."""
    seen = mark_of_assignee(handed.case)
    assert trail(done(handed, "take", by="Li Wei", seen=seen)) == [("case.taken", "Li Wei")]
    assert handed.case.status == "accepted"
    effects = done(handed, "take", by="Ana", seen=seen)
    assert trail(effects) == [("act.conflict", "Ana")]
    assert handed.case.desk.assignee == "Li Wei"


@pytest.mark.parametrize("action", ["label", "cover", "opinion_approve"])
def test_no_form_overwrites_what_it_did_not_show(handed: Player, action: str) -> None:
    """Whoever was first stands; who was second decides anew, by what is there."""
    done(handed, "opinion_add", file="o1", part="original", name="o.pdf")
    marks = {
        "label": mark_of_label(handed.case, "a"),
        "cover": mark_of_cover(handed.case),
        "opinion_approve": mark_of_opinion(handed.case),
    }
    done(handed, "label", record="a", date="2020-01")
    done(handed, "cover", problem="Seizures")
    done(handed, "opinion_add", file="o2", part="translation", name="t.pdf")
    before = handed.case
    effects = done(handed, action, record="a", date="2021", problem="Pain", seen=marks[action])
    assert trail(effects) == [("act.conflict", "Li Wei")]
    assert handed.case == before


def test_a_patients_new_answer_is_a_change_that_a_cover_form_has_not_seen(handed: Player) -> None:
    seen = mark_of_cover(handed.case)
    problem = Answer(step="problem", at=handed.now, text="Now I also see double")
    handed.case = handed.case.with_answer(problem)
    assert trail(done(handed, "cover", problem="Headaches", seen=seen))[0][0] == "act.conflict"


# ---- labels ------------------------------------------------------------------------------------


def test_a_corrected_label_stays_however_often_the_file_is_read(handed: Player) -> None:
    """And undoing it leads back to what the file itself says by then."""
    effects = done(handed, "label", record="a", kind="discharge", date="2024-05", body_part="HEAD")
    assert BuildPackage() in effects
    known = handed.case.record("a")
    assert known is not None
    assert (known.kind, known.item, known.kind_certain) == ("discharge", "reports", True)
    assert (known.date, known.body_part) == (PartialDate(year=2024, month=5), "HEAD")
    again = letter("a", date=PartialDate(year=2019), pages=3)
    handed.hear(RecordIndexed(file_id="f-a", original_name="a.jpg", records=(again,)))
    known = handed.case.record("a")
    assert known is not None
    assert (known.kind, known.date, known.pages) == (
        "discharge",
        PartialDate(year=2024, month=5),
        3,
    )
    (change,) = undoable(handed.case)
    assert trail(done(handed, "undo", change=str(change.number)))[0][0] == "change.undone"
    undone = handed.case.record("a")
    assert undone is not None
    assert label_of(undone) == label_of(letter("a"))


def test_a_change_with_another_on_top_of_it_is_not_undone(handed: Player) -> None:
    done(handed, "label", record="a", date="2024")
    first = handed.case.desk.changes[0].number
    done(handed, "label", record="a", date="2025")
    assert trail(done(handed, "undo", change=str(first)))[0][0] == "act.conflict"
    done(handed, "undo", change=str(first + 1))
    done(handed, "undo", change=str(first))
    assert handed.case.record("a") == letter("a")


@pytest.mark.parametrize("date", ["soon", "2024-13", "2024-02-30"])
def test_a_date_that_no_calendar_has_is_no_date(handed: Player, date: str) -> None:
    done(handed, "label", record="a", date=date)
    known = handed.case.record("a")
    assert known is not None
    assert known.date is None


def test_a_further_page_is_of_the_kind_and_day_of_its_document(handed: Player) -> None:
    """Two photos of one letter are one record, named one after the other in the package."""
    done(handed, "label", record="a", kind="discharge", date="2024-05-01")
    done(handed, "label", record="b", part_of="a")
    page = handed.case.record("b")
    assert page is not None
    assert (page.part_of, page.kind, page.date) == (
        "a",
        "discharge",
        PartialDate(year=2024, month=5, day=1),
    )
    counted = summarize(handed.case, checklist_for(handed.case, CATALOG), CATALOG)
    assert counted.records == 2
    done(handed, "label", record="a", part_of="b")
    head = handed.case.record("a")
    assert head is not None
    assert head.part_of == "", "a document whose pages there are is no page"
    done(handed, "label", record="b", part_of="")
    page = handed.case.record("b")
    assert page is not None
    assert page.part_of == ""


# ---- the cover ---------------------------------------------------------------------------------


def test_locked_words_stay_when_the_patient_answers_again_and_others_give_way(
    handed: Player,
) -> None:
    done(
        handed,
        "cover",
        problem="Epilepsy since 2021",
        questions="Operate?\nWhen?",
        locked="problem",
    )
    assert [line.words for line in lines_of(handed.case, "questions")] == ["Operate?", "When?"]
    for step, text in (("problem", "Much worse"), ("questions", "")):
        entries = (Entry(text="Can I fly?"),) if step == "questions" else ()
        answer = Answer(step=step, at=handed.now, text=text, entries=entries)
        handed.case = handed.case.with_answer(answer)
    shown = summarize(handed.case, checklist_for(handed.case, CATALOG), CATALOG)
    assert shown.problem == "Epilepsy since 2021"
    assert shown.questions == ("Can I fly?",)
    assert shown.edited == ("problem",)
    assert handed.case.text("problem") == "Much worse", "the patient's own words are kept"


def test_an_event_keeps_the_words_of_its_date_when_the_timeline_is_edited(handed: Player) -> None:
    """A form can't write "spring"."""
    text = as_text(own_lines(handed.case, "timeline"))
    assert text == "2021 first seizure"
    done(handed, "cover", timeline=f"{text}\n2023-05-02 MRI\nlater: pain")
    first, second, third = lines_of(handed.case, "timeline")
    assert first.date == PartialDate(year=2021, season=1, words="spring 2021")
    assert (second.date, second.words) == (PartialDate(year=2023, month=5, day=2), "MRI")
    assert (third.date, third.words) == (None, "later: pain")
    done(handed, "cover", timeline=text)
    assert handed.case.desk.cover.timeline is None, "back at the patient's words nothing is fixed"


def test_notes_reach_nobody_but_coordinators(handed: Player) -> None:
    effects = done(handed, "note", "She sounds desperate.")
    assert not any(isinstance(effect, SendReply) for effect in effects)
    handed.act("message", "Good morning")
    handed.say("hello")
    checklist = checklist_for(handed.case, CATALOG)
    summary = summarize(handed.case, checklist, CATALOG)
    document = case_json(
        handed.case, checklist, summary, (), (), apart=(), languages=LANGUAGES,
        review_locale="en", built_at=START,
    )  # fmt: skip
    assert b"desperate" not in document
    assert not any("desperate" in dump(effect) for effect in handed.effects)


# ---- a new version -----------------------------------------------------------------------------


def test_the_next_version_says_what_has_changed(handed: Player) -> None:
    assert summarize(handed.case, checklist_for(handed.case, CATALOG), CATALOG).changes is None
    done(handed, "label", record="b", date="2020")
    assert BuildPackage() in done(handed, "reopen")
    assert handed.case.status == "accepted"
    handed.hear(RecordIndexed(file_id="n", original_name="n.pdf", records=(letter("new"),)))
    done(handed, "label", record="a", kind="discharge", date="2024-05")
    done(handed, "cover", problem="Seizures")
    handed.case = replace(handed.case, records=tuple(r for r in handed.case.records if r.id != "b"))
    changes = summarize(handed.case, checklist_for(handed.case, CATALOG), CATALOG).changes
    assert changes is not None
    said = [
        LANGUAGES.say(line, "en").replace("\u2068", "").replace("\u2069", "")
        for line in changes.lines
    ]
    assert changes.number == 2
    assert said == [
        "Label: hospital discharge letter, May 2024, before: doctor's letter",
        "Added: doctor's letter",
        "Not in the package any more: doctor's letter, 2020",
        "Changed: Main problem",
    ]
    done(handed, "reopen")
    changes = summarize(handed.case, checklist_for(handed.case, CATALOG), CATALOG).changes
    assert changes is not None
    assert (changes.number, [line.msgid for line in changes.lines]) == (3, ["Nothing has changed."])


# ---- files, links, the opinion -----------------------------------------------------------------


def test_files_of_the_desk_say_that_a_coordinator_sent_them(handed: Player) -> None:
    files = (Attachment(fetch_ref="blob:x", filename="letter.pdf"),)
    before = len(handed.effects)
    handed.reads = False
    said = handed.hear(FilesUploaded(attachments=files, sender="Li Wei", by_coordinator=True))
    effects = handed.effects[before:]
    (take,) = (effect for effect in effects if isinstance(effect, TakeFile))
    assert (take.sender, take.by_coordinator) == ("Li Wei", True)
    assert ("files.sent", "Li Wei") in trail(effects)
    assert "Li Wei, a coordinator" in handed.shown(said)[0].replace("\u2068", "").replace(
        "\u2069", ""
    )
    sent = letter("x", channel="desk", sender="Li Wei")
    assert (sent.sent_by, sent.by_coordinator) == ("Li Wei", True)


def test_a_link_made_at_the_desk_is_known_to_the_patient_and_can_be_stopped(handed: Player) -> None:
    done(handed, "link_made", link="l1", name="City Hospital")
    assert [(s.id, s.name) for s in handed.case.shares] == [("l1", "City Hospital")]
    effects = done(handed, "revoke_link", link="l1")
    assert RevokeLink(link_id="l1") in effects
    assert handed.case.shares == ()


def test_where_another_must_approve_nobody_approves_their_own_upload(handed: Player) -> None:
    done(handed, "opinion_add", by="Ana", file="o1", part="original", name="o.pdf")
    seen = mark_of_opinion(handed.case)
    assert (
        trail(done(handed, "opinion_approve", by="Ana", another="yes", seen=seen))[0][0]
        == "act.conflict"
    )
    done(handed, "opinion_approve", by="Li Wei", another="yes", seen=seen)
    assert handed.case.desk.opinion is not None
    assert handed.case.desk.opinion.approved_by == "Li Wei"


def test_sending_the_opinion_again_ends_the_first_link(handed: Player) -> None:
    """And a document that comes later is approved and sent anew."""
    done(handed, "opinion_add", file="o1", part="original", name="o.pdf")
    done(handed, "opinion_approve")
    first = [e for e in done(handed, "opinion_send") if isinstance(e, MakeLink)]
    assert [link.purpose for link in first] == ["opinion"]
    again = done(handed, "opinion_send")
    assert RevokeLink(link_id=first[0].link_id) in again
    done(handed, "opinion_add", file="o2", part="translation", name="t.pdf")
    assert handed.case.desk.opinion is not None
    assert handed.case.desk.opinion.sent_at is None
    assert trail(done(handed, "opinion_send"))[0][0] == "act.conflict"


def words(player: Player, replies: list[Reply]) -> str:
    """What a patient reads."""
    return "\n".join(player.languages.say(line, "en") for reply in replies for line in reply.text)


@pytest.mark.parametrize("choice", ["link", "read", "ask"])
def test_who_presses_while_the_opinion_is_changed_is_told_so(handed: Player, choice: str) -> None:
    """Its link has ended, and it said: press "Send the link again"."""
    for act in ("opinion_add", "opinion_approve", "opinion_send"):
        done(handed, act, file="o1", part="original", name="o.pdf")
    done(handed, "opinion_add", file="o2", part="translation", name="t.pdf")
    told = words(handed, handed.press(f"opinion:{choice}"))
    assert "working on the opinion" in told
    assert "not here yet" not in told
    assert "earlier question" not in told
    done(handed, "opinion_approve")
    assert [e for e in done(handed, "opinion_send") if isinstance(e, MakeLink)]


def test_questions_that_were_begun_are_passed_on_while_the_opinion_is_changed(
    handed: Player,
) -> None:
    for act in ("opinion_add", "opinion_approve", "opinion_send"):
        done(handed, act, file="o1", part="original", name="o.pdf")
    handed.press("opinion:ask")
    handed.say("Can I fly?")
    done(handed, "opinion_add", file="o2", part="translation", name="t.pdf")
    handed.say("Can I swim?")
    before = len(handed.effects)
    handed.press("opinion_questions:done")
    notices = [e.reason for e in handed.effects[before:] if isinstance(e, NotifyCoordinators)]
    assert notices == ["questions"]
    assert handed.case.desk.opinion is not None
    assert [one.text for one in handed.case.desk.opinion.questions] == ["Can I fly?", "Can I swim?"]


# ---- a case that nobody takes ------------------------------------------------------------------


def test_a_case_that_nobody_takes_is_called_out_in_office_hours(handed: Player) -> None:
    """At night it waits for the morning; taken, it is quiet; and it ends after three times."""
    from handlers.step import View
    from handlers.taking import still_untaken, watched

    night = Office(
        opens_at=START + timedelta(hours=9), place="Shanghai", patience=timedelta(hours=2)
    )
    view = View(
        case=handed.case, session=handed.session, now=START, catalog=CATALOG, languages=LANGUAGES,
        office=night,
    )  # fmt: skip
    (timer,) = watched(view)
    assert isinstance(timer, SetTimer)
    assert timer.at == START + timedelta(hours=11)
    (later,) = still_untaken(view, timer.key)
    assert later == timer
    day = replace(view, office=replace(night, opens_at=None))
    called, again = still_untaken(day, timer.key)
    assert isinstance(called, NotifyCoordinators)
    assert called.reason == "not_taken"
    assert isinstance(again, SetTimer)
    assert len(still_untaken(day, "TEST-CASE:untaken:3")) == 1
    done(handed, "take")
    assert still_untaken(replace(day, case=handed.case), timer.key) == ()
    assert handed.hear(TimerFired(name="untaken", key=timer.key)) == []


def test_a_case_that_is_given_back_is_called_out_as_a_new_one_is(handed: Player) -> None:
    """Nobody has it, and it has been called out before it was taken."""
    from handlers.coordinators import acted
    from handlers.step import View
    from handlers.taking import still_untaken
    from handlers.updates import CoordinatorActed

    view = View(
        case=handed.case, session=replace(handed.session, version=7), now=START, catalog=CATALOG,
        languages=LANGUAGES, office=Office(),
    )  # fmt: skip
    (before, _again) = still_untaken(view, "TEST-CASE:untaken:1")
    view, _effects = acted(view, CoordinatorActed(action="take", coordinator="Li Wei"))
    assert view.case.status == "accepted"
    act = CoordinatorActed(action="assign", coordinator="Li Wei", values={"to": ""})
    view, effects = acted(replace(view, session=replace(view.session, version=9)), act)
    assert view.case.status == "submitted"
    (timer,) = [effect for effect in effects if isinstance(effect, SetTimer)]
    (after, _again) = still_untaken(view, timer.key)
    assert isinstance(before, NotifyCoordinators)
    assert isinstance(after, NotifyCoordinators)
    assert (after.reason, after.key != before.key) == ("not_taken", True)


@pytest.mark.parametrize("timer", ["requested:1", "expected:labs"])
def test_who_was_told_that_the_case_is_closed_is_not_asked_for_records_any_more(
    handed: Player, timer: str
) -> None:
    done(handed, "request", item="labs", reason="newer")
    handed.press("request:can_get-1")
    answer = Answer(step="labs", at=START, choice="can_get")
    handed.case = replace(handed.case, answers={**handed.case.answers, "labs": answer})
    fired = TimerFired(name=timer.partition(":")[0], key=f"TEST-CASE:{timer}")
    assert handed.fork().hear(fired)
    done(handed, "move", status="closed")
    assert handed.hear(fired) == []


def test_of_an_erased_case_nothing_is_left_to_act_on(handed: Player) -> None:
    handed.case = handed.case.forgotten()
    for action in ("take", "note", "message", "opinion_send", "label", "request"):
        assert trail(done(handed, action, "words", record="a")) == [("act.nothing", "Li Wei")]


def test_words_are_said_again_once_for_each_language_and_can_be_taken_back(handed: Player) -> None:
    before = handed.case
    done(handed, "say_again", "Peter", message="7", locale="en")
    effects = done(handed, "say_again", "Peter Ivanov", message="7", locale="en")
    done(handed, "say_again", "彼得", message="7", locale="zh-Hans")
    assert trail(effects) == [("message.translated", "Li Wei")]
    said = handed.case.desk.said_again
    assert [(one.message, one.locale, one.text) for one in said] == [
        (7, "en", "Peter Ivanov"),
        (7, "zh-Hans", "彼得"),
    ]
    assert replace(handed.case, desk=before.desk, version=before.version) == before
    done(handed, "say_again", " ", message="7", locale="en")
    assert [one.locale for one in handed.case.desk.said_again] == ["zh-Hans"]


def test_pictures_of_the_report_that_was_asked_about_answer_wherever_they_are_sent(
    handed: Player,
) -> None:
    """Pictures of another scan do not."""
    report = letter("scan", kind="imaging_report", item="imaging", modality="MR",
                    examination=report_of("MRI brain\nExam date: 12 April 2026"))  # fmt: skip
    handed.case = handed.case.with_record(report)
    done(handed, "request", item="imaging", reason="images", record="scan")
    other = study_record({"id": "ct", "modalities": ["CT"], "date": "2026-04-12", "part": "CHEST"})
    handed.hear(RecordIndexed(file_id="f-ct", original_name="ct.zip", records=(other,)))
    assert [one.state for one in handed.case.desk.requests] == ["asked"]
    mine = study_record({"id": "mr", "modalities": ["MR"], "date": "2026-04-12", "part": "BRAIN"})
    handed.hear(RecordIndexed(file_id="f-mr", original_name="mr.zip", records=(mine,)))
    assert [one.state for one in handed.case.desk.requests] == ["answered"]
    assert any(isinstance(e, NotifyCoordinators) and e.reason == "answered" for e in handed.effects)
