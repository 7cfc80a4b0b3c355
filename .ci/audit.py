"""Known holes in what the program is made of, asked of those who list them: `make audit`.

Each lock file is checked by pip-audit, the browser's packages by npm. Exit code 1 where a hole is known.
Where nobody could be asked that is said, and is no failure: it is not the same as "none is known".
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PIP_AUDIT = ROOT / ".venv-audit" / "bin" / "pip-audit"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of one lock file. `asked` is False where nobody answered."""

    asked: bool
    holes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """In a few words."""
        if not self.asked:
            return "not reached"
        return f"{len(self.holes)} known: {', '.join(self.holes)}" if self.holes else "none known"


def of_pip(said: str) -> Verdict:
    """The verdict in pip-audit's JSON; what isn't JSON is an error of the way there."""
    try:
        found = json.loads(said)["dependencies"]
        if any("skip_reason" in one for one in found):
            return Verdict(asked=False)
        holes = [(one, hole) for one in found for hole in one["vulns"]]
    except (ValueError, KeyError, TypeError):
        return Verdict(asked=False)
    return Verdict(
        True, tuple(f"{one['name']} {one['version']} {hole['id']}" for one, hole in holes)
    )


def of_npm(said: str) -> Verdict:
    """The verdict in the JSON of `npm audit`, which has an `error` where the registry has no answer."""
    try:
        found = json.loads(said)
        if "vulnerabilities" not in found or "error" in found:
            return Verdict(asked=False)
        return Verdict(True, tuple(sorted(found["vulnerabilities"])))
    except (ValueError, TypeError):
        return Verdict(asked=False)


def _said(*command: str) -> str:
    """What a program writes; nothing where it is not there, or takes too long."""
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def main() -> int:
    """Ask, and print what is known of each lock file."""
    found = {
        lock.name: of_pip(
            _said(
                str(PIP_AUDIT), "--format", "json", "--progress-spinner", "off", "--timeout", "20",
                "--require-hashes", "--disable-pip", "--requirement", str(lock),
            )
        )
        for lock in sorted(ROOT.glob("requirements*.lock"))
    }  # fmt: skip
    found["package-lock.json"] = of_npm(_said("npm", "audit", "--audit", "--json"))
    for name, verdict in found.items():
        sys.stdout.write(f"audit  {name}: {verdict}\n")
    return 1 if any(verdict.holes for verdict in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
