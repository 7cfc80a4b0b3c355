"""The conversation in the terminal: the real program in one process, line by line."""

import asyncio
import json
import os
import signal
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.channels.terminal_chat import chat
from bot.settings import Settings
from tests.sent_files import sent_file

PROGRAM = Path(sys.executable).with_name("second-opinion")
KEYS = ["step", "text", "choices", "expects", "locale"]
TO_IMAGING = """\
#en
#yes
#patient
Doe Archibald
4 March 1956
Kazakhstan
My head and my neck have hurt for two years.
#brain_spine
#remote
"""


async def played(folder: Path, lines: str, *, as_json: bool = True, address: str = "t") -> str:
    out = StringIO()
    async with App.open(Settings(data_dir=folder)) as app, asyncio.timeout(60):
        code = await chat(app, stdin=StringIO(lines), stdout=out, as_json=as_json, address=address)
    assert code == 0
    return out.getvalue()


async def replies(folder: Path, lines: str, address: str = "t") -> list[dict[str, Any]]:
    said = await played(folder, lines, address=address)
    return [json.loads(line) for line in said.splitlines()]


async def test_it_greets_and_each_reply_is_one_line_of_json(tmp_path: Path) -> None:
    said = await replies(tmp_path, "")
    assert [list(reply) for reply in said] == [KEYS] * len(said)
    (greeting,) = said
    assert greeting["step"] == "language"
    assert greeting["expects"] == "choice"
    assert {"id": "ru", "label": "Русский"} in greeting["choices"]


async def test_a_choice_is_pressed_by_its_plain_id(tmp_path: Path) -> None:
    greeting, consent = await replies(tmp_path, "#ru\n")
    assert (greeting["locale"], consent["locale"]) == ("en", "ru")
    assert consent["step"] == "consent"
    assert [choice["id"] for choice in consent["choices"]][:2] == ["yes", "no"]


@pytest.mark.parametrize("line", ["1", "English", "#en"])
async def test_a_choice_may_be_a_number_or_a_label_too(tmp_path: Path, line: str) -> None:
    said = await replies(tmp_path, f"{line}\n")
    assert [reply["step"] for reply in said] == ["language", "consent"]


async def test_empty_lines_say_nothing(tmp_path: Path) -> None:
    assert len(await replies(tmp_path, "\n  \n\n")) == 1


async def test_a_choice_that_is_not_there_is_answered(tmp_path: Path) -> None:
    said = await replies(tmp_path, "#en\n#nonsense\n")
    assert [reply["step"] for reply in said] == ["language", "consent", "consent"]


async def test_it_goes_on_where_it_stood_and_shows_the_question_again(tmp_path: Path) -> None:
    await replies(tmp_path, "#en\n#yes\n")
    (again,) = await replies(tmp_path, "")
    assert again["step"] == "role"
    (other,) = await replies(tmp_path, "", address="other")
    assert other["step"] == "language"


async def test_a_file_is_read_and_its_receipt_given_before_the_next_line(tmp_path: Path) -> None:
    report = tmp_path / "my report.txt"
    report.write_text("MRI of the brain, 3 March 2023. No abnormality was seen.", "utf-8")
    said = await replies(tmp_path / "data", f'{TO_IMAGING}@"{report}"\n/status\n')
    texts = [reply["text"] for reply in said]
    receipt = next(n for n, text in enumerate(texts) if "my report.txt" in text)
    assert receipt < len(texts) - 1


async def test_the_picture_of_a_receipt_is_named_and_the_line_for_programs_stays_as_it_is(
    tmp_path: Path,
) -> None:
    disc = sent_file(tmp_path, "brain_mr_disc.zip")
    for as_json in (False, True):
        said = await played(tmp_path / f"{as_json}", f"#en\n#yes\n@{disc}\n", as_json=as_json)
        named = "[This is what I received: MRI (head) of April 12, 2026, 8 pictures]"
        if as_json:
            assert "This is what I received" not in said
            assert all(list(json.loads(line)) == KEYS for line in said.splitlines())
        else:
            assert named in said.translate(dict.fromkeys((0x2068, 0x2069)))


async def test_a_missing_file_is_named_and_the_chat_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = await replies(tmp_path, f"@{tmp_path}/none.zip from 2023\n#en\n")
    assert [reply["step"] for reply in said] == ["language", "consent"]
    assert f"{tmp_path}/none.zip: No such file or directory" in capsys.readouterr().err


async def test_people_see_paragraphs_and_choices_with_their_ids(tmp_path: Path) -> None:
    said = await played(tmp_path, "", as_json=False)
    assert "  1. [en] English\n" in said
    assert "> " not in said


# ---- the command -------------------------------------------------------------------------------


async def start(folder: Path, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        str(PROGRAM),
        "chat",
        *arguments,
        env={**os.environ, "DATA_DIR": str(folder)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_the_command_reads_a_pipe_and_ends_with_it(tmp_path: Path) -> None:
    program = await start(tmp_path, "--json")
    out, errors = await asyncio.wait_for(program.communicate(b"#en\n#yes"), 60)
    steps = [json.loads(line)["step"] for line in out.splitlines()]
    assert (steps, errors, program.returncode) == (["language", "consent", "role"], b"", 0)


async def test_an_interrupt_ends_it_without_a_trace(tmp_path: Path) -> None:
    program = await start(tmp_path, "--json")
    assert program.stdout is not None
    assert json.loads(await asyncio.wait_for(program.stdout.readline(), 60))["step"] == "language"
    program.send_signal(signal.SIGINT)
    _, errors = await asyncio.wait_for(program.communicate(), 60)
    assert (program.returncode, errors) == (130, b"")
