"""`second-opinion api-tokens`: who may use the API, and for what."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.app import App

api_tokens = typer.Typer(
    help="Tokens of other systems for the API under /api/v1.", no_args_is_help=True
)

_MOST_LETTERS = 60


@api_tokens.command()
def add(
    name: Annotated[str, typer.Argument(help="Whose it is, as coordinators will read it.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="read, or write; both without it. May be repeated.")
    ] = None,
) -> None:
    """Make a token and print it, once: what is kept of it is a hash."""
    from bot.app import StartError
    from bot.store import api_tokens as tokens
    from bot.store.codec import seconds

    name = " ".join(name.split())
    if not name.isprintable() or not 1 <= len(name) <= _MOST_LETTERS:
        raise StartError(f"give a name of 1 to {_MOST_LETTERS} letters")
    asked = tuple(one for one in tokens.SCOPES if one in (scope or tokens.SCOPES))
    if not asked or set(scope or ()) - set(tokens.SCOPES):
        raise StartError(f"a scope is one of {', '.join(tokens.SCOPES)}")

    async def make(app: App) -> str | None:
        now = seconds(app.clock())

        async def work(tx: AsyncConnection) -> str | None:
            made = await tokens.add(tx, name, asked, now)
            if made is not None:
                await _on_record(tx, "api_token.added", made.split("_")[1], now)
            return made

        return await app.db.write(work)

    made = asyncio.run(_with_app(make))
    if made is None:
        raise StartError(f"there is a token of {name} already: remove it, or give another name")
    print(made)


@api_tokens.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """List the tokens: their names, scopes, and when they were last used."""
    from bot.store import api_tokens as tokens

    async def read(app: App) -> list[dict[str, str]]:
        return [_line(row) for row in await app.db.read(tokens.all_of_them)]

    rows = asyncio.run(_with_app(read))
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        used = f"last used {row['used_at']}" if row["used_at"] else "never used"
        print(f"{row['name']}: {row['scopes']}, made {row['made_at']}, {used}")
    if not rows:
        print("There are no tokens: make one with `second-opinion api-tokens add NAME`.")


@api_tokens.command()
def remove(name: str) -> None:
    """End a token; from the next request on it opens nothing."""
    from bot.app import StartError
    from bot.store import api_tokens as tokens

    async def end(app: App) -> bool:
        async def work(tx: AsyncConnection) -> bool:
            known = [row.id for row in await tokens.all_of_them(tx) if row.name == name]
            for token_id in known:
                await _on_record(tx, "api_token.removed", token_id, app.clock().timestamp())
            return await tokens.remove(tx, name)

        return await app.db.write(work)

    if not asyncio.run(_with_app(end)):
        raise StartError(f"there is no token of {name}: see `second-opinion api-tokens list`")
    print(f"The token of {name} opens nothing any more.")


async def _on_record(tx: AsyncConnection, action: str, token_id: str, now: float) -> None:
    from bot.store import audit

    await audit.add(tx, case_id="", at=now, actor="operator", action=action, object=token_id)


async def _with_app(work: Callable[[Any], Awaitable[Any]]) -> Any:
    from bot.app import App
    from bot.settings import Settings

    async with App.open(Settings(), alone=False) as app:
        return await work(app)


def _line(row: Any) -> dict[str, str]:
    from bot.store.codec import moment

    def at(seconds: float | None) -> str:
        return "" if seconds is None else moment(seconds).isoformat(timespec="seconds")

    return {
        "name": row.name,
        "scopes": row.scopes,
        "made_at": at(row.made_at),
        "used_at": at(row.used_at),
    }
