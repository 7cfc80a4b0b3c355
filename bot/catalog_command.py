"""`second-opinion catalog`: check an operator's checklist, read it through, and play it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.i18n import Catalogs
    from checklist.catalog import Catalog

catalogs = typer.Typer(
    help="The checklist: what each kind of case needs, and your own file over it (CATALOG_FILE).",
    no_args_is_help=True,
)

_FILE = typer.Argument(help="A file of your own; the one of CATALOG_FILE without it.")
_WIDTH = 9


@catalogs.command()
def check(
    file: Annotated[Path | None, _FILE] = None,
    notes: Annotated[bool, typer.Option(help="Print notes too, such as who must sign off.")] = True,
) -> None:
    """Print every fault, with what to do. Exit code 1 where something is wrong, 2 without a file."""
    from bot.catalog_check import check as faults_of
    from checklist.catalog import CatalogError

    path = file or _set()
    try:
        found = faults_of(path)
    except CatalogError as error:
        print(f"second-opinion: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    print(f"Checked: {path or 'the checklist that comes with the program'}")
    for fault in found:
        if notes or fault.severity == "wrong":
            print(f"{fault.severity:<{_WIDTH}}{fault.entry}: {fault.what}")
            print(f"{'':<{_WIDTH}}{fault.do}")
    wrong = sum(fault.severity == "wrong" for fault in found)
    print(f"\n{wrong} wrong, {len(found) - wrong} notes")
    raise typer.Exit(1 if wrong else 0)


@catalogs.command()
def preview(
    file: Annotated[Path | None, _FILE] = None,
    case_type: Annotated[
        str, typer.Option(help="A case type, broad or narrow, such as heart or epilepsy.")
    ] = "",
    locale: Annotated[str, typer.Option(help="The language of the chat, such as ru.")] = "en",
    as_list: Annotated[
        bool, typer.Option("--list", help="Print it for reading and signing off; play nothing.")
    ] = False,
) -> None:
    """Play the checklist in the terminal as a patient meets it; nothing of it is kept."""
    import asyncio

    from bot.app import StartError
    from bot.paths import load_catalog, load_languages
    from checklist.catalog import CatalogError

    path = file or _set()
    try:
        catalog = load_catalog(path)
    except CatalogError as error:
        raise StartError(f"{error}. See it all: second-opinion catalog check") from None
    languages = load_languages(catalog)
    tag = languages.match_locale(locale)
    if tag is None:
        raise StartError(f"--locale {locale} is not offered: {', '.join(languages.offered)}")
    if case_type and catalog.case_type(case_type) is None:
        known = ", ".join(one.id for one in (*catalog.case_types, *catalog.kinds))
        raise StartError(f"--case-type {case_type} is not in the checklist: {known}")
    if as_list:
        print("\n".join(_listed(catalog, languages, tag, case_type)))
        return
    raise typer.Exit(asyncio.run(_played(path, catalog, tag, case_type)))


def _set() -> Path | None:
    """The file that is set for the program."""
    from bot.settings import Settings

    return Settings().catalog_file


# ---- to read -----------------------------------------------------------------------------------


def _listed(catalog: Catalog, languages: Catalogs, tag: str, case_type: str) -> Iterator[str]:
    """Each case type with its items and needs, their levels, sources and signatures."""
    from bot.catalog_check import scopes

    for broad, kind, scope in scopes(catalog):
        if case_type not in ("", broad, kind):
            continue
        named = [one for one in (catalog.case_type(broad), catalog.case_type(kind)) if one]
        title = ": ".join(languages.say(one.label, tag) for one in named)
        yield f"\n{title}  [{kind if len(named) == 2 else f'{broad} {kind}'.strip()}]"
        for item in catalog.items:
            if not item.applies(scope):
                continue
            yield f"  {languages.say(item.title, tag)}  [{item.id}]  {item.level}{_more(item)}"
            for need, level in catalog.needs_of(item.id, scope):
                yield f"    • {languages.say(need.text, tag)}  [{need.id}]  {level}{_more(need)}"
                for label, text in (("why", need.why), ("how", need.how)):
                    if text is not None:
                        yield f"        {label}: {languages.say(text, tag)}"


def _more(entry: object) -> str:
    """How fresh, whose demand it is, and who has signed it off."""
    days = getattr(entry, "fresh_days", None)
    source = getattr(entry, "source", "") or "no source"
    signed = getattr(entry, "reviewed_by", "") or "NOBODY YET"
    return f"{f', {days} days' if days else ''}; {source}; signed off by: {signed}"


# ---- to play -----------------------------------------------------------------------------------


async def _played(path: Path | None, catalog: Catalog, tag: str, case_type: str) -> int:
    """The real conversation in a store that is thrown away, from the first question of the checklist.

    Nobody is told of the invented patient, whatever is set on this machine.
    """
    from tempfile import TemporaryDirectory

    from bot.app import App
    from bot.channels.terminal_chat import chat
    from bot.settings import Settings

    quiet = dict.fromkeys(
        (
            *("telegram_token", "coordinator_chat_id", "notify_urls", "escalation_urls"),
            *("twilio_account_sid", "twilio_auth_token", "whatsapp_from", "telegram_local_files"),
            *("database_url", "files_url", "webhook_urls", "translate_url"),
        ),
        "",
    )
    with TemporaryDirectory(prefix="second-opinion-preview-") as folder:
        settings = Settings.model_validate(
            {
                **quiet,
                "telegram_local_files": None,
                "telegram_mode": "polling",
                "data_dir": Path(folder) / "data",
                "catalog_file": path,
            }
        )
        async with App.open(settings) as app:
            begun = tuple(_begun(catalog, tag, case_type))
            return await chat(app, stdin=sys.stdin, stdout=sys.stdout, as_json=False, first=begun)


def _begun(catalog: Catalog, tag: str, case_type: str) -> Iterator[str]:
    """What an invented patient answers up to the checklist, or to the question what it is about."""
    yield from (f"#{tag}", "#yes", "#patient", "Doe Alex", "1980-04-12", "Kazakhstan", "Preview")
    named = catalog.case_type(case_type)
    if named is None:
        return
    yield from (f"#{one}" for one in (named.of, named.id) if one)
    if named.of or not catalog.kinds_of(named.id):
        yield "#remote"
