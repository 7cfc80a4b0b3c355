"""What the cover page says, as the JSON that its template reads, and how much of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypedDict

from babel import Locale

from bot.handoff.cover_words import Words, clean, sentence, words
from checklist.cover_text import Section
from checklist.dates import PartialDate
from checklist.editions import Changes
from checklist.missing import Missing
from checklist.summary import ImagingRow, ListState, Medicine, Summary
from checklist.text import Text, _, _c, _n
from handlers.languages import Languages


class Pair(TypedDict):
    """The same in the review language and in the patient's; `p` is "" where they don't differ."""

    r: str
    p: str


Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of each section is shown: numbers of rows and of characters in one."""

    problem: int
    question: int
    events: int
    event: int
    medicines: int
    medicine: int
    allergies: int
    allergy: int
    studies: int
    changes: int
    reason: int
    value: int

    def scaled(self, part: float) -> Limits:
        """The same proportions at a part of the size, never nothing."""
        least = _LEAST
        return Limits(
            **{
                name: max(getattr(least, name), round(getattr(self, name) * part))
                for name in Limits.__dataclass_fields__
            }
        )


#: Nothing that fits on a page is longer than this, and what is longer costs time to set.
ALL: Final = Limits(
    problem=2400, question=600, events=60, event=600, medicines=40, medicine=400,
    allergies=20, allergy=300, studies=40, changes=14, reason=300, value=120,
)  # fmt: skip
_LEAST: Final = Limits(
    problem=120, question=60, events=4, event=40, medicines=3, medicine=40,
    allergies=2, allergy=40, studies=3, changes=1, reason=30, value=40,
)  # fmt: skip


class CoverData:
    """Puts a summary into the two languages of a page."""

    def __init__(self, summary: Summary, languages: Languages, *, review: str, limits: Limits):
        """`review` is the locale of the reader; the patient's is in the summary."""
        self._summary = summary
        self._languages = languages
        self._limits = limits
        self._locales = (review, summary.who.language)

    def page(self, built_at: datetime) -> Json:
        """Everything that the template reads, apart from how large it is set."""
        summary = self._summary
        review, patient = self._locales
        return {
            "document": f"Second opinion {summary.case_id}",
            "review": language_in_template(review),
            "patient": language_in_template(patient),
            "case_id": summary.case_id,
            "date": built_at.date().isoformat(),
            "title": self._pair(_("Request for a second opinion")),
            "disclaimer": self._pair(summary.disclaimer),
            "name": words(summary.who.name or "—", self._limits.value),
            "changes": self._changes(),
            "facts": self._facts(),
            "problem": self._problem(),
            "questions": self._questions(),
            "timeline": self._timeline(),
            "medicines": self._medicines(),
            "allergies": self._allergies(),
            "imaging": self._imaging(),
            "records": self._records(),
            "missing": self._missing(),
        }

    # ---- who -----------------------------------------------------------------------------------

    def _facts(self) -> list[tuple[Pair, Pair | Words]]:
        who, value = self._summary.who, self._limits.value
        facts: list[tuple[Text, Pair | Words]] = [
            (_("Date of birth"), _plain(clean(who.birth_date)[:value] or "—")),
            (_("Sex"), self._pair(who.sex or _c("sex", "Not known"))),
            (_("Country"), self._country()),
            (_("Patient's language"), self._named(who.language)),
            (_("Kind of case"), self._pair(self._summary.case_type or _("Not asked yet"))),
            (_("Review"), self._pair(self._summary.review_mode or _("Not asked yet"))),
        ]
        if who.helper or who.relation:
            facts.append((_("Written by"), words(who.helper or "—", value)))
            facts.append((_("Relation to the patient"), self._pair(who.relation or _("Not known"))))
        return [(self._pair(label), shown) for label, shown in facts]

    def _country(self) -> Pair | Words:
        who = self._summary.who
        if who.country:
            return self._two(lambda locale: self._languages.country_name(who.country, locale))
        return words(who.country_words or "—", self._limits.value)

    # ---- the patient's words -------------------------------------------------------------------

    def _problem(self) -> Json:
        said, most = self._summary.problem, self._limits.problem
        short = len(clean(said)) > most
        own = "problem" not in self._summary.edited
        return self._section(
            _("Main problem, in the patient's words") if own else _("Main problem"),
            none=None if said else _("Not asked yet"),
            note=_("Shortened. All of it is in case.json.") if short else self._by_whom("problem"),
            words=words(said, most, lines=6),
        )

    def _by_whom(self, section: Section) -> Text | None:
        """That the words of a section are not the patient's, where they are not."""
        return _WRITTEN if section in self._summary.edited else None

    def _changes(self) -> Json | None:
        """What has changed since the version before; None for the first."""
        changes = self._summary.changes
        if changes is None:
            return None
        shown = changes.lines[: self._limits.changes]
        hidden = len(changes.lines) - len(shown)
        return self._section(
            changes_title(changes),
            note=_("+{n} more: see CHANGES.txt", n=hidden) if hidden else None,
            rows=[self._pair(line, self._limits.reason) for line in shown],
        )

    def _questions(self) -> Json:
        summary, most = self._summary, self._limits.question
        return self._section(
            _("Key questions"),
            none=None if summary.questions else _("None given"),
            note=self._by_whom("questions") or self._more(len(summary.other_questions)),
            rows=[words(question, most) for question in summary.questions],
        )

    def _timeline(self) -> Json:
        events, most = self._summary.timeline, self._limits.events
        # The beginning tells how it started, the end where it stands now.
        first = most // 3
        shown = events if len(events) <= most else (*events[:first], *events[first - most :])
        return self._section(
            _("What happened"),
            none=None if events else _("None given"),
            note=self._more(len(events) - len(shown)) or self._by_whom("timeline"),
            rows=[(self._date(e.date), words(e.words, self._limits.event)) for e in shown],
        )

    def _medicines(self) -> Json:
        summary = self._summary
        shown = summary.medicines[: self._limits.medicines]
        return self._section(
            _("Medicines"),
            none=_state(summary.medicines_state, _("Takes none")),
            answered=summary.medicines_state == "none",
            note=self._more(len(summary.medicines) - len(shown)),
            rows=[self._medicine(medicine) for medicine in shown],
        )

    def _medicine(self, medicine: Medicine) -> Json:
        most = self._limits.medicine
        rest: list[Pair | Words] = [
            words(part, most) for part in (medicine.dose, medicine.frequency) if part
        ]
        if medicine.since:
            rest.append(self._pair(_("since {date}", date=medicine.since)))
        return {"name": words(medicine.name, most), "rest": rest}

    def _allergies(self) -> Json:
        summary = self._summary
        shown = summary.allergies[: self._limits.allergies]
        return self._section(
            _("Allergies"),
            none=_state(summary.allergies_state, _("None known")),
            answered=summary.allergies_state == "none",
            note=self._more(len(summary.allergies) - len(shown)),
            rows=[words(allergy, self._limits.allergy) for allergy in shown],
        )

    # ---- what came, and what did not -----------------------------------------------------------

    def _imaging(self) -> Json:
        rows = self._summary.imaging
        shown = rows[: self._limits.studies]
        alert = _("Only written reports came, no DICOM images")
        return self._section(
            _("Imaging"),
            none=None if rows else _("Nothing came"),
            note=self._more(len(rows) - len(shown)),
            alert=self._pair(alert) if self._summary.reports_only else None,
            head=[
                self._pair(label)
                for label in (
                    _("Date"),
                    _("Type"),
                    _("Body part"),
                    _("Images"),
                    _("Series"),
                    _("Report"),
                )
            ],
            rows=[self._study(row) for row in shown],
        )

    def _study(self, row: ImagingRow) -> tuple[object, ...]:
        missing = _n("{n} image missing", "{n} images missing", row.missing)
        no_images = _("Report only, no images")
        report = _("Report came") if row.report else _("No report")
        if row.report_unsure:
            report = _("A report came that may be of it")
        return (
            self._date(row.date),
            self._pair(row.modality) if row.modality else _plain("—"),
            self._pair(row.body_part) if row.body_part else _plain("—"),
            str(row.images) if row.images else "—",
            str(row.series) if row.series else "—",
            {
                "text": self._pair(report if row.images or not row.report else no_images),
                "missing": self._pair(missing) if row.missing else None,
            },
        )

    def _records(self) -> Json:
        summary = self._summary
        count = _n("{n} record in all", "{n} records in all", summary.records)
        values: list[Pair | Words] = [self._pair(count)]
        for tag, number in list(summary.languages.items())[:8]:
            named = self._named(tag)
            values.append(_with_count(named, number) if number else named)
        if summary.translated:
            values.append(self._pair(_n("{n} translated", "{n} translated", summary.translated)))
        if summary.languages_words:
            values.append(words(summary.languages_words, self._limits.value))
        if len(values) == 1:
            values.append(self._pair(_("languages not known")))
        return self._section(_("Records and their languages"), values=values)

    def _missing(self) -> Json:
        rows = self._summary.missing
        return self._section(
            _("What is missing, and why"),
            none=None if rows else _("Nothing on the checklist is missing"),
            rows=[(self._pair(row.title), self._reasons(row)) for row in rows],
        )

    def _reasons(self, row: Missing) -> list[Pair | Words]:
        reasons: list[Pair | Words] = [
            self._pair(reason, self._limits.reason * 2) for reason in row.reasons
        ]
        if row.words:
            reasons.append(words(row.words, self._limits.reason))
        return reasons

    # ---- pieces --------------------------------------------------------------------------------

    def _section(self, title: Text, *, none: Text | None = None, note: Text | None = None,
                 **content: object) -> Json:  # fmt: skip
        return {
            "title": self._pair(title),
            "none": self._pair(none) if none else None,
            "note": self._pair(note) if note else None,
            **content,
        }

    def _more(self, hidden: int) -> Text | None:
        return _("+{n} more: see case.json", n=hidden) if hidden > 0 else None

    def _pair(self, text: Text, most: int | None = None) -> Pair:
        review, patient = (
            sentence(self._languages.say(text, locale), most) for locale in self._locales
        )
        return Pair(r=review, p="" if patient == review else patient)

    def _named(self, tag: str) -> Pair:
        """A language by its name."""
        return self._two(lambda locale: language_name(tag, locale))

    def _two(self, say: Callable[[str], str]) -> Pair:
        review, patient = (clean(say(locale)) for locale in self._locales)
        return Pair(r=review, p="" if patient == review else patient)

    def _date(self, date: PartialDate | None) -> Pair:
        if date is None:
            return _plain("—")
        if date.precision != "season":
            return _plain(date.iso)
        return Pair(r=self._languages.say(_date_alone(date), self._locales[0]), p="")


_WRITTEN: Final = _("Written by a coordinator. The patient's own words are in case.json.")


def changes_title(changes: Changes) -> Text:
    """The head of what a later version of a package has that the one before had not."""
    return _(
        "Version {number}: what has changed since {date}",
        number=changes.number,
        date=PartialDate.of(changes.since.date()),
    )


def _date_alone(date: PartialDate) -> Text:
    return Text(msgid="{date}", params={"date": date})


def _plain(value: str) -> Pair:
    return Pair(r=value, p="")


def _with_count(pair: Pair, number: int) -> Pair:
    return Pair(r=f"{pair['r']} {number}", p=pair["p"])


def _state(state: ListState, none: Text) -> Text | None:
    """Why a list is empty: "none" was an answer, or nobody asked."""
    reasons: Mapping[ListState, Text | None] = {
        "listed": None,
        "none": none,
        "records": _("See the records"),
        "requested": _("The patient can get it, no date given"),
        "declined": _("The patient skipped this question"),
        "not_asked": _("Not asked yet"),
    }
    return reasons[state]


def language_name(tag: str, locale: str) -> str:
    """A language's name in a locale; the tag itself where there is none."""
    names = Locale.parse(locale, sep="-").languages
    keys = (tag.replace("-", "_"), tag.split("-")[0])
    return next((str(names[key]) for key in keys if key in names), tag[:24])


def language_in_template(locale: str) -> Json:
    """What the template needs to set a language: its tag, and its fonts in order."""
    parsed = Locale.parse(locale, sep="-")
    cjk = {"ja": "JP", "ko": "KR"}.get(parsed.language) or {"Hant": "TC"}.get(
        parsed.script or "", "SC"
    )
    region = {"SC": "cn", "TC": "tw", "JP": "jp", "KR": "kr"}[cjk]
    arabic = ["Amiri", "Almarai"] if parsed.language in ("fa", "ur", "ps") else ["Almarai", "Amiri"]
    family = f"Noto Sans CJK {cjk}"
    is_cjk = parsed.language in ("zh", "ja", "ko")
    return {
        "lang": parsed.language,
        "rtl": parsed.text_direction == "rtl",
        "region": region if is_cjk else None,
        # In Chinese text quotation marks and dashes are as wide as the letters.
        "fonts": [{"name": "Noto Sans", "latin": is_cjk}]
        + [{"name": name, "latin": False} for name in ("Noto Sans Thai", family, *arabic)],
    }


def letters(data: object) -> int:
    """How many letters are shown; marks that stand on one are none."""
    match data:
        case str():
            return sum(1 for sign in data if unicodedata.category(sign) != "Mn")
        case dict():
            return sum(letters(value) for value in data.values())
        case list() | tuple():
            return sum(letters(value) for value in data)
        case _:
            return 0
