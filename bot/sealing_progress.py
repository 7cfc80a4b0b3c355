"""How far the files are sealed, for whoever sits before the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

from bot.store.sealing_files import Plain, Progress

#: Seconds between two lines.
_EACH: Final = 2.0


def said_now_and_then(
    clock: Callable[[], float] = time.monotonic, *, was: str = "sealed"
) -> Callable[[Progress], None]:
    """What says it, a line each two seconds and none where it is done before."""
    last = clock()

    def tell(now: Progress) -> None:
        nonlocal last
        if clock() - last >= _EACH:
            last = clock()
            line = f"{now.looked:,} of {now.of:,} files looked at, {now.sealed:,} {was}"
            sys.stderr.write(f"{line}\n")

    return tell


def in_words(plain: Plain) -> str:
    """How many files are left to be sealed."""
    if not (plain.files or plain.coming):
        return "every file is sealed" if plain.whole else "files: too many to look at all of them"
    least = "" if plain.whole else "at least "
    return (
        f"not sealed yet: {least}{plain.files:,} files, and {plain.coming:,} on their way. "
        "Seal them: second-opinion keys seal"
    )
