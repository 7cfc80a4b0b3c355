"""Texts are said in each language the way it is written, and never fail to be said."""

import shutil
import time
import unicodedata
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot.i18n import Catalogs, CatalogsError
from checklist.dates import PartialDate
from checklist.folding import fold, folded
from checklist.names import body_part_name, kind_name, modality_name
from checklist.records import ITEM_OF
from checklist.text import Param, Text, verbatim
from tests.message_catalogs import FOLDERS, LOCALES

TAGS = ("en", "ar", "ru", "zh-Hans")
FSI, PDI = "\u2068", "\u2069"


@pytest.fixture(scope="module")
def catalogs() -> Catalogs:
    return Catalogs.load(LOCALES)


def text(msgid: str, **params: Param) -> Text:
    """A text of this test's own, which the extractor must not see."""
    return Text(msgid=msgid, params=params)


def counted(n: int) -> Text:
    return Text(msgid="{n} record", plural="{n} records", n=n, params={"n": n})


# ---- which languages ---------------------------------------------------------------------------


def test_english_comes_first(catalogs: Catalogs) -> None:
    assert catalogs.offered[0] == "en"
    assert (
        set(TAGS)
        <= set(catalogs.offered)
        == {folder.replace("_", "-") for folder in ("en", *FOLDERS)}
    )


def test_each_language_is_listed_by_its_own_name(catalogs: Catalogs) -> None:
    names = {tag: catalogs.own_name(tag) for tag in (*TAGS, "id", "vi", "ur")}
    assert names == {
        "en": "English", "ar": "العربية", "ru": "Русский", "zh-Hans": "中文",
        "id": "Bahasa Indonesia", "vi": "Tiếng Việt", "ur": "اردو",
    }  # fmt: skip


def test_arabic_runs_from_right_to_left(catalogs: Catalogs) -> None:
    assert [catalogs.direction(tag) for tag in TAGS] == ["ltr", "rtl", "ltr", "ltr"]


@pytest.mark.parametrize(
    ("hint", "tag"),
    [
        ("zh-CN", "zh-Hans"), ("zh", "zh-Hans"), ("zh_Hans_CN", "zh-Hans"), ("zh-TW", "zh-Hans"),
        ("ru-RU", "ru"), ("RU", "ru"), ("ar-EG", "ar"), ("ar_SA", "ar"), ("en-US", "en"),
        ("en-GB-oed", "en"), ("de-DE", None), ("xx", None), ("", None), ("*", None), ("-", None),
    ],
)  # fmt: skip
def test_a_clients_hint_finds_the_language(catalogs: Catalogs, hint: str, tag: str | None) -> None:
    assert catalogs.match_locale(hint) == tag


@pytest.mark.parametrize(
    ("words", "tag"),
    [
        ("Здравствуйте", "ru"), ("您好", "zh-Hans"), ("مرحبا", "ar"), ("CT 你好吗 您好", "zh-Hans"),
        ("hello", None), ("ok", None), ("12.04.2026", None), ("", None), ("Anna Анна", None),
        ("I need help for my mother", "en"), ("Good morning", "en"),
    ],
)  # fmt: skip
def test_a_language_is_guessed_by_its_script_and_by_a_few_words(
    catalogs: Catalogs, words: str, tag: str | None
) -> None:
    """People of all languages begin with "hello" and "ok", so these tell nothing."""
    assert catalogs.guess_locale(words) == tag


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Catalogs:
    """Every language that is understood, offered, with any catalog."""
    folder = tmp_path_factory.mktemp("locales") / "all"
    shutil.copytree(LOCALES, folder)
    for one in folder.glob("*/words.toml"):
        (one.parent / "LC_MESSAGES").mkdir(exist_ok=True)
        shutil.copy(LOCALES / "ru/LC_MESSAGES/messages.po", one.parent / "LC_MESSAGES/messages.po")
    return Catalogs.load(folder)


@pytest.mark.parametrize(
    ("words", "tag"),
    [
        ("Hola", "es"), ("Buenos días, necesito ayuda", "es"), ("Bonjour", "fr"),
        ("J'ai besoin d'aide pour ma mère", "fr"), ("Xin chào", "vi"), ("toi can giup do", "vi"),
        ("Mẹ tôi bị bệnh", "vi"), ("Halo", "id"), ("Selamat pagi, ibu saya sakit", "id"),
        ("Сәлеметсіз бе", "kk"), ("көмек керек", "kk"), ("Маған көмек керек, анам ауырып жатыр", "kk"),
        ("Сайн байна уу", "mn"), ("Ээж маань өвдөж байна", "mn"), ("Мама болеет", "ru"),
        ("Документы отправлены вчера", "ru"), ("السلام علیکم", "ur"), ("السلام عليكم", "ar"),
        ("مجھے مدد چاہیے", "ur"), ("أحتاج مساعدة", "ar"), ("สวัสดี", "th"), ("您好", "zh-Hans"),
        ("My mother has cancer", "en"), ("cancer", None), ("hello", None), ("ok", None),
        ("Ким", None), ("Ө", None),
    ],
)  # fmt: skip
def test_of_twelve_languages_a_letter_or_a_word_tells_which(
    twelve: Catalogs, words: str, tag: str | None
) -> None:
    """What several of them share tells nothing, and is asked."""
    assert twelve.guess_locale(words) == tag


@pytest.mark.parametrize(
    ("words", "tag"),
    [
        ("русский", "ru"), ("Russian", "ru"), ("俄语", "ru"), ("الروسية", "ru"), ("中文", "zh-Hans"),
        ("Chinese", "zh-Hans"), ("китайский", "zh-Hans"), ("العربية", "ar"), ("Arabic!", "ar"),
        ("english", "en"), ("ru", "ru"), ("по-русски", None), ("Georgian", None), ("hello", None),
    ],
)  # fmt: skip
def test_a_language_can_be_named_in_any_language(
    catalogs: Catalogs, words: str, tag: str | None
) -> None:
    assert catalogs.named_locale(words) == tag


# ---- countries ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Kazakhstan", "KZ"), ("USA", "US"), ("u.s.a.", "US"), ("UK", "GB"), ("England", "GB"),
        ("Emirates", "AE"), ("I live in Kazakhstan now", "KZ"), ("KZ", "KZ"), ("Niger", "NE"),
        ("Nigeria", "NG"), ("Guinea", "GN"), ("Equatorial Guinea", "GQ"), ("South Sudan", "SS"),
        ("Россия", "RU"), ("РФ", "RU"), ("в Казахстане", "KZ"), ("из России", "RU"), ("США", "US"),
        ("живу в Германии", "DE"), ("в Индии", "IN"), ("Саудовская Аравия", "SA"),
        ("美国", "US"), ("我在哈萨克斯坦", "KZ"), ("中国", "CN"), ("俄罗斯", "RU"), ("香港", "HK"),
        ("السعودية", "SA"), ("في السعودية", "SA"), ("الإمارات", "AE"), ("مصر", "EG"),
        ("أنا بمصر", "EG"), ("العراق", "IQ"), ("Côte d’Ivoire", "CI"), ("Türkiye", "TR"),
        ("from Russia to Germany", None), ("Springfield", None), ("", None), ("in", None),
        ("yes", None), ("Европейский союз", None),
    ],
)  # fmt: skip
def test_a_country_is_known_by_any_of_its_names(
    catalogs: Catalogs, words: str, code: str | None
) -> None:
    assert catalogs.country(words) == code


def test_a_country_is_named_in_each_language(catalogs: Catalogs) -> None:
    names = [catalogs.country_name("KZ", tag) for tag in TAGS]
    assert names == ["Kazakhstan", "كازاخستان", "Казахстан", "哈萨克斯坦"]
    assert catalogs.country_name("??", "ru") == "??"


# ---- saying ------------------------------------------------------------------------------------


def test_plurals_follow_the_language(catalogs: Catalogs) -> None:
    assert [catalogs.say(counted(n), "en") for n in (0, 1, 2)] == [
        "0 records",
        "1 record",
        "2 records",
    ]
    assert [catalogs.say(counted(n), "ru") for n in (1, 2, 5, 21)] == [
        "1 документ",
        "2 документа",
        "5 документов",
        "21 документ",
    ]
    assert catalogs.say(counted(1), "zh-Hans") == "1 份资料"
    assert len({catalogs.say(counted(n), "ar") for n in (0, 1, 2, 3, 11, 100)}) == 6


DATES = {
    "day": PartialDate(year=2026, month=4, day=12),
    "month": PartialDate(year=2023, month=3),
    "season": PartialDate(year=2021, season=1),
    "year": PartialDate(year=2019),
}


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", ["April 12, 2026", "March 2023", "spring 2021", "2019"]),
        ("ru", ["12 апреля 2026\u00a0г.", "март 2023\u00a0г.", "весна 2021", "2019"]),
        ("zh-Hans", ["2026年4月12日", "2023年3月", "2021年春季", "2019年"]),
        ("ar", ["12 أبريل 2026", "مارس 2023", "ربيع 2021", "2019"]),
    ],
)
def test_a_date_is_written_as_exactly_as_it_is_known(
    catalogs: Catalogs, tag: str, expected: list[str]
) -> None:
    said = [catalogs.say(text("{date}", date=date), tag) for date in DATES.values()]
    assert [s.replace("\u00a0", " ") for s in said] == [e.replace("\u00a0", " ") for e in expected]


def test_numbers_are_written_in_the_languages_way(catalogs: Catalogs) -> None:
    assert catalogs.say(text("{n}", n=12345), "en") == "12,345"
    assert catalogs.say(text("{n}", n=12345), "ru") == "12\u00a0345"


def test_a_list_is_joined_in_the_languages_way(catalogs: Catalogs) -> None:
    three = text("{list}", list=("CT", "MRI", "PET"))
    assert catalogs.say(three, "en") == "CT, MRI, and PET"
    assert catalogs.say(three, "ru") == "CT, MRI и PET"
    assert catalogs.say(three, "zh-Hans") == "CT、MRI和PET"
    assert catalogs.say(text("{list}", list=("CT",)), "en") == "CT"
    assert catalogs.say(text("{list}", list=()), "en") == ""


def test_arabic_writes_and_onto_its_own_words_only(catalogs: Catalogs) -> None:
    """CLDR's pattern has no space, which is right before an Arabic word and wrong before "MRI"."""
    latin = catalogs.say(text("{list}", list=("CT", "MRI")), "ar")
    assert latin == f"{FSI}CT{PDI} و {FSI}MRI{PDI}"
    arabic = catalogs.say(text("{list}", list=(text("{w}", w="صدر"), text("{w}", w="بطن"))), "ar")
    assert f"و{FSI}بطن" in arabic


def test_words_are_set_apart_where_their_direction_could_disturb(catalogs: Catalogs) -> None:
    """FSI and PDI (UAX 9) keep a Latin drug name in its place in an Arabic sentence."""
    said = text("a {x} b", x="Tamoxifen (20 mg)")
    assert catalogs.say(said, "ar") == f"a {FSI}Tamoxifen (20 mg){PDI} b"
    assert catalogs.say(said, "ru") == "a Tamoxifen (20 mg) b"
    assert catalogs.say(text("a {x} b", x="فاطمة"), "ru") == f"a {FSI}فاطمة{PDI} b"
    assert catalogs.say(text("a {x} b", x="12.5"), "en") == "a 12.5 b"


def test_a_text_inside_a_text_is_said_in_the_same_language(catalogs: Catalogs) -> None:
    scan = text(
        "{modality} ({body_part})", modality=modality_name("MR"), body_part=body_part_name("CHEST")
    )
    assert catalogs.say(scan, "ru") == "МРТ (грудная клетка)"
    assert catalogs.say(scan, "zh-Hans") == "核磁共振（胸部）"


def test_a_code_that_nobody_knows_is_shown_as_it_is(catalogs: Catalogs) -> None:
    assert catalogs.say(body_part_name("XYZ"), "ru") == "XYZ"
    assert catalogs.say(modality_name("QQ"), "en") == "QQ"
    assert catalogs.say(body_part_name("C-SPINE"), "en") == "neck spine"


def test_every_kind_of_record_has_a_name() -> None:
    for kind in ITEM_OF:
        assert kind_name(kind).msgid


def test_what_has_no_translation_is_said_in_english_and_logged_once() -> None:
    """By its msgid, which is ours: never by the words that stand in it."""
    catalogs = Catalogs.load(LOCALES)
    with structlog.testing.capture_logs() as logs:
        for _again in range(3):
            assert catalogs.say(text("Brand new {x}", x="secret"), "ru") == "Brand new secret"
    assert [entry["msgid"] for entry in logs] == ["Brand new {x}"]
    assert "secret" not in str(logs)
    assert catalogs.untranslated == {("ru", "Brand new {x}")}


def test_words_that_are_shown_as_they_are_need_no_translation() -> None:
    catalogs = Catalogs.load(LOCALES)
    assert catalogs.say(verbatim("Анна {x}"), "zh-Hans") == "Анна {x}"
    assert not catalogs.untranslated


def test_an_unknown_language_is_spoken_to_in_english(catalogs: Catalogs) -> None:
    assert catalogs.say(counted(1), "tlh") == "1 record"
    assert catalogs.say(counted(1), "ru-RU") == "1 документ"


PARAMS = st.one_of(
    st.text(),
    st.integers(-(10**9), 10**9),
    st.sampled_from(list(DATES.values())),
    st.lists(st.text(), max_size=4).map(tuple),
)


@given(
    msgid=st.text(alphabet="ab {}xy!%"), x=PARAMS, y=PARAMS, tag=st.sampled_from([*TAGS, "", "!"])
)
def test_nothing_is_too_odd_to_be_said(msgid: str, x: Param, y: Param, tag: str) -> None:
    with structlog.testing.capture_logs():
        CATALOGS.say(Text(msgid=msgid, params={"x": x, "y": y}), tag)


CATALOGS = Catalogs.load(LOCALES)


# ---- loading -----------------------------------------------------------------------------------


def test_a_language_that_is_not_spoken_costs_nothing(tmp_path: Path) -> None:
    """Its files are read when the first patient needs it."""
    shutil.copytree(LOCALES / "en", tmp_path / "en")
    (tmp_path / "fr" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "fr" / "LC_MESSAGES" / "messages.po").write_text("broken", encoding="utf-8")
    catalogs = Catalogs.load(tmp_path)
    assert catalogs.say(counted(2), "en") == "2 records"
    with pytest.raises(CatalogsError, match=r"messages\.po"):
        catalogs.say(counted(2), "fr")


def test_a_folder_without_english_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogsError, match=r"en/words\.toml"):
        Catalogs.load(tmp_path)


def test_a_folder_that_is_no_language_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nonsense-of-mine").mkdir()
    with pytest.raises(CatalogsError, match="nonsense"):
        Catalogs.load(tmp_path)


def test_broken_words_are_named_by_their_file(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "words.toml").write_text("spaced = ", encoding="utf-8")
    with pytest.raises(CatalogsError, match=r"en/words\.toml"):
        Catalogs.load(tmp_path).words("en")


def test_a_draft_is_known_for_one(catalogs: Catalogs, tmp_path: Path) -> None:
    """Coordinators can be shown that nobody has reviewed a language yet."""
    assert catalogs.reviewer("ru") == ""
    shutil.copytree(LOCALES, tmp_path / "locales")
    path = tmp_path / "locales" / "ru" / "LC_MESSAGES" / "messages.po"
    source = path.read_text(encoding="utf-8")
    reviewed = source.replace("# Reviewed-By: none", "# Reviewed-By: A. Reviewer, 2026-12-01 #", 1)
    path.write_text(reviewed, encoding="utf-8")
    assert Catalogs.load(tmp_path / "locales").reviewer("ru").startswith("A. Reviewer")


def test_all_languages_are_ready_in_a_moment() -> None:
    """A generous bound: it only tells a catalog that is compiled from one that is searched."""
    start = time.process_time()
    catalogs = Catalogs.load(LOCALES)
    for tag in catalogs.offered:
        catalogs.say(counted(1), tag)
    assert time.process_time() - start < 5


# ---- folding -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ЁЛКА", "елка"), ("Ｆｕｌｌ", "full"), ("Café", "cafe"), ("İstanbul", "istanbul"),
        ("مُسْتَشْفى", "مستشفي"), ("مـــرحبا", "مرحبا"), ("أحمد", "احمد"), ("٢٠٢٣", "2023"),
        ("۲۰۲۳", "2023"), ("२०२३", "2023"), ("can’t", "can't"), ("a\u00a0 b", "a b"),
        ("2019–2021", "2019-2021"), ("й", "й"), ("ﷺ", fold("ﷺ")),
    ],
)  # fmt: skip
def test_what_is_typed_differently_folds_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_letters_that_differ_stay_different() -> None:
    assert fold("й") != fold("и")
    assert fold("нет") != fold("нёб")


@given(words=st.text())
def test_each_folded_character_knows_where_it_came_from(words: str) -> None:
    composed = unicodedata.normalize("NFC", words)
    plain, origins = folded(composed)
    assert len(origins) == len(plain) + 1
    assert list(origins) == sorted(origins)
    assert fold(fold(words)) == fold(words)
