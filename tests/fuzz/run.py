"""One target under atheris: `python -m tests.fuzz.run TARGET FOLDER [libFuzzer's options]`.

atheris (Google's, on libFuzzer) sees which lines an input reached, keeps what reached new ones, and
goes on from there. Instrumenting is done while importing, so imports come late here.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import atheris


def main(name: str, folder: Path, options: Sequence[str]) -> None:
    """Fuzz a target until libFuzzer's options say that it is enough; does not return."""
    # What the shell prints to a terminal is libFuzzer's; a warning is what pydicom has for each value.
    warnings.simplefilter("ignore")
    with atheris.instrument_imports(include=["bot.intake", "checklist", "pydicom.filereader"]):
        from tests.fuzz import mutations, seeds, targets
    start_from: dict[str, Callable[[], Sequence[bytes]]] = {
        "archive": seeds.archives,
        "photo": seeds.pictures,
        "header": seeds.objects,
        "document": seeds.documents,
        "survey": lambda: (*seeds.archives(), *seeds.objects(), *seeds.documents()),
        "words": seeds.lines,
    }
    corpus = start_from[name]()
    where = folder / name
    (where / "corpus").mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(corpus):
        (where / "corpus" / f"seed-{number:04}").write_bytes(seed)

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        """Ours every second time: they know where lengths lie, and what readers look for."""
        random = Random(seed)
        if name == "words" or random.random() < 0.5:
            mutated: bytes = atheris.Mutate(data, most)
            return mutated
        return mutations.mutated(data, corpus, random)[:most]

    target: Any = targets.patient(targets.TARGETS[name])
    atheris.Setup(
        [
            *(sys.argv[0], str(where / "corpus"), f"-artifact_prefix={where}{os.sep}"),
            *("-print_final_stats=1", "-rss_limit_mb=2048", "-timeout=30", *options),
        ],
        target,
        custom_mutator=mutate,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
