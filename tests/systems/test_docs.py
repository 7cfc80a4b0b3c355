"""What docs/systems.md shows is what works: its commands are run against the real program."""

from __future__ import annotations

import asyncio
import re
import subprocess
from pathlib import Path
from typing import get_args

from checklist.desk import Reason
from handlers.happenings import KINDS
from tests.conftest import require_tool
from tests.running import Running
from tests.systems.seeded import seeded

PAGE = (Path(__file__).parent.parent.parent / "docs" / "systems.md").read_text(encoding="utf-8")


async def test_every_command_of_the_page_works(tmp_path: Path) -> None:
    require_tool("curl")
    case, token = await seeded(tmp_path / "data")
    (tmp_path / "opinion.pdf").write_bytes(b"%PDF-1.4\nan opinion\n")
    script = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))
    running = Running(tmp_path / "data")
    await running.start()
    try:
        done = await asyncio.to_thread(
            subprocess.run,
            ("sh", "-eux"),
            input=script,
            env={"PATH": "/usr/bin:/bin", "URL": running.url, "TOKEN": token, "CASE": case},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        await running.kill()
    assert done.returncode == 0, done.stderr
    assert script.count("curl ") == 12
    assert (tmp_path / "package.zip").read_bytes() == b"bytes of a file"
    assert (tmp_path / "rest.bin").read_bytes() == b" file"
    assert '"state":"asked"' in done.stdout
    assert '"documents":[{' in done.stdout
    assert '"type":"opinion.added"' in done.stdout


def test_the_page_names_every_event_and_every_reason() -> None:
    assert {kind for kind in KINDS if f"`{kind}`" not in PAGE} == set()
    assert {reason for reason in get_args(Reason) if f"`{reason}`" not in PAGE} == set()
