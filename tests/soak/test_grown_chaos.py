"""A short run through chaos in the grown shape; `make soak` has the long one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.buckets import Buckets
from tests.postgres import cluster
from tests.soak.chaos import Plan
from tests.soak.grown import Stage, run

SHORT = Plan(
    patients=6,
    messages=48,
    files=6,
    between_deaths=(1.0, 2.5),
    pace=(0.0, 0.6),
    troubles=("kill", "database", "kill"),
    slow=False,
)


@pytest.fixture
def stage(bucket_store: Buckets) -> Iterator[Stage]:
    """A cluster of its own, for it is restarted."""
    with cluster() as made, made.database() as url:
        yield Stage(cluster=made, url=url, buckets=bucket_store)


@pytest.mark.crash
async def test_nothing_is_lost_whatever_dies_in_the_grown_shape(
    stage: Stage, tmp_path: Path
) -> None:
    outcome, bucket = await run("telegram-polling", SHORT, tmp_path, stage)
    assert outcome.faults == []
    assert outcome.troubles["kill -9"]
    assert bucket.refused
