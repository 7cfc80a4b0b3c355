"""`make language TAG=sw`: the folder of a new language, which the tests refuse until it is finished."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from babel import Locale, UnknownLocaleError

LOCALES = Path(__file__).parent.parent / "locales"
_HEAD = """\
# {language} for Second Opinion Assistant.
# Reviewed-By: none (a draft, needs a native speaker)
# Put your name there when you have read every message; locales/README.md says how.
#
"""


def begin(tag: str, locales: Path = LOCALES) -> Path:
    """An empty catalog and the words of English to be replaced. Raises ValueError for a tag that is none."""
    try:
        locale = Locale.parse(tag, sep="-" if "-" in tag else "_")
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(
            f"{tag!r} is no language that is known: use a tag such as sw or pt-BR"
        ) from error
    folder = locales / str(locale)
    if folder.exists():
        raise ValueError(f"{folder} is there already")
    subprocess.run(
        [
            *(str(Path(sys.executable).with_name("pybabel")), "--quiet", "init", "--no-wrap"),
            *("-i", str(locales / "messages.pot"), "-d", str(locales), "-l", str(locale)),
        ],
        check=True,
    )
    catalog = folder / "LC_MESSAGES" / "messages.po"
    _comment, _empty, rest = catalog.read_text("utf-8").partition('msgid ""')
    catalog.write_text(_HEAD.format(language=locale.english_name) + 'msgid ""' + rest, "utf-8")
    shutil.copy(locales / "en" / "words.toml", folder / "words.toml")
    return folder


if __name__ == "__main__":
    try:
        made = begin(sys.argv[1])
    except ValueError as refused:
        sys.exit(str(refused))
    sys.stdout.write(
        f"{made}: translate LC_MESSAGES/messages.po, and write in words.toml what people type;\n"
        "`make test` says what is left. locales/README.md has the tone and the glossary.\n"
    )
