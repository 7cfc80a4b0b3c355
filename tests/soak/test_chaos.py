"""A short run through chaos, and that its ledger finds what is lost and what is doubled."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from bot.paths import load_languages
from bot.said import MAYBE_SEEN
from tests.engine import opened
from tests.soak.chaos import Plan, run
from tests.soak.ledger import Ledger, unexcused
from tests.soak.line import Delivered
from tests.soak.lines import LINES

SHORT = Plan(
    patients=10,
    messages=80,
    files=10,
    between_deaths=(0.5, 2.0),
    full_for=1.0,
    locked_for=1.0,
    pace=(0.0, 0.4),
    troubles=("kill", "locked"),
    slow=False,
)
# A full disk leaves a job to its lease, which is a minute: here it only meets words.
FULL = replace(SHORT, files=0, troubles=("full", "kill"))


@pytest.mark.crash
@pytest.mark.parametrize(
    ("name", "plan"), list(zip(LINES, itertools.cycle((SHORT, FULL)), strict=False))
)
async def test_nothing_is_lost_and_nothing_is_doubled_in_silence(
    tmp_path: Path, name: str, plan: Plan
) -> None:
    outcome = await run(name, plan, tmp_path)
    assert outcome.faults == []
    assert outcome.delivered >= plan.messages - plan.files
    assert outcome.troubles["repeated"] + outcome.troubles["swapped"]


# ---- the ledger --------------------------------------------------------------------------------


def arrived(number: int, text: str, patient: int = 1) -> Delivered:
    return Delivered(external_id=str(number), patient=patient, text=text)


def test_a_doubled_answer_is_noticed_unless_it_says_that_it_may_be_a_repeat() -> None:
    again = f"{load_languages().say(MAYBE_SEEN, 'ru')}\n\nHello"
    silent = [arrived(1, "Hello"), arrived(2, "Hello")]
    assert unexcused(silent, {"2"}) == [silent[0]]
    assert unexcused([silent[0], arrived(2, again)], {"2"}) == []
    # What is too long for its excuse comes after it.
    assert unexcused([silent[0], arrived(3, again.partition("\n")[0]), silent[1]], {"2"}) == []
    # Another patient's excuse, and one for other words, excuse nothing.
    assert unexcused([silent[0], arrived(2, again, patient=2)], {"2"}) == [silent[0]]
    assert unexcused([arrived(1, "Other"), arrived(2, again)], {"2"}) == [arrived(1, "Other")]


async def test_each_thing_that_is_wrong_is_found(tmp_path: Path) -> None:
    """A run in which nothing goes wrong proves nothing about a ledger that finds nothing."""
    async with opened(tmp_path) as engine:
        (tmp_path / "second-opinion.db").symlink_to("core.db")
        ledger = Ledger(tmp_path, "wire")
        await engine.hear("one")
        await engine.hear("two")
        assert ledger.unfinished() == {"to be read": 2}
        await engine.take_turns()
        assert ledger.unfinished() == {"to be sent": 2}
        await engine.outbox.drain()
        wire = [arrived(f"ext-{n}", "x") for n in (1, 2)]  # type: ignore[arg-type]
        assert ledger.unfinished() == {}
        assert ledger.faults(messages=2, files=0, delivered=wire) == []
        assert ledger.faults(messages=3, files=0, delivered=wire)
        assert ledger.faults(messages=2, files=1, delivered=wire)
        assert ledger.faults(messages=2, files=0, delivered=wire[:1])
        assert ledger.faults(messages=2, files=0, delivered=[*wire, arrived(9, "x")])
        for broken in (
            "UPDATE message SET state = 'failed' WHERE id = 2",
            "UPDATE inbox SET state = 'dead' WHERE id = 2",
            "DELETE FROM message WHERE id = 4",
        ):
            await engine.db.write(lambda tx, sql=broken: tx.exec_driver_sql(sql))  # type: ignore[misc]
            assert ledger.faults(messages=2, files=0, delivered=wire), broken
