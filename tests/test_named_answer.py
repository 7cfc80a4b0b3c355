"""Short sentences that name the item are answers; what could be anything else is not."""

from dataclasses import replace

import pytest

from handlers.named_answer import named_answer
from handlers.step import View
from tests.player import Player

SENTENCES = [
    ("en", "pathology", "no biopsy", "none"),
    ("en", "reports", "I don't have any letters", "none"),
    ("en", "reports", "I have the letters", "have"),
    ("en", "labs", "lab results not yet", "can_get"),
    ("en", "imaging", "what is DICOM?", "what"),
    ("en", "reports", "no letters yet", None),
    ("en", "reports", "no time", None),
    ("en", "reports", "I have a question", None),
    ("en", "reports", "I have no letters", None),
    ("en", "reports", "no letters but I can get it", None),
    ("ru", "pathology", "биопсию не делали", "none"),
    ("ru", "reports", "выписки нет", "none"),
    ("ru", "labs", "анализы есть", "have"),
    ("ru", "labs", "анализов пока нет", "can_get"),
    ("ru", "imaging", "как получить снимки?", "how"),
    ("ru", "imaging", "да, диск есть", "have"),
    ("ru", "reports", "есть вопрос", None),
    ("ru", "reports", "нет времени", None),
    ("zh-Hans", "labs", "没有化验单", "none"),
    ("zh-Hans", "imaging", "我有光盘", "have"),
    ("zh-Hans", "labs", "没有时间", None),
    ("ar", "imaging", "لا يوجد تقرير", "none"),
    ("ar", "imaging", "عندي الصور", "have"),
    ("ar", "reports", "عندي سؤال", None),
]


@pytest.mark.parametrize(("locale", "item", "text", "meant"), SENTENCES)
def test_a_short_sentence_is_an_answer_where_it_names_the_item(
    player: Player, locale: str, item: str, text: str, meant: str | None
) -> None:
    view = View(
        case=player.case,
        session=replace(player.session, locale=locale),
        now=player.now,
        catalog=player.catalog,
        languages=player.languages,
    )
    asked = player.catalog.item(item)
    assert asked is not None
    assert named_answer(view, asked, text) == meant
