"""The words of reports in Vietnamese."""

from __future__ import annotations

from typing import Final

from checklist.report_words.row import ReportWords

WORDS: Final = ReportWords(language="vi")
