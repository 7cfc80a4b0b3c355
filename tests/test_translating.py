"""What translators do to a case, and what a machine does for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.translating.base import TranslateError
from bot.translating.libre import LibreTranslate
from checklist.case import Answer
from checklist.records import RecordKind
from checklist.to_translate import is_in_translation, to_translate, translated, translation_of
from handlers.effects import BuildPackage, RecordAudit
from handlers.stages import stage_line
from tests.doubles.libretranslate import LibreTranslateDouble, libretranslate
from tests.player import START, Player
from tests.test_desk_acts import done, handed, letter

__all__ = ["handed"]


def translate(player: Player, action: str, record: str = "a", **values: str) -> list[object]:
    """The effects of one act of Li Wei's."""
    return list(done(player, f"translation_{action}", record=record, reader="zh-Hans", **values))


def status(player: Player) -> str:
    """Where the case stands."""
    return player.case.status


def add(player: Player, file: str, record: str = "a", **values: str) -> list[object]:
    return translate(player, "add", record, file=file, name="t.pdf", size="10", **values)


@pytest.fixture
def russian(handed: Player) -> Player:
    """The case with three letters in Russian."""
    records = tuple(replace(record, language="ru") for record in handed.case.records)
    handed.case = replace(handed.case, records=records)
    return handed


def test_what_decides_comes_first_whenever_it_came(russian: Player) -> None:
    """Pathology, operations, imaging; then labs; then what is background."""
    kinds: list[RecordKind] = ["consultation", "lab", "imaging_report", "operative", "pathology_report",
                               "discharge", "imaging_photo", "identity"]  # fmt: skip
    records = tuple(
        letter(kind, kind=kind, language="ru", received_at=START + timedelta(days=day))
        for day, kind in enumerate(kinds)
    )
    case = replace(russian.case, records=records)
    assert [r.id for r in to_translate(case, "zh-Hans")] == [
        "pathology_report", "operative", "imaging_report", "lab", "consultation", "discharge",
    ]  # fmt: skip
    assert to_translate(case, "ru") == ()
    assert to_translate(replace(case, submitted_at=None), "zh-Hans") == ()


def test_a_scan_is_in_the_language_that_the_patient_named(russian: Player) -> None:
    """And where nobody has named one, a person looks at it."""
    scan = replace(russian.case, records=(letter("scan"),))
    assert [r.id for r in to_translate(scan, "zh-Hans")] == ["scan"]
    named = Answer(step="translation", at=START, value="zh-Hans")
    assert to_translate(scan.with_answer(named), "zh-Hans") == ()


def test_the_patient_hears_that_records_are_being_translated_while_they_are(
    russian: Player,
) -> None:
    """From the first that is taken until none is in work, and none of a work begun still waits."""
    assert not is_in_translation(russian.case, "zh-Hans")
    translate(russian, "take")
    assert status(russian) == "in_translation"
    assert "translated" in stage_line(russian.case).params["stage"].msgid  # type: ignore[union-attr]
    for record in ("a", "b", "lab"):
        add(russian, f"f-{record}", record)
        assert status(russian) == "in_translation"
        translate(russian, "approve", record, file=f"f-{record}")
    assert status(russian) == "submitted"
    assert len(translated(russian.case)) == 3


def test_a_new_version_replaces_the_old_one_only_when_it_is_confirmed(russian: Player) -> None:
    add(russian, "one")
    effects = translate(russian, "approve", file="one")
    assert any(isinstance(effect, BuildPackage) for effect in effects)
    assert not any(isinstance(effect, BuildPackage) for effect in add(russian, "two"))
    known = translation_of(russian.case, "a")
    assert known.approved is not None
    assert (known.approved.id, known.state, len(known.files)) == ("one", "unchecked", 2)
    translate(russian, "approve", file="one")
    assert translation_of(russian.case, "a").state == "unchecked"
    translate(russian, "approve", file="two")
    approved = translation_of(russian.case, "a").approved
    assert approved is not None
    assert approved.id == "two"


def test_a_draft_is_never_confirmed_as_it_is_and_nobodys_word_comes_after_it(
    russian: Player,
) -> None:
    add(russian, "draft", draft="yes", approved="yes")
    known = translation_of(russian.case, "a")
    assert (known.state, known.approved, known.taken_by) == ("draft", None, "")
    effects = translate(russian, "approve", file="draft")
    assert any(isinstance(e, RecordAudit) and e.action == "act.conflict" for e in effects)
    assert translated(russian.case) == ()
    add(russian, "mine")
    add(russian, "late draft", draft="yes")
    newest = translation_of(russian.case, "a").newest
    assert newest is not None
    assert newest.id == "mine"


def test_the_second_of_two_translators_changes_nothing(russian: Player) -> None:
    translate(russian, "take")
    known = translation_of(russian.case, "a")
    effects = translate(russian, "take", by="Ana")
    assert any(isinstance(e, RecordAudit) and e.action == "act.conflict" for e in effects)
    assert translation_of(russian.case, "a") == known


# ---- LibreTranslate, at the wire ---------------------------------------------------------------


@pytest.fixture
async def server() -> AsyncIterator[tuple[LibreTranslate, LibreTranslateDouble]]:
    async with libretranslate() as (url, double):
        machine = LibreTranslate(f"{url}/", "k")
        yield machine, double
        await machine.close()


Server = tuple[LibreTranslate, LibreTranslateDouble]


@pytest.mark.parametrize("name", ["zh", "zh-Hans"])
async def test_a_server_is_asked_in_its_own_names_of_languages(server: Server, name: str) -> None:
    machine, double = server
    double.chinese, double.words, double.key = name, {"рак": "癌"}, "k"
    assert await machine.translate(["рак", "", "12"], source="ru", target="zh-Hans") == [
        "癌",
        "",
        "12",
    ]
    assert [(a["source"], a["target"], a["format"]) for a in double.asked] == [("ru", name, "text")]


async def test_a_long_text_goes_in_pieces_that_the_server_takes(server: Server) -> None:
    machine, double = server
    lines = [f"строка {n} " + "а" * 300 for n in range(20)]
    assert await machine.translate(lines, source="", target="en") == lines
    assert len(double.asked) > 3
    assert {asked["source"] for asked in double.asked} == {"auto"}


@pytest.mark.parametrize(
    ("status", "lasting"), [(500, False), (429, False), (503, False), (400, True), (403, True)]
)
async def test_trouble_says_whether_it_helps_to_try_again(
    server: Server, status: int, lasting: bool
) -> None:
    machine, double = server
    double.fail = [status]
    with pytest.raises(TranslateError, match=f"status_{status}") as caught:
        await machine.translate(["рак"], source="ru", target="en")
    assert caught.value.lasting is lasting


async def test_a_language_that_the_server_has_not_is_told_at_once(server: Server) -> None:
    machine, double = server
    with pytest.raises(TranslateError, match="unknown_language") as caught:
        await machine.translate(["x"], source="kk", target="en")
    assert caught.value.lasting
    assert double.asked == []


async def test_a_server_that_is_not_there_is_asked_again() -> None:
    machine = LibreTranslate("http://127.0.0.1:9")
    with pytest.raises(TranslateError) as caught:
        await machine.translate(["x"], source="ru", target="en")
    assert not caught.value.lasting
    await machine.close()
