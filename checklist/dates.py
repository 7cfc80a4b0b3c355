"""PartialDate: a year, a month or a day, and the words it came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Precision = Literal["year", "season", "month", "day"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialDate:
    """A date as exactly as it is known, never more exactly.

    `season` is 1 spring, 2 summer, 3 autumn, 4 winter, and only ever stands with a year alone.
    `words` are what the patient wrote ("spring 2021"), kept because an interpretation can be wrong.
    """

    year: int
    month: int | None = None
    day: int | None = None
    season: int | None = None
    words: str = ""

    def __post_init__(self) -> None:
        """Refuse what no calendar has; raises `ValueError`."""
        if self.day is not None and self.month is None:
            raise ValueError("a day needs a month")
        date(self.year, self.month or 1, self.day or 1)

    @property
    def precision(self) -> Precision:
        """How exactly the date is known."""
        if self.day is not None:
            return "day"
        if self.month is not None:
            return "month"
        return "season" if self.season is not None else "year"

    @property
    def iso(self) -> str:
        """`2026`, `2026-04` or `2026-04-12`; a season is only its year."""
        parts = [f"{self.year:04d}"]
        if self.month is not None:
            parts.append(f"{self.month:02d}")
        if self.day is not None:
            parts.append(f"{self.day:02d}")
        return "-".join(parts)

    @property
    def sort_key(self) -> tuple[int, int, int]:
        """Orders dates of different precision; what is unknown comes first, as in ISO 8601."""
        season_month = {None: 0, 1: 3, 2: 6, 3: 9, 4: 12}[self.season]
        return (self.year, self.month or season_month, self.day or 0)

    @classmethod
    def of(cls, day: date, words: str = "") -> PartialDate:
        """The exact day."""
        return cls(year=day.year, month=day.month, day=day.day, words=words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """A date that can be read in several ways ("03/12/2024"), the likelier one first.

    Only the person who wrote `words` knows which is meant, so it is to be asked.
    """

    options: tuple[PartialDate, ...]
    words: str = ""

    def __post_init__(self) -> None:
        """Refuse what is not ambiguous; raises `ValueError`."""
        if len(set(self.options)) < 2:
            raise ValueError("an ambiguous date has at least two readings")

    @property
    def in_common(self) -> PartialDate | None:
        """The year, where all readings agree on it: what is known without asking."""
        years = {option.year for option in self.options}
        return PartialDate(year=years.pop(), words=self.words) if len(years) == 1 else None
