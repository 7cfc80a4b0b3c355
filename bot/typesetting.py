"""A template of Typst, set with its data in the fonts that come with the program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import typst

from bot.handoff.cover import fonts


def typeset(template: Path, data: Mapping[str, object]) -> bytes:
    """A PDF. The same data gives the same bytes. Raises typst.TypstError; not for the loop."""
    compiler = typst.Compiler(
        input=str(template),
        root=str(template.parent),
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, sort_keys=True)},
    )
    pdf = compiler.compile(format="pdf", timestamp=0)
    assert isinstance(pdf, bytes)
    return pdf
