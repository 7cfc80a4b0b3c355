"""Catalog words: what is wrong with the words of a catalog, and who has yet to sign them off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from checklist.catalog_faults import Fault
from checklist.catalog_keys import BUTTON_KEYS, KEYS, TEXT_KEYS
from checklist.plain_words import GRADE, GRADED, SENTENCE, grade, sentences_of, words_of

Raw = Mapping[str, Any]

#: The tightest channel: https://www.twilio.com/docs/content/twilio-quick-reply
LONGEST_LABEL: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongues:
    """The languages that are offered beside English, by tag, and the words that ours has for a text."""

    tags: Sequence[str]
    translation: Callable[[str, str], str | None]


def word_faults(data: Raw, tongues: Tongues) -> Iterator[Fault]:
    """The faults in the words of every entry, also of one that is not whole otherwise."""
    for table in KEYS:
        rows = data.get(table)
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and row.get("off") is not True:
                yield from _of_entry(f"{table} {row.get('id', '?')}", row, tongues)


def sign_offs(data: Raw, before: Raw) -> Iterator[Fault]:
    """Entries without a source, and a note of those that no clinician has signed off."""
    for table in KEYS:
        known = {row["id"]: row for row in before.get(table, ())}
        rows = data.get(table)
        for row in rows if isinstance(rows, list) else ():
            if not isinstance(row, dict) or row.get("off") is True:
                continue
            entry = f"{table} {row.get('id', '?')}"
            whole = {**known.get(str(row.get("id")), {}), **row}
            if table != "case_type" and not whole.get("source"):
                do = 'add source = "…": where the demand comes from, or "unverified: …"'
                yield Fault(entry=entry, what="there is no source", do=do)
            if not row.get("reviewed_by"):
                do = 'add reviewed_by = "name, date" when a clinician has signed it off'
                yield Fault(entry=entry, what="nobody has signed it off", do=do, severity="note")


def _of_entry(entry: str, row: Raw, tongues: Tongues) -> Iterator[Fault]:
    for key, value in row.items():
        english = value.get("en") if isinstance(value, dict) else value
        if key not in TEXT_KEYS or not isinstance(english, str) or not english.strip():
            continue
        said = {"en": english, **_said(value, english, tongues)}
        yield from _languages(entry, key, value, said, tongues)
        yield from _places(entry, key, said)
        if key in BUTTON_KEYS:
            yield from _labels(entry, key, said)
        yield from _plain(entry, key, english)


def _said(value: Any, english: str, tongues: Tongues) -> dict[str, str]:
    own = value if isinstance(value, dict) else {}
    by_tag = {str(tag).replace("_", "-"): words for tag, words in own.items()}
    found = {tag: by_tag.get(tag) or tongues.translation(english, tag) for tag in tongues.tags}
    return {tag: words for tag, words in found.items() if isinstance(words, str)}


def _languages(
    entry: str, key: str, value: Any, said: Mapping[str, str], tongues: Tongues
) -> Iterator[Fault]:
    if missing := [tag for tag in tongues.tags if tag not in said]:
        sample = ", ".join(f'{tag.replace("-", "_")} = "…"' for tag in missing)
        what = f"{key} has no words in {', '.join(missing)}"
        yield Fault(entry=entry, what=what, do=f'write {key} = {{en = "…", {sample}}}')
    own = value if isinstance(value, dict) else {}
    known = {"en", *tongues.tags}
    for tag in own:
        if str(tag).replace("_", "-") not in known:
            do = f"offered are {', '.join(sorted(known))}"
            what = f"{key} has words in {tag}, which is not offered"
            yield Fault(entry=entry, what=what, do=do, severity="note")


def _places(entry: str, key: str, said: Mapping[str, str]) -> Iterator[Fault]:
    for tag, words in said.items():
        if "{" in words or "}" in words:
            do = "write it without { and }: nothing is filled in"
            yield Fault(entry=entry, what=f"{key} has a place to fill in ({tag})", do=do)


def _labels(entry: str, key: str, said: Mapping[str, str]) -> Iterator[Fault]:
    for tag, words in said.items():
        if len(words) > LONGEST_LABEL:
            do = f"shorten it to {LONGEST_LABEL}, the room on a button"
            what = f"{key} has {len(words)} letters ({tag})"
            yield Fault(entry=entry, what=what, do=do)


def _plain(entry: str, key: str, english: str) -> Iterator[Fault]:
    for sentence in sentences_of(english):
        if (count := len(words_of(sentence))) > SENTENCE:
            do = f"make sentences of {SENTENCE} words or fewer"
            yield Fault(entry=entry, what=f"{key} has a sentence of {count} words", do=do)
    if len(words_of(english)) >= GRADED and (found := grade(english)) > GRADE:
        do = f"use short, common words: grade {GRADE:.0f} is what most can read"
        what = f"{key} is at reading grade {found:.0f}"
        yield Fault(entry=entry, what=what, do=do, severity="note")
