"""The rules in conftest.py hold."""

import io
import socket
import zipfile
from pathlib import Path

import pytest

from tests import locked
from tests.ports import own_port

CONFTEST = (Path(__file__).parent / "conftest.py").read_text(encoding="utf-8")

# One test by name, one by mark, one module, and an expected failure, which is no skip.
SKIPS = """
import pytest
from conftest import require_tool

def test_tool(): require_tool("no-such-tool")

@pytest.mark.skip(reason="not today")
def test_marked(): ...

@pytest.mark.xfail(reason="known")
def test_known(): assert False

def test_runs(): ...
"""


def test_an_address_outside_is_refused_and_remembered(no_network: list[str]) -> None:
    with pytest.raises(RuntimeError, match="reached for the network"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(RuntimeError, match="reached for the network"):
        socket.getaddrinfo("example.org", 443)
    assert len(no_network) == 2
    no_network.clear()


def test_a_locked_zip_of_ours_is_locked_as_others_lock_it() -> None:
    """Eleven bytes by chance before each member: of two that are equal, no two bytes need be."""
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as made:
        for name in ("a", "b"):
            made.writestr(name, b"the same")
    body = locked.zip_file(plain.getvalue(), "secret")
    with zipfile.ZipFile(io.BytesIO(body)) as read:
        assert {read.read(name, pwd=b"secret") for name in ("a", "b")} == {b"the same"}
        starts = [info.header_offset + 30 + len(info.filename) for info in read.infolist()]
        first, second = (
            body[at : at + info.compress_size]
            for at, info in zip(starts, read.infolist(), strict=True)
        )
    assert sum(a == b for a, b in zip(first, second, strict=True)) < len(first) // 2
    assert body == locked.zip_file(plain.getvalue(), "secret")


def test_loopback_is_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()[:2], timeout=1).close()


WORKERS = pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["one process", "two workers"])


def run_the_skips(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        test_skips=SKIPS, test_module='import pytest\npytest.importorskip("no_such_module")'
    )
    quiet = ("-ra", "-p", "no:cacheprovider", "-p", "no:asyncio")
    return pytester.runpytest_subprocess(*quiet, "--continue-on-collection-errors", *options)


@WORKERS
def test_a_skip_names_what_is_missing_and_passes(
    workers: tuple[str, ...], pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUIRE_ALL", raising=False)
    result = run_the_skips(pytester, *workers)
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=1, skipped=3, xfailed=1)
    result.stdout.fnmatch_lines(["SKIPPED*no-such-tool is not installed"])


@WORKERS
def test_where_all_is_required_each_skip_fails_by_name(
    workers: tuple[str, ...], pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUIRE_ALL", "1")
    monkeypatch.setenv("COLUMNS", "200")
    result = run_the_skips(pytester, *workers)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, failed=1, errors=2, xfailed=1)
    result.stdout.fnmatch_lines_random(
        ["FAILED*::test_tool*no-such-tool*", "ERROR*::test_marked*", "ERROR*test_module.py*"]
    )


def test_a_port_that_a_test_holds_can_be_listened_on_and_is_given_to_nobody_else() -> None:
    """The program dies and comes back on it; whatever else wants it meanwhile is refused."""
    port = own_port()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))
    for _start in range(2):
        with socket.socket() as program:
            program.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            program.bind(("127.0.0.1", port))
            program.listen()
            with socket.create_connection(("127.0.0.1", port)):
                pass
