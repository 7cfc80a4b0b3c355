"""What the tests of the intake share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.intake.indexing import Indexed, index_file
from bot.intake.limits import LIMITS, Limits
from checklist.text import Text
from tests.synthetic import received_at


def say(text: Text) -> str:
    """English, as the program would say it without a catalog."""
    chosen = text.plural if text.plural and text.n != 1 else text.msgid
    return chosen.format(**text.params)


Index = Callable[..., Indexed]


@pytest.fixture
def index(tmp_path: Path) -> Index:
    """Index bytes as if a patient had sent them."""

    def run(
        data: bytes,
        *,
        name: str = "sent",
        item: str | None = None,
        caption: str = "",
        limits: Limits = LIMITS,
    ) -> Indexed:
        path = tmp_path / "stored"
        path.write_bytes(data)
        return index_file(
            path,
            file_id="file-1",
            name=name,
            item=item,
            received_at=received_at(),
            caption=caption,
            limits=limits,
        )

    return run
