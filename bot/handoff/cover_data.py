"""What the cover page says, as the JSON that its template reads, and how much of it."""

from __future__ import annotations

from datetime import datetime
from itertools import zip_longest
from typing import Final

from bot.handoff.cover_language import language_in_template
from bot.handoff.cover_lines import NOT_STATED, CoverLines, Json, Pair, plain, with_count
from bot.handoff.cover_words import Words, clean, words
from checklist.cover_text import Section
from checklist.dates import PartialDate
from checklist.editions import Changes
from checklist.missing import Missing
from checklist.summary import ImagingRow, Medicine
from checklist.text import Text, _, _c, _n
from checklist.whose import Source
from handlers.basis import STATED
from handlers.consenting import RIGHT
from handlers.parcel_words import STATES, things_of


class CoverData(CoverLines):
    """Puts a summary into the two languages of a page."""

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
            "links": self._references.links,
            "sources": self._pair(_("[1]: where it comes from, see SOURCES.txt.")),
            "name": self._fact("name", self._given(summary.who.name)),
            "changes": self._changes(),
            "facts": self._facts(),
            "problem": self._problem(),
            "questions": self._questions(),
            "timeline": self._timeline(),
            "medicines": self._medicines(),
            "allergies": self._allergies(),
            "imaging": self._imaging(),
            "records": self._records(),
            "parcels": self._parcels(),
            "missing": self._missing(),
        }

    # ---- who -----------------------------------------------------------------------------------

    def _facts(self) -> list[tuple[Pair, Pair | Words]]:
        who, value = self._summary.who, self._limits.value
        facts: list[tuple[Text, Pair | Words]] = [
            (
                _("Date of birth"),
                self._fact("birth_date", self._born(clean(who.birth_date)[:value])),
            ),
            (_("Sex"), self._fact("sex", self._pair(who.sex or _c("sex", "Not known")))),
            (_("Country"), self._fact("country", self._country())),
            (_("Patient's language"), self._named(who.language)),
            (_("Kind of case"), self._chosen("case_type", self._summary.case_type)),
            (_("Review"), self._chosen("review_mode", self._summary.review_mode)),
        ]
        if who.helper or who.relation:
            facts.append((_("Written by"), self._fact("role", self._given(who.helper))))
            related = self._pair(who.relation or _("Not known"))
            facts.append((_("Relation to the patient"), self._fact("role", related)))
        if who.basis:
            facts.append((RIGHT, self._pair(STATED[who.basis])))
        return [(self._pair(label), shown) for label, shown in facts]

    def _country(self) -> Pair | Words:
        who = self._summary.who
        if who.country:
            return self._two(lambda locale: self._languages.country_name(who.country, locale))
        return self._given(who.country_words)

    def _given(self, said: str) -> Pair | Words:
        """The patient's words; that nothing was stated is said, and is not a sign of its own."""
        return words(said, self._limits.value) if said else self._pair(NOT_STATED)

    def _born(self, said: str) -> Pair:
        return plain(said) if said else self._pair(NOT_STATED)

    def _chosen(self, step: str, chosen: Text | None) -> Pair | Words:
        stated = step in self._summary.sources.facts
        return self._fact(
            step, self._pair(chosen or (NOT_STATED if stated else _("Not asked yet")))
        )

    def _fact(self, step: str, shown: Pair | Words) -> Pair | Words:
        return self._references.beside(shown, self._summary.sources.facts.get(step))

    # ---- the patient's words -------------------------------------------------------------------

    def _problem(self) -> Json:
        said, most = self._summary.problem, self._limits.problem
        short = len(clean(said)) > most
        own = "problem" not in self._summary.edited
        return self._section(
            _("Main problem, in the patient's words") if own else _("Main problem"),
            none=None if said else _("Not asked yet"),
            note=_("Shortened. All of it is in case.json.") if short else self._by_whom("problem"),
            words=self._references.beside(
                words(said, most, lines=6), self._summary.sources.problem
            ),
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
            none=None if summary.questions else self._none("questions", summary.questions_state),
            note=self._by_whom("questions") or self._more(len(summary.other_questions)),
            rows=self._with_sources(
                [words(question, most) for question in summary.questions],
                summary.sources.questions,
            ),
        )

    def _timeline(self) -> Json:
        events, most = self._summary.timeline, self._limits.events
        # The beginning tells how it started, the end where it stands now.
        first = most // 3
        lines = tuple(zip_longest(events, self._summary.sources.timeline[: len(events)]))
        shown = lines if len(lines) <= most else (*lines[:first], *lines[first - most :])
        state = self._summary.timeline_state
        return self._section(
            _("What happened"),
            none=None if events else self._none("timeline", state),
            note=self._more(len(events) - len(shown)) or self._by_whom("timeline"),
            rows=[
                (
                    self._date(event.date),
                    self._references.beside(words(event.words, self._limits.event), source),
                )
                for event, source in shown
            ],
        )

    def _medicines(self) -> Json:
        summary = self._summary
        shown = summary.medicines[: self._limits.medicines]
        return self._section(
            _("Medicines"),
            none=self._state("medications", summary.medicines_state, _("Takes none")),
            answered=summary.medicines_state == "none",
            note=self._more(len(summary.medicines) - len(shown)),
            rows=[
                {
                    **self._medicine(medicine),
                    "refs": self._references.of(source),
                }
                for medicine, source in zip_longest(shown, summary.sources.medicines[: len(shown)])
            ],
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
            none=self._state("allergies", summary.allergies_state, _("None known")),
            answered=summary.allergies_state == "none",
            note=self._more(len(summary.allergies) - len(shown)),
            rows=self._with_sources(
                [words(allergy, self._limits.allergy) for allergy in shown],
                summary.sources.allergies,
            ),
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
            rows=[
                self._study(row, source)
                for row, source in zip_longest(shown, self._summary.sources.imaging[: len(shown)])
            ],
        )

    def _study(self, row: ImagingRow, source: Source | None) -> tuple[object, ...]:
        missing = _n("{n} image missing", "{n} images missing", row.missing)
        no_images = _("Report only, no images")
        report = _("Report came") if row.report else _("No report")
        if row.report_unsure:
            report = _("A report came that may be of it")
        return (
            self._date(row.date),
            self._pair(row.modality) if row.modality else plain("—"),
            self._pair(row.body_part) if row.body_part else plain("—"),
            str(row.images) if row.images else "—",
            str(row.series) if row.series else "—",
            {
                "text": self._pair(report if row.images or not row.report else no_images),
                "missing": self._pair(missing) if row.missing else None,
                "refs": self._references.of(source),
            },
        )

    def _records(self) -> Json:
        summary = self._summary
        count = _n("{n} record in all", "{n} records in all", summary.records)
        numbers = [n for one in summary.sources.records for n in self._references.of(one)]
        counted = self._pair(count)
        if numbers:
            counted = Pair(r=counted["r"], p=counted["p"], refs=numbers[: self._limits.studies])
        values: list[Pair | Words] = [counted]
        for tag, number in list(summary.languages.items())[:8]:
            named = self._named(tag)
            values.append(with_count(named, number) if number else named)
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
            rows=[
                (self._pair(row.title), self._reasons(row), self._references.of(source))
                for row, source in zip_longest(rows, self._summary.sources.missing[: len(rows)])
            ],
        )

    def _parcels(self) -> Json | None:
        """What goes by post, with its courier and tracking number; None where nothing does."""
        parcels = self._summary.parcels
        if not parcels:
            return None
        most = self._limits.parcels
        shown = zip_longest(parcels[:most], self._summary.sources.parcels[: len(parcels)][:most])
        return self._section(
            _("Slides, blocks and films"),
            note=self._more(len(parcels) - most),
            rows=[
                (
                    self._pair(things_of(parcel), self._limits.value),
                    [
                        self._pair(STATES[parcel.state]),
                        *(
                            words(part, self._limits.value)
                            for part in (parcel.courier, parcel.tracking)
                            if part
                        ),
                        words((parcel.way[-1].day or PartialDate.of(parcel.since.date())).iso),
                    ],
                    self._references.of(source),
                )
                for parcel, source in shown
            ],
        )

    def _reasons(self, row: Missing) -> list[Pair | Words]:
        reasons: list[Pair | Words] = [
            self._pair(reason, self._limits.reason * 2) for reason in row.reasons
        ]
        if row.words:
            reasons.append(words(row.words, self._limits.reason))
        return reasons


_WRITTEN: Final = _("Written by a coordinator. The patient's own words are in case.json.")


def changes_title(changes: Changes) -> Text:
    """The head of what a later version of a package has that the one before had not."""
    return _(
        "Version {number}: what has changed since {date}",
        number=changes.number,
        date=PartialDate.of(changes.since.date()),
    )
