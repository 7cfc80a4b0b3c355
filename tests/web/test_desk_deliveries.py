"""The desk says what did not reach the patient, and why, in words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from twilio.base.exceptions import TwilioRestException

from bot.channels.twilio_http import failure_of
from bot.store import codec
from bot.store.deliveries import BLOCKED, OUTSIDE_WINDOW
from bot.store.schema import message, session
from bot.store.sealed import sealed
from bot.web.desk_deliveries import _REASONS, reason_words
from checklist.text import verbatim
from handlers.replies import Reply
from tests.web.conftest import LANGUAGES, House, begin, browser, said
from tests.web.test_desk import sign_in

#: All that the vendor may say of a WhatsApp message, as far as we know.
CODES = [
    "63016",
    "63024",
    "21610",
    "63033",
    "63014",
    "21211",
    "63003",
    "63018",
    "63019",
    "63021",
    "63005",
    "63013",
    "63032",
    "63049",
    "63015",
    "63010",
    "63012",
    "12300",
    "21620",
    "21617",
    "21658",
    "20429",
]


@pytest.fixture
async def desk(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house) as client:
        await sign_in(house, client)
        yield client


async def page_with(house: House, desk: httpx.AsyncClient, **row: Any) -> str:
    """The page of a case in which this message did not arrive."""
    async with browser(house) as patient:
        await begin(house, patient)
        case = await house.answer(said("Welcome"))
    (chat,) = await house.rows(session)
    reply = Reply(step="x", turn=1, text=(verbatim("Please call: C39D WHWT"),))
    values = {
        "case_id": case.id, "session_id": chat.id, "channel": "whatsapp", "direction": "out",
        "cause": 99, "n": 9, "body": sealed(case.id, codec.dump(reply)), "due_at": 0.0,
        "created_at": 0.0, **row,
    }  # fmt: skip
    await house.db.write(lambda tx: tx.execute(sa.insert(message).values(**values)))
    return (await desk.get(f"/desk/cases/{case.id}")).text


@pytest.mark.parametrize(("status", "code"), [(400, 63013), (400, 21617), (400, 63015)])
def test_what_is_refused_at_once_is_said_in_the_same_words_as_what_is_reported_later(
    status: int, code: int
) -> None:
    failure = failure_of(TwilioRestException(status, "/", code=code))
    assert reason_words(failure.reason) == reason_words(str(code))


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_words_without_the_code(code: str) -> None:
    words = LANGUAGES.say(reason_words(code), "en")
    assert code in _REASONS
    assert code not in words
    assert words.endswith(".")


def test_an_unknown_code_is_named() -> None:
    assert "77777" in LANGUAGES.say(reason_words("77777"), "en")


def test_what_is_held_back_has_words() -> None:
    assert _REASONS.keys() >= (OUTSIDE_WINDOW | BLOCKED)


async def test_a_message_that_failed_is_shown_with_the_reason_and_without_its_codes(
    house: House, desk: httpx.AsyncClient
) -> None:
    shown = await page_with(house, desk, state="failed", reason="63024")
    assert "Messages that did not reach the patient" in shown
    assert "can&#39;t reach this number" in shown
    assert "WhatsApp" in shown
    assert "Please call:" in shown
    assert "C39D" not in shown


async def test_a_message_that_is_held_back_says_when_it_follows(
    house: House, desk: httpx.AsyncClient
) -> None:
    shown = await page_with(house, desk, state="held")
    assert "24 hours" in shown
    assert "sent as soon as the patient writes" in shown


async def test_a_case_without_trouble_says_nothing_of_it(
    house: House, desk: httpx.AsyncClient
) -> None:
    assert "did not reach" not in await page_with(house, desk, state="sent")
