"""Files on their way: one writer at a time, and what is on the disk is what counts."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from bot.store.partials import Superseded
from bot.store.partials_folder import FolderPartials

ID = "0123456789abcdef" * 2


@pytest.fixture
def partials(tmp_path: Path) -> FolderPartials:
    return FolderPartials(tmp_path / "uploads")


async def test_what_was_added_is_there_for_whoever_comes_next(partials: FolderPartials) -> None:
    first = await partials.claim(ID, case_id="case")
    await first.add(b"abc")
    await first.keep()
    await first.close()
    second = await partials.claim(ID, case_id="case")
    assert second.size == 3
    await second.add(memoryview(b"def"))
    await second.close()
    assert partials.path(ID).read_bytes() == b"abcdef"
    assert await partials.size(ID) == 6


async def test_a_later_claim_ends_the_earlier_one(partials: FolderPartials) -> None:
    old = await partials.claim(ID, case_id="case")
    await old.add(b"abc")
    new = await partials.claim(ID, case_id="case")
    with pytest.raises(Superseded):
        await old.add(b"late")
    with pytest.raises(Superseded):
        await old.cut(0)
    await new.add(b"def")
    assert partials.path(ID).read_bytes() == b"abcdef"
    await old.close()
    await new.close()


async def test_of_many_claims_at_once_one_may_write(partials: FolderPartials) -> None:
    claims = await asyncio.gather(*(partials.claim(ID, case_id="case") for _ in range(8)))
    results = await asyncio.gather(*(claim.add(b"x") for claim in claims), return_exceptions=True)
    assert sum(result is None for result in results) == 1
    assert await partials.size(ID) == 1
    for claim in claims:
        await claim.close()


async def test_a_claim_of_another_process_counts(partials: FolderPartials) -> None:
    mine = await partials.claim(ID, case_id="case")
    await mine.add(b"abc")
    theirs = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from bot.store.partials_folder import FolderPartials\n"
        f"asyncio.run(FolderPartials(Path(sys.argv[1])).claim({ID!r}, case_id='case'))\n"
    )
    subprocess.run([sys.executable, "-c", theirs, str(partials.aside)], check=True)
    with pytest.raises(Superseded):
        await mine.add(b"late")
    assert partials.path(ID).read_bytes() == b"abc"
    await mine.close()


async def test_what_nobody_can_vouch_for_is_cut_off(partials: FolderPartials) -> None:
    claim = await partials.claim(ID, case_id="case")
    await claim.add(b"good")
    await claim.add(b"bad")
    await claim.cut(4)
    await claim.add(b"!")
    await claim.close()
    assert partials.path(ID).read_bytes() == b"good!"


async def test_deleting_leaves_nothing_and_ends_the_writer(partials: FolderPartials) -> None:
    claim = await partials.claim(ID, case_id="case")
    await claim.add(b"abc")
    await partials.delete(ID)
    with pytest.raises(Superseded):
        await claim.add(b"d")
    await claim.close()
    assert list(partials.aside.iterdir()) == []
    assert await partials.ids() == set()
    assert await partials.size(ID) == 0


@pytest.mark.parametrize("name", ["../etc/passwd", "A" * 32, "0" * 31, ""])
def test_only_ids_are_names(partials: FolderPartials, name: str) -> None:
    with pytest.raises(ValueError, match="id of an upload"):
        partials.path(name)


async def test_only_the_owner_can_read_it(partials: FolderPartials) -> None:
    claim = await partials.claim(ID, case_id="case")
    await claim.close()
    assert partials.path(ID).stat().st_mode & 0o077 == 0
