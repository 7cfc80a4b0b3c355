"""What is stored comes back equal."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.codec import Unreadable, dump, load, load_update
from checklist.case import Answer, Case, Consent, Entry
from checklist.dates import PartialDate
from checklist.findings import Finding
from checklist.records import Record
from checklist.study import Instance, PatientIdentity, Series, Study
from checklist.text import Text, _, _n
from handlers.replies import Choice, Reply
from handlers.session import Received, Session
from handlers.updates import (
    Attachment,
    ChatBlocked,
    CoordinatorActed,
    DeliveryFailed,
    InboundMessage,
    RecordIndexed,
    TimerFired,
    Update,
)

NOW = datetime(2026, 11, 24, 9, 30, 15, 123456, tzinfo=UTC)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
dates = st.dates(min_value=date(1900, 1, 1)).map(lambda day: PartialDate.of(day, "in words"))


def texts_of(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Text]:
    return st.builds(
        Text,
        msgid=words,
        params=st.dictionaries(words, values, max_size=3),
        plural=st.none() | words,
        n=st.none() | st.integers(0, 9),
        context=st.none() | words,
    )


params = st.recursive(
    words | st.integers(-(2**63), 2**63) | dates,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | texts_of(inner),
    max_leaves=8,
)


@given(texts_of(params))
def test_a_text_of_texts_comes_back_equal(text: Text) -> None:
    assert load(Text, dump(text)) == text


STUDY = Study(
    study_instance_uid="1.2",
    series=(
        Series(series_instance_uid="1.2.3", modality="CT", kind="image", instances=3, missing=1),
    ),
    patient=PatientIdentity(name="A^B"),
    study_date=PartialDate(year=2026, month=4),
)
RECORD = Record(
    id="r",
    file_id="f",
    kind="imaging_study",
    received_at=NOW,
    original_name="ct.zip",
    media_type="application/dicom",
    size=1,
    study=STUDY,
)
FINDING = Finding(
    code="not_read", severity="error", message=_("It is {what}", what=_n("a", "b", 2))
)
CASE = Case(
    id="7KQ4-M2XR",
    opened_at=NOW,
    answers={"timeline": Answer(step="timeline", at=NOW, entries=(Entry(text="2019"),))},
    records=(RECORD,),
    consents=(Consent(version="1", given=True, locale="ar", at=NOW),),
)
SESSION = Session(
    id="s",
    case_id="c",
    channel="web",
    address="a",
    draft=MappingProxyType({"batch_at": "x"}),
    batch=(Received(file_id="f", name="n", findings=(FINDING,)),),
    last_inbound_at=NOW,
)
REPLY = Reply(
    step="consent", turn=3, text=(_("Yes?"),), choices=(Choice(id="yes", label=_("Yes")),)
)
INSTANCE = Instance(
    sop_instance_uid="1",
    sop_class_uid="2",
    series_instance_uid="3",
    study_instance_uid="4",
    member="a/b",
    size=5,
    sha256="6",
    position=1.5,
    orientation=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
)


@pytest.mark.parametrize("value", [CASE, SESSION, REPLY, RECORD, INSTANCE, FINDING])
def test_a_value_comes_back_equal(value: object) -> None:
    assert load(type(value), dump(value)) == value


@pytest.mark.parametrize(
    "update",
    [
        InboundMessage(
            channel="web",
            external_id="1",
            sender="a",
            received_at=NOW,
            attachments=(Attachment(fetch_ref="x", size=3),),
        ),
        TimerFired(name="receipt", key="k"),
        RecordIndexed(file_id="f", original_name="n", records=(RECORD,), findings=(FINDING,)),
        CoordinatorActed(action="message", coordinator="Li Wei", text="您好"),
        DeliveryFailed(message_id=4, reason="blocked"),
        ChatBlocked(channel="telegram"),
    ],
)
def test_an_update_comes_back_as_what_it_was(update: Update) -> None:
    assert load_update(dump(update)) == update


def test_a_field_that_no_longer_exists_is_left_out() -> None:
    old = dump(CASE).replace('"status":', '"gone":"x","status":')
    assert load(Case, old) == CASE


def test_a_field_that_is_new_gets_its_default() -> None:
    assert load(Case, '{"id":"c","opened_at":"2026-11-24T09:30:15.123456Z"}') == Case(
        id="c", opened_at=NOW
    )


def test_what_is_no_value_of_ours_is_not_stored() -> None:
    with pytest.raises(ValueError, match="object"):
        dump(object())


def test_what_is_damaged_is_refused() -> None:
    with pytest.raises(ValueError, match="opened_at"):
        load(Case, '{"id":"c"}')


def test_what_is_damaged_is_told_of_without_quoting_it() -> None:
    with pytest.raises(Unreadable) as refused:
        load(Case, '{"opened_at": "Petrova", "answers": {"Иванов": 1, "Petrova went home": 2}}')
    assert not re.search("Petrova|Иванов", str(refused.value))
    assert refused.value.__cause__ is None
