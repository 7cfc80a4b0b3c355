"""What is fuzzed: each target takes bytes, and raises only where the product is wrong."""

from __future__ import annotations

import tempfile
import time
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

from bot.intake.archives import ZipReader
from bot.intake.clean_photos import cleaned
from bot.intake.contents import Content, take
from bot.intake.documents import DOCUMENT_KINDS, document_facts
from bot.intake.headers import HeaderReader
from bot.intake.indexing import Indexed, index_file
from bot.intake.limits import MIB, Budget, Limits, Refused
from bot.intake.sniff import MEDIA_TYPES, SNIFF_BYTES, sniff
from bot.intake.standing import Standing
from bot.paths import load_languages
from checklist.date_words import date_spans, parse_birth_date, parse_date, split_dated_line
from checklist.kinds import kind_of
from checklist.medications import split_medication

#: Small enough that a fuzzer meets every one of them.
LIMITS = Limits(entries=500, inflated=32 * MIB, ratio=200, floor=8 * MIB, member=16 * MIB, depth=3)

#: CPU seconds for one input of a few hundred kilobytes; a hundred times what it should take.
PATIENCE = 5.0
_NOW = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
_TODAY = date(2026, 5, 1)
#: One for all inputs, so that each is as quick as a call.
LIMITED = Standing()


class TookTooLong(AssertionError):
    """An input cost more CPU time than anything so small may cost."""


def archive(data: bytes) -> None:
    """The zip reader: members come out, within the budget, or it refuses."""
    budget = Budget(len(data), LIMITS)
    room = min(LIMITS.inflated, max(LIMITS.floor, len(data) * LIMITS.ratio))
    came = 0
    try:
        reader = ZipReader(BytesIO(data), budget)
        reader.check()
    except Refused:
        return
    assert len(reader.files) <= LIMITS.entries
    assert len({entry.name for entry in reader.files}) == len(reader.files), "a label is not unique"
    for entry in reader.files:
        try:
            for chunk in reader.chunks(entry):
                came += len(chunk)
                assert came <= room, "more came out than the budget has"
        except Refused:
            continue


def header(data: bytes) -> None:
    """The header path: an object, what a DICOMDIR lists, or a refusal."""
    content = _content(data)
    try:
        found = HeaderReader().read(content, "member")
    except Refused:
        return
    finally:
        content.close()
    if isinstance(found, tuple):
        assert all(one.sop_instance_uid for one in found)
        return
    instance = found.instance
    assert instance.sop_instance_uid
    assert instance.study_instance_uid
    assert instance.series_instance_uid
    assert instance.number_of_frames >= 1
    # What goes into a database and into JSON must be text, and of a length that somebody can read.
    for text in (found.study.description, found.series.description, found.study.patient.name):
        text.encode("utf-8")
        assert "\0" not in text


def document(data: bytes) -> None:
    """The facts of a document, of whatever kind it looks like."""
    content = _content(data)
    if content.kind not in DOCUMENT_KINDS:
        return
    try:
        facts = document_facts(content, LIMITED)
    except Refused:
        return
    finally:
        content.close()
    facts.text.encode("utf-8")
    assert facts.pages is None or facts.pages > 0


def whole_file(data: bytes) -> Indexed:
    """A file as a patient sends it: always an answer, and never an exception."""
    with tempfile.NamedTemporaryFile(prefix="fuzz-") as file:
        file.write(data)
        file.flush()
        indexed = index_file(
            Path(file.name), file_id="f", name="sent", item=None, received_at=_NOW, limits=LIMITS
        )
    assert indexed.refusal or indexed.records or indexed.findings, "no answer"
    assert not (indexed.refusal and indexed.records), "refused and read"
    for record in indexed.records:
        if record.study is not None:
            assert len(indexed.instances[record.id]) == record.study.instance_count
    return indexed


def survey(data: bytes) -> None:
    """The same, for a fuzzer that wants no answer."""
    whole_file(data)


def words(data: bytes) -> None:
    """What people write: dates, medicines, and what a paper is about."""
    text = data.decode("utf-8", "ignore")
    line = unicodedata.normalize("NFC", text)
    for language in _LANGUAGES.offered:
        spoken = _LANGUAGES.words(language)
        spans = date_spans(text, spoken, _TODAY)
        assert all(0 <= span.start < span.end <= len(line) for span in spans)
        parse_date(text, spoken, _TODAY)
        parse_birth_date(text, spoken, _TODAY)
        split_dated_line(text, spoken, _TODAY)
        parts = split_medication(text, spoken, _TODAY)
        assert all(part in line for part in parts[:3]), "a medicine has a word that was not written"
    kind_of(text, not_after=_TODAY)


def photo(data: bytes) -> None:
    """A clean copy of a photo: there is one, the same as a copy of it has, or there is none."""
    kind = MEDIA_TYPES.get(sniff(data[:SNIFF_BYTES]), "")
    copy = cleaned(data, kind)
    assert len(copy) <= len(data) + _ROOM, "a copy is larger than the photo"
    assert not copy or cleaned(copy, kind) == copy, "a copy is not clean yet"


#: What says how a photo is turned, and where there was no end.
_ROOM = 200
_LANGUAGES = load_languages()

TARGETS: dict[str, Callable[[bytes], None]] = {
    "archive": archive,
    "photo": photo,
    "header": header,
    "document": document,
    "survey": survey,
    "words": words,
}


def patient(target: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """The target, which must also be quick."""

    def run(data: bytes) -> None:
        start = time.process_time()
        target(data)
        took = time.process_time() - start
        if took > PATIENCE:
            raise TookTooLong(f"{took:.1f} s for {len(data)} bytes")

    return run


def scratch() -> str:
    """A folder that is gone when the tests are."""
    return _SCRATCH.name


_SCRATCH = tempfile.TemporaryDirectory(prefix="fuzz-")


def _content(data: bytes) -> Content:
    pieces = (data[at : at + MIB] for at in range(0, len(data), MIB))
    return take(pieces)
