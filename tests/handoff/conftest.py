"""What the tests of the handoff share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.i18n import Catalogs
from bot.jobs.children import Children
from checklist.catalog import Catalog
from checklist.catalog_parsing import parse_catalog

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def languages() -> Catalogs:
    return Catalogs.load(ROOT / "locales")


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return parse_catalog((ROOT / "checklist" / "catalog.toml").read_text("utf-8"))


@pytest.fixture(scope="session")
def children() -> Iterator[Children]:
    """Processes that serve all tests here: to start one takes longer than what it is to do."""
    shared = Children()
    yield shared
    shared.close()
