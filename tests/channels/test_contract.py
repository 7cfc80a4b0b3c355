"""Every channel of the registry keeps to the same promises, against its vendor's double."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.base import (
    Blocked,
    Channel,
    ChannelError,
    Named,
    Rejected,
    Rendered,
    Retry,
    Unknown,
)
from bot.channels.fit import fit
from bot.channels.registry import NAMES
from bot.store import inbox, schema
from bot.store.db import Database
from handlers.updates import InboundMessage
from tests.channels.far_ends import FAR_ENDS, FarEnd, capabilities_of, stored

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
WORDS = {
    "en": "Please send your report.",
    "zh-Hans": "请把报告发给我。",
    "ru": "Пришлите, пожалуйста, заключение.",
    "ar": "أرسل التقرير من فضلك. \u2068CT.zip\u2069",
}
CHOICES = tuple((f"imaging:{n}:4", f"Answer {n}") for n in range(8))
JUNK: tuple[Any, ...] = (
    {},
    {"message": None},
    {"message": {"chat": {"id": "x", "type": "private"}}},
    {"message": []},
    {"callback_query": {"message": 7}},
    {"From": ["a"], "MessageSid": None},
    {"address": None, "text": 5},
    {"update_id": "one", "edited_message": {"chat": None}},
)

Both = tuple[Channel, FarEnd]


@pytest.fixture(params=NAMES)
async def both(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Both]:
    async with FAR_ENDS[request.param](tmp_path) as opened:
        yield opened


def reply(text: str, *, locale: str = "en", choices: bool = False) -> Rendered:
    shown = CHOICES if choices else ()
    return Rendered(step="imaging", turn=4, text=text, locale=locale, choices=shown)


def parsed(channel: Channel, raw: dict[str, Any]) -> InboundMessage:
    said = channel.parse(stored(raw), NOW)
    assert said is not None
    return said


def test_every_channel_has_a_far_end() -> None:
    """A line in the registry is a line here, or nobody knows whether it keeps its promises."""
    assert set(FAR_ENDS) == set(NAMES)


async def test_it_is_what_the_registry_says(both: Both) -> None:
    channel, _far = both
    assert channel.name in NAMES
    assert channel.capabilities == capabilities_of(channel.name)


# ---- what comes in -----------------------------------------------------------------------------


@pytest.mark.parametrize("text", WORDS.values())
async def test_words_arrive_as_they_were_written(both: Both, text: str) -> None:
    channel, far = both
    raw = far.says(text)
    said = parsed(channel, raw)
    assert channel.address(raw) == said.sender == far.address
    assert (said.channel, said.text, said.received_at) == (channel.name, text, NOW)
    assert (said.choice_id, said.attachments, said.unsupported) == (None, (), "")


async def test_a_pressed_button_says_which(both: Both) -> None:
    channel, far = both
    raw = far.presses("imaging:have:4")
    assert channel.address(raw) == far.address
    assert parsed(channel, raw).choice_id == "imaging:have:4"


async def test_each_message_has_a_name_of_its_own_that_stays(both: Both) -> None:
    channel, far = both
    raws = [far.says("yes"), far.says("yes"), far.presses("a:b:1"), far.sends("f.pdf", b"x")]
    names = [parsed(channel, raw).external_id for raw in raws]
    assert len(set(names)) == len(raws)
    assert names == [parsed(channel, raw).external_id for raw in raws]


async def test_a_message_that_is_delivered_twice_is_kept_once(both: Both, tmp_path: Path) -> None:
    channel, far = both
    raw = far.says("hello")
    async with await Database.open(tmp_path / "rows.db") as db:
        arrival = inbox.Arrival(
            channel=channel.name,
            external_id=parsed(channel, raw).external_id,
            address=channel.address(raw),
            raw=raw,
            received_at=NOW,
        )
        first, second, third = [
            (await inbox.add_many(db, [arrival, arrival])),
            (await inbox.add_many(db, [arrival])),
            await db.read(lambda tx: tx.execute(sa.select(sa.func.count(schema.inbox.c.id)))),
        ]
        assert (first[0] is not None, first[1], second) == (True, None, [None])
        assert third.scalar_one() == 1


@pytest.mark.parametrize("raw", JUNK, ids=str)
async def test_what_nobody_sent_has_no_address_and_stops_nothing(both: Both, raw: Any) -> None:
    channel, _far = both
    assert isinstance(channel.address(raw), str)


# ---- files -------------------------------------------------------------------------------------


async def test_a_file_arrives_byte_for_byte_under_its_name(both: Both) -> None:
    channel, far = both
    body = bytes(range(256)) * 4_000
    said = parsed(channel, far.sends("ct.zip", body))
    (file,) = said.attachments
    # Some vendors tell of name and size only with the bytes.
    assert file.size in (None, len(body))
    assert not file.too_large
    coming = channel.fetch(file.fetch_ref)
    pieces = [piece async for piece in coming]
    assert (coming.name if isinstance(coming, Named) else file.filename) == "ct.zip"
    assert b"".join(pieces) == body
    assert max(map(len, pieces)) <= 1 << 20


async def test_a_file_that_has_gone_is_said_to_be_gone(both: Both) -> None:
    channel, far = both
    (file,) = parsed(channel, far.sends("ct.zip", b"x")).attachments
    far.loses()
    with pytest.raises(Rejected, match="gone"):
        _ = [piece async for piece in channel.fetch(file.fetch_ref)]


# ---- what goes out -----------------------------------------------------------------------------


@pytest.mark.parametrize("locale", WORDS)
async def test_a_reply_reaches_the_patient_word_for_word(both: Both, locale: str) -> None:
    channel, far = both
    for n, part in enumerate(fit(reply(WORDS[locale], locale=locale), channel.capabilities)):
        await channel.send(far.address, part, f"k.{n}")
    if not channel.capabilities.idempotent:
        assert [one.text for one in far.shown()] == [WORDS[locale]]


async def test_a_long_reply_reaches_the_patient_in_parts_with_nothing_lost(both: Both) -> None:
    channel, far = both
    # Not more than a chat takes at once, so that the test needn't wait.
    text = " ".join(f"Sentence {n}." for n in range(550))
    parts = fit(reply(text), channel.capabilities)
    for n, part in enumerate(parts):
        sent = await channel.send(far.address, part, f"k.{n}")
        assert channel.capabilities.idempotent or sent.external_id
    if not channel.capabilities.idempotent:
        assert " ".join(one.text for one in far.shown()).split() == text.split()


async def test_each_choice_that_is_shown_can_be_pressed(both: Both) -> None:
    channel, far = both
    (part,) = fit(reply("Do you have it?", choices=True), channel.capabilities)
    await channel.send(far.address, part, "k.0")
    shown = part.choices if channel.capabilities.idempotent else far.shown()[0].buttons
    assert shown == part.choices
    for wire, _label in shown:
        assert parsed(channel, far.presses(wire)).choice_id == wire


FAILURES: dict[Any, type[ChannelError]] = {
    "retry": Retry,
    "blocked": Blocked,
    "rejected": Rejected,
    "unknown": Unknown,
}


@pytest.mark.parametrize("how", FAILURES)
async def test_a_message_that_fails_says_whether_it_may_have_arrived(both: Both, how: Any) -> None:
    channel, far = both
    if not far.fails(how):
        # It reads the message table: nothing is sent that could fail, or come twice.
        assert channel.capabilities.idempotent
        assert await channel.send("a", reply("x"), "k") == await channel.send("a", reply("x"), "k")
        return
    with pytest.raises(FAILURES[how]) as failure:
        await channel.send(far.address, reply("hello"), "k.0")
    assert len(far.shown()) == (how == "unknown")
    assert "hello" not in failure.value.reason
    await channel.send(far.address, reply("again"), "k.1")
    assert far.shown()[-1].text == "again"


async def test_taking_a_message_back_stops_nothing(both: Both) -> None:
    channel, far = both
    await channel.unsay(far.address, parsed(channel, far.says("my password")).external_id)
    await channel.unsay(far.address, "no such message")
