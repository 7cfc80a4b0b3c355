"""`python -m tests.discs`: the stories; `python -m tests.discs FOLDER [NAME ...]`: the discs, made."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.discs.registry import ALL
from tests.discs.shelf import Shelf


def main() -> None:
    """Tell the discs, or make them."""
    folder, *names = sys.argv[1:] or [""]
    for disc in ALL:
        if not folder:
            print(f"{disc.name:<36} {disc.story}")
        elif not names or disc.name in names:
            print(Shelf(Path(folder).resolve()).path(disc))


if __name__ == "__main__":
    main()
