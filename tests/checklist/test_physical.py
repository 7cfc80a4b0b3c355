"""Physical things: which step may follow which, who may tell it, and what is read from words."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest

from checklist.physical import (
    STATES,
    IllegalStep,
    Parcel,
    State,
    Teller,
    Told,
    Wish,
    may,
    opened,
    taken_back,
    told,
)
from checklist.physical_reading import read_amount, read_courier, read_tracking
from checklist.words_parsing import parse_words

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
LOCALES = Path(__file__).parent.parent.parent / "locales"

#: Every pair that is possible; all others are not.
LEGAL: frozenset[tuple[State, State]] = frozenset(
    {
        ("asked", "confirmed"), ("asked", "not_lent"),
        ("confirmed", "confirmed"), ("confirmed", "ready"), ("confirmed", "sent"),
        ("confirmed", "not_lent"),
        ("ready", "sent"), ("ready", "not_lent"),
        ("sent", "sent"), ("sent", "arrived"), ("sent", "lost"),
        ("arrived", "returned"), ("arrived", "lost"),
        ("lost", "arrived"),
        ("not_lent", "asked"),
    }
)  # fmt: skip
BY_PATIENTS: frozenset[State] = frozenset({"asked", "ready", "sent", "not_lent"})


def at_state(state: State) -> Parcel:
    return Parcel(number=1, kind="slides", way=(Told(state=state, at=AT, by="coordinator"),))


@pytest.mark.parametrize(("before", "after"), tuple(product(STATES, STATES)))
def test_only_the_steps_of_the_table_are_possible(before: State, after: State) -> None:
    """For a coordinator; what is refused says what could follow."""
    parcel = at_state(before)
    if (before, after) in LEGAL:
        assert told(parcel, after, at=AT, by="coordinator").state == after
        return
    with pytest.raises(IllegalStep, match=f"{after} can't follow {before}: only .* can"):
        told(parcel, after, at=AT, by="coordinator")


@pytest.mark.parametrize(("before", "after"), sorted(LEGAL))
def test_a_patient_tells_only_what_a_patient_can_know(before: State, after: State) -> None:
    """What the laboratory wants, and that it has arrived, only a coordinator knows."""
    parcel = at_state(before)
    assert may(parcel, after, "patient") == (after in BY_PATIENTS)
    if after not in BY_PATIENTS:
        with pytest.raises(IllegalStep, match="a patient can't tell"):
            told(parcel, after, at=AT, by="patient")


def test_a_step_is_taken_back_with_what_it_brought() -> None:
    """By whoever told it, and never the first one."""
    parcel = opened("slides", number=1, at=AT)
    wish = Wish(which="A1", count="10", coating="coated", thickness="4 µm")
    confirmed = told(parcel, "confirmed", at=AT, by="coordinator", name="Li Wei", wish=wish)
    sent = told(confirmed, "sent", at=AT, by="coordinator", courier="DHL", tracking="12")
    assert taken_back(sent, by="coordinator") == confirmed
    assert taken_back(confirmed, by="coordinator") == parcel
    with pytest.raises(IllegalStep):
        taken_back(parcel, by="patient")
    with pytest.raises(IllegalStep):
        taken_back(sent, by="patient")


def test_every_state_can_be_reached_and_left_by_somebody() -> None:
    """But for the end."""
    tellers: tuple[Teller, ...] = ("patient", "coordinator")
    for state in STATES:
        reached = any(may(at_state(before), state, by) for before in STATES for by in tellers)
        left = any(may(at_state(state), after, by) for after in STATES for by in tellers)
        assert reached
        assert left == (state != "returned")


@pytest.mark.parametrize(
    ("locale", "text", "count", "ids"),
    [
        ("en", "12 slides, block A1 and A2", 12, ("A1", "A2")),
        ("en", "two blocks, numbers S21-12345 and 1B", 2, ("S21-12345", "1B")),
        ("en", "I have ten", 10, ()),
        ("en", "on the 5th floor", None, ()),
        ("en", "nobody told me", None, ()),
        ("ru", "10 стёкол и блок №12345-21", 10, ("NO12345-21",)),
        ("ru", "стекла 3 штуки, блок 1А", 3, ("1А",)),
        ("ru", "два блока", 2, ()),
        ("ar", "١٢ شريحة، الكتلة A1", 12, ("A1",)),
        ("ar", "ثلاث شرائح", 3, ()),
        ("zh_Hans", "十二张切片，蜡块号 23-4567", 12, ("23-4567",)),
        ("zh_Hans", "１２张", 12, ()),
        ("zh_Hans", "两个蜡块", 2, ()),
    ],
)
def test_how_many_is_read_in_every_language_and_script(
    locale: str, text: str, count: int | None, ids: tuple[str, ...]
) -> None:
    """And the numbers on them; nothing is made up."""
    words = parse_words((LOCALES / locale / "words.toml").read_text(encoding="utf-8"))
    amount = read_amount(text, words)
    assert (amount.count, amount.ids) == (count, ids)


@pytest.mark.parametrize(
    ("text", "courier", "tracking"),
    [
        ("DHL 1234567890", "DHL", "1234567890"),
        ("sent by fedex, tracking 7712 3456 7890", "FedEx", "7712 3456 7890"),
        ("EMS RR 123 456 789 CN", "EMS", "RR 123 456 789 CN"),
        ("UPS 1Z999AA10123456784", "UPS", "1Z999AA10123456784"),
        ("顺丰 SF1234567890123", "SF Express", "SF1234567890123"),
        ("отправил СДЭК, номер 10123456789, 12.11.2026", "CDEK", "10123456789"),
        ("أرسلت أرامكس ٤٤٥٥٦٦٧٧٨٨", "Aramex", "4455667788"),
        ("Sent on 12.11.2026", "", ""),
        ("My brother takes it along", "", ""),
    ],
)
def test_who_carries_it_is_read_in_any_format(text: str, courier: str, tracking: str) -> None:
    """A date is no tracking number, and an unknown courier stays unnamed."""
    assert read_courier(text) == courier
    assert read_tracking(text) == tracking
