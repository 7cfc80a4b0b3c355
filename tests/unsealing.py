"""A look into the file of a program that may be running: what is sealed is opened by `unsealed`."""

from __future__ import annotations

import base64
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.store.keyring import Keyring, Keys, WrappedKey
from bot.store.operator_key import KeyText


@contextmanager
def looking_into(path: Path, *, timeout: float = 5.0) -> Iterator[sqlite3.Connection]:
    """A connection that only reads, with `unsealed('table.column', column)` for a query."""
    file = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=timeout)
    try:
        rows = file.execute("SELECT key_id, case_id, operator, wrapped FROM case_key ORDER BY id")
        keys = keys_of(rows)
        file.create_function(
            "unsealed", 2, lambda place, stored: stored and keys.open(place, stored)
        )
        yield file
    finally:
        file.close()


def keys_of(rows: Iterable[tuple[str, str, str, str]]) -> Keys:
    """The keys that these rows of `case_key` hold, opened with the operator's key of this run."""
    ring = Keyring(KeyText(os.environ["SEALING_KEY"]))
    ring.learn(
        WrappedKey(id=key_id, case_id=case_id, operator=by, wrapped=base64.b64decode(wrapped))
        for key_id, case_id, by, wrapped in rows
    )
    return Keys(ring)
