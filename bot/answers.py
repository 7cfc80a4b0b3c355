"""The operator's answers: what only they know, from the file that ANSWERS_FILE names."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from checklist.faq import Faq, FaqError, with_answers


class AnswersError(Exception):
    """The file can't be used; the message names the setting and what to change."""


class AnswersSettings(Protocol):
    """What of the settings this module reads."""

    @property
    def answers_file(self) -> Path | None:
        """The file, or None."""
        ...


def answers_of(settings: AnswersSettings, faq: Faq, offered: Collection[str]) -> Faq:
    """The usual questions with what the operator has filled in. Raises `AnswersError`."""
    path = settings.answers_file
    if path is None:
        return faq
    try:
        return with_answers(faq, path.read_text(encoding="utf-8"), offered)
    except FaqError as error:
        raise AnswersError(f"ANSWERS_FILE {path}: {error}") from None
    except UnicodeDecodeError:
        raise AnswersError(f"ANSWERS_FILE {path} is not UTF-8 text") from None
    except OSError as error:
        raise AnswersError(f"ANSWERS_FILE {path} can't be read ({error.strerror})") from None


def missing_answers(faq: Faq, offered: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The entries of the operator's file that lack a language, and which; each with all it lacks."""
    lacking = {
        entry: tuple(tag for tag in offered if not faq.told.get(entry, {}).get(tag))
        for entry in faq.entries
    }
    return {entry: tags for entry, tags in lacking.items() if tags}
