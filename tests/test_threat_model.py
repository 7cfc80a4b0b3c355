"""Each threat names its test, each named test is there, and every kind of threat is thought of."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| ([STRIDE]) \| (.+?) \| (.+?) \| (.*?) \|$", re.M)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@cache
def named_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, kinds))


def test_each_threat_names_a_test_that_is_there() -> None:
    rows = _ROW.findall(DOCUMENT)
    assert len(rows) > 30
    for _kind, threat, _answer, shown in rows:
        named = _TEST.findall(shown)
        assert named, threat
        for path, name in named:
            assert name in named_in(path), (threat, path, name)
    # No line of a table is left out by how it is written.
    lines = [
        line for line in DOCUMENT.splitlines() if line.startswith("| ") and "threat |" not in line
    ]
    assert len(lines) == len(rows)


def test_every_flow_and_every_kind_of_threat_is_there() -> None:
    assert {kind for kind, *_ in _ROW.findall(DOCUMENT)} == set("STRIDE")
    flows = re.findall(r"^## (.+)$", DOCUMENT, re.M)
    for words in ("webhook", "turn → outbox", "Uploads", "Desk", "API", "Backups", "Operator"):
        assert any(words in flow for flow in flows), words
    assert flows[-1] == "What is not covered"
