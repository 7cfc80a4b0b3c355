"""`python -m tests.fuzz.counted [COUNT [SEED]]`: so many malformed things in all, each once.

Each is made from the seed, its target's name and its number alone, so that it can be made again:
`python -m tests.fuzz.counted header 1234 SEED`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import structlog

from bot.intake.previews import document_previews
from bot.jobs.children import ChildDied, TookTooLong
from bot.jobs.previews import decoders
from tests.fuzz import arrivals, seeds, targets
from tests.fuzz.mutations import mutated

COUNT = 100_000
#: How the count is shared out, in parts of a hundred.
SHARES: dict[str, int] = {
    **{"telegram": 15, "twilio": 10, "web": 8, "tus": 7},
    **{"archive": 20, "header": 20, "document": 10, "picture": 6, "survey": 4},
}
#: Turns are taken, and somebody else is answered, after so many arrivals.
_BETWEEN = 500
_FOLDER = Path("build") / "fuzz"

_FILES: dict[str, Callable[[], Sequence[bytes]]] = {
    "archive": seeds.archives,
    "header": seeds.objects,
    "document": lambda: (*seeds.documents(), *seeds.papers()),
    "picture": seeds.pictures,
    "survey": lambda: (*seeds.archives(), *seeds.objects(), *seeds.documents()),
}
_TYPES = {
    **{b"\xff\xd8": "image/jpeg", b"\x89P": "image/png", b"RI": "image/webp"},
    **{b"GI": "image/gif", b"BM": "image/bmp", b"%P": "application/pdf", b"\0\0": "image/heic"},
}


def made(name: str, seed: int, number: int) -> bytes:
    """The file of this number: always the same."""
    random = Random(f"{seed}/{name}/{number}")
    corpus = _FILES[name]()
    return mutated(random.choice(corpus), corpus, random)


class Broken(Exception):
    """Something came of an input that may never come."""


def read_files(name: str, count: int, seed: int) -> str:
    """Give so many files to a reader."""
    if name == "picture":
        return asyncio.run(_pictures(count, seed))
    run = targets.patient(targets.TARGETS[name])
    for number in range(count):
        data = made(name, seed, number)
        try:
            run(data)
        except Exception as error:
            _FOLDER.mkdir(parents=True, exist_ok=True)
            (_FOLDER / f"{name}-{seed}-{number}").write_bytes(data)
            raise Broken(f"{name} {number} with seed {seed}") from error
    return ""


async def _pictures(count: int, seed: int) -> str:
    """Have them drawn as the program has it done. A decoder may die of one, and then it says so."""
    drawing, came = decoders(), Counter[str]()
    where = Path(targets.scratch()) / "picture"
    try:
        with _silent():
            for number in range(count):
                data = made("picture", seed, number)
                where.write_bytes(data)
                kind = _TYPES.get(data[:2], "image/tiff")
                try:
                    drawn = await drawing.run(30, document_previews, where, "", kind)
                    came["drawn" if drawn.small else "not drawn"] += 1
                except (ChildDied, TookTooLong) as error:
                    came[type(error).__name__] += 1
    finally:
        drawing.close()
    return ", ".join(f"{n} {what}" for what, n in came.most_common())


@contextmanager
def _silent() -> Iterator[None]:
    """What native decoders say of broken pictures is for nobody: their processes inherit this."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


async def _arrive(counts: dict[str, int], seed: int) -> str:
    said = []
    async with arrivals.opened() as target:
        for name, count in counts.items():
            answered: Counter[int] = Counter()
            start = time.monotonic()
            for number in range(count):
                random = Random(f"{seed}/{name}/{number}")
                try:
                    answered[await arrivals.ARRIVALS[name](target, random)] += 1
                    if number % _BETWEEN == _BETWEEN - 1:
                        await target.settle()
                except Exception as error:
                    raise Broken(f"{name} {number} with seed {seed}") from error
            await target.settle()
            failed = sum(n for status, n in answered.items() if status >= 500 and status != 507)
            if failed:
                raise Broken(f"{name}: {failed} answers of 500 and above, seed {seed}")
            codes = " ".join(f"{status}: {n}" for status, n in sorted(answered.items()))
            said.append(_line(name, count, time.monotonic() - start, codes))
            print(said[-1], flush=True)
        aside: dict[str, int] = await target.set_aside()
        ours = {why: n for why, n in aside.items() if "handlers" in why or "checklist" in why}
        print(f"set aside: {aside or 'nothing'}", flush=True)
        if ours:
            raise Broken(f"given up in the conversation, seed {seed}: {ours}")
    return "\n".join(said)


def _line(name: str, count: int, seconds: float, said: str) -> str:
    return f"{name:<9} {count:>7} {seconds:>7.0f} s  {said}"


def run(count: int, seed: int) -> None:
    """All of it; raises `Broken`."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    print(f"{count} inputs, seed {seed}", flush=True)
    shared = {name: max(1, count * share // 100) for name, share in SHARES.items()}
    asyncio.run(_arrive({name: shared[name] for name in arrivals.ARRIVALS}, seed))
    for name in _FILES:
        start = time.monotonic()
        said = read_files(name, shared[name], seed)
        print(
            _line(name, shared[name], time.monotonic() - start, said or "all answered"), flush=True
        )


def main() -> None:
    """Run as many as are asked for, or one of them again."""
    asked: list[Any] = sys.argv[1:]
    if asked and asked[0] in _FILES:
        name, number, seed = asked[0], int(asked[1]), int(asked[2])
        targets.patient(targets.TARGETS[name])(made(name, seed, number))
        return
    count = int(asked[0]) if asked else COUNT
    seed = int(asked[1]) if len(asked) > 1 else int(time.time())
    try:
        run(count, seed)
    except Broken as broken:
        print(f"broken: {broken}", file=sys.stderr)
        raise


if __name__ == "__main__":
    main()
