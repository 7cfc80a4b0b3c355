"""schemathesis finds nothing: the real program does what its OpenAPI document says, and nothing else."""

from __future__ import annotations

from pathlib import Path

from tests.systems.conforming import conforms


async def test_the_program_does_what_its_document_says(tmp_path: Path) -> None:
    outcome = await conforms(tmp_path, 3)
    assert outcome.failed == 0, outcome.said
    assert outcome.operations == 9
    assert outcome.cases > 200
