"""What the gates of the catalogs look at: the texts in the code, and the faults of a translation."""

import ast
import re
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from checklist.catalog_keys import BUTTON_KEYS

ROOT = Path(__file__).parent.parent
LOCALES = ROOT / "locales"
FOLDERS = sorted(p.parent.parent.name for p in LOCALES.glob("*/LC_MESSAGES/messages.po"))

LONGEST_LABEL = 20  # https://www.twilio.com/docs/content/twilio-quick-reply: the tightest channel
_PLACE = re.compile(r"\{(\w+)\}")
_MARKERS = {"_": 0, "_n": 0, "_c": 1}
#: Marks that steer the direction of a text; the renderer sets those that are needed.
_STEERING = set("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def catalog_of(folder: str) -> Catalog:
    with (LOCALES / folder / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return read_po(source, locale=folder, abort_invalid=True)


def template() -> Catalog:
    with (LOCALES / "messages.pot").open("rb") as source:
        return read_po(source)


def fresh_template(where: Path) -> str:
    """What `make messages` would write now, by the same command."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    command = re.search(r"^EXTRACT = ((?:.*\\\n)*.*)$", makefile, re.MULTILINE)
    assert command is not None
    words = command[1].replace("\\\n", " ").replace("$(BIN)", ".venv/bin").split()
    made = where / "messages.pot"
    subprocess.run([*words, str(made)], cwd=ROOT, check=True)
    return made.read_text(encoding="utf-8")


def forms(strings: object) -> tuple[str, ...]:
    if isinstance(strings, str):
        return (strings,)
    return tuple(map(str, strings)) if isinstance(strings, list | tuple) else ("",)


def messages(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


# ---- which messages stand on buttons -----------------------------------------------------------


def button_labels() -> set[str]:
    """Msgids that are labels: of every `Choice`, of `STEP_TITLES`, of the catalog's short texts."""
    found = {msgid for path in sources() for msgid in labels_in(path.read_text(encoding="utf-8"))}
    for message in messages(template()):
        if message.context == "button" or any(
            re.search(rf": (?:{'|'.join(BUTTON_KEYS)}),", comment)
            for comment in message.auto_comments
        ):
            found.add(forms(message.id)[0])
    return found


def labels_in(source: str) -> set[str]:
    """Msgids inside `Choice(... label=...)` and inside the table `STEP_TITLES`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="Choice"), keywords=keywords):
                for keyword in keywords:
                    if keyword.arg == "label":
                        found |= _marked(keyword.value)
            case ast.AnnAssign(target=ast.Name(id="STEP_TITLES"), value=ast.expr() as value):
                found |= _marked(value)
            case _:
                pass
    return found


def sources() -> Iterator[Path]:
    """Every module of ours."""
    for package in ("handlers", "bot", "checklist"):
        yield from (ROOT / package).rglob("*.py")


def _marked(tree: ast.expr) -> set[str]:
    return {
        str(argument.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _MARKERS
        and len(node.args) > _MARKERS[node.func.id]
        and isinstance(argument := node.args[_MARKERS[node.func.id]], ast.Constant)
    }


def out_of_reach(source: str) -> list[str]:
    """Texts that the extractor can't see: not written out, or made without a marker."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        first = _MARKERS.get(node.func.id)
        if first is not None and node.args:
            needed = node.args[: first + 1] + (node.args[1:2] if node.func.id == "_n" else [])
            if not all(isinstance(a, ast.Constant) and isinstance(a.value, str) for a in needed):
                found.append(
                    f"{node.lineno}: {node.func.id}() of something that is not written out"
                )
        if node.func.id == "Text":
            msgid = next((k.value for k in node.keywords if k.arg == "msgid"), None)
            if isinstance(msgid, ast.Constant) and _PLACE.sub("", str(msgid.value)).strip():
                found.append(f"{node.lineno}: Text({msgid.value!r}) without a marker")
    return found


# ---- faults ------------------------------------------------------------------------------------


def faults(catalog: Catalog, labels: set[str], wanted: Catalog) -> list[str]:
    """Everything that must not be in a catalog, one line for each."""
    found = []
    for message in messages(wanted):
        if catalog.get(forms(message.id)[0], message.context) is None:
            found.append(f"missing: {forms(message.id)[0]}")
    for message in messages(catalog):
        msgid = forms(message.id)[0]
        found += [f"{fault}: {msgid}" for fault in _faults_of(message, catalog, labels)]
    return found


def _faults_of(message: Message, catalog: Catalog, labels: set[str]) -> Iterator[str]:
    ids, said = forms(message.id), forms(message.string)
    if message.fuzzy:
        yield "fuzzy"
    if not all(text.strip() for text in said):
        yield "empty"
        return
    if len(said) != (catalog.num_plurals if len(ids) > 1 else 1):
        yield "wrong number of plural forms"
    yield from _misplaced(ids, said)
    for text in said:
        if (text[0].isspace(), text[-1].isspace()) != (ids[0][0].isspace(), ids[0][-1].isspace()):
            yield "space at an end"
        if _STEERING & set(text):
            yield "stray direction mark"
        if any(unicodedata.category(c) == "Cc" and c != "\n" for c in text):
            yield "control character"
        if ids[0] in labels and len(text) > LONGEST_LABEL:
            yield f"label of {len(text)} characters"
        if "  " in text:
            yield "two spaces"


def _misplaced(ids: tuple[str, ...], said: tuple[str, ...]) -> Iterator[str]:
    """Places that differ. "One" and "two" may do without the number, the last form may not."""
    wanted = {name for text in ids for name in _PLACE.findall(text)}
    for number, text in enumerate(said):
        places = set(_PLACE.findall(text))
        last = number == len(said) - 1
        may_lack = {"n"} if len(ids) > 1 and not last else set()
        if places - wanted or wanted - places - may_lack:
            yield f"places {sorted(places ^ wanted)}"
        if text.count("{") != len(_PLACE.findall(text)) or text.count("}") != text.count("{"):
            yield "a brace that is no place"
