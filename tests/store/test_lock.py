"""Two running programs never share a folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.store.lock import FolderInUse, hold

HOLD = (
    "import sys, pathlib; from bot.store.lock import hold\n"
    "with hold(pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
)


def test_a_second_holder_is_told_what_to_do(tmp_path: Path) -> None:
    refused = pytest.raises(FolderInUse, match="stop that one, or set DATA_DIR")
    with hold(tmp_path), refused, hold(tmp_path):
        pass
    with hold(tmp_path):
        pass


def test_a_process_that_is_killed_lets_go(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(FolderInUse, match=f"process {other.pid}"), hold(tmp_path):
            pass
        other.kill()
        other.wait()
    with hold(tmp_path):
        pass
