"""What a virus scanner finds is kept apart, and what nobody looked at is never called clean.

The scanner is Debian's own clamd, with a signature of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import randbytes
from typing import Any

import httpx
import pytest

from bot import clamd
from bot.doctor_finding import Look
from bot.doctor_scanner import look_at_scanner
from bot.handoff.contents import entries_of
from bot.handoff.stored import StoredFile
from bot.jobs.children import Children
from bot.jobs.virus_scan import INFECTED
from bot.scan_stored import scan_stored
from bot.settings import Settings, TwilioSettings
from bot.store.scans import Scanned
from bot.store.schema import file, file_scan, instance, job
from bot.web.desk_marks import scan_words
from checklist.case import Case
from checklist.findings import Finding
from checklist.infected import without_file
from handlers.effects import BuildPackage, Effect, TakeFile
from handlers.updates import InboundMessage, RecordIndexed, Update
from tests import clamd as scanner
from tests import synthetic
from tests.engine import Engine, opened
from tests.handoff.cases import AT, case_of, record, study
from tests.intake import containers
from tests.player import Player
from tests.ports import own_port


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with scanner.running(tmp_path_factory.mktemp("clamd")) as found:
        yield found


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    """Processes that serve all tests here."""
    shared = Children()
    yield shared
    shared.close()


def pieces(*parts: bytes) -> Iterator[bytes]:
    yield from parts


# ---- the protocol ------------------------------------------------------------------------------


async def test_what_it_knows_is_found_in_whatever_pieces_it_comes(address: str) -> None:
    begin, end = scanner.MARK[:7], scanner.MARK[7:]
    said = clamd.scan(address, pieces(b"x" * 1000, begin, b"", end, b"y"))
    assert (said.state, said.what) == ("infected", f"{scanner.NAME}.UNOFFICIAL")


async def test_it_is_found_inside_of_a_zip(address: str) -> None:
    data = synthetic.zipped({"a/readme.txt": b"hello " + scanner.MARK})
    assert (clamd.scan(address, pieces(data))).state == "infected"


async def test_what_holds_nothing_is_clean(address: str) -> None:
    assert clamd.scan(address, pieces(b"hello")) == clamd.Verdict(state="clean")
    assert (clamd.scan(address, pieces())).state == "clean"


def test_what_is_too_long_for_it_is_never_clean(address: str) -> None:
    """It says so and hangs up; where its words are lost with that, it is to be asked again."""
    piece = bytes(256 * 1024)
    for _try in range(20):
        try:
            said = clamd.scan(address, pieces(*[piece] * 24))
        except ConnectionError:
            continue
        assert said == clamd.TOO_LARGE


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (b"hello ", clamd.Verdict(state="clean")),
        (b"hello " * (scanner.STREAM // 4), clamd.TOO_LARGE),
        (synthetic.zipped({"b": b"hello " * (scanner.STREAM // 4)}), clamd.TOO_LARGE),
        (synthetic.zipped({"b": b"PK\3\4 broken"}), clamd.Verdict(state="unscanned", what="error")),
    ],
    ids=["short", "long", "long within", "broken"],
)
def test_an_archive_is_as_clean_as_each_file_in_it(
    tmp_path: Path, address: str, content: bytes, verdict: clamd.Verdict
) -> None:
    (tmp_path / "f").write_bytes(synthetic.zipped({"a": b"1", "c": content, "z": b"2"}))
    assert scan_stored(tmp_path / "f", address, scanner.STREAM) == verdict


@pytest.mark.parametrize("kind", ["rar", "7z", "tar_gz", "iso_joliet"])
def test_what_is_too_long_as_a_whole_is_looked_into_file_by_file(
    tmp_path: Path, address: str, kind: str
) -> None:
    disc = containers.laid_out({"a/b.bin": randbytes(3000), "c.inf": scanner.MARK}, tmp_path / "d")
    (tmp_path / "f").write_bytes(containers.MAKERS[kind](disc, tmp_path / f"made.{kind}"))
    assert scan_stored(tmp_path / "f", address, 4000).state == "infected"
    (tmp_path / "d" / "c.inf").write_bytes(b"nothing")
    (tmp_path / "f").write_bytes(containers.MAKERS[kind](disc, tmp_path / f"again.{kind}"))
    assert scan_stored(tmp_path / "f", address, 4000) == clamd.Verdict(state="clean")


async def test_it_is_reached_over_tcp_too(tmp_path: Path) -> None:
    with scanner.running(tmp_path, tcp=own_port()) as where:
        assert (clamd.scan(where, pieces(scanner.MARK))).state == "infected"
        assert (clamd.version(where)).startswith("ClamAV")


@pytest.mark.parametrize("where", ["/nowhere/clamd.ctl", "127.0.0.1:1"])
async def test_nobody_there_is_no_verdict(where: str) -> None:
    with pytest.raises(clamd.Unreachable):
        clamd.scan(where, pieces(b"hello"))


@pytest.mark.parametrize("where", ["localhost", "clamd:port", "a b:3310"])
def test_an_address_is_a_socket_or_a_host_with_a_port(where: str) -> None:
    with pytest.raises(ValueError, match="clamd_address"):
        Settings(clamd_address=where)


# ---- the program -------------------------------------------------------------------------------


def take(update: Update, session: Any, case: Case) -> tuple[Effect, ...]:
    if not isinstance(update, InboundMessage):
        return ()
    if update.text == "package":
        return (BuildPackage(),)
    return tuple(
        TakeFile(file_id=f"f-{one.fetch_ref}", attachment=one, item="labs")
        for one in update.attachments
    )


def asking(engine: Engine, where: str, *, most: int = scanner.STREAM) -> None:
    values = dict(engine.settings) | {"clamd_address": where, "clamd_max_bytes": most}
    engine.settings = Settings.model_construct(**values)
    engine.script.effects = take


async def send(engine: Engine, name: str, data: bytes) -> None:
    engine.wire.files[name] = data
    await engine.hear("", files=[name])
    await engine.settle()


def told(engine: Engine) -> list[RecordIndexed]:
    return [update for update in engine.script.heard if isinstance(update, RecordIndexed)]


async def said(engine: Engine) -> list[tuple[str, str, str]]:
    return [(row.id, row.state, row.what) for row in await engine.rows(file_scan)]


LETTER = b"Laboratory report, 12 April 2026. Haemoglobin 120 g/l (115-150)"


@pytest.mark.usefixtures("both")
async def test_a_file_is_read_once_nothing_was_found(
    tmp_path: Path, address: str, children: Children
) -> None:
    async with opened(tmp_path, children=children) as engine:
        asking(engine, address)
        await send(engine, "a", LETTER)
        assert await said(engine) == [("f-a", "clean", "")]
        assert [bool(one.records) for one in told(engine)] == [True]


@pytest.mark.usefixtures("both")
async def test_what_is_infected_is_kept_and_never_read(
    tmp_path: Path, address: str, children: Children
) -> None:
    async with opened(tmp_path, children=children) as engine:
        asking(engine, address)
        await send(engine, "a", LETTER + scanner.MARK)
        (update,) = told(engine)
        assert update.refusal is not None
        assert (update.refusal.code, update.kept, update.records) == ("infected", True, ())
        (row,) = await engine.rows(file)
        assert (row.state, row.reason) == ("refused", "infected")
        assert await engine.blobs.exists(row.blob_id)
        assert not [one for one in await engine.rows(job) if one.kind == "index"]


@pytest.mark.usefixtures("both")
async def test_while_nobody_answers_a_file_is_read_marked_and_looked_into_later(
    tmp_path: Path, address: str, children: Children
) -> None:
    async with opened(tmp_path, children=children) as engine:
        asking(engine, str(tmp_path / "nobody"))
        await send(engine, "a", LETTER)
        assert await said(engine) == [("f-a", "waiting", "")]
        assert [bool(one.records) for one in told(engine)] == [True]
        for _wait in range(5):
            engine.clock.move(3600)
            await engine.settle()
        assert await said(engine) == [("f-a", "waiting", "")]
        asking(engine, address)
        engine.clock.move(3600)
        await engine.settle()
        assert await said(engine) == [("f-a", "clean", "")]
        assert len(told(engine)) == 1


@pytest.mark.usefixtures("both")
async def test_what_was_read_before_it_was_found_infected_is_taken_back(
    tmp_path: Path, address: str, children: Children
) -> None:
    async with opened(tmp_path, children=children) as engine:
        asking(engine, str(tmp_path / "nobody"))
        disc = synthetic.zipped(
            synthetic.study_files(synthetic.ct_study(3)) | {"autorun.inf": scanner.MARK}
        )
        await send(engine, "disc", disc)
        assert await engine.rows(instance)
        asking(engine, address)
        engine.clock.move(3600)
        await engine.settle()
        last = told(engine)[-1]
        assert last.refusal is not None
        assert last.refusal.code == "infected"
        assert await engine.rows(instance) == []
        (row,) = await engine.rows(file)
        assert (row.state, row.reason) == ("refused", "infected")


async def test_what_is_too_large_for_the_scanner_is_read_and_not_called_clean(
    tmp_path: Path, address: str, children: Children
) -> None:
    async with opened(tmp_path, children=children) as engine:
        asking(engine, address, most=10)
        await send(engine, "a", LETTER)
        assert await said(engine) == [("f-a", "unscanned", "too_large")]
        assert [bool(one.records) for one in told(engine)] == [True]


async def test_no_package_is_built_while_a_file_waits_to_be_looked_into(
    tmp_path: Path, address: str, children: Children
) -> None:
    async with opened(tmp_path, children=children) as engine:
        asking(engine, "")
        await send(engine, "a", LETTER)
        # The scanner is switched on when files are there already, and does not answer.
        asking(engine, str(tmp_path / "nobody"))
        await engine.hear("package")
        await engine.settle()
        (waits,) = [one for one in await engine.rows(job) if one.kind == "package"]
        assert (waits.state, waits.attempt == waits.waits) == ("ready", True)
        assert await said(engine) == [("f-a", "waiting", "")]
        asking(engine, address)
        for _wait in range(3):
            engine.clock.move(3600)
            await engine.settle()
        assert await said(engine) == [("f-a", "clean", "")]
        assert [one.state for one in await engine.rows(job) if one.kind == "package"] != ["ready"]


async def test_without_a_scanner_nothing_waits_and_nothing_is_called_clean(
    tmp_path: Path, children: Children
) -> None:
    async with opened(tmp_path, children=children) as engine:
        asking(engine, "")
        await send(engine, "a", LETTER)
        assert await said(engine) == []
        assert str(scan_words(None).msgid) == "Not scanned for viruses"
        unscanned = Scanned(state="unscanned", what="no_scanner")
        assert scan_words(unscanned) == scan_words(None)


# ---- the case and the package ------------------------------------------------------------------


def test_a_case_loses_every_record_of_an_infected_file() -> None:
    lab = record("l", "lab", item="labs", file_id="f1")
    case = case_of(records=(study("a"), lab))
    assert [one.id for one in without_file(case, "f1").records] == ["a"]
    assert without_file(case, "nothing") is case


def stored(file_id: str, **how: Any) -> StoredFile:
    values = {
        "id": file_id, "name": f"{file_id}.pdf", "media_type": "application/pdf",
        "state": "indexed", "reason": "", "blob_id": f"b-{file_id}", "sha256": file_id * 4,
        "size": 3, "channel": "web", "received_at": AT,
    }  # fmt: skip
    return StoredFile(**{**values, **how})


def test_an_infected_file_is_no_leftover_of_a_package() -> None:
    files = (
        stored("a", state="refused", reason="infected"),
        stored("b", state="refused", reason="unsupported", scan="clean"),
    )
    entries = entries_of(case_of(), files, ())
    assert [(entry.blob_id, entry.scan) for entry in entries] == [("b-b", "clean")]


def test_the_patient_hears_what_happened_and_what_to_do(player: Player) -> None:
    """Also of a file that was read before; what came of it is taken back, and asked for again."""
    seen = replace(record("l", "lab", item="labs", file_id="f1"), original_name="blood.pdf")
    player.hear(RecordIndexed(file_id="f1", original_name="blood.pdf", records=(seen,)))
    assert [one.id for one in player.case.records] == ["l"]
    found = Finding(code="infected", severity="error", message=INFECTED, path="blood.pdf")
    player.hear(RecordIndexed(file_id="f1", original_name="blood.pdf", refusal=found))
    assert player.case.records == ()
    (said,) = player.wait(timedelta(seconds=5), only="receipt")
    words = " ".join(player.shown([said]))
    assert "found a computer virus" in words
    assert "write /human" in words


async def test_the_doctor_says_whether_somebody_answers(tmp_path: Path, address: str) -> None:
    async with httpx.AsyncClient() as http:

        def found(where: str) -> tuple[str, str]:
            settings = Settings(data_dir=tmp_path, clamd_address=where)
            look = Look(settings=settings, twilio=TwilioSettings(), http=http)
            (finding,) = look_at_scanner(look)
            return finding.verdict, finding.what

        assert found("") == ("ok", "Virus scanner: none, CLAMD_ADDRESS is not set")
        assert found(address)[1].startswith("Virus scanner: ClamAV")
        assert found(str(tmp_path / "nobody"))[0] == "wrong"
