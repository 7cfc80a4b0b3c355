"""Discs that were made once, for all tests of a run and all of its processes."""

from __future__ import annotations

import shutil
import warnings
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from tests.discs.expected import Disc


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder with a folder for each disc that was asked for."""

    root: Path

    def path(self, disc: Disc) -> Path:
        """What is sent of a disc; it is made where it isn't there yet, and must not be changed."""
        home, note = self.root / disc.name, self.root / f"{disc.name}.sent"
        if not note.exists():
            self.root.mkdir(parents=True, exist_ok=True)
            being_made = Path(mkdtemp(dir=self.root))
            with warnings.catch_warnings():
                # pydicom warns of what a disc does wrong on purpose.
                warnings.simplefilter("ignore")
                sent = disc.make(being_made).relative_to(being_made).as_posix()
            try:
                being_made.rename(home)
            except OSError:  # another process was faster, and what it made is the same
                shutil.rmtree(being_made)
            note.write_text(sent, "utf-8")
        return home / note.read_text("utf-8")
