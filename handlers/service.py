"""Service: what the operator has set that patients are told, or asked about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """How this service works on cases.

    `country` is where cases are sent, ISO 3166 alpha-2, "" where nobody has said; `translates` and
    `reads` tell whether a machine drafts translations, and reads scanned papers. After so many days
    a case is erased: `after_closing` it was closed, `of_silence` before it was handed over; 0 is never.
    """

    country: str = ""
    translates: bool = False
    reads: bool = False
    after_closing: int = 0
    of_silence: int = 0
