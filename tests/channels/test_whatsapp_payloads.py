"""Every kind of message on WhatsApp means what `tests/payloads/whatsapp` says it means."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.whatsapp_message import address_of, external_id, name_of, parse, reach_of
from handlers.updates import Attachment, InboundMessage

PAYLOADS = Path(__file__).parent.parent / "payloads" / "whatsapp"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def payload(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))
    return loaded


def message(fields: dict[str, Any]) -> InboundMessage:
    attachments = tuple(Attachment(**each) for each in fields.pop("attachments", ()))
    return InboundMessage(channel="whatsapp", received_at=NOW, attachments=attachments, **fields)


@pytest.mark.parametrize("name", sorted(path.stem for path in PAYLOADS.glob("*.json")))
def test_a_form_means_what_its_payload_says(name: str) -> None:
    case = payload(name)
    expected = case["expected"]
    assert address_of(case["update"]) == case["address"]
    assert parse(case["update"], NOW) == (message(expected) if expected else None)


def test_a_message_is_the_same_each_time_it_is_delivered_and_unlike_any_other() -> None:
    forms = [payload(path.stem)["update"]["form"] for path in PAYLOADS.glob("*.json")]
    assert len({external_id(form) for form in forms}) == len(forms)


def test_a_person_is_known_by_the_vendors_id_where_there_is_one() -> None:
    both = payload("text")["update"]["form"]
    assert (reach_of(both), name_of(both)) == ("whatsapp:+15550007001", "whatsapp:US.7001")
    no_number = payload("no_number")["update"]["form"]
    assert (reach_of(no_number), name_of(no_number)) == ("whatsapp:DE.9001", "whatsapp:DE.9001")
    no_name = payload("no_name")["update"]["form"]
    assert (reach_of(no_name), name_of(no_name)) == ("whatsapp:+15550007001", "")
    assert name_of({"ExternalUserId": "DE.9001"}) == "whatsapp:DE.9001"
    assert reach_of({"From": "+15550007001"}) == ""  # A text message is not WhatsApp's.


FIELDS = st.sampled_from(
    ["Body", "MessageSid", "MessageType", "ButtonPayload", "ListId", "MediaUrl0", "NumMedia"]
)


@given(st.dictionaries(FIELDS | st.text(max_size=8), st.text(max_size=12) | st.none()))
def test_a_patient_is_answered_whatever_the_form_holds(form: dict[str, Any]) -> None:
    said = parse({"contact": "c1", "form": form}, NOW)
    assert said is not None
    assert said.text or said.choice_id or said.attachments or said.unsupported
