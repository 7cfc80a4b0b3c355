"""The house stands as the design says: who may import whom, what is pure, what stays small.

The import law is import-linter's (its contracts are in pyproject.toml). What a linter of imports
cannot see is read from the syntax tree here. Every rule has a planted violation that it must catch:
a rule that never fails is not known to work.
"""

import ast
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "handlers", "checklist")
PURE = ("handlers", "checklist")

MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60
# A name that says nothing of what lives in it collects everything.
NAMELESS = {"utils", "util", "helpers", "common", "misc", "manager", "services"}


def modules(*packages: str) -> Iterator[Path]:
    for package in packages:
        yield from sorted((ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# ---- who may import whom -----------------------------------------------------------------------


def lint_imports(where: Path) -> subprocess.CompletedProcess[str]:
    linter = ROOT / ".venv-lint" / "bin" / "lint-imports"
    if not linter.exists():
        pytest.skip("import-linter is not installed: make setup-dev")
    return subprocess.run(
        [linter, "--no-cache", "--no-logo"], cwd=where, capture_output=True, text=True, check=False
    )


@pytest.fixture
def a_copy(tmp_path: Path) -> Path:
    """The three packages and the contracts, to plant violations in."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_import_law_holds() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("contract", "planted"),
    [
        ("touch nothing", {"handlers/planted.py": "def look():\n    import sqlite3\n"}),
        ("touch nothing", {"checklist/planted.py": "from httpx import get\n"}),
        ("point inward", {"checklist/planted.py": "import handlers.replies\n"}),
        ("point inward", {"checklist/planted.py": "import bot\n"}),
        ("point inward", {"handlers/planted.py": "def look():\n    import bot\n"}),
        (
            "another channel",
            {
                "bot/channels/__init__.py": "",
                "bot/channels/telegram.py": "import bot.channels.web\n",
                "bot/channels/web.py": "",
            },
        ),
        (
            "in a circle",
            {
                "checklist/planted.py": "import checklist.planted_too\n",
                "checklist/planted_too.py": "import checklist.planted\n",
            },
        ),
    ],
)
def test_a_planted_import_is_caught(a_copy: Path, contract: str, planted: dict[str, str]) -> None:
    for name, source in planted.items():
        (a_copy / name).parent.mkdir(parents=True, exist_ok=True)
        (a_copy / name).write_text(source, encoding="utf-8")
    result = lint_imports(a_copy)
    assert result.returncode == 1, result.stdout + result.stderr
    verdicts = [line for line in result.stdout.splitlines() if contract in line]
    assert any(line.endswith(" BROKEN") for line in verdicts), result.stdout


# ---- what is pure ------------------------------------------------------------------------------

# Names that reach the world, or that hide from this test what does.
BUILTINS = {"open", "print", "input", "eval", "exec", "compile", "breakpoint", "__import__"}
CLOCKS = {"now", "today", "utcnow"}
RANDOM = {"uuid1", "uuid4", "uuid6", "uuid7", "urandom"}
ASYNC = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)


def impurity(node: ast.AST) -> str | None:
    """What a node does that a pure module may not, or None."""
    match node:
        case ast.Name(id=name, ctx=ast.Load()) if name in BUILTINS | RANDOM:
            return name
        case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCKS | RANDOM:
            return f".{name}()"
        # The clock handed on uncalled, as in default_factory=datetime.now.
        case ast.Attribute(value=ast.Name(id="datetime" | "date"), attr=name) if name in CLOCKS:
            return f".{name}"
        case ast.Import(names=names) if any(n.name.split(".")[0] == "importlib" for n in names):
            return "importlib"
        case ast.ImportFrom(module=str(name)) if name.split(".")[0] in ("importlib", "builtins"):
            return name
        case ast.Name(id="importlib" | "__builtins__" as name):
            return name
        case ast.Global():
            return "global"
    return "async" if isinstance(node, ASYNC) else None


def impurities(source: str) -> list[str]:
    found = ((node, impurity(node)) for node in ast.walk(ast.parse(source)))
    return [f"{getattr(node, 'lineno', '?')}: {what}" for node, what in found if what]


def test_the_inner_packages_are_pure() -> None:
    found = [f"{name_of(p)}:{i}" for p in modules(*PURE) for i in impurities(p.read_text("utf-8"))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "open('notes')",
        "read = open",
        "print('hello')",
        "input()",
        "eval('1')",
        "exec('1')",
        "__import__('os')",
        "__builtins__['open']('notes')",
        "from builtins import open as look",
        "import importlib",
        "import importlib.resources as where",
        "from importlib import resources",
        "import datetime as dt\ndt.datetime.now(dt.UTC)",
        "datetime.utcnow()",
        "date.today()",
        "made = field(default_factory=datetime.now)",
        "uuid4()",
        "uuid.uuid4()",
        "async def step(): ...",
        "async def step():\n    await other()",
        "def count():\n    global seen\n    seen += 1",
    ],
)
def test_a_planted_impurity_is_caught(source: str) -> None:
    assert impurities(source)


@pytest.mark.parametrize(
    "source",
    [
        "def due(now: datetime) -> bool:\n    return now > datetime(2026, 1, 1)",
        "view.now",
        "item.status == 'open'",
        "re.compile('a')",
        "tomllib.loads(text)",
        "field(default_factory=dict)",
    ],
)
def test_what_only_looks_impure_is_let_be(source: str) -> None:
    assert not impurities(source)


# ---- what stays small, and has a name ----------------------------------------------------------


def long_functions(source: str) -> list[str]:
    return [
        f"{node.name} has {lines} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]


def test_modules_stay_small() -> None:
    sizes = {name_of(p): len(p.read_text("utf-8").splitlines()) for p in modules(*PACKAGES)}
    assert not {name: n for name, n in sizes.items() if n > MAX_MODULE_LINES}


def test_functions_stay_small() -> None:
    """A migration is a list of statements that nobody changes again, and is let off."""
    found = [
        f"{name_of(p)}: {what}"
        for p in modules(*PACKAGES)
        if "migrations/versions" not in p.as_posix()
        for what in long_functions(p.read_text("utf-8"))
    ]
    assert not found, "\n".join(found)


def test_a_planted_long_function_is_caught() -> None:
    body = "    pass\n" * MAX_FUNCTION_LINES
    assert long_functions(f"class A:\n  async def long(self):\n{body}")
    assert not long_functions(f"def long():\n{body[: -len('    pass ')]}")


def test_every_module_has_a_telling_name() -> None:
    nameless = [
        name_of(path)
        for path in modules(*PACKAGES)
        if NAMELESS & {part.strip("_") for part in path.relative_to(ROOT).with_suffix("").parts}
    ]
    assert not nameless


def test_every_package_says_what_it_is() -> None:
    silent = [
        name_of(path)
        for path in modules(*PACKAGES)
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not silent
