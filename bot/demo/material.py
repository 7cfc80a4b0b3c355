"""What the invented patient sends: a disc of pydicom's own CT, and letters in Russian."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import typst

from bot.handoff.cover import fonts

#: In pydicom's package: a head CT of four slices and three X-rays of "Archibald Doe".
_DISC = "data/test_files/dicomdirtests/77654033"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A page of a hospital that doesn't exist."""

    name: str
    title: str
    rows: tuple[str, ...]


_HOSPITAL = "Городская больница (вымышленная), отделение для примера"

LETTERS = (
    Letter(
        name="zaklyuchenie_kt.pdf",
        title="Заключение: компьютерная томография головного мозга",
        rows=(
            "Пациент: Doe Archibald",
            "Дата исследования: 03.09.1995",
            "Область исследования: голова",
            "Описание: данные приведены только для примера.",
            "Заключение: сравнить с предыдущим исследованием.",
        ),
    ),
    Letter(
        name="analiz_krovi.pdf",
        title="Результаты анализа крови",
        rows=(
            "Пациент: Doe Archibald",
            "Дата взятия: 12.10.2026",
            "Гемоглобин 142 г/л (референсный интервал 130–170)",
            "Лейкоциты 6,1 ×10⁹/л (референсный интервал 4,0–9,0)",
            "Креатинин 84 мкмоль/л (референсный интервал 62–106)",
        ),
    ),
    Letter(
        name="vypiska.pdf",
        title="Выписной эпикриз",
        rows=(
            "Пациент: Doe Archibald",
            "Дата поступления: 02.10.2026. Дата выписки: 15.10.2026",
            "Диагноз при выписке приведён только для примера.",
            "Рекомендовано: консультация специалиста.",
        ),
    ),
)


def write_material(folder: Path) -> tuple[Path, ...]:
    """Write the disc and the letters into a folder; their paths, the disc first."""
    folder.mkdir(parents=True, exist_ok=True)
    return (_disc(folder / "disc.zip"), *(_letter(folder, letter) for letter in LETTERS))


def _disc(path: Path) -> Path:
    root = Path(str(files("pydicom"))) / _DISC
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as disc:
        for source in sorted(p for p in root.rglob("*") if p.is_file()):
            disc.write(source, Path("DICOM") / source.relative_to(root))
        disc.writestr("VIEWER.EXE", b"MZ not a real viewer")
        disc.writestr("AUTORUN.INF", b"[autorun]\r\nopen=VIEWER.EXE\r\n")
    return path


def _letter(folder: Path, letter: Letter) -> Path:
    data = {"hospital": _HOSPITAL, "title": letter.title, "rows": letter.rows}
    template = Path(str(files("bot.demo"))) / "letter.typ"
    pdf = typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=fonts(),
        sys_inputs={"letter": json.dumps(data, ensure_ascii=False)},
        format="pdf",
    )
    path = folder / letter.name
    path.write_bytes(pdf)
    return path
