"""The catalogs are complete and sound, and each gate fails on the fault it is there for."""

import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from bot.i18n import Catalogs
from checklist.date_words import parse_birth_date, parse_date, split_dated_line
from checklist.dates import PartialDate
from checklist.medications import split_medication
from checklist.text import BUTTON, Text
from checklist.words import WordsError, bare
from checklist.words_parsing import parse_words
from tests.conftest import require_tool
from tests.message_catalogs import (
    FOLDERS,
    LOCALES,
    LONGEST_LABEL,
    button_labels,
    catalog_of,
    faults,
    fresh_template,
    labels_in,
    messages,
    out_of_reach,
    sources,
    template,
)

EVERY_FOLDER = [*FOLDERS, "en"]
#: Those that are understood: a language's words can be there before its catalog.
UNDERSTOOD = sorted(path.parent.name for path in LOCALES.glob("*/words.toml"))


@pytest.fixture(scope="module")
def labels() -> set[str]:
    return button_labels()


# ---- the template ------------------------------------------------------------------------------


def test_the_template_holds_the_texts_of_the_code(tmp_path: Path) -> None:
    """`make messages` has been run since a text was added, changed or taken away."""
    now = (LOCALES / "messages.pot").read_text(encoding="utf-8")
    assert fresh_template(tmp_path) == now, "run: make messages"


def test_the_template_holds_the_checklist_too() -> None:
    """The texts of catalog.toml come from an extractor of our own."""
    comments = [c for m in messages(template()) for c in m.auto_comments]
    assert any(comment.startswith("item imaging: ask") for comment in comments)


def test_no_text_is_out_of_the_extractors_reach() -> None:
    """A patient sees only texts, and each text is written out where it is marked."""
    found = [
        f"{path}:{what}" for path in sources() for what in out_of_reach(path.read_text("utf-8"))
    ]
    assert not [line for line in found if "/checklist/text.py:" not in line], "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "_(words)",
        "_(f'Hello {name}')",
        "_n('one', many, n=3)",
        "_c('x', 'a' + b)",
        "Text(msgid='Hi')",
    ],
)
def test_a_text_out_of_reach_is_caught(source: str) -> None:
    assert out_of_reach(source)
    assert not out_of_reach(
        "_('a {b}', b=c) + _n('a', 'b', n) + Text(msgid='{date}') + _c('x', 'y')"
    )


# ---- the catalogs ------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_catalog_has_no_fault(folder: str, labels: set[str]) -> None:
    """Nothing is missing, empty, fuzzy, misplaced, too long for a button, or steered by hand."""
    found = faults(catalog_of(folder), labels, template())
    assert not found, "\n".join(found)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_catalog_holds_nothing_that_the_code_no_longer_says(folder: str) -> None:
    wanted = {(m.context, str(m.id)) for m in messages(template())}
    assert not {(m.context, str(m.id)) for m in messages(catalog_of(folder))} - wanted


@pytest.mark.parametrize("folder", FOLDERS)
def test_gettext_finds_no_fault(folder: str) -> None:
    """What GNU gettext checks: headers, plurals, `{places}`."""
    assert _msgfmt((LOCALES / folder / "LC_MESSAGES" / "messages.po").read_text("utf-8")) == ""


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_catalog_says_who_reviewed_it(folder: str) -> None:
    """Until a native speaker has, everybody who opens it can see that."""
    head = (LOCALES / folder / "LC_MESSAGES" / "messages.po").read_text("utf-8").split("msgid", 1)
    assert re.search("^# Reviewed-By: .+$", head[0], re.MULTILINE)


def test_english_labels_fit_the_tightest_channel(labels: set[str]) -> None:
    assert not {label for label in labels if len(label) > LONGEST_LABEL}
    assert "Yes, I agree" in labels
    assert "Lab results" in labels


@pytest.mark.parametrize("folder", EVERY_FOLDER)
def test_a_date_fits_a_button(folder: str) -> None:
    """Two readings of a date are offered as buttons."""
    catalogs = Catalogs.load(LOCALES)
    for month in range(1, 13):
        day = PartialDate(year=2026, month=month, day=28)
        date = Text(msgid="{date}", context=BUTTON, params={"date": day})
        assert len(catalogs.say(date, folder.replace("_", "-"))) <= LONGEST_LABEL


def _msgfmt(source: str) -> str:
    """What msgfmt has to say. No text of ours is %-formatted: "50% ready" is no such format."""
    source = re.sub(r"^#,.*$", lambda m: re.sub(r",? ?python-format", "", m[0]), source, flags=re.M)
    command = [require_tool("msgfmt"), "--check", "--output-file=/dev/null", "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    return done.stderr


# ---- planted faults ----------------------------------------------------------------------------


def _catalog(
    msgid: str | tuple[str, str], msgstr: str | tuple[str, ...], **more: object
) -> Catalog:
    catalog = Catalog(locale="ru")
    catalog.add(msgid, msgstr, **more)  # type: ignore[arg-type]
    return catalog


ONE, MANY = "{n} file of {name}", "{n} files of {name}"
SOUND = ("{n} файл: {name}", "{n} файла: {name}", "{n} файлов: {name}")


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        (_catalog("Hello", "Привет", flags={"fuzzy"}), "fuzzy"),
        (_catalog("Hello", ""), "empty"),
        (_catalog("Hello {name}", "Привет {имя}"), "places"),
        (_catalog("Hello {name}", "Привет"), "places"),
        (_catalog("Hello {name}", "Привет {name"), "brace"),
        (_catalog((ONE, MANY), SOUND[:2]), "plural"),
        (_catalog((ONE, MANY), (*SOUND[:2], "файлы: {name}")), "places"),
        (_catalog((ONE, MANY), ("один файл", *SOUND[1:])), "places"),
        (_catalog("Hello", "Привет "), "space"),
        (_catalog("Hello", "\u200fПривет"), "mark"),
        (_catalog("Hello", "Здравствуйте, уважаемые"), "label of 23"),
        (_catalog("Other", "Другое"), "missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_planted_fault_is_caught(planted: Catalog, fault: str) -> None:
    wanted = _catalog("Hello", "") if fault == "missing" else planted
    found = faults(planted, {"Hello"}, wanted)
    assert any(fault in line for line in found), found


def test_the_dual_may_do_without_its_number() -> None:
    """ "Two files" in Arabic is one word: only the last form must have every place."""
    catalog = _catalog((ONE, MANY), ("один файл: {name}", *SOUND[1:]))
    assert not faults(catalog, set(), catalog)


def test_gettext_catches_a_planted_fault() -> None:
    source = (LOCALES / "ru" / "LC_MESSAGES" / "messages.po").read_text("utf-8")
    planted = '\n#, python-brace-format\nmsgid "{planted}"\nmsgstr "{plonted}"\n'
    assert "'planted' doesn't exist in 'msgstr'" in _msgfmt(source + planted)


def test_a_text_that_was_not_extracted_is_caught(tmp_path: Path) -> None:
    old = (LOCALES / "messages.pot").read_text("utf-8").replace('msgid "Later"', 'msgid "Sooner"')
    assert fresh_template(tmp_path) != old


@pytest.mark.parametrize(
    "source",
    [
        "Choice(id='yes', label=_('Yes'))",
        "Choice(id='yes', label=_c('button', 'Yes'))",
        "x = [Choice(id=i, label=_('Yes') if i else b) for i in c]",
        "STEP_TITLES: dict[str, Text] = {'name': _('Yes')}",
    ],
)
def test_a_label_is_found_wherever_it_is_written(source: str) -> None:
    assert labels_in(source) == {"Yes"}


# ---- the words ---------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", UNDERSTOOD)
def test_words_are_complete(folder: str) -> None:
    """The same keys in every language, no word under two meanings; enough phrases where it is offered."""
    words = parse_words((LOCALES / folder / "words.toml").read_text(encoding="utf-8"))
    for safety, phrases in words.safety.items() if folder in EVERY_FOLDER else ():
        enough = 30 if safety in ("emergency", "advice") else 12
        assert len(phrases) >= enough, safety


@pytest.mark.parametrize("folder", UNDERSTOOD)
def test_a_word_is_a_command_or_an_answer_and_not_two_different_ones(folder: str) -> None:
    """ "Back" and "done" are both, with one meaning."""
    words = parse_words((LOCALES / folder / "words.toml").read_text(encoding="utf-8"))
    both = words.answers.keys() & words.commands.keys()
    assert not {word for word in both if words.answers[word] != words.commands[word]}


def test_no_command_of_one_language_is_another_one_in_another() -> None:
    """Commands are understood in every language offered, so they must not clash between them."""
    meanings: dict[str, set[str]] = {}
    for folder in UNDERSTOOD:
        words = parse_words((LOCALES / folder / "words.toml").read_text(encoding="utf-8"))
        for word, command in words.commands.items():
            meanings.setdefault(word, set()).add(command)
    assert not {word: found for word, found in meanings.items() if len(found) > 1}


@pytest.mark.parametrize("folder", EVERY_FOLDER)
def test_the_words_that_help_names_are_commands(folder: str) -> None:
    """What the help text tells people to write is understood."""
    catalogs = Catalogs.load(LOCALES)
    tag = folder.replace("_", "-")
    msgid = next(
        str(m.id) for m in messages(template()) if str(m.id).startswith("You can write one of")
    )
    told = re.findall("[“«]([^”»]+)[”»]", catalogs.say(Text(msgid=msgid), tag))
    assert [catalogs.words(tag).command(word) for word in told] == [
        "status",
        "back",
        "language",
        "human",
        "privacy",
        "delete",
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("[answers]", "[replies]", "answers"),
        ("skip = [", "leap = [", "skip"),
        ('"day+0"', '"day plus 0"', "relative"),
        ("distress = [", "sadness = [", "distress"),
        ('order = "mdy"', 'order = "any"', "order"),
        ('5 = ["may"]', '5 = ["may", "april"]', "april"),
        ('later = ["later"', 'later = ["later", "skip"', "skip"),
        ("spaced = true", "spaced =", "TOML"),
        ('US = ["usa"', 'USA = ["usa"', "USA"),
        ("dose_units = [", "doses = [", "dose_units"),
        ('1 = ["spring"', '0 = ["spring"', "seasons"),
    ],
)
def test_planted_faults_in_words_are_named(old: str, new: str, fault: str) -> None:
    source = (LOCALES / "en" / "words.toml").read_text(encoding="utf-8")
    assert old in source
    with pytest.raises(WordsError, match=fault):
        parse_words(source.replace(old, new, 1))


def test_a_label_typed_as_it_stands_is_no_command_of_another_kind(labels: set[str]) -> None:
    """Somebody without buttons types their words: "Later" must not be heard as "language"."""
    catalogs = Catalogs.load(LOCALES)
    meant = {
        bare(catalogs.say(Text(msgid=msgid), tag)): msgid
        for tag in catalogs.offered
        for msgid in ("Later", "Skip", "Done", "I have it", "I can get it", "I don't have it")
    }
    expected = {
        "Later": "later",
        "Skip": "skip",
        "Done": "done",
        "I have it": "have",
        "I can get it": "can_get",
        "I don't have it": "none",
    }
    assert set(expected) <= labels
    for label, msgid in meant.items():
        answers = {catalogs.words(tag).answer(label) for tag in catalogs.offered} - {None}
        assert answers == {expected[msgid]}, label


# ---- one folder is one language ----------------------------------------------------------------


def test_a_language_without_a_catalog_is_understood_and_not_offered(tmp_path: Path) -> None:
    for folder in ("en", "vi"):
        shutil.copytree(LOCALES / folder, tmp_path / folder)
    shutil.rmtree(tmp_path / "vi" / "LC_MESSAGES", ignore_errors=True)
    catalogs = Catalogs.load(tmp_path)
    assert (catalogs.offered, catalogs.understood) == (("en",), ("en", "vi"))
    assert catalogs.words("vi").answer("đồng ý") == "yes"
    assert (catalogs.match_locale("vi-VN"), catalogs.named_locale("Vietnamese")) == (None, None)


def test_a_language_is_one_folder(tmp_path: Path) -> None:
    """A copied folder is offered at once; nothing in the code knows the languages."""
    for folder in ("en", "ru"):
        shutil.copytree(LOCALES / folder, tmp_path / folder)
    shutil.copytree(LOCALES / "ru", tmp_path / "kk")
    assert Catalogs.load(tmp_path).offered == ("en", "kk", "ru")
    assert Catalogs.load(tmp_path).own_name("kk") == "Қазақ тілі"


# ---- the examples inside the texts -------------------------------------------------------------


@pytest.mark.parametrize("folder", EVERY_FOLDER)
def test_the_examples_that_are_shown_are_understood(folder: str) -> None:
    """Whoever copies the example of a question is not told that it can't be read."""
    catalogs = Catalogs.load(LOCALES)
    tag = folder.replace("_", "-")
    words, today = catalogs.words(tag), date(2026, 4, 15)

    def example(start: str) -> str:
        msgid = next(str(m.id) for m in messages(template()) if str(m.id).startswith(start))
        said = catalogs.say(Text(msgid=msgid), tag)
        return re.split("[:：]", said)[-1].strip(" .。")

    born = parse_birth_date(example("When were you born?"), words, today)
    assert isinstance(born, PartialDate)
    assert born.iso == "1980-04-12"
    for when in re.split("，或|, or | или |، أو ", example("By when do you think")):
        assert isinstance(parse_date(when, words, today, toward="future"), PartialDate), when
    line = example("How did it begin")
    happened, rest = split_dated_line(line, words, today)
    assert isinstance(happened, PartialDate)
    assert (happened.iso, bool(rest)) == ("2023-03", True)
    medicine = split_medication(example("Which medicines do you take?"), words, today)
    assert all((medicine.name, medicine.dose, medicine.frequency))
    assert medicine.since is not None
    assert medicine.since.iso == "2022-03"


@pytest.mark.parametrize("folder", EVERY_FOLDER)
def test_who_reads_from_the_right_is_told_no_command_with_a_slash(folder: str) -> None:
    """There the slash is shown behind its word, and who writes what is shown is not understood."""
    catalogs = Catalogs.load(LOCALES)
    tag = folder.replace("_", "-")
    if catalogs.direction(tag) == "rtl":
        told = [catalogs.say(Text(msgid=str(m.id)), tag) for m in messages(template()) if m.id]
        assert [text for text in told if re.search(r"(?<![\w/.])/[a-z]{2,}", text)] == []


@pytest.mark.parametrize(
    "pattern", ["(very) (bad)", "=(please)", "..", "*", "word|*", "(a) .. & (b)"]
)
@pytest.mark.parametrize(
    "key", ["self_harm", "past", "process", "told", "films", "asks", "begins", "asked"]
)
def test_a_pattern_without_a_word_that_must_stand_is_refused(key: str, pattern: str) -> None:
    """It is found between any two letters: looking for all its places would never end."""
    source = (LOCALES / "en" / "words.toml").read_text(encoding="utf-8")
    head, found, rest = source.partition(f"\n{key} = [")
    assert found
    with pytest.raises(WordsError, match="without"):
        parse_words(f'{head}{found}"{pattern}", {rest}')


@pytest.mark.parametrize("pattern", ["(very) bad", "bad|worse", "?", "# (of) them", "bad*", "=bad"])
def test_a_pattern_with_one_such_word_is_taken(pattern: str) -> None:
    source = (LOCALES / "en" / "words.toml").read_text(encoding="utf-8")
    head, found, rest = source.partition("\nprocess = [")
    parse_words(f'{head}{found}"{pattern}", {rest}')
