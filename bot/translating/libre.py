"""LibreTranslate, a free program that an operator runs beside this one: no text leaves the house.

https://docs.libretranslate.com/guides/api_usage/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import httpx

from bot.outward import answer_of, json_of
from bot.translating.base import TranslateError

#: A page on a processor without a graphics card takes half a minute.
_SECONDS: Final = 180.0
_TIMEOUT: Final = httpx.Timeout(_SECONDS, connect=10.0)
#: Bytes of an answer. A translation is about as long as what was asked for.
_MOST: Final = 4 << 20
#: Letters in one request: servers may have a limit (`--char-limit`), and 400 answers what is over it.
_AT_ONCE: Final = 1800
#: Statuses after which trying again leads to the same.
_LASTING: Final = frozenset({400, 401, 403, 404, 413, 422})


class LibreTranslate:
    """A server of LibreTranslate at an address."""

    def __init__(self, url: str, key: str = "") -> None:
        """`key` is what the server asks for, where it asks for one (`--api-keys`)."""
        self._key = key
        self._client = httpx.AsyncClient(base_url=url.rstrip("/"), timeout=_TIMEOUT)
        self._known: dict[str, frozenset[str]] = {}

    async def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[str]:
        """Each of the texts; lines without letters come back as they are."""
        given, wanted = await self._codes(source, target)
        done: list[str] = []
        for group in _groups(texts):
            done += await self._translated(group, given, wanted)
        return done

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def _translated(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        if not any(sign.isalpha() for text in texts for sign in text):
            return list(texts)
        asked: dict[str, Any] = {
            "q": list(texts), "source": source, "target": target, "format": "text",
        }  # fmt: skip
        said = await self._asked(
            "POST", "/translate", asked | ({"api_key": self._key} if self._key else {})
        )
        made = said.get("translatedText") if isinstance(said, dict) else None
        if not isinstance(made, list) or len(made) != len(texts):
            raise TranslateError("unexpected_answer", lasting=True)
        return [str(one) for one in made]

    async def _codes(self, source: str, target: str) -> tuple[str, str]:
        """The server's own names of the languages: Chinese is `zh` to one, and `zh-Hans` to another."""
        if not self._known:
            said = await self._asked("GET", "/languages", None)
            try:
                self._known = {one["code"]: frozenset(one.get("targets") or ()) for one in said}
            except (TypeError, KeyError, AttributeError):
                raise TranslateError("unexpected_answer", lasting=True) from None
        given = _match(source, self._known) if source else "auto"
        # An older server doesn't say from where it goes where.
        targets = self._known.get(given or "") or frozenset(self._known)
        wanted = _match(target, targets)
        if given is None or wanted is None:
            raise TranslateError("unknown_language", lasting=True)
        return given, wanted

    async def _asked(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        try:
            answer = await answer_of(
                self._client, method, path, most=_MOST, seconds=_SECONDS, json=body
            )
        except httpx.HTTPError as error:
            raise TranslateError(type(error).__name__) from None
        if answer.status_code != 200:
            lasting = answer.status_code in _LASTING
            raise TranslateError(f"status_{answer.status_code}", lasting=lasting)
        try:
            return json_of(answer)
        except ValueError:
            raise TranslateError("unexpected_answer", lasting=True) from None


def _match(
    tag: str, known: Sequence[str] | frozenset[str] | dict[str, frozenset[str]]
) -> str | None:
    """The server's name of a language: its tag, or without its script."""
    names = {name.lower(): name for name in known}
    primary = tag.partition("-")[0].lower()
    for name in (tag.lower(), *(("zt",) if tag.lower().startswith("zh-hant") else ()), primary):
        if name in names:
            return names[name]
    return next((names[name] for name in sorted(names) if name.partition("-")[0] == primary), None)


def _groups(texts: Sequence[str]) -> list[list[str]]:
    """The texts in groups that are short enough for one request each."""
    groups: list[list[str]] = [[]]
    length = 0
    for text in texts:
        if groups[-1] and length + len(text) > _AT_ONCE:
            groups.append([])
            length = 0
        groups[-1].append(text)
        length += len(text)
    return [group for group in groups if group]
