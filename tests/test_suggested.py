"""A short sentence in people's own words chooses, where it speaks for one choice alone."""

from dataclasses import replace

import pytest

from handlers.registry import STEPS
from handlers.step import Said, View
from tests.player import Player

SENTENCES = [
    ("en", "role", "I am writing for my son", "helper"),
    ("en", "role", "it is for my mother", "helper"),
    ("en", "role", "for myself", "patient"),
    ("en", "role", "me", "patient"),
    ("en", "role", "what is this", None),
    ("en", "case_type", "lung cancer", "cancer"),
    ("en", "case_type", "my knee hurts", "bones_joints"),
    ("en", "case_type", "brain tumor", "cancer"),
    ("en", "review_mode", "I can't travel", "remote"),
    ("en", "review_mode", "we want to come to the hospital", "in_person"),
    ("en", "review_mode", "I don't know yet", "not_sure"),
    ("ru", "role", "за маму", "helper"),
    ("ru", "role", "пишу за мужа", "helper"),
    ("ru", "role", "за себя", "patient"),
    ("ru", "case_type", "рак лёгкого", "cancer"),
    ("ru", "case_type", "опухоль мозга", "cancer"),
    ("ru", "review_mode", "издалека", "remote"),
    ("ru", "review_mode", "не могу приехать", "remote"),
    ("ru", "review_mode", "хочу приехать", "in_person"),
    ("zh-Hans", "role", "帮我妈妈问的", "helper"),
    ("zh-Hans", "role", "我自己", "patient"),
    ("zh-Hans", "case_type", "肺癌", "cancer"),
    ("zh-Hans", "review_mode", "想去医院", "in_person"),
    ("zh-Hans", "review_mode", "远程就行", "remote"),
    ("zh-Hans", "review_mode", "不想去", None),
    ("ar", "role", "أكتب عن أمي", "helper"),
    ("ar", "role", "أنا المريضة", "patient"),
    ("ar", "case_type", "سرطان الثدي", "cancer"),
    ("ar", "review_mode", "لا أستطيع السفر", "remote"),
    ("ar", "review_mode", "لا تستطيع السفر", "remote"),
    ("ar", "review_mode", "أريد السفر", "in_person"),
    ("ar", "case_type", "ورم في الدماغ", "cancer"),
    ("ru", "review_mode", "мама не может приехать", "remote"),
    ("en", "case_type", "no", None),
]


@pytest.mark.parametrize(("locale", "step", "text", "choice"), SENTENCES)
def test_a_sentence_that_speaks_for_one_choice_chooses_it(
    player: Player, locale: str, step: str, text: str, choice: str | None
) -> None:
    view = View(
        case=player.case,
        session=replace(player.session, locale=locale, step=step),
        now=player.now,
        catalog=player.catalog,
        languages=player.languages,
    )
    read = STEPS[step].read(view, Said(text=text))
    assert (read and read.choice) == choice
