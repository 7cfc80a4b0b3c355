"""What every test relies on: no network, no settings of the developer's own, no silent skip."""

import base64
import ipaddress
import os
import shutil
import sys
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.buckets import Buckets
    from tests.player import Player
    from tests.postgres import Cluster

pytest_plugins = ["pytester"]

# Where CI is set, Hypothesis's own profile also makes the run repeatable.
# Speed is never its business.
hypothesis.settings.register_profile("project", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("project")


# ---- tools of the system that a test may need --------------------------------------------------


def require_tool(name: str) -> str:
    """The path of a program such as `chromium`; skips the test, naming the program, without it."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def _fail_instead_of_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("REQUIRE_ALL") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"REQUIRE_ALL=1 allows no skip. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_instead_of_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_instead_of_skip(report)
    return report


# ---- the world outside -------------------------------------------------------------------------

_refused: list[str] = []


def _is_local(host: object) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host))
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse_the_world(event: str, args: tuple[Any, ...]) -> None:
    """Refuse addresses that are not this machine's.

    An audit hook sees what a patched `socket` does not: calls made in C, and names being looked up.
    It does not see a child process or a library with sockets of its own (obstore).
    """
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = args[1]
        # A path is a Unix socket; a pair that starts with a number is the kernel's own netlink.
        host = address[0] if isinstance(address, tuple) and isinstance(address[0], str) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = args[0]
    else:
        return
    if not _is_local(host):
        _refused.append(f"{event} {host!s}")
        raise RuntimeError(f"a test reached for the network: {event} {host!s}")


sys.addaudithook(_refuse_the_world)


@pytest.fixture(autouse=True)
def no_network() -> Iterator[list[str]]:
    """Fails the test that reached out, even where the code under test swallowed the refusal."""
    _refused.clear()
    yield _refused
    assert not _refused, f"reached for the network: {_refused}"


# A test sets what it means to test; the developer's own bot and proxy stay out of it.
for _name in list(os.environ):
    if _name.lower().endswith("_proxy") or _name.startswith(
        ("TELEGRAM_", "TWILIO_", "WHATSAPP_", "COORDINATOR_")
    ):
        del os.environ[_name]
for _name in ("PORT", "DATA_DIR", "DATABASE_URL", "NOTIFY_URLS"):
    os.environ.pop(_name, None)
# One operator's key for all databases of a run, and for the programs that it starts.
os.environ["SEALING_KEY"] = base64.urlsafe_b64encode(bytes(range(32))).decode()


# ---- the databases ---------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres() -> "Iterator[Cluster]":
    """A PostgreSQL to throw away, for all tests of this process."""
    from tests.postgres import cluster

    with cluster() as made:
        yield made


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: "Path") -> "Iterator[Path | str]":
    """A database of one's own: the test runs twice, on a file and on a PostgreSQL."""
    if request.param == "sqlite":
        yield tmp_path / "core.db"
        return
    made: Cluster = request.getfixturevalue("postgres")
    with made.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def both(request: pytest.FixtureRequest) -> "Iterator[str]":
    """The test runs twice: with `database_of` a file in the folder, and on a PostgreSQL."""
    if request.param == "sqlite":
        yield request.param
        return
    from tests.postgres import on_postgres

    with on_postgres(request.getfixturevalue("postgres")):
        yield request.param


# ---- a conversation without a shell ------------------------------------------------------------


@pytest.fixture
def player(tmp_path_factory: pytest.TempPathFactory) -> "Player":
    """A chat played through the pure function; files are made by `tests.sent_files`."""
    from bot.paths import load_catalog, load_languages
    from tests.player import Player
    from tests.sent_files import sent_file

    folder = tmp_path_factory.getbasetemp() / "sent"
    return Player(
        languages=load_languages(),
        catalog=load_catalog(),
        fixtures=lambda name: sent_file(folder, name),
    )


# ---- stores of files ---------------------------------------------------------------------------


@pytest.fixture(scope="session")
def bucket_store(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Buckets]":
    """A real S3-compatible store; it takes three seconds to start, so it serves all tests."""
    from tests.buckets import buckets

    with buckets(tmp_path_factory.mktemp("buckets")) as made:
        yield made
