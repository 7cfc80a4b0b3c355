"""A channel that may carry no health details leads to the web page, and lets no detail out."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from bot.app import after_all
from bot.channels.base import Capabilities
from bot.effects import EffectWriter
from bot.render import render
from bot.store import inbox
from bot.store.reach import ON_THE_PAGE
from bot.store.schema import message, session
from handlers import conversation
from handlers.asides.advice import refusal
from handlers.doorway import NEUTRAL
from handlers.effects import MakeCode, NotifyCoordinators, OpenHandoff, SendReply, TakeFile
from handlers.registry import COMMANDS
from handlers.step import View
from handlers.updates import CoordinatorActed
from tests.engine import Engine, Wire, opened
from tests.player import Player
from tests.test_transcripts import ALL, play

#: What names a record, a body part or a kind of illness; and what the fixtures hold.
_HEALTH = re.compile(
    r"\b(MRI|CT|X-ray|scans?|biopsy|pathology|tumou?r|cancer|headaches?|medicines?|allerg\w+|"
    r"lab results?|blood|pictures?|report|password|passport|Petrova|Lopez|Kazakhstan|ready to)\b|"
    r"\.zip|\.pdf|\.jpg|%",
    re.IGNORECASE,
)


@pytest.fixture
def narrow(player: Player) -> Player:
    player.health = False
    return player


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_no_health_detail_of_any_conversation_leaves(path: Path, narrow: Player) -> None:
    """All transcripts, without their claims: what is said there is of a chat that carries all."""
    source = re.sub(r"^= .*$", "", path.read_text("utf-8"), flags=re.MULTILINE)
    lines = re.findall(r"^> (?!\[)(?!/)(?!\()(.{6,})$", source, flags=re.MULTILINE)
    said = [line for line in lines if narrow.languages.words("en").command(line) is None]
    play(re.sub(r"^> \[(.+)\]$", _still_there, source, flags=re.MULTILINE), narrow)
    here = [e.reply for e in narrow.effects if isinstance(e, SendReply) and not e.elsewhere]
    assert here
    for reply in here:
        assert reply.step in NEUTRAL
        assert not reply.human
        assert not reply.pictures
        text = render(reply, "en", narrow.languages).text
        for words in said:
            assert words not in text
        if reply.step == "doorway":
            assert not _HEALTH.search(_without_fixed_words(text, narrow)), text


def _without_fixed_words(text: str, player: Player) -> str:
    """What is left beside what everybody is told in the same words: help, privacy, no advice."""
    view = View(
        case=player.case, session=player.session, now=player.now, catalog=player.catalog,
        languages=player.languages,
    )  # fmt: skip
    fixed = [text for name in ("help", "privacy") for text in COMMANDS[name].run(view).say]
    fixed += [refusal(safety) for safety in ("dosing", "guarantee", "advice")]
    fixed += [text for one in player.faq.questions for text in one.answer]
    for words in fixed:
        text = text.replace(player.languages.say(words, "en"), "")
    return re.sub(r"https://\S+", "", text)


def _still_there(line: re.Match[str]) -> str:
    """A button by its step: most questions of a transcript are never asked here."""
    choice = line[1]
    known = {"en": "language", "ru": "language", "ar": "language", "zh-Hans": "language"}
    if ":" in choice:
        return line[0]
    step = known.get(choice) or ("consent" if choice in ("yes", "no") else "")
    return f"> [{step}:{choice}]" if step else line[0]


def begin(player: Player) -> None:
    player.open()
    player.press("en")
    player.press("yes")


def link_in(player: Player) -> str:
    text = render(player.replies[-1], "en", player.languages).text
    found = re.search(r"https://chat\.example/j/([0-9a-f]{32})", text)
    return found[1] if found else ""


def test_after_consent_it_hands_out_a_link_to_the_page(narrow: Player) -> None:
    begin(narrow)
    made = [e for e in narrow.effects if isinstance(e, MakeCode)]
    assert link_in(narrow) == made[-1].secret
    assert (made[-1].ends - narrow.now).total_seconds() > 23 * 3600


def test_what_is_written_there_is_kept_and_answers_nothing(narrow: Player) -> None:
    begin(narrow)
    before = narrow.case.answers
    narrow.say("I have had headaches since March")
    assert narrow.case.answers == before
    text = render(narrow.replies[-1], "en", narrow.languages).text
    assert "I keep what you write here" in text
    assert link_in(narrow)


def test_a_file_that_is_sent_there_is_taken_and_its_receipt_is_for_the_page(
    narrow: Player,
) -> None:
    begin(narrow)
    narrow.effects.clear()
    narrow.send("mr_report.pdf")
    assert [e for e in narrow.effects if isinstance(e, TakeFile)]
    here = [e.reply for e in narrow.effects if isinstance(e, SendReply) and not e.elsewhere]
    there = [e.reply for e in narrow.effects if isinstance(e, SendReply) and e.elsewhere]
    assert "mr_report.pdf" in render(there[-1], "en", narrow.languages).text
    assert "mr_report.pdf" not in render(here[-1], "en", narrow.languages).text
    assert len(narrow.case.records) == 1


@pytest.mark.parametrize("aside", ["/help", "/privacy", "/withdraw", "/reminders", "/language"])
def test_a_receipt_is_for_the_page_whatever_stands_there(narrow: Player, aside: str) -> None:
    """What stands is told everywhere; what a receipt puts above it is not."""
    begin(narrow)
    narrow.say(aside)
    assert narrow.session.aside
    before = len(narrow.effects)
    narrow.send("mr_report.pdf")
    here = [e for e in narrow.effects[before:] if isinstance(e, SendReply) and not e.elsewhere]
    said = " ".join(render(one.reply, "en", narrow.languages).text for one in here)
    assert "mr_report.pdf" not in said
    assert "received" not in said


def test_an_emergency_is_answered_there(narrow: Player) -> None:
    begin(narrow)
    narrow.say("I can't breathe")
    assert narrow.replies[-1].step == "emergency"
    narrow.press("emergency:not_now")
    assert narrow.replies[-1].step == "doorway"


def test_a_person_can_be_asked_for_there(narrow: Player) -> None:
    begin(narrow)
    narrow.say("I want to talk to a person")
    assert [e for e in narrow.effects if isinstance(e, OpenHandoff | NotifyCoordinators)]


@pytest.mark.parametrize("command", ["/status", "/share", "/questions", "/done", "/back"])
def test_a_command_that_would_show_answers_leads_to_the_page(narrow: Player, command: str) -> None:
    begin(narrow)
    narrow.say(command)
    assert (narrow.replies[-1].step, narrow.session.aside) == ("doorway", "")
    assert link_in(narrow)


def test_everything_can_be_erased_there(narrow: Player) -> None:
    begin(narrow)
    narrow.say("/delete")
    narrow.press("yes")
    assert narrow.case.erased


# ---- with the store ----------------------------------------------------------------------------


NARROW = Capabilities(health=False)


@dataclass
class Narrow(Wire):
    capabilities: Capabilities = NARROW


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[tuple[Engine, Wire]]:
    """The real conversation on a narrow wire, and a wide one beside it."""
    wide = Wire(name="wide")

    def advance(*args: object, **how: object) -> object:
        return conversation.advance(*args, **{**how, "web_address": "https://x.example"})  # type: ignore[arg-type]

    async with opened(tmp_path, wire=Narrow(), others={"wide": wide}, script=advance) as engine:  # type: ignore[arg-type]
        for text in ("hello", "English", "yes"):
            await engine.hear(text)
            await engine.settle()
        yield engine, wide


async def write_as_coordinator(engine: Engine, words: str) -> None:
    (row, *_) = await engine.rows(session)
    act = CoordinatorActed(action="message", coordinator="Li Wei", text=words)
    await engine.db.write(
        lambda tx: inbox.add_update(tx, case_id=row.case_id, key=words, update=act)
    )
    await engine.settle()


async def enter(engine: Engine, code: str, address: str = "page") -> None:
    for n, text in enumerate((f"/continue {code}", "I am the patient", "yes")):
        raw = {"id": f"w{code}{n}", "from": address, "text": text}
        await inbox.add(
            engine.db, channel="wide", external_id=f"w{code}{n}", address=address, raw=raw,
            received_at=engine.clock(),
        )  # fmt: skip
        await engine.settle()
        await engine.settle()


def secret_of(wire: Wire) -> str:
    found = re.search(r"/j/([0-9a-f]{32})", wire.texts()[-1])
    assert found is not None
    return found[1]


async def test_a_coordinator_s_words_are_read_on_the_page_that_is_opened_later(
    house: tuple[Engine, Wire],
) -> None:
    engine, wide = house
    await write_as_coordinator(engine, "Your biopsy is here")
    assert "biopsy" not in "".join(engine.wire.texts())
    assert "A person wrote to you" in engine.wire.texts()[-1]
    # Word of who writes, and the words.
    assert len(await engine.rows(message, message.c.state == "kept")) == 2
    await enter(engine, secret_of(engine.wire))
    _who, asked, announced, words, joined = wide.texts()[:5]
    assert "Do you agree" in asked
    assert "writes to you now" in announced
    assert words.endswith("Your biopsy is here")
    assert "You are now in this case" in joined
    assert "Your code was used" in engine.wire.texts()[-1]


async def test_a_coordinator_s_words_go_to_the_page_that_is_open_already(
    house: tuple[Engine, Wire],
) -> None:
    engine, wide = house
    await enter(engine, secret_of(engine.wire))
    engine.clock.move(5)
    await engine.hear("are you there?")
    await engine.settle()
    await write_as_coordinator(engine, "Your biopsy is here")
    assert wide.texts()[-1].endswith("Your biopsy is here")
    assert "biopsy" not in "".join(engine.wire.texts())


async def test_a_page_that_nobody_looks_at_rings_in_the_other_chat_once_and_says_nothing(
    house: tuple[Engine, Wire],
) -> None:
    engine, wide = house
    wide.capabilities = Capabilities(idempotent=True)
    engine.turns._effects = EffectWriter(engine.queue, (), engine.channels)
    await enter(engine, secret_of(engine.wire))
    count = len(engine.wire.texts())
    engine.clock.move(5)
    for words in ("Your biopsy is here", "And your opinion"):
        (_narrow, page) = sorted(await engine.rows(session), key=lambda row: row.channel != "wire")
        act = CoordinatorActed(action="message", coordinator="Li Wei", text=words)
        add = partial(
            inbox.add_update, case_id=page.case_id, session_id=page.id, key=words, update=act
        )
        await engine.db.write(add)
        await engine.settle()
        engine.clock.move(5)
    assert [text.endswith(words) for text in wide.texts()[-1:]] == [True]
    assert engine.wire.texts()[count:] == [ON_THE_PAGE.msgid]


async def test_a_page_rings_for_whatever_a_coordinator_has_said_there(
    house: tuple[Engine, Wire],
) -> None:
    """A record that is asked for, and the opinion, are waited for as much as a coordinator's words."""
    engine, wide = house
    wide.capabilities = Capabilities(idempotent=True)
    engine.turns._effects = EffectWriter(engine.queue, (), engine.channels)
    await enter(engine, secret_of(engine.wire))
    count = len(engine.wire.texts())
    engine.clock.move(5)
    page = next(row for row in await engine.rows(session) if row.channel == "wide")
    act = CoordinatorActed(
        action="request", coordinator="Li Wei", values={"item": "labs", "reason": "newer"}
    )
    add = partial(
        inbox.add_update, case_id=page.case_id, session_id=page.id, key="request", update=act
    )
    await engine.db.write(add)
    await engine.settle()
    assert "asks you for one more record" in wide.texts()[-1]
    assert engine.wire.texts()[count:] == [ON_THE_PAGE.msgid]


async def test_what_was_written_before_the_operator_chose_is_not_said_there_any_more(
    house: tuple[Engine, Wire],
) -> None:
    engine, _wide = house
    engine.wire.capabilities = replace(engine.wire.capabilities, health=True)
    await engine.hear("Ana Petrova")
    await engine.take_turns()
    engine.wire.capabilities = replace(engine.wire.capabilities, health=False)
    count = len(engine.wire.texts())
    await engine.outbox.drain()
    assert len(engine.wire.texts()) == count
    assert [row.state for row in await engine.rows(message)][-1] == "kept"


async def test_what_was_kept_is_said_after_all_where_the_operator_lets_it_be_said(
    house: tuple[Engine, Wire],
) -> None:
    """WHATSAPP_HEALTH_DETAILS was `link`, and is `chat` since the last start."""
    engine, _wide = house
    await write_as_coordinator(engine, "Your biopsy is here")
    assert "biopsy" not in "".join(engine.wire.texts())
    engine.wire.capabilities = replace(engine.wire.capabilities, health=True)
    await after_all(engine.db, engine.channels, engine.clock)
    await engine.outbox.drain()
    assert engine.wire.texts()[-1].endswith("Your biopsy is here")


async def test_what_was_kept_is_never_said_where_the_chat_has_left_the_case(
    house: tuple[Engine, Wire],
) -> None:
    engine, wide = house
    await enter(engine, secret_of(engine.wire))
    engine.wire.capabilities = replace(engine.wire.capabilities, health=True)
    await engine.hear("Ana Petrova")
    await engine.take_turns()
    engine.wire.capabilities = replace(engine.wire.capabilities, health=False)
    await engine.outbox.drain()
    (kept,) = await engine.rows(message, message.c.state == "kept")
    act = CoordinatorActed(
        action="remove_chat", coordinator="Li Wei", values={"chat": kept.session_id}
    )
    add = partial(inbox.add_update, case_id=kept.case_id, key="out", update=act)
    await engine.db.write(add)
    for _ in range(2):
        await engine.settle()
    assert "was taken out of its case" in engine.wire.texts()[-1]
    counts = len(engine.wire.texts()), len(wide.texts())
    engine.wire.capabilities = replace(engine.wire.capabilities, health=True)
    await after_all(engine.db, engine.channels, engine.clock)
    await engine.outbox.drain()
    assert (len(engine.wire.texts()), len(wide.texts())) == (counts[0], counts[1] + 1)
