"""The list of what the program is made of (SBOM, CycloneDX 1.6), from the lock files: `make sbom`.

Nobody is asked, so it is the same everywhere. A lock holds every version that is installed, and its hash.
https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import base64
import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", re.M)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def python_parts(lock: str) -> list[dict[str, Any]]:
    """The components of a lock file of pip's, with the hashes of their archives."""
    starts = [*_PINNED.finditer(lock)]
    ends = [*(found.start() for found in starts[1:]), len(lock)]
    return [
        _part("pypi", found[1], found[2], [("SHA-256", one) for one in
              _HASH.findall(lock[found.end() : end])])
        for found, end in zip(starts, ends, strict=True)
    ]  # fmt: skip


def browser_parts(lock: str) -> list[dict[str, Any]]:
    """The components of a package-lock.json, without what only tests need."""
    parts = []
    for path, about in json.loads(lock)["packages"].items():
        if path and not about.get("dev"):
            algorithm, _, digest = about["integrity"].partition("-")
            name = path.rpartition("node_modules/")[2]
            content = base64.b64decode(digest).hex()
            parts.append(
                _part("npm", name, about["version"], [(algorithm.replace("sha", "SHA-"), content)])
            )
    return parts


def _part(kind: str, name: str, version: str, hashes: list[tuple[str, str]]) -> dict[str, Any]:
    address = f"pkg:{kind}/{name.replace('@', '%40')}@{version}"
    return {
        "type": "library",
        "bom-ref": address,
        "name": name,
        "version": version,
        "purl": address,
        "hashes": [{"alg": algorithm, "content": content} for algorithm, content in hashes],
    }


def bill(root: Path = ROOT) -> dict[str, Any]:
    """The whole list."""
    project = (root / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "([^"]+)"', project, re.M)
    about = {"type": "application", "name": "second-opinion-assistant"}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**about, "version": version[1] if version else "0"}},
        "components": [
            *python_parts((root / "requirements.lock").read_text(encoding="utf-8")),
            *browser_parts((root / "package-lock.json").read_text(encoding="utf-8")),
        ],
    }


if __name__ == "__main__":
    to = Path(sys.argv[1])
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(json.dumps(bill(), indent=1) + "\n", encoding="utf-8")
