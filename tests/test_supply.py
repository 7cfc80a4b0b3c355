"""What the program is made of is pinned and known; no secret is in the repository, a package or an error."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from bot.settings import Settings, TwilioSettings
from tests.doubles.receiver import OTHER_SECRET, SECRET
from tests.running import PROGRAM

ROOT = Path(__file__).parent.parent
LOCKS = sorted(ROOT.glob("requirements*.lock"))


def tool(name: str) -> ModuleType:
    """A script of `.ci`, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


# ---- pinned by hash ----------------------------------------------------------------------------


def unpinned(lock: str) -> list[str]:
    """The entries that name no version or no hash, or an address instead."""
    entries = re.split(r"\n(?=\S)", lock.replace("\\\n", " ").strip())
    good = re.compile(
        r"[A-Za-z0-9_.-]+(\[[^\]]+\])?==\S+( ; [^#]+?)?(\s+--hash=sha256:[0-9a-f]{64})+"
    )
    return [entry for entry in entries if not good.fullmatch(" ".join(entry.split()))]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_line_of_a_lock_has_a_version_and_hashes(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert unpinned(text) == []
    assert "://" not in text
    assert unpinned("left-pad==1.0 \\\n    --hash=sha256:" + "a" * 64) == []
    for loose in ("left-pad==1.0", "left-pad>=1 \\\n    --hash=sha256:" + "a" * 64):
        assert unpinned(f"{text}\n{loose}") != []


def test_all_locks_are_looked_at() -> None:
    assert {lock.name for lock in LOCKS} == {
        *("requirements.lock", "requirements-dev.lock", "requirements-lint.lock"),
        "requirements-audit.lock",
    }


def test_every_package_of_the_browser_has_its_hash() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    loose = [
        path
        for path, about in lock["packages"].items()
        if path and not about.get("integrity", "").startswith("sha512-")
    ]
    assert loose == []


# ---- known -------------------------------------------------------------------------------------


def test_the_bill_names_everything_that_is_installed_with_its_hashes() -> None:
    sbom = tool("sbom")
    bill = sbom.bill()
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    names = {part["name"].lower() for part in bill["components"]}
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert names > set(re.findall(r"^([a-z0-9._-]+)(?:\[.*\])?==", lock, re.M))
    assert "tus-js-client" in names
    assert "axe-core" not in names, "only tests need it"
    assert all(part["hashes"] and part["purl"] for part in bill["components"])
    assert len({part["bom-ref"] for part in bill["components"]}) == len(bill["components"])
    (parts,) = [sbom.python_parts("a==1 \\\n    --hash=sha256:" + "b" * 64)]
    assert parts[0]["hashes"] == [{"alg": "SHA-256", "content": "b" * 64}]


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (
            '{"dependencies": [{"name": "a", "version": "1", "vulns": []}], "fixes": []}',
            "none known",
        ),
        (
            '{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1"}]}]}',
            "1 known: a 1 PYSEC-1",
        ),
        ('{"dependencies": [{"name": "a", "skip_reason": "not found"}]}', "not reached"),
        ("", "not reached"),
        ("ConnectionError: no route", "not reached"),
        ("[]", "not reached"),
    ],
)
def test_what_could_not_be_asked_is_not_called_clean(said: str, verdict: str) -> None:
    assert str(tool("audit").of_pip(said)) == verdict


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ('{"vulnerabilities": {}, "metadata": {}}', "none known"),
        ('{"vulnerabilities": {"lodash": {"severity": "high"}}}', "1 known: lodash"),
        ('{"error": {"code": "ENOAUDIT"}}', "not reached"),
        ("", "not reached"),
        ("3", "not reached"),
    ],
)
def test_so_is_npm_s_answer(said: str, verdict: str) -> None:
    assert str(tool("audit").of_npm(said)) == verdict


# ---- no secret ---------------------------------------------------------------------------------

_SECRET = re.compile(
    r"(?<![\w-])\d{8,10}:[A-Za-z0-9_-]{35}(?![\w-])"  # a bot of Telegram's
    r"|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"
    r"|(?<!\w)(?:AKIA|ASIA)[0-9A-Z]{16}(?!\w)"
    r"|(?<!\w)gh[pousr]_[A-Za-z0-9]{36}"
    r"|(?<!\w)xox[abprs]-[A-Za-z0-9-]{10,}"
    r"|(?<!\w)SK[0-9a-f]{32}(?!\w)"  # a key of Twilio's
    r"|whsec_[A-Za-z0-9+/]{24,}=*"
    r"|soa_[0-9a-f]{12}_[A-Za-z0-9_-]{40,}"
)
#: Made up, for the tests.
_MADE_UP = (SECRET, OTHER_SECRET, "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw")


def secrets_in(text: str) -> list[str]:
    return [found[0] for found in _SECRET.finditer(text) if found[0] not in _MADE_UP]


def tracked() -> Iterator[Path]:
    """The files of the repository: what .gitignore names is left out."""
    left_out = re.compile(r"\.venv|\.git$|node_modules|build|dist|data|demo|__pycache__|\..*_cache")
    for top in ROOT.iterdir():
        if top.is_dir() and not left_out.match(top.name):
            yield from (path for path in top.rglob("*") if "__pycache__" not in path.parts)
        elif top.is_file():
            yield top


def test_no_secret_is_in_the_repository() -> None:
    found = []
    for path in tracked():
        if path.is_file() and not path.is_symlink():
            text = path.read_bytes().decode("utf-8", "ignore")
            found += [(path.name, secret[:12]) for secret in secrets_in(text)]
        assert path.name not in (".env", "operator.key")
    assert found == []


@pytest.mark.parametrize(
    "planted",
    [
        "7700123456:" + "A" * 35, "-----BEGIN EC PRIVATE " + "KEY-----", "AKIA" + "X" * 16,
        "ghp_" + "a" * 36, "whsec_" + "b" * 32, "soa_0123456789ab_" + "c" * 43, "SK" + "d" * 32,
    ],
)  # fmt: skip
def test_a_planted_secret_is_found(planted: str) -> None:
    assert secrets_in(f"TOKEN = '{planted}'") == [planted]


def test_no_secret_and_no_data_is_in_a_built_package(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as package:
        for name in package.namelist():
            assert re.match(r"(bot|handlers|checklist)/|second_opinion_assistant-", name), name
            assert not re.search(r"(^|/)\.env|\.(db|key|pem|sqlite)$", name), name
            assert secrets_in(package.read(name).decode("utf-8", "ignore")) == [], name


def test_no_secret_and_no_data_comes_into_an_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    everything = "*" in ignored
    assert everything
    taken = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert not taken & {".env", "data", ".git", "tests", ".ci"}
    copied = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    assert secrets_in(copied) == []
    assert not re.search(r"^(ENV|ARG).*(TOKEN|SECRET|PASSWORD|KEY)=\S", copied, re.M)


HIDDEN = "hunter2-hunter2"
_SECRETIVE = re.compile(
    r"token|secret|password|_key$|^key|database_url|(notify|escalation|webhook)_urls"
)


def test_every_setting_that_is_secret_is_kept_as_one() -> None:
    for kind in (Settings, TwilioSettings):
        for name, field in kind.model_fields.items():
            if _SECRETIVE.search(name):
                assert field.annotation is SecretStr, name


def filled() -> tuple[Settings, list[str]]:
    values: dict[str, Any] = {
        name: f"{HIDDEN}-{name}"
        for name, field in Settings.model_fields.items()
        if field.annotation is SecretStr
    }
    values["database_url"] = f"postgresql://me:{HIDDEN}@db/x"
    values["webhook_urls"] = f"https://hospital.example/{HIDDEN}"
    values["webhook_secret"] = SECRET
    return Settings.model_validate(values), [HIDDEN, SECRET]


def test_no_secret_is_in_what_settings_say_of_themselves() -> None:
    settings, secrets = filled()
    for said in (
        repr(settings),
        str(settings),
        settings.model_dump_json(),
        f"{settings.model_dump()}",
    ):
        for secret in secrets:
            assert secret not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", f"mysql://me:{HIDDEN}@db/x"),
        ("DATABASE_URL", f"postgresql://me:{HIDDEN}@127.0.0.1:9/x"),
    ],
)
def test_an_error_of_the_settings_shows_no_secret(tmp_path: Path, name: str, value: str) -> None:
    done = subprocess.run(
        [str(PROGRAM), "serve"],
        env={**os.environ, "DATA_DIR": str(tmp_path / "data"), "PORT": "0", name: value},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert name in done.stderr
    assert HIDDEN not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", f"mysql://me:{HIDDEN}@db/x"),
        ("webhook_urls", f"https://me:{HIDDEN}@hospital.example/"),
        ("webhook_secret", HIDDEN),
        ("files_url", f"s3://{HIDDEN}:{HIDDEN}@bucket"),
        ("port", HIDDEN),
    ],
)
def test_a_validation_error_itself_shows_no_secret(name: str, value: str) -> None:
    with pytest.raises(ValidationError) as failed:
        Settings.model_validate({name: value})
    assert HIDDEN not in str(failed.value)
    assert HIDDEN not in repr(failed.value)
