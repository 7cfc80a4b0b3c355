"""What a machine that translates must be able to do. There is none unless an operator sets one up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class TranslateError(Exception):
    """It could not be translated. `reason` is a short code, without a word of the text.

    `lasting` tells that trying again leads to the same: a language that it doesn't know, a wrong key.
    """

    def __init__(self, reason: str, *, lasting: bool = False) -> None:
        """Keep the code."""
        super().__init__(reason)
        self.reason = reason
        self.lasting = lasting


class Translates(Protocol):
    """A machine that translates."""

    async def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[str]:
        """Each of the texts in the language `target`. Languages are BCP 47; `source` "" is not known.

        Raises TranslateError.
        """
        ...

    async def close(self) -> None:
        """Let go of its connections."""
        ...
