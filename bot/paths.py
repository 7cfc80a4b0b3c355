"""Paths: where the program's own data lies, in a checkout and in an installed copy."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from bot.i18n import Catalogs
from checklist.catalog import Catalog, parse_catalog
from checklist.faq import Faq, parse_faq


def locales_folder() -> Path:
    """The folder of the languages: beside the packages, or inside `bot` when it was installed."""
    inside = Path(str(files("bot"))) / "locales"
    return inside if inside.is_dir() else Path(str(files("bot"))).parent / "locales"


def tus_script() -> Path | None:
    """The browser's client of the upload protocol, as npm puts it; None where it isn't installed.

    Without it the upload page is a plain form.
    """
    path = Path(str(files("bot"))).parent / "node_modules" / "tus-js-client" / "dist" / "tus.min.js"
    return path if path.is_file() else None


def load_languages() -> Catalogs:
    """The languages that come with the program."""
    return Catalogs.load(locales_folder())


def load_catalog() -> Catalog:
    """The checklist that comes with the program."""
    return parse_catalog((files("checklist") / "catalog.toml").read_text(encoding="utf-8"))


def load_faq() -> Faq:
    """The usual questions that come with the program, without what only an operator knows."""
    return parse_faq((files("checklist") / "faq.toml").read_text(encoding="utf-8"))
