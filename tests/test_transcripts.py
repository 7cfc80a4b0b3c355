"""Transcripts: whole conversations in Markdown that a nurse can read, played as they stand.

`> words` and `> [button id]` are the patient, `< words` the assistant, `@ file file` an upload,
`@ file | words` one with a caption, `& who: file file` files that came by a private link, `~ name`
another chat, with what it was told when it was taken out of the case, `> (the code)` the code that
was handed out last, `! +2 days` the clock, `^ words` a coordinator, `* take name=value | words` what
one does at the desk, `% due` the sweep of what is to be erased, `% copy` a copy that is ready (`% no
copy`: that could not be made), `= what` a claim about the case. `Service:` says what the operator has
set. Lines that begin with none of these are prose.
`UPDATE_TRANSCRIPTS=1` writes the assistant's lines anew, to be read again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.base import Capabilities
from bot.channels.fit import fit, units
from bot.channels.registry import NAMES
from bot.render import Rendered, render
from checklist.progress import checklist_for
from handlers.codes import in_groups
from handlers.replies import Reply
from handlers.service import Service
from tests.channels.far_ends import capabilities_of
from tests.player import Player

FOLDER = Path(__file__).parent / "transcripts"
ALL = sorted(FOLDER.glob("*.md"))
#: The channels there are, and two that are as narrow as any: a few buttons, or none at all.
CHANNELS = {
    **{name: capabilities_of(name) for name in NAMES},
    "three buttons": Capabilities(max_text=1600, max_buttons=3, max_label=20),
    "no buttons": Capabilities(max_text=1600, max_buttons=0),
}
UPDATE = bool(os.environ.get("UPDATE_TRANSCRIPTS"))


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_the_conversation_goes_as_it_is_written(path: Path, player: Player) -> None:
    """Every line of the assistant is what it says, in that order."""
    played = play(path.read_text(encoding="utf-8"), player)
    if UPDATE:
        path.write_text(played, encoding="utf-8")
    assert played == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_every_reply_can_be_said_on_every_channel_in_every_language(
    path: Path, player: Player
) -> None:
    """No channel loses a choice or a word, and no language lacks one."""
    play(path.read_text(encoding="utf-8"), player)
    for reply in player.replies:
        for locale in player.languages.offered:
            rendered = render(reply, locale, player.languages)
            for capabilities in CHANNELS.values():
                can_be_said(rendered, capabilities)
            assert not player.languages.untranslated, player.languages.untranslated


def _there_is_room(buttons: Sequence[tuple[str, str]], room: int | None, width: int | None) -> bool:
    """As so many buttons, or lines of a list that opens, with labels so long."""
    short = width is None or all(units(label) <= width for _wire, label in buttons)
    return short and (room is None or len(buttons) <= room)


def can_be_said(rendered: Rendered, capabilities: Capabilities) -> None:
    """Each part is within the limits, nothing is lost, and each choice is a button or a line."""
    parts = fit(rendered, capabilities)
    most, room, width = capabilities.max_text, capabilities.max_buttons, capabilities.max_label
    assert all(most is None or units(part.text) <= most for part in parts)
    words = " ".join(part.text for part in parts).split()
    assert set(rendered.text.split()) <= set(words)
    buttons = parts[-1].choices
    assert _there_is_room(buttons, room, width) or _there_is_room(
        buttons, capabilities.max_items, capabilities.max_item
    )
    if buttons != rendered.choices:
        # The line's number is what the patient writes, and what a button under it bears.
        whole = "\n".join(part.text for part in parts)
        lines = [f"{n}. {label}" for n, (_wire, label) in enumerate(rendered.choices, 1)]
        assert all(line in whole for line in lines)
        numbered = [(wire, str(n)) for n, (wire, _) in enumerate(rendered.choices, 1)]
        assert list(buttons) in ([], numbered)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_the_number_of_a_choice_is_the_press_of_its_button(path: Path, player: Player) -> None:
    """At every question of every conversation: so no channel needs buttons."""
    tried = set[tuple[str, ...]]()

    def at_each_question() -> None:
        # Another chat may have been told something since.
        asked = player.last_prompts.get(player.chat)
        if asked is None or not asked.choices or not _stands(player, asked):
            return
        key = (player.session.step, player.session.phase, player.session.aside, repr(asked.choices))
        if key in tried or player.session.aside == "password" or player.session.mode == "human":
            return
        tried.add(key)
        for number, choice in enumerate(asked.choices, 1):
            pressed, written = player.fork(), player.fork()
            by_button = pressed.press(f"{asked.step}:{choice.id}")
            by_number = written.say(f"{number}.")
            assert by_number == by_button, (key, number)
            assert (written.session, written.case) == (pressed.session, pressed.case)

    play(path.read_text(encoding="utf-8"), player, after=at_each_question)


def _stands(player: Player, asked: Reply) -> bool:
    """Whether the question that was shown last is the one that awaits an answer."""
    return asked.step == (player.session.aside or player.session.step)


def test_a_wrong_line_is_noticed(player: Player) -> None:
    """The player compares: a transcript that says something else does not pass."""
    written = "> hello\n< Something that is never said.\n"

    assert play(written, player) != written


def play(source: str, player: Player, *, after: Callable[[], None] = lambda: None) -> str:
    """The transcript with the assistant's lines as they really came. `after` is called at each."""
    lines: list[str] = []
    player.locale_hint = _setting(source, "client language")
    player.service = _service(source)
    for line in source.splitlines():
        mark, _space, rest = line.partition(" ")
        if mark == "<":
            continue
        lines.append(line)
        lines += [f"< {said}" for said in _act(player, mark, rest.strip())]
        after()
    return "\n".join(lines) + "\n"


def _act(player: Player, mark: str, rest: str) -> list[str]:
    match mark:
        case ">" if pressed := re.fullmatch(r"\[(.+)\]", rest):
            return player.shown(player.press(pressed[1]))
        case ">" if rest == "(opens the chat)":
            return player.shown(player.open())
        case "~":
            player.switch(rest)
            return player.shown(player.unread.pop(rest, []))
        case ">":
            rest = rest.replace("(the code)", in_groups(player.code[0]))
            return player.shown(player.say(rest.replace(" ⏎ ", "\n")))
        case "@":
            files, _bar, caption = rest.partition(" | ")
            return player.shown(player.send(*files.split(), caption=caption))
        case "&":
            sender, _colon, names = rest.partition(":")
            return player.shown(player.upload(sender.strip(), *names.split()))
        case "^":
            return player.shown(player.coordinator(rest))
        case "*":
            did, _bar, words = rest.partition(" | ")
            action, *pairs = did.split()
            values = dict(pair.split("=", 1) for pair in pairs)
            return player.shown(player.act(action, words, **values))
        case "!":
            return player.shown(player.wait(_span(rest)))
        case "%" if rest == "due":
            return player.shown(player.sweep())
        case "%":
            return player.shown(player.copy(made=rest == "copy"))
        case "=":
            _claim(player, rest)
    return []


def _span(words: str) -> timedelta:
    found = re.fullmatch(r"\+(\d+) (minute|hour|day)s?", words)
    assert found is not None, f"not a span of time: {words}"
    return timedelta(**{f"{found[2]}s": int(found[1])})


def _service(source: str) -> Service:
    """`Service: CN translates reads 90 180`: the country, the machines, and two numbers of days."""
    found = re.search(r"^Service: (.+)$", source, re.MULTILINE)
    words = found[1].split() if found else ["-", "0", "0"]
    return Service(
        country=words[0].strip("-"),
        translates="translates" in words,
        reads="reads" in words,
        after_closing=int(words[-2]),
        of_silence=int(words[-1]),
    )


def _setting(source: str, name: str) -> str:
    found = re.search(rf"^{name}: (\S+)$", source, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def _claim(player: Player, claim: str) -> None:
    """`step imaging`, `status imaging partial`, `case submitted`, `warning reports_only`, `notice human`,
    `parcel 1 sent`.
    """
    kind, _space, rest = claim.partition(" ")
    checklist = checklist_for(player.case, player.catalog)
    match kind:
        case "step":
            assert player.session.step == rest, player.session.step
        case "status":
            item, status = rest.split()
            assert checklist.status(item) == status, checklist.status(item)
        case "case":
            assert player.case.status == rest
        case "warning":
            assert rest in checklist.warnings, checklist.warnings
        case "no-warning":
            assert rest not in checklist.warnings
        case "records":
            assert len(player.case.records) == int(rest), player.case.records
        case "notice":
            assert rest in {getattr(effect, "reason", "") for effect in player.effects}
        case "parcel":
            number, state = rest.split()
            found = {str(parcel.number): parcel.state for parcel in player.case.parcels}
            assert found[number] == state, found
        case "complete":
            assert checklist.completeness == int(rest), checklist.completeness
        case _:
            raise AssertionError(f"no such claim: {claim}")
