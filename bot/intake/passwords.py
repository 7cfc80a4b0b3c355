"""Trying passwords on one locked file: what the `unlock` job runs in a child process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.intake.limits import LIMITS, Limits
from bot.intake.unlock import Unlocked, unlocked


def first_that_opens(
    path: Path,
    passwords: Sequence[str],
    to: Path,
    *,
    limits: Limits = LIMITS,
    original: Path | None = None,
) -> Unlocked:
    """Try them in order until one opens the file; its plain copy is then at `to`.

    `original` is what `path` is a plain copy of, where a part of that stayed locked.
    """
    outcome: Unlocked = "wrong_password"
    for password in passwords:
        outcome = unlocked(path, password, to, limits=limits, original=original)
        if outcome != "wrong_password":
            break
    return outcome
