"""Viewing: what a child process with limits is asked for, since it decodes what strangers sent.

It is light, for the server imports it; what decodes is only imported in the child.
"""

from __future__ import annotations

from pathlib import Path


def viewed(path: Path, member: str, frame: int) -> bytes | str:
    """One frame for the viewer, as `slices.packed` makes it, or why there is none."""
    from bot.intake.slices import packed

    return packed(path, member, frame)
