"""What the tests of the discs share."""

from __future__ import annotations

import os

import pytest

from tests.discs.shelf import Shelf


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """One shelf for all processes of a run."""
    base = tmp_path_factory.getbasetemp()
    # Each process of pytest-xdist has a folder of its own within the run's.
    return Shelf((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "discs")
