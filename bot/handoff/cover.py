"""The cover page as PDF: one A4 page whatever the case holds.

Typst sets it from a fixed template; data comes in as JSON and is only shown, never evaluated. Fonts
come from packages, so that a page looks the same everywhere. Equal input gives equal bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import typst

from bot.handoff.cover_data import CoverData
from bot.handoff.cover_language import letters
from bot.handoff.cover_lines import ALL, Json, Limits
from bot.handoff.references import References
from bot.pdfium import opened
from checklist.summary import Summary
from handlers.languages import Languages

#: Type sizes in points, and the space between sections, tried from the largest. Smaller type is no
#: longer read with ease.
SIZES: Final = ((10.0, 1.7), (10.0, 1.4), (9.5, 1.2), (9.0, 1.0), (8.5, 0.9), (8.0, 0.8))
#: In how many steps each section is cut when the smallest size doesn't help.
_STEPS: Final = 32

#: More letters than this never fit on a page at the smallest size, however narrow they are.
_CAPACITY: Final = 12_000

_TEMPLATE: Final = Path(str(files("bot.handoff"))) / "template"
#: The packages of the fonts, and the folder in each.
FONTS: Final = (
    ("fontpkg_noto_sans", "files"),
    ("fontpkg_noto_sans_thai", "files"),
    ("fontpkg_almarai", "files"),
    ("fontpkg_amiri", "files"),
    ("noto_cjk_sans_otc", ""),
)


class CoverError(Exception):
    """The page could not be set; says what Typst said."""


def build_cover(
    summary: Summary,
    languages: Languages,
    *,
    review_locale: str,
    built_at: datetime,
    references: References | None = None,
) -> bytes:
    """The cover page of a case. Takes some 0.1 s, a second for an overlong case; not for the loop.

    Without `references` no line leads to a file: there is no package around the page.
    """
    references = references or References(summary, {})

    def data_of(limits: Limits) -> Json:
        maker = CoverData(summary, languages, references, review=review_locale, limits=limits)
        return maker.page(built_at)

    data = data_of(ALL)
    for setting in SIZES:
        pdf = _one_page(data, setting)
        if pdf is not None:
            return pdf
    return _cut_to_fit(data_of)


def page_count(pdf: bytes) -> int:
    """How many pages a PDF has."""
    with opened(pdf) as document:
        return len(document)


def _cut_to_fit(data_of: Callable[[Limits], Json]) -> bytes:
    """As much as fits at the smallest size, found by halving; at the very least a clipped page."""
    least = data_of(ALL.scaled(0))
    best = _compile(least, SIZES[-1], clip=True)
    fits, too_much = 0, _STEPS
    while too_much - fits > 1:
        step = (fits + too_much) // 2
        limits = ALL.scaled(step / _STEPS)
        pdf = _one_page(data_of(limits), SIZES[-1])
        if pdf is not None:
            fits, best = step, pdf
        else:
            too_much = step
    return best


def _one_page(data: Json, setting: tuple[float, float]) -> bytes | None:
    """The page, or None where the data needs more than one."""
    size, _air = setting
    # What is hopelessly long takes longest to set.
    shown = {name: value for name, value in data.items() if name != "links"}
    if letters(shown) > _CAPACITY * (SIZES[-1][0] / size) ** 2:
        return None
    pdf = _compile(data, setting)
    return pdf if page_count(pdf) == 1 else None


def _compile(data: Json, setting: tuple[float, float], *, clip: bool = False) -> bytes:
    size, air = setting
    page = {**data, "size": size, "air": air, "clip": clip}
    inputs = {"data": json.dumps(page, sort_keys=True)}
    compiler = typst.Compiler(
        input=str(_TEMPLATE / "cover.typ"),
        root=str(_TEMPLATE),
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs=inputs,
    )
    try:
        # Without a time stamp the page would hold the moment of its making, and differ each time.
        pdf = compiler.compile(format="pdf", timestamp=0)
    except typst.TypstError as error:
        raise CoverError(error.message) from error
    if not isinstance(pdf, bytes):
        raise CoverError("Typst gave no document")
    return pdf


@lru_cache(maxsize=1)
def fonts() -> typst.Fonts:
    """The fonts of all pages, from packages; nothing of the system's."""
    folders = [
        str(files(package) / folder if folder else files(package)) for package, folder in FONTS
    ]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
