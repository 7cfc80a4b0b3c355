"""A disc is the same whenever it is made, so that what fails can be looked at again."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.intake.inspection import inspect_path
from bot.intake.report import to_json
from tests.discs.registry import ALL
from tests.discs.shelf import Shelf
from tests.intake.conftest import say

#: One of each maker that likes to write the hour, or a new UID, into what it makes.
MAKERS = (
    "whole_cd",
    "digitised_films",
    "encapsulated_pdf_only",
    "structured_reports_only",
    "screenshots_only",
    "ten_transfer_syntaxes",
    "ct_with_what_was_made_of_it",
)


@pytest.mark.parametrize("name", MAKERS)
def test_made_twice_a_disc_is_the_same(name: str, shelf: Shelf, tmp_path: Path) -> None:
    disc = next(one for one in ALL if one.name == name)
    first, second = (inspect_path(one.path(disc)) for one in (shelf, Shelf(tmp_path)))
    assert to_json(first, say) == to_json(second, say)
    assert [s.instances for s in first.studies] == [s.instances for s in second.studies]


def test_a_disc_is_made_once(tmp_path: Path) -> None:
    disc = ALL[0]
    made = Shelf(tmp_path).path(disc)
    age = made.stat().st_mtime_ns
    assert Shelf(tmp_path).path(disc) == made
    assert made.stat().st_mtime_ns == age
