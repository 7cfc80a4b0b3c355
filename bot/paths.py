"""Paths: where the program's own data lies, in a checkout and in an installed copy."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from bot.i18n import Catalogs
from checklist.catalog import Catalog, CatalogError
from checklist.catalog_parsing import parse_catalog, read_toml
from checklist.faq import Faq, parse_faq
from handlers.registry import ASIDES, COMMANDS, STEPS


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


def load_languages(catalog: Catalog | None = None) -> Catalogs:
    """The languages that come with the program, with the words of an operator's own checklist."""
    languages = Catalogs.load(locales_folder())
    return languages.with_words(catalog.words) if catalog else languages


def builtin_catalog() -> str:
    """The checklist that comes with the program, as TOML."""
    return (files("checklist") / "catalog.toml").read_text(encoding="utf-8")


def own_catalog(path: Path) -> str:
    """An operator's own file, as TOML. Raises CatalogError, in one sentence, where it can't be read."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise CatalogError(f"{path} is not UTF-8: save it as UTF-8") from None
    except OSError as error:
        raise CatalogError(f"{path} can't be read ({error.strerror})") from None


def reserved_ids() -> frozenset[str]:
    """The ids that mean something else than an item of the checklist."""
    items = {entry["id"] for entry in read_toml(builtin_catalog())["item"]}
    return frozenset({*STEPS, *ASIDES, *COMMANDS} - items)


def load_catalog(own: Path | None = None) -> Catalog:
    """The checklist that comes with the program, with an operator's own file laid over it.

    Raises CatalogError that says what to change in the file.
    """
    if own is None:
        return parse_catalog(builtin_catalog())
    words = own_catalog(own)
    try:
        return parse_catalog(builtin_catalog(), words, reserved=reserved_ids())
    except CatalogError as error:
        raise CatalogError(f"{own}: {error}") from None


def load_faq() -> Faq:
    """The usual questions that come with the program, without what only an operator knows."""
    return parse_faq((files("checklist") / "faq.toml").read_text(encoding="utf-8"))
