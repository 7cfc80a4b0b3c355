"""PgBouncer in front of a throw-away PostgreSQL: Debian's own program, as an unprivileged user."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.ports import own_port
from tests.postgres import Cluster

_PATIENCE_SECONDS = 30.0

_SETTINGS = """\
[databases]
* = host={server} user=app

[pgbouncer]
listen_port = {port}
unix_socket_dir = {folder}
logfile = {folder}/log
pidfile = {folder}/pid
auth_type = any
pool_mode = {mode}
default_pool_size = 100
server_login_retry = 1
"""


@contextlib.contextmanager
def pooled(server: Cluster, mode: str) -> Iterator[Callable[[str], str]]:
    """A pooler of this `pool_mode`; it gives an address of the server as it is behind the pooler."""
    # Debian keeps it where only root looks.
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("pgbouncer is not installed")
    # The path of a socket may have 107 bytes.
    with tempfile.TemporaryDirectory(prefix="so-pool-", dir="/tmp") as name:
        folder, port = Path(name), own_port()
        settings = folder / "pgbouncer.ini"
        settings.write_text(
            _SETTINGS.format(server=server.folder, port=port, folder=folder, mode=mode)
        )
        root = os.geteuid() == 0
        if root:
            shutil.chown(folder, "postgres", "postgres")
            shutil.chown(settings, "postgres", "postgres")
        process = subprocess.Popen(
            [program, "-q", str(settings)],
            user="postgres" if root else None,
            group="postgres" if root else None,
            extra_groups=[] if root else None,
        )
        try:

            def behind(url: str) -> str:
                return f"{url.replace(str(server.folder), str(folder))}&port={port}"

            _wait(behind(server.url("postgres")), process, folder / "log")
            yield behind
        finally:
            process.kill()
            process.wait()


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        assert process.poll() is None, log.read_text()
        try:
            psycopg.connect(address).close()
            return
        except psycopg.OperationalError:
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
