"""Every kind of Telegram update means what `tests/payloads/telegram` says it means."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram_message import address_of, callback_id, external_id, parse
from handlers.updates import Attachment, InboundMessage

PAYLOADS = Path(__file__).parent.parent / "payloads" / "telegram"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def payload(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))
    return loaded


def message(fields: dict[str, Any]) -> InboundMessage:
    attachments = tuple(Attachment(**each) for each in fields.pop("attachments", ()))
    return InboundMessage(channel="telegram", received_at=NOW, attachments=attachments, **fields)


@pytest.mark.parametrize("name", sorted(path.stem for path in PAYLOADS.glob("*.json")))
def test_an_update_means_what_its_payload_says(name: str) -> None:
    case = payload(name)
    expected = case["expected"]
    assert address_of(case["update"]) == case["address"]
    assert parse(case["update"], NOW) == (message(expected) if expected else None)


def test_parsing_leaves_the_stored_update_as_it_was() -> None:
    for path in PAYLOADS.glob("*.json"):
        update = payload(path.stem)["update"]
        before = json.dumps(update)
        parse(update, NOW)
        assert json.dumps(update) == before, path.stem


def test_an_update_is_the_same_each_time_it_is_delivered_and_unlike_any_other() -> None:
    updates = [payload(path.stem)["update"] for path in PAYLOADS.glob("*.json")]
    ids = [external_id(update) for update in updates]
    assert ids == [external_id(json.loads(json.dumps(update))) for update in updates]
    assert len(set(ids)) == len(ids)


def test_an_update_id_that_comes_again_after_a_quiet_week_is_another_update() -> None:
    old = payload("text")["update"]
    new = {**payload("reply")["update"], "update_id": old["update_id"]}
    assert external_id(old) != external_id(new)


def test_only_a_button_waits_to_be_answered() -> None:
    assert callback_id(payload("button")["update"]) == "30071"
    assert callback_id(payload("text")["update"]) == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["message", "chat", "id", "from", "type", "text", "data", "photo", "date"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
KINDS = st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member", "poll"])
CHAT = {"id": 7001, "type": "private"}


@given(st.dictionaries(KINDS, JSON), st.integers())
def test_no_update_raises_whatever_it_holds(update: dict[str, Any], update_id: int) -> None:
    raw = {"update_id": update_id, **update}
    assert isinstance(external_id(raw), str)
    assert isinstance(callback_id(raw), str)
    assert isinstance(address_of(raw), str)
    parse(raw, NOW)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_a_patient_is_answered_whatever_the_message_holds(fields: dict[str, Any]) -> None:
    said = parse({"update_id": 1, "message": {"message_id": 1, **fields, "chat": CHAT}}, NOW)
    assert said is not None
    assert said.text or said.attachments or said.unsupported
