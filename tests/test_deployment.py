"""What the deployment folder says is true of the program."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
#: Read by others than the program: Python, the bucket's client, PostgreSQL's image, the proxy.
OTHERS = {
    "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PIP_DISABLE_PIP_VERSION_CHECK",
    "PIP_NO_CACHE_DIR", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "BUCKET_KEY",
    "BUCKET_SECRET", "DATABASE_PASSWORD", "SITE",
    "FORWARDED_ALLOW_IPS",
}  # fmt: skip


def settings_named_in(name: str) -> set[str]:
    text = (DEPLOY / name).read_text("utf-8")
    text = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return set(re.findall(r"(?:(?<=[\s=])|^)([A-Z][A-Z_]{3,})(?==|: )", text, re.MULTILINE))


@pytest.mark.parametrize(
    "name", ["Containerfile", "compose.yaml", "second-opinion.service", ".env.example"]
)
def test_every_variable_is_a_setting(name: str) -> None:
    known = {field.upper() for field in Settings.model_fields} | OTHERS
    named = settings_named_in(name)
    assert named
    assert named <= known


def test_the_image_takes_all_that_the_program_is_made_of_and_nothing_else() -> None:
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    ignored = (ROOT / ".dockerignore").read_text("utf-8")
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    assert {"bot", "handlers", "checklist", "locales"} <= sources
    for source in sources:
        assert (ROOT / source).exists()
        assert f"!{source}\n" in ignored
    assert "USER 10001" in text
    assert not re.search(r"^FROM \S+\.\S+/", text, re.MULTILINE)


def test_every_command_that_is_shown_is_one(tmp_path: Path) -> None:
    from typer.main import get_command

    from bot.cli import cli

    known = set(get_command(cli).commands)  # type: ignore[attr-defined]  # a click group
    shown = set(
        re.findall(r"second-opinion ([a-z][a-z-]+)", (DEPLOY / "README.md").read_text("utf-8"))
    )
    assert shown - known <= {"doctor", "second-opinion"}


def test_every_measure_that_is_described_is_one() -> None:
    readme = (DEPLOY / "README.md").read_text("utf-8")
    code = "".join(path.read_text("utf-8") for path in (ROOT / "bot" / "watching").glob("*.py"))
    described = {name.removesuffix("_total") for name in re.findall(r"\bso_[a-z_]+", readme)}
    measured = set(re.findall(r'"(so_[a-z_]+)"', code))
    assert described == measured


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    checker = shutil.which("systemd-analyze")
    if checker is None:
        pytest.skip("systemd is not installed")
    program = tmp_path / "second-opinion"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in DEPLOY.glob("second-opinion*.*"):
        text = unit.read_text("utf-8")
        text = text.replace("/opt/second-opinion/.venv/bin/second-opinion", str(program))
        (tmp_path / unit.name).write_text(text, "utf-8")
    for unit in DEPLOY.glob("second-opinion*.*"):
        done = subprocess.run(
            [checker, "verify", str(tmp_path / unit.name)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), unit.name
