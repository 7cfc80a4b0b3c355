"""Scans: pages as a scanner or a phone makes them, rendered from synthetic reports in four languages.

`python -m tests.scans FOLDER` is a process that reads the scans of that folder's database, to be killed.
"""

from __future__ import annotations

import asyncio
import io
import sys
from pathlib import Path
from typing import Final

from tests import synthetic

#: Reports, and words of theirs that a machine has to find.
REPORTS: Final = {
    "en": (
        ("RADIOLOGY REPORT", "Examination: MRI of the lumbar spine",
         "Date of examination: 12 April 2026", "Findings: protrusion of the disc L4/L5.",
         "Impression: no fracture."),
        ("lumbar spine", "12 April 2026", "protrusion"),
    ),
    "ru": (
        ("Протокол исследования", "МРТ поясничного отдела позвоночника",
         "Дата исследования: 12.04.2026", "Описание: протрузия диска L4-L5.",
         "Заключение: перелома нет."),
        ("поясничного отдела", "12.04.2026", "протрузия"),
    ),
    "zh": (
        ("影像检查报告单", "检查部位：腰椎磁共振平扫", "检查日期：2026年4月12日",
         "影像所见：腰椎间盘突出。", "诊断意见：未见骨折。"),
        ("腰椎", "2026", "间盘突出"),
    ),
    "ar": (
        ("تقرير الأشعة", "الفحص: رنين مغناطيسي للفقرات القطنية", "تاريخ الفحص: 12/04/2026",
         "النتائج: انزلاق غضروفي.", "الانطباع: لا يوجد كسر."),
        ("رنين", "القطنية", "غضروفي"),
    ),
}  # fmt: skip


def scan(lines: tuple[str, ...], *, dots: int = 200, turned: float = 0.0) -> bytes:
    """A JPEG of a page with these lines, a little grey, `dots` to the inch, `turned` by degrees."""
    from PIL import Image, ImageFilter

    from bot.pdfium import opened

    with opened(synthetic.pdf(lines)) as document:
        page: Image.Image = document[0].render(scale=dots / 72).to_pil().convert("L").copy()
    page = page.rotate(turned, fillcolor=255).filter(ImageFilter.GaussianBlur(0.6))
    page = page.point(lambda level: 20 + level * 0.85)
    return _jpeg(page)


def scanned_pdf(*pages: bytes) -> bytes:
    """A PDF of pictures, as a scanner makes it."""
    from PIL import Image

    first, *more = [Image.open(io.BytesIO(page)) for page in pages]
    buffer = io.BytesIO()
    first.save(buffer, "PDF", save_all=True, append_images=more)
    return buffer.getvalue()


def bomb() -> bytes:
    """A PNG of a few kilobytes that has 900 million pixels."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(buffer, "PNG")
    return buffer.getvalue()


def _jpeg(page: object) -> bytes:
    buffer = io.BytesIO()
    page.save(buffer, "JPEG", quality=80)  # type: ignore[attr-defined]
    return buffer.getvalue()


async def _work(folder: Path) -> None:
    from tests.engine import opened

    async with opened(folder) as engine:
        engine.clock.move(60)
        await engine.worker().run_due()


if __name__ == "__main__":
    asyncio.run(_work(Path(sys.argv[1])))
