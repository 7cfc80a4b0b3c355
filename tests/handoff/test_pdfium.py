"""PDFium, which only one thread at a time may use."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path

from bot.handoff.cover import build_cover, page_count
from bot.i18n import Catalogs
from bot.pdfium import opened
from bot.web.desk import first_page
from checklist.catalog import Catalog
from checklist.progress import checklist_for
from checklist.summary import summarize
from tests.handoff.cases import case_of


def test_the_cover_and_the_desk_wait_for_each_other(
    tmp_path: Path, languages: Catalogs, catalog: Catalog
) -> None:
    """A package is built while a coordinator looks at a case: two locks would be none."""
    case = case_of()
    summary = summarize(case, checklist_for(case, catalog), catalog)
    at = datetime(2026, 11, 24, tzinfo=UTC)
    pdf = build_cover(summary, languages, review_locale="en", built_at=at)
    path = tmp_path / "cover.pdf"
    path.write_bytes(pdf)
    with ThreadPoolExecutor(2) as threads:
        with opened(pdf):
            pages = threads.submit(page_count, pdf)
            picture = threads.submit(first_page, path)
            assert not wait([pages], timeout=0.2).done
            assert not wait([picture], timeout=0.2).done
        assert pages.result(30) == 1
        assert picture.result(30).startswith(b"\x89PNG")
