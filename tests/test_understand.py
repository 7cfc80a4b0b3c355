"""`understand`: what is made of a message or a file, in the languages offered."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from bot.paths import load_languages
from bot.understand_command import to_json, understand
from checklist.medicine_mentions import medicines_in
from handlers.understanding import understood
from tests.conftest import require_tool
from tests.running import PROGRAM
from tests.scans import REPORTS, scan
from tests.sent_files import sent_file

LANGUAGES = load_languages()
TODAY = date(2026, 11, 24)


def run_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run((PROGRAM, *arguments), capture_output=True, text=True, check=False)


Parts = tuple[str, str, str, str]


@pytest.mark.parametrize(
    ("tag", "text", "medicines"),
    [
        ("en", "I take Metformin 500 mg twice a day since March 2022. Also aspirin 100 mg daily.",
         [("Metformin", "500 mg", "twice a day", "2022-03"), ("aspirin", "100 mg", "daily", "")]),
        ("en", "My mother is on Warfarin 5mg 1-0-1 from 2020, and her head hurts every day",
         [("Warfarin", "5mg", "1-0-1", "2020")]),
        ("en", "Since March 2022 I take metformin 500 mg", [("metformin", "500 mg", "", "2022-03")]),
        ("en", "Pain since 2023, so I take ibuprofen 400 mg", [("ibuprofen", "400 mg", "", "")]),
        ("en", "Medications: tamoxifen 20 mg once daily, omeprazole 20 mg before breakfast",
         [("tamoxifen", "20 mg", "once daily", ""), ("omeprazole", "20 mg", "before breakfast", "")]),
        ("en", "I take tamoxifen every morning", [("tamoxifen", "", "every morning", "")]),
        ("en", "I'm on insulin 10 units in the morning and 8 units at night",
         [("insulin", "10 units", "in the morning", "")]),
        ("en", "I have headaches every day and go to the gym twice a week. Hemoglobin 128 g/L", []),
        ("en", "Should I take 10 mg or 20 mg?", []),
        ("ru", "Принимаю метформин 500 мг 2 раза в день с марта 2022 и аспирин 100 мг утром.",
         [("метформин", "500 мг", "2 раза в день", "2022-03"), ("аспирин", "100 мг", "утром", "")]),
        ("ru", "Мне назначили эутирокс 50 мкг натощак. Голова болит каждый день.",
         [("эутирокс", "50 мкг", "натощак", "")]),
        ("ru", "Гемоглобин 128 г/л, болит спина", []),
        ("ru", "С 2020 года я принимаю эналаприл 10 мг", [("эналаприл", "10 мг", "", "2020")]),
        ("zh-Hans", "我每天吃两次二甲双胍500毫克，从2022年3月开始。还有阿司匹林100mg每天一次。",
         [("二甲双胍", "500毫克", "每天吃两次", "2022-03"), ("阿司匹林", "100mg", "每天一次", "")]),
        ("zh-Hans", "我在服用他莫昔芬20毫克每日一次", [("他莫昔芬", "20毫克", "每日一次", "")]),
        ("zh-Hans", "从2023年3月开始服用二甲双胍500毫克", [("二甲双胍", "500毫克", "", "2023-03")]),
        ("zh-Hans", "医生开了加巴喷丁300毫克每晚", [("加巴喷丁", "300毫克", "每晚", "")]),
        ("zh-Hans", "头每天痛，血红蛋白128克/升", []),
        ("ar", "أتناول ميتفورمين 500 ملغ مرتين يوميا منذ مارس 2022 وأسبرين 100 ملغ كل يوم",
         [("ميتفورمين", "500 ملغ", "مرتين يوميا", "2022-03"), ("أسبرين", "100 ملغ", "كل يوم", "")]),
        ("ar", "وصف لي الطبيب تاموكسيفين ٢٠ ملغ مرة واحدة يوميا",
         [("تاموكسيفين", "٢٠ ملغ", "مرة واحدة يوميا", "")]),
        ("ar", "عندي صداع كل يوم منذ سنة", []),
    ],
)  # fmt: skip
def test_medicines_are_told_from_everything_else_that_a_message_says(
    tag: str, text: str, medicines: list[Parts]
) -> None:
    found = medicines_in(text, LANGUAGES.words(tag), TODAY)
    told = [
        (one.name, one.dose, one.frequency, one.since.iso if one.since else "")
        for _words, one in found
    ]
    assert told == medicines


def made_of(text: str, **more: Any) -> dict[str, Any]:
    return to_json(understood(text, LANGUAGES, TODAY, **more))


@pytest.mark.parametrize(
    ("text", "language", "scan", "day"),
    [
        ("My MRI of the knee was on 12 April 2026.", "en", ("MR", "KNEE"), "2026-04-12"),
        ("МРТ головного мозга от 12 апреля, заключения нет", "ru", ("MR", "HEAD"), "2026-04-12"),
        ("2026年4月12日做了胸部CT", "zh-Hans", ("CT", "CHEST"), "2026-04-12"),
        ("أجريت رنين الدماغ في ١٢ أبريل ٢٠٢٦", "ar", ("MR", "HEAD"), "2026-04-12"),
        ("أجريت رنين مغناطيسي للدماغ في ١٢ أبريل ٢٠٢٦", "ar", ("MR", "HEAD"), "2026-04-12"),
        ("My knee hurts since 2023", "en", ("", ""), None),
    ],
)
def test_a_message_says_of_which_scan_it_is(
    text: str, language: str, scan: tuple[str, str], day: str | None
) -> None:
    found = made_of(text)
    assert (found["language"], found["modality"], found["body_part"]) == (language, *scan)
    assert (found["date"], found["kind"]) == (day, "other")


def test_a_day_is_as_exact_as_it_was_written_and_its_words_are_its_own() -> None:
    found = made_of("Twice a day since March 2023. 03/12/2024 or 5 May 2026", locale="en")
    assert found["dates"] == [
        {"value": "2023-03", "precision": "month", "text": "since March 2023"},
        {"value": "2024", "precision": "year", "text": "03/12/2024",
         "options": ["2024-03-12", "2024-12-03"]},
        {"value": "2026-05-05", "precision": "day", "text": "5 May 2026"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "safety"),
    [
        ("I can't breathe, my chest hurts right now", "emergency"),
        ("Я не хочу жить", "self_harm"),
        ("我应该停药吗？", "dosing"),
        ("Можете гарантировать, что меня вылечат?", "guarantee"),
        ("Here is my report", None),
    ],
)
def test_danger_is_seen_as_the_conversation_sees_it(text: str, safety: str | None) -> None:
    assert made_of(text)["safety"] == safety


def test_a_message_is_a_report_only_where_it_says_so() -> None:
    assert made_of("MRI report of my lumbar spine, 2 October 2026")["kind"] == "imaging_report"
    assert made_of("I had an MRI")["kind"] == "other"


@pytest.mark.parametrize(
    ("name", "kind", "scan", "day"),
    [
        ("mr_report_ru.pdf", "imaging_report", ("MR", "HEAD"), "2026-04-12"),
        ("lab_sheet.pdf", "lab", ("", ""), "2026-03-03"),
        ("discharge_letter.pdf", "discharge", ("", ""), "2026-04-09"),
    ],
)
def test_a_file_is_read_like_one_that_a_patient_sends(
    name: str, kind: str, scan: tuple[str, str], day: str, tmp_path: Path
) -> None:
    done = run_command("understand", str(sent_file(tmp_path, name)), "--json")
    found = json.loads(done.stdout)
    assert (found["kind"], found["date"]) == (kind, day)
    assert (found["modality"], found["body_part"]) == scan
    assert found["medications"] == []


def test_what_has_no_text_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run_command("understand", str(sent_file(tmp_path, "brain_mr_disc.zip")))
    assert (done.returncode, done.stdout) == (2, "")
    assert "second-opinion inspect" in done.stderr
    assert understand(["  "]) == 2
    assert understand(["hello", "--locale", "xx"]) == 2
    assert "offered are en" in capsys.readouterr().err


def test_a_scan_is_read_by_a_machine_and_marked_so(tmp_path: Path) -> None:
    require_tool("tesseract")
    path = tmp_path / "scan.jpg"
    path.write_bytes(scan(REPORTS["ru"][0]))
    done = run_command("understand", "--json", str(path))
    assert (done.returncode, "it has no text" in done.stderr) == (2, True)
    said = json.loads(done.stdout)
    assert list(said) == ["machine_reading"]
    assert said["machine_reading"]["may_be_wrong"] is True
    assert "протрузия" in said["machine_reading"]["text"]


def test_the_day_of_reading_can_be_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert understand(["--today", "2020-06-01", "MRI of the knee in May", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["language"] == "en"
    with pytest.raises(SystemExit):
        understand(["--today", "soon", "MRI"])


@pytest.mark.parametrize("text", ["1" * 20_000, "and 5" * 4_000, "aspirin 5 mg, " * 1_500])
def test_a_page_without_sense_takes_no_minutes(text: str) -> None:
    began = perf_counter()
    understood(text, LANGUAGES, TODAY)
    assert perf_counter() - began < 5
