"""A date that the language of the chat has no words for is read in another, where that is safe."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checklist.dates import Ambiguous
from handlers.said_dates import said_birth_date, said_date
from handlers.step import View
from tests.checklist.test_dates import written
from tests.player import Player


def view_of(player: Player, locale: str) -> View:
    return View(
        case=player.case,
        session=replace(player.session, locale=locale),
        now=player.now,
        catalog=player.catalog,
        languages=player.languages,
    )


@pytest.mark.parametrize(
    ("locale", "text", "expected"),
    [
        ("ru", "2023 жылғы наурыз", "2023-03"),
        ("ru", "наурыз 2023", "2023-03"),
        ("ru", "15 наурыз", "{year}-03-15"),
        ("en", "ngày 12 tháng 3 năm 2023", "2023-03-12"),
        ("en", "12 de marzo de 2023", "2023-03-12"),
        ("en", "12 мая 2023 года", "2023-05-12"),
        ("ar", "12 mars 2023", "2023-03-12"),
        ("en", "12 มีนาคม 2566", "2023-03-12"),
        # In none of them, or in two that don't agree; and never inside a sentence.
        ("en", "mai", ""),
        ("en", "it hurts since 15 наурыз and more", ""),
        ("en", "no idea", ""),
        ("ru", "не знаю", ""),
    ],
)
def test_a_date_is_read_in_another_language(
    player: Player, locale: str, text: str, expected: str
) -> None:
    view = view_of(player, locale)
    today = view.today
    year = today.year - int((today.month, today.day) < (3, 15))
    assert written(said_date(view, text)) == expected.format(year=year)


@pytest.mark.parametrize(
    ("locale", "text", "expected"),
    [
        ("ru", "1980 жылғы 12 сәуір", "1980-04-12"),
        ("en", "12 เมษายน 2523", "1980-04-12"),
        ("en", "12 avril 1980", "1980-04-12"),
        ("ru", "1980 оны 4 сарын 12", "1980-04-12"),
        ("en", "12 April", ""),
        ("en", "12 avril", ""),
        ("en", "avril 1980", ""),
        ("en", "12 avril 2099", ""),
    ],
)
def test_a_birth_date_is_read_in_another_language(
    player: Player, locale: str, text: str, expected: str
) -> None:
    found = said_birth_date(view_of(player, locale), text)
    assert written(found) == expected


def test_the_chats_own_language_comes_first(player: Player) -> None:
    """ "03/12/2024" is asked back in English, though elsewhere it is one day."""
    assert isinstance(said_date(view_of(player, "en"), "03/12/2024"), Ambiguous)
    assert written(said_date(view_of(player, "ru"), "03/12/2024")) == "2024-12-03"
