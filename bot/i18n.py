"""Catalogs: the languages that are offered, and texts said in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from gettext import c2py
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.languages import get_official_languages
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_decimal

from bot.countries import Countries
from bot.scripts import parse_locale, script_in, script_of, written_with
from checklist.dates import PartialDate
from checklist.first_words import begun_in
from checklist.folding import fold
from checklist.names import season_name
from checklist.text import BUTTON, OWN_WORDS, Param, Text
from checklist.words import Words, WordsError
from checklist.words_parsing import parse_words
from handlers.languages import Direction

#: The language of the msgids: it has words of its own but needs no translations.
SOURCE = "en"

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
#: Letters on a button, at most: https://www.twilio.com/docs/content/twilio-quick-reply
_BUTTON = 20
_PLACE = re.compile(r"\{(\w+)\}")
#: In the comment above a catalog; a header field of its own would not outlive `make messages`.
_REVIEWER = re.compile(r"^# *Reviewed-By: *(.+)$", re.MULTILINE)


class CatalogsError(ValueError):
    """A folder of languages cannot be used; the message says which file and what to change."""


@dataclass(frozen=True)
class _Language:
    """One language; its files are read when it is first spoken."""

    tag: str
    folder: Path
    locale: Locale

    @cached_property
    def words(self) -> Words:
        path = self.folder / "words.toml"
        try:
            return parse_words(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, WordsError) as error:
            raise CatalogsError(f"{path}: {error}") from error

    @cached_property
    def translations(self) -> _Translations:
        """The catalog, read as its translators wrote it: an editable install compiles nothing."""
        path = self.folder / "LC_MESSAGES" / "messages.po"
        try:
            with path.open("rb") as source:
                catalog = read_po(source, locale=self.locale, abort_invalid=True)
        except (OSError, PoFileError, ValueError) as error:
            raise CatalogsError(f"{path}: {error}") from error
        said = {
            (message.context, _forms(message.id)[0]): _forms(message.string)
            for message in catalog
            if message.id and all(_forms(message.string)) and not message.fuzzy
        }
        named = _REVIEWER.search(catalog.header_comment)
        return _Translations(
            said=said,
            form=c2py(catalog.plural_expr),
            reviewer="" if named is None or named[1].startswith("none") else named[1],
        )

    @cached_property
    def own_name(self) -> str:
        name = self.words.own_name or self.locale.get_language_name(self.locale) or self.tag
        return name[0].upper() + name[1:]

    @property
    def is_translated(self) -> bool:
        """Whether it can be spoken, and not only understood."""
        return self.tag == SOURCE or (self.folder / "LC_MESSAGES" / "messages.po").exists()

    @property
    def direction(self) -> Direction:
        return "rtl" if self.locale.text_direction == "rtl" else "ltr"


@dataclass(frozen=True, kw_only=True)
class _Translations:
    """The forms of each message by context and msgid, and which form a number takes."""

    said: Mapping[tuple[str | None, str], tuple[str, ...]]
    form: Callable[[int], int]
    reviewer: str

    def of(self, text: Text) -> str | None:
        """The form for the text's number, or None where the text has no translation."""
        forms = self.said.get((text.context, text.msgid))
        if forms is None:
            return None
        index = self.form(text.n) if text.n is not None and text.plural is not None else 0
        return forms[index] if index < len(forms) else forms[-1]


class Catalogs:
    """The languages of one folder, `<folder>/<zh_Hans>/words.toml` and its `messages.po`.

    A language without a catalog is not offered; its words are understood.
    """

    def __init__(self, languages: Mapping[str, _Language]) -> None:
        """Made by `load`."""
        self._languages = {tag: one for tag, one in languages.items() if one.is_translated}
        self._understood = dict(languages)
        self._missing: set[tuple[str, str]] = set()
        self._own: Mapping[str, Mapping[str, str]] = {}

    @classmethod
    def load(cls, folder: Path) -> Catalogs:
        """The languages that have a folder. Raises `CatalogsError` where there is no English."""
        found = {}
        for path in sorted(entry for entry in folder.glob("*") if entry.is_dir()):
            try:
                locale = Locale.parse(path.name)
            except (UnknownLocaleError, ValueError) as error:
                raise CatalogsError(f"{path}: the folder is not named after a language") from error
            tag = path.name.replace("_", "-")
            found[tag] = _Language(tag=tag, folder=path, locale=locale)
        if SOURCE not in found:
            raise CatalogsError(f"{folder} has no {SOURCE}/words.toml")
        english = found.pop(SOURCE)
        return cls({SOURCE: english, **found})

    def with_words(self, words: Mapping[str, Mapping[str, str]]) -> Catalogs:
        """These languages, with words of an operator's own: by locale, then by English text."""
        # Also those that are only understood: a date is written in many more than are spoken.
        taught = Catalogs(self._understood)
        taught._own = words
        return taught

    # ---- which languages -----------------------------------------------------------------------

    @property
    def offered(self) -> tuple[str, ...]:
        """The tags of the languages that are spoken, English first."""
        return tuple(self._languages)

    @property
    def understood(self) -> tuple[str, ...]:
        """The tags of the languages whose words are known, spoken or not, English first."""
        return tuple(self._understood)

    def words(self, locale: str) -> Words:
        """What people write in that language."""
        return (self._understood.get(locale) or self._language(locale)).words

    def own_name(self, locale: str) -> str:
        """What the language calls itself, with a capital where it has them."""
        return self._language(locale).own_name

    def direction(self, locale: str) -> Direction:
        """Which way the language is written."""
        return self._language(locale).direction

    def match_locale(self, hint: str) -> str | None:
        """The offered language for a client's hint such as `zh-CN` or `ar_EG`, or None."""
        wanted = parse_locale(hint)
        if wanted is None:
            return None
        same = [
            tag
            for tag, language in self._languages.items()
            if language.locale.language == wanted.language
        ]
        written_alike = [
            tag for tag in same if script_of(self._languages[tag].locale) == script_of(wanted)
        ]
        return next(iter((*written_alike, *same)), None)

    def guess_locale(self, text: str) -> str | None:
        """The language that somebody begins to write in, where letters or words tell which.

        Latin letters alone tell nothing: half of the world's languages are written in them.
        """
        script = script_in(text)
        tags = [tag for tag, it in self._languages.items() if script in written_with(it.locale)]
        if len(tags) == 1 and script != "Latn":
            return tags[0]
        telltales = {tag: self._languages[tag].words.telltale for tag in tags}
        plain = [tag for tag, telltale in telltales.items() if not telltale.letters]
        usual = plain[0] if len(plain) == 1 and script != "Latn" else ""
        return begun_in(text, telltales, usual=usual)

    def named_locale(self, text: str) -> str | None:
        """The language that a message names, in its own or any offered language, or None."""
        return self._language_names.get(fold(text).strip(" .!?"))

    @cached_property
    def _language_names(self) -> Mapping[str, str]:
        names: dict[str, str] = {}
        for tag, language in self._languages.items():
            for speaker in self._languages.values():
                for form in (language.locale, Locale(language.locale.language)):
                    name = form.get_language_name(speaker.locale)
                    if name:
                        names[fold(name)] = tag
            names[fold(tag)] = tag
        return names

    def reviewer(self, locale: str) -> str:
        """Who has reviewed the language's translations, "" where no native speaker has yet."""
        language = self._language(locale)
        return "" if language.tag == SOURCE else language.translations.reviewer

    def is_reviewed(self, locale: str) -> bool:
        """Whether a native speaker has; English is what all others are made of."""
        return self._language(locale).tag == SOURCE or bool(self.reviewer(locale))

    # ---- countries -----------------------------------------------------------------------------

    def country(self, text: str) -> str | None:
        """The ISO 3166 alpha-2 code of the one country named in a message, in any language."""
        return self._countries.named_in(text)

    def country_name(self, code: str, locale: str) -> str:
        """A country's name in that language; a code that nobody knows is returned as it is."""
        return str(self._language(locale).locale.territories.get(code.upper(), code))

    def spoken_in(self, country: str) -> tuple[str, ...]:
        """The offered languages that are official in a country (alpha-2), the most spoken first."""
        spoken = get_official_languages(country.upper(), regional=True, de_facto=True)
        found = (self.match_locale(tag) for tag in spoken)
        return tuple(dict.fromkeys(tag for tag in found if tag is not None))

    @cached_property
    def _countries(self) -> Countries:
        languages = self._languages.values()
        return Countries(
            locales=tuple(language.locale for language in languages),
            aliases=tuple(language.words.countries for language in languages),
        )

    # ---- saying --------------------------------------------------------------------------------

    def translation(self, msgid: str, locale: str) -> str | None:
        """The words for an English text in that language, None where it has none."""
        return self._translated(Text(msgid=msgid, context=OWN_WORDS), self._language(locale))

    @property
    def untranslated(self) -> frozenset[tuple[str, str]]:
        """The locale and msgid of each text that had to be said in English so far."""
        return frozenset(self._missing)

    def say(self, text: Text, locale: str) -> str:
        """The text in that language, in English where it has no translation.

        A `str` that stands in it is set apart by FSI and PDI (U+2068, U+2069) wherever its
        direction could disturb the sentence: always in a language written from right to left.
        """
        language = self._language(locale)
        pattern = self._pattern(text, language)
        fill = partial(self._filled, text=text, language=language)
        return _PLACE.sub(fill, pattern)

    def _pattern(self, text: Text, language: _Language) -> str:
        """The sentence with its `{places}`, in the right plural form."""
        source = text.msgid
        if text.plural is not None and text.n != 1:
            source = text.plural
        if language.tag == SOURCE or not _PLACE.sub("", text.msgid).strip():
            return source
        said = self._translated(text, language)
        if said is None:
            if (language.tag, text.msgid) not in self._missing:
                self._missing.add((language.tag, text.msgid))
                # Whoever only speaks English never pays for its import.
                import structlog

                log = structlog.get_logger(__name__)
                log.warning("translation.missing", locale=language.tag, msgid=text.msgid)
            return source
        return said

    def _translated(self, text: Text, language: _Language) -> str | None:
        """The sentence in that language; words of an operator's may be ours too, and are said as ours."""
        if text.context != OWN_WORDS:
            return language.translations.of(text)
        own = self._own.get(language.tag, {}).get(text.msgid)
        return own or language.translations.of(Text(msgid=text.msgid))

    def _filled(self, place: re.Match[str], text: Text, language: _Language) -> str:
        name = place[1]
        if name not in text.params:
            return place[0]
        brief = text.context == BUTTON
        said = self._value(text.params[name], language, brief=brief)
        # "12 апреля 1980 г." at the end of a sentence ends it too.
        return said.removesuffix(".") if place.string.startswith(".", place.end()) else said

    def _value(self, value: Param, language: _Language, *, brief: bool = False) -> str:
        if isinstance(value, Text):
            return self.say(value, language.tag)
        if isinstance(value, PartialDate):
            return self._date(value, language, brief=brief)
        if isinstance(value, tuple):
            return _joined([self._value(part, language) for part in value], language)
        if isinstance(value, int):
            return format_decimal(value, locale=language.locale)
        return _isolated(value, language.direction)

    def _date(self, when: PartialDate, language: _Language, *, brief: bool = False) -> str:
        day = date(when.year, when.month or 1, when.day or 1)
        match when.precision:
            case "day":
                written = _day(day, language.locale, brief=brief)
            case "month":
                written = format_skeleton("yMMMM", day, locale=language.locale)
            case "season":
                return self.say(season_name(when), language.tag)
            case _:
                written = format_skeleton("y", day, locale=language.locale)
        return written.replace("\u202f", "\u00a0")

    def _language(self, locale: str) -> _Language:
        found = self._languages.get(locale)
        if found is None:
            found = self._languages[self.match_locale(locale) or SOURCE]
        return found


def _forms(strings: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (strings or "",) if isinstance(strings, str | None) else tuple(strings)


def _day(day: date, locale: Locale, *, brief: bool) -> str:
    """A day as the language writes it out; where it must be brief, no longer than a button."""
    lengths = ("long", "medium", "short") if brief else ("long",)
    written = (format_date(day, length, locale=locale) for length in lengths)
    return next((one for one in written if len(one) <= _BUTTON or not brief), day.isoformat())


def _isolated(value: str, direction: Direction) -> str:
    first = next((d for c in value if (d := unicodedata.bidirectional(c)) in ("L", "R", "AL")), "L")
    foreign = (first != "L") == (direction == "ltr")
    if direction == "rtl" or foreign:
        return f"{_FIRST_STRONG_ISOLATE}{value}{_POP_ISOLATE}"
    return value


def _joined(parts: list[str], language: _Language) -> str:
    """A list the way the language writes one ("a, b and c")."""
    if len(parts) < 2:
        return "".join(parts)
    patterns = language.locale.list_patterns["standard"]
    if len(parts) == 2:
        return _pair(patterns["2"], parts[0], parts[1])
    made = _pair(patterns["end"], parts[-2], parts[-1])
    for index in range(len(parts) - 3, -1, -1):
        made = _pair(patterns["start" if index == 0 else "middle"], parts[index], made)
    return made


def _pair(pattern: str, left: str, right: str) -> str:
    """Two parts of a list. Arabic writes "and" onto the next word, which can't be a Latin one."""
    before = pattern.partition("{1}")[0][-1:] or " "
    opening = right.lstrip(_FIRST_STRONG_ISOLATE)[:1] or " "
    if unicodedata.bidirectional(before) == "AL" and unicodedata.bidirectional(opening) != "AL":
        right = " " + right
    return pattern.replace("{0}", left, 1).replace("{1}", right, 1)
