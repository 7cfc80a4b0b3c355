"""A reply is rendered in one language, with what a button must carry."""

from pathlib import Path

import pytest

from bot.i18n import Catalogs
from bot.render import WIRE_BYTES, Rendered, render, wire_id
from checklist.text import Text, verbatim
from handlers.replies import Choice, Reply


@pytest.fixture
def languages(tmp_path: Path) -> Catalogs:
    """English and a little Arabic."""
    for tag in ("en", "ar"):
        (tmp_path / tag / "LC_MESSAGES").mkdir(parents=True)
        (tmp_path / tag / "words.toml").touch()
    arabic = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    arabic += 'msgid "Thank you, {name}."\nmsgstr "شكرًا يا {name}."\n\nmsgid "Yes"\nmsgstr "نعم"\n'
    (tmp_path / "ar" / "LC_MESSAGES" / "messages.po").write_text(arabic, encoding="utf-8")
    return Catalogs.load(tmp_path)


REPLY = Reply(
    step="consent",
    turn=4,
    text=(
        Text(msgid="Thank you, {name}.", params={"name": "Ana"}),
        Text(msgid="May we keep your records?"),
    ),
    choices=(
        Choice(id="yes", label=Text(msgid="Yes")),
        Choice(id="language", label=verbatim("العربية")),
    ),
    expects="choice",
)


def test_a_reply_is_rendered_in_its_locale(languages: Catalogs) -> None:
    assert render(REPLY, "ar", languages) == Rendered(
        step="consent",
        turn=4,
        text="شكرًا يا \u2068Ana\u2069.\n\nMay we keep your records?",
        locale="ar",
        choices=(("consent:yes:4", "نعم"), ("consent:language:4", "العربية")),
        expects="choice",
        direction="rtl",
    )


def test_the_direction_is_the_locales(languages: Catalogs) -> None:
    assert render(REPLY, "en", languages).direction == "ltr"


def test_a_coordinators_name_goes_with_their_words(languages: Catalogs) -> None:
    reply = Reply(step="done", turn=9, text=(verbatim("Hello"),), human="Mei")
    assert render(reply, "en", languages).human == "Mei"


def test_a_button_that_no_wire_can_carry_is_refused_when_it_is_made() -> None:
    room = WIRE_BYTES - len("step::10")
    assert len(wire_id("step", "x" * room, 10)) == WIRE_BYTES
    with pytest.raises(ValueError, match="longer than 64 bytes"):
        wire_id("step", "x" * (room + 1), 10)
