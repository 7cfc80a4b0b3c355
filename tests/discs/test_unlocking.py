"""With its password a locked disc is read like any other; without it nothing comes out."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.intake.inspection import inspect_path
from bot.intake.report import to_json
from bot.intake.unlock import unlocked
from tests.discs.expected import Disc, differences
from tests.discs.registry import ALL
from tests.discs.shelf import Shelf
from tests.intake.conftest import say

LOCKED = [disc for disc in ALL if disc.password]


@pytest.mark.parametrize("disc", LOCKED, ids=lambda disc: disc.name)
def test_the_password_opens_it(disc: Disc, shelf: Shelf, tmp_path: Path) -> None:
    assert disc.unlocked is not None
    copy = tmp_path / "plain"
    assert unlocked(shelf.path(disc), disc.password, copy) == "unlocked"
    inspection = inspect_path(copy)
    wrong = differences(disc.unlocked, to_json(inspection, say), inspection)
    assert not wrong, "\n- ".join([disc.story, *wrong])


@pytest.mark.parametrize("disc", LOCKED, ids=lambda disc: disc.name)
@pytest.mark.parametrize("password", ["", "19710204", "пароль\0 и ещё" * 50])
def test_another_password_does_not(disc: Disc, password: str, shelf: Shelf, tmp_path: Path) -> None:
    copy = tmp_path / "plain"
    assert unlocked(shelf.path(disc), password, copy) == "wrong_password"


def test_what_no_password_opens_is_not_called_a_wrong_one(shelf: Shelf, tmp_path: Path) -> None:
    """Else it would be asked for again and again."""
    disc = next(one for one in ALL if one.name == "rar_2")
    assert unlocked(shelf.path(disc), "19710203", tmp_path / "plain") == "unreadable"
