"""What a backup folder holds: moments, each with its rows and the names of its files."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.store import frames

MANIFEST = "manifest.json"
FILES, UPLOADS = "files.jsonl", "uploads.jsonl"
FOLDER = "files"
#: How a moment is called.
NAMED = "%Y-%m-%dT%H%M%S.%fZ"
_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}\.\d{6}Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Bytes that are kept: their SHA-256, which is their name, and how many they are."""

    sha256: str
    size: int


def moments(folder: Path) -> list[Path]:
    """All moments of a backup folder that are whole, oldest first."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    return sorted(path for path in found if (path / MANIFEST).is_file())


def made_at(moment: Path) -> datetime:
    """When a moment was kept, as its name says."""
    return datetime.strptime(moment.name, NAMED).replace(tzinfo=UTC)


def manifest_of(moment: Path) -> dict[str, Any]:
    """The manifest of a moment."""
    read: dict[str, Any] = json.loads((moment / MANIFEST).read_text("utf-8"))
    return read


def files_of(moment: Path, kind: str = FILES) -> dict[str, Stored]:
    """The files of a moment by the ids of their blobs, or of uploads that were on their way."""
    found = {}
    with (moment / kind).open(encoding="utf-8") as lines:
        for line in lines:
            blob_id, sha256, size = json.loads(line)
            found[blob_id] = Stored(sha256=sha256, size=size)
    return found


def newest_files(folder: Path) -> dict[str, Stored]:
    """The files of the newest moment, none where there is none."""
    there = moments(folder)
    return files_of(there[-1]) if there else {}


def newest_damaged(folder: Path) -> set[str]:
    """The files that were damaged already when the newest moment was kept."""
    there = moments(folder)
    return set(manifest_of(there[-1]).get("damaged", ())) if there else set()


def file_of(folder: Path, sha256: str) -> Path:
    """Where bytes of this hash are kept."""
    return folder / FOLDER / sha256[:2] / sha256


def is_sealed(folder: Path, stored: Stored) -> bool:
    """Whether bytes lie sealed there."""
    with file_of(folder, stored.sha256).open("rb") as file:
        return frames.is_sealed(file.read(frames.HEADER))


def sheet_file(moment: Path, table: str) -> Path:
    """Where the rows of a table are kept."""
    return moment / f"rows-{table}.jsonl"
