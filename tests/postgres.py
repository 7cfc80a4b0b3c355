"""A PostgreSQL to throw away: one cluster for a run of the tests, a database for each test.

Debian's own programs, as whoever runs the tests, or as `postgres` where that is root, whom initdb
refuses. It listens on a socket in a folder of its own, and doesn't sync: a test never cuts the power.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from bot.store.migrate import migrate

_FAST = "-c fsync=off -c full_page_writes=off -c synchronous_commit=on -c max_connections=300"


def _programs() -> Path:
    """Where Debian keeps them: not on the PATH, one folder to a version. Skips without them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("postgresql is not installed")
    return found[-1].parent


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A server of its own, in `folder`, started with `options`.

    `template` is a database with all tables and no rows.
    """

    folder: Path
    template: str = "template_second_opinion"
    options: str = _FAST

    def url(self, name: str) -> str:
        return f"postgresql://app@/{name}?host={self.folder}"

    def make(self, name: str, like: str) -> str:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @contextlib.contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """The address of a database of one's own, with the tables of today unless it is `empty`."""
        name = f"t_{secrets.token_hex(6)}"
        yield self.make(name, "template0" if empty else self.template)
        self.drop(name)

    def control(self, *arguments: str) -> None:
        """Start, stop or restart the server; see `pg_ctl --help`."""
        options = [
            "-o",
            f"-c listen_addresses= -c unix_socket_directories={self.folder} {self.options}",
        ]
        self._run("pg_ctl", "-D", "data", "-w", "-l", "log", *options, *arguments)

    def init(self) -> None:
        how = ["-D", "data", "-U", "app", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        self._run("initdb", *how)
        self.control("start")
        self.make(self.template, "template0")
        asyncio.run(migrate(self.url(self.template)))

    def _run(self, program: str, *arguments: str) -> None:
        root = os.geteuid() == 0
        done = subprocess.run(
            [str(_programs() / program), *arguments],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            user="postgres" if root else None,
            group="postgres" if root else None,
            extra_groups=[] if root else None,
        )
        assert done.returncode == 0, f"{program}: {done.stderr}"


@contextlib.contextmanager
def cluster(options: str = _FAST) -> Iterator[Cluster]:
    """A cluster for as long as the block runs."""
    _programs()
    # A socket's path may have 107 bytes, which the folders of pytest exceed.
    folder = Path(tempfile.mkdtemp(prefix="so-pg-", dir="/tmp"))
    made = Cluster(folder=folder, options=options)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    try:
        made.init()
        yield made
    finally:
        with contextlib.suppress(AssertionError):
            made.control("stop", "-m", "immediate")
        shutil.rmtree(folder, ignore_errors=True)


# ---- a test that runs on both ------------------------------------------------------------------

#: Where a test runs on PostgreSQL: how to make a database.
_made: list[Callable[[], str]] = []
_of: dict[Path, str] = {}


@contextlib.contextmanager
def on_postgres(made: Cluster, behind: Callable[[str], str] = lambda url: url) -> Iterator[None]:
    """While the block runs, each folder stands for a database of its own on this cluster.

    `behind` makes the address that leads there another way.
    """
    with contextlib.ExitStack() as stack:
        _made.append(lambda: behind(stack.enter_context(made.database())))
        try:
            yield
        finally:
            _made.pop()
            _of.clear()


def database_of(folder: Path, name: str = "core.db") -> Path | str:
    """What `Database.open` takes for this folder, by the database that the test runs on."""
    if not _made:
        return folder / name
    if folder not in _of:
        _of[folder] = _made[-1]()
    return _of[folder]


def let_time_pass(where: str, seconds: float) -> None:
    """Let the database's clock go on, as far as jobs and their workers see it."""
    with psycopg.connect(where, autocommit=True, options="-c lock_timeout=5s") as connection:
        for table, column in (("jobs", "scheduled_at"), ("workers", "last_heartbeat")):
            connection.execute(
                f"UPDATE procrastinate_{table} SET {column} = {column} - make_interval(secs => %s)",
                (seconds,),
            )
