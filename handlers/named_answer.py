"""Short sentences that name what was asked for: "no biopsy", "выписки нет", "I have the reports".

Most people who have no button before their eyes answer like this. Words that don't name the item are
left alone: "no time" is not "no report".
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from checklist.catalog import ChecklistItem
from checklist.folding import fold
from checklist.words import bare
from handlers.step import View

_MEANS: Mapping[str, str] = {
    "yes": "have",
    "have": "have",
    "no": "none",
    "none": "none",
    "can_get": "can_get",
    "what": "what",
    "how": "how",
}
#: So many words, or Chinese characters, are a short sentence.
_WORDS, _CHARACTERS = 5, 10
#: Of a long word so much tells what it is: endings change.
_STEM = 5


def named_answer(view: View, item: ChecklistItem, text: str) -> str | None:
    """The answer that the sentence begins or ends with, where it names the item.

    One of `have none can_get what how`; None where it says two of them.
    """
    spaced = view.words.spaced
    tokens = bare(text).split() if spaced else list(bare(text))
    if not 2 <= len(tokens) <= (_WORDS if spaced else _CHARACTERS):
        return None
    spans = _answers_in(view, tokens)
    meanings = set(spans.values())
    at_an_end = any(start == 0 or end == len(tokens) for start, end in spans)
    if len(meanings) != 1 or not at_an_end:
        return None
    rest = [
        token
        for place, token in enumerate(tokens)
        if not any(start <= place < end for start, end in spans)
    ]
    return meanings.pop() if _is_named(view, item, rest) else None


def _answers_in(view: View, tokens: list[str]) -> dict[tuple[int, int], str]:
    """The answers within the sentence by their place; what stands within a longer one is left out."""
    joint = " " if view.words.spaced else ""
    found: dict[tuple[int, int], str] = {}
    for size in range(len(tokens), 0, -1):
        for start in range(len(tokens) - size + 1):
            end = start + size
            meant = view.words.answers.get(joint.join(tokens[start:end]), "")
            within = any(a <= start and end <= b for a, b in found)
            if meant in _MEANS and not within:
                found[start, end] = _MEANS[meant]
    return found


def _is_named(view: View, item: ChecklistItem, rest: list[str]) -> bool:
    texts = (item.title, item.ask, item.send, item.what)
    about = fold(" ".join(view.languages.say(text, view.locale) for text in texts))
    if not view.words.spaced:
        return any("".join(pair) in about for pair in pairwise(rest))
    return any(len(t) >= 4 and _without_clitic(view, t)[:_STEM] in about for t in rest)


def _without_clitic(view: View, token: str) -> str:
    """The word without a short one written onto its front (Arabic "the")."""
    known = sorted(view.words.clitics, key=len, reverse=True)
    return next((token.removeprefix(c) for c in known if token.startswith(c)), token)
