"""The program as an operator runs it: the terminal chat, the list of cases, the package, the demo."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import urlopen

import pypdfium2
import pytest

from bot.handoff.cover import page_count
from bot.intake.machine_reading import can_read_scans
from tests.handoff.links import links_of
from tests.running import PROGRAM
from tests.sent_files import sent_file

#: Where tesseract is installed: a machine may read the scans.
MAY_READ = "#yes-machine_reading\n" if can_read_scans() else ""

STRAIGHT = """\
#en
#yes
#patient
Ana Petrova
12 April 1980
Kazakhstan
My head hurts.
#brain_spine
#remote
#have
@{files}/brain_mr_disc.zip @{files}/mr_report.pdf
#done
#none
#have
@{files}/lab_sheet.pdf
#done
#skip
Metformin 500 mg, twice a day, since March 2022
#done
#none
March 2023 - first headaches
2024 a tumor was found
#yes
Is an operation needed?
Is there another treatment?
#done
#ru
{may_read}#yes
"""


class Operator:
    """Somebody at a terminal, with a folder of data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = folder / "sent"

    def runs(self, *arguments: str, typed: str = "", exit_code: int = 0) -> str:
        """Run a command of the program; what it prints."""
        done = self._run(*arguments, typed=typed)
        assert done.returncode == exit_code, done.stderr
        return done.stdout

    def complains(self, *arguments: str) -> str:
        """Run a command that ends with exit code 2; what it says on standard error."""
        done = self._run(*arguments)
        assert done.returncode == 2, done.stderr
        return done.stderr

    def _run(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(PROGRAM), *arguments],
            input=typed,
            env={**os.environ, "DATA_DIR": str(self.folder / "data")},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def chats(self, script: str) -> list[dict[str, Any]]:
        """Have the conversation; the replies."""
        for name in ("brain_mr_disc.zip", "mr_report.pdf", "lab_sheet.pdf", "empty.pdf"):
            sent_file(self.files, name)
        said = self.runs("chat", "--json", typed=script.format(files=self.files, may_read=MAY_READ))
        return [json.loads(line) for line in said.splitlines()]

    def cases(self) -> list[dict[str, Any]]:
        """The cases there are."""
        found: list[dict[str, Any]] = json.loads(self.runs("cases", "--json"))
        return found


def test_a_patient_reaches_a_finished_package(tmp_path: Path) -> None:
    """The originals are in it bit for bit, named by date and kind, with a one-page cover."""
    operator = Operator(tmp_path)

    replies = operator.chats(STRAIGHT)

    assert replies[-1]["step"] == "done"
    (case,) = operator.cases()
    assert (case["status"], case["missing"]) == ("submitted", ["pathology", "reports"])
    operator.runs("export", case["id"], str(tmp_path / "package.zip"))
    with zipfile.ZipFile(tmp_path / "package.zip") as package:
        content = {name: package.read(name) for name in package.namelist()}
    manifest = list(csv.DictReader(io.StringIO(content["MANIFEST.csv"].decode("utf-8-sig"))))
    assert {row["name"]: row["sha256"] for row in manifest} == {
        name: hashlib.sha256(body).hexdigest()
        for name, body in content.items()
        if name != "MANIFEST.csv"
    }
    with zipfile.ZipFile(operator.files / "brain_mr_disc.zip") as disc:
        slices = {disc.read(name) for name in disc.namelist() if name.startswith("DICOM/")}
    assert slices <= set(content.values())
    assert (operator.files / "mr_report.pdf").read_bytes() in content.values()
    assert any(name.endswith("2026-04-12_MR_head_report.pdf") for name in content), list(content)
    assert len(pypdfium2.PdfDocument(content["00_cover.pdf"])) == 1
    assert json.loads(content["case.json"])


def test_every_reply_of_the_terminal_has_the_promised_shape(tmp_path: Path) -> None:
    """Scripts rely on step, text, choices, expects and locale, and on nothing else."""
    replies = Operator(tmp_path).chats("#en\n#yes\n")

    assert [reply["step"] for reply in replies] == ["language", "consent", "role"]
    for reply in replies:
        assert list(reply) == ["step", "text", "choices", "expects", "locale"]
        assert all(list(choice) == ["id", "label"] for choice in reply["choices"])


def test_a_case_with_reports_alone_carries_the_warning(tmp_path: Path) -> None:
    """The list of cases says what the patient was told."""
    operator = Operator(tmp_path)

    replies = operator.chats("#en\n#yes\n@{files}/mr_report.pdf\n@{files}/empty.pdf\n")

    assert "but not its pictures" in replies[-2]["text"]
    assert "empty.pdf" in replies[-1]["text"]
    (case,) = operator.cases()
    assert case["warnings"] == ["reports_only", "report_without_images"]


def test_a_chat_that_was_left_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """The terminal can be closed at any time."""
    operator = Operator(tmp_path)
    operator.chats("#en\n#yes\n#patient\n")

    replies = operator.chats("Ana Petrova\n")

    assert [reply["step"] for reply in replies] == ["name", "birth_date"]


def test_inspect_says_that_there_is_nothing_and_that_a_password_can_be_tried(
    tmp_path: Path,
) -> None:
    """A mistyped path is the operator's, and no damaged file of a patient."""
    operator = Operator(tmp_path)
    said = operator.complains("inspect", str(tmp_path / "mistyped.zip"))
    assert said == f"second-opinion: there is nothing at {tmp_path / 'mistyped.zip'}\n"
    disc = sent_file(tmp_path / "sent", "mr.zip")
    assert "--password" in operator.complains("inspect", str(disc))


def test_inspect_says_what_a_disc_holds_and_refuses_what_it_cannot_read(tmp_path: Path) -> None:
    """Exit code 0 when it was read, 2 when it was refused."""
    operator = Operator(tmp_path)
    disc = sent_file(operator.files, "brain_mr_disc.zip")
    empty = sent_file(operator.files, "empty.pdf")

    found = json.loads(operator.runs("inspect", "--json", str(disc)))
    refused = json.loads(operator.runs("inspect", "--json", str(empty), exit_code=2))

    (study,) = found["studies"]
    assert [(s["modality"], s["kind"], s["instances"], s["missing"]) for s in study["series"]] == [
        ("MR", "image", 8, 0)
    ]
    assert refused["findings"][0]["code"] == "empty"
    assert "MRI" in operator.runs("inspect", str(disc))


def test_a_second_program_on_the_same_folder_is_refused_in_one_sentence(tmp_path: Path) -> None:
    """Two would answer every patient twice."""
    from bot.store.lock import hold

    operator = Operator(tmp_path)
    operator.runs("chat")
    with hold(tmp_path / "data"):
        done = subprocess.run(
            [str(PROGRAM), "serve"],
            env={**os.environ, "DATA_DIR": str(tmp_path / "data"), "PORT": "0"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode == 1
    assert "DATA_DIR" in done.stderr
    assert "Traceback" not in done.stderr
    assert operator.runs("cases") == "There are no cases yet.\n"


@pytest.mark.parametrize(
    "command",
    [
        ("cases",),
        ("cases", "--json"),
        ("export", "7KQ4-M2XR", "p.zip"),
        ("desk-link",),
        ("set-aside",),
    ],
)
def test_a_mistyped_folder_is_not_taken_for_an_empty_one(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    """A command that only looks says that nothing is kept there, and makes nothing."""
    done = subprocess.run(
        [str(PROGRAM), *command],
        env={**os.environ, "DATA_DIR": str(tmp_path / "dta")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert str(tmp_path / "dta") in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "dta").exists()


async def test_any_free_port_is_announced_by_its_number(tmp_path: Path) -> None:
    """With PORT=0 the machine chooses, and only the announcement can say what it chose."""
    program = await serving(tmp_path, PORT="0")
    try:
        address = await said_by(program, r"Patients: +(http://\S+)/")
        link = await said_by(program, r"Coordinators: +(http://\S+)/desk/sign-in/")
        assert link == address
        with urlopen(f"{address}/healthz", timeout=30) as answer:
            assert answer.status == 200
    finally:
        program.terminate()
        assert await program.wait() == 0


async def test_a_second_ctrl_c_ends_the_program_at_once(tmp_path: Path) -> None:
    """The first waits for what is under way, here an upload that stands still."""
    program = await serving(tmp_path, PORT="0")
    try:
        address = urlsplit(await said_by(program, r"Patients: +(http://\S+)/"))
        await said_by(program, "Data folder:(.*)")
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(
            b"POST /send HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\nExpect: 100-continue\r\n\r\n"
        )
        assert b"100 Continue" in await reader.readline()
        program.send_signal(signal.SIGINT)
        await asyncio.sleep(0.5)
        assert program.returncode is None
        program.send_signal(signal.SIGINT)
        assert await program.wait() == 128 + signal.SIGINT
        writer.close()
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()
    # Nothing was broken by that.
    again = await serving(tmp_path, PORT="0")
    await said_by(again, "Data folder:(.*)")
    again.terminate()
    assert await again.wait() == 0


async def serving(folder: Path, **settings: str) -> asyncio.subprocess.Process:
    """The program, being started."""
    return await asyncio.create_subprocess_exec(
        str(PROGRAM),
        "serve",
        env={**os.environ, "DATA_DIR": str(folder / "data"), **settings},
        stdout=asyncio.subprocess.PIPE,
    )


async def said_by(program: asyncio.subprocess.Process, pattern: str) -> str:
    """What it prints, up to the line that fits."""
    assert program.stdout is not None
    async with asyncio.timeout(60):
        while line := (await program.stdout.readline()).decode():
            if found := re.search(pattern, line):
                return found[1]
    raise AssertionError(f"it ended without {pattern}")


def test_the_demonstration_leaves_a_package(tmp_path: Path) -> None:
    """It plays a whole patient, in Russian, through the real program."""
    operator = Operator(tmp_path)

    said = operator.runs("demo", str(tmp_path / "demo"))

    assert "Ваш случай теперь у координаторов" in said
    # Nothing that is typed there is an answer to an earlier question.
    assert "Эта кнопка от прежнего вопроса" not in said
    names = zipfile.ZipFile(tmp_path / "demo" / "package.zip").namelist()
    assert "00_cover.pdf" in names
    assert sum("CT" in name for name in names) >= 4
    _leads_to_its_sources(tmp_path / "demo" / "package")


def _leads_to_its_sources(package: Path) -> None:
    """Each number on the cover leads to what is there when the package is unpacked, and is listed."""
    cover = (package / "00_cover.pdf").read_bytes()
    leads = links_of(cover)
    listed = (package / "SOURCES.txt").read_text(encoding="utf-8")
    assert len(leads) > 15
    for lead in leads:
        path, _hash, page = unquote(lead).partition("#page=")
        target = package / path
        assert lead.startswith("./"), lead
        assert target.is_dir() if path.endswith("/") else target.is_file(), lead
        if page:
            assert 1 <= int(page) <= page_count(target.read_bytes()), lead
        assert path == "./SOURCES.txt" or path.removeprefix("./") in listed
    numbers = re.findall(r"^\[(\d+)\]", listed, re.MULTILINE)
    assert numbers == [str(n) for n in range(1, len(numbers) + 1)]
    # Every answer of the demonstration was a message, and is known by its number.
    assert not re.search("编号 0$", listed, re.MULTILINE)


def test_loose_slices_in_two_messages_are_one_study(tmp_path: Path) -> None:
    """The receipt counts what has come of the study, and the package holds it in one folder."""
    operator = Operator(tmp_path)
    disc = zipfile.ZipFile(sent_file(operator.files, "brain_mr_disc.zip"))
    slices = [name for name in disc.namelist() if name.startswith("DICOM/")]
    for number, name in enumerate(slices):
        (operator.files / f"slice{number}").write_bytes(disc.read(name))
    halves = (range(0, 4), range(3, len(slices)))
    lines = [" ".join(f"@{operator.files}/slice{n}" for n in half) for half in halves]

    replies = operator.chats("#en\n#yes\n" + "\n".join(lines) + "\n")

    assert "4 pictures" in replies[-2]["text"]
    assert "8 pictures" in replies[-1]["text"]
    operator.runs("export", operator.cases()[0]["id"], str(tmp_path / "package.zip"))
    names = zipfile.ZipFile(tmp_path / "package.zip").namelist()
    folders = {name.rpartition("/")[0] for name in names if name.endswith(".dcm")}
    assert (len(folders), sum(name.endswith(".dcm") for name in names)) == (1, 8)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("REVIEW_LOCALE", "klingon"),
        ("COORDINATOR_LOCALE", "xx"),
        ("PORT", "99999"),
        ("DATA_DIR", "/dev/null/folder"),
    ],
)
def test_a_setting_that_can_not_be_used_is_said_in_one_sentence(
    tmp_path: Path, setting: str, value: str
) -> None:
    """At the start, and with its name; not at the first case, and not as a traceback."""
    done = subprocess.run(
        [str(PROGRAM), "serve"],
        env={**os.environ, "DATA_DIR": str(tmp_path / "data"), "PORT": "0", setting: value},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert setting in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("setting", ["METRICS_PORT", "COORDINATORS"])
def test_what_a_start_stumbles_over_is_said_in_one_sentence(tmp_path: Path, setting: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        values = {
            "METRICS_PORT": str(taken.getsockname()[1]),
            "COORDINATORS": "Li <one@clinic.example>; Ana <one@clinic.example>",
        }
        ended = subprocess.run(
            [str(PROGRAM), "serve"],
            env={**os.environ, "DATA_DIR": str(tmp_path), "PORT": "0", setting: values[setting]},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert setting in ended.stderr
    assert "Traceback" not in ended.stderr


def test_what_patients_sent_is_for_the_owner_of_the_folder_alone(tmp_path: Path) -> None:
    """Other accounts of the machine can't list or read it."""
    operator = Operator(tmp_path)
    operator.chats("#en\n#yes\n@{files}/lab_sheet.pdf\n")

    kept = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
    assert [path for path in kept if path.stat().st_mode & 0o077] == []
