"""All discs, in the order in which they are told."""

from __future__ import annotations

from tests.discs import (
    damaged,
    hostile,
    hostile_papers,
    incomplete,
    instead,
    labels,
    locked,
    modalities,
    people,
    whole,
)
from tests.discs.expected import DISCS, Disc

#: The modules whose discs these are; importing them put the discs on the shelf.
SHELVES = (
    whole,
    incomplete,
    modalities,
    instead,
    people,
    locked,
    damaged,
    hostile,
    hostile_papers,
    labels,
)

ALL: tuple[Disc, ...] = tuple(DISCS.values())
