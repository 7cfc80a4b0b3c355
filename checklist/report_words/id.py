"""The words of reports in Indonesian."""

from __future__ import annotations

from typing import Final

from checklist.report_words.row import ReportWords

WORDS: Final = ReportWords(
    language="id",
    common=(" dan ", " yang ", " dengan ", " tidak ", " pada ", " pasien ", " tampak "),
)
