"""The words of reports in Spanish."""

from __future__ import annotations

from typing import Final

from checklist.report_words.row import ReportWords

WORDS: Final = ReportWords(
    language="es",
    descriptions={
        "WHOLEBODY": ("cuerpo entero",),
        "CSPINE": ("columna cervical",),
        "TSPINE": ("columna dorsal",),
        "LSPINE": ("columna lumbar",),
        "SPINE": ("columna",),
        "HEAD": ("cerebro", "craneo"),
        "NECK": ("cuello",),
        "CHEST": ("torax", "pulmon"),
        "HEART": ("corazon",),
        "BREAST": ("mama",),
        "LIVER": ("higado",),
        "KIDNEY": ("rinon",),
        "HIP": ("cadera",),
        "KNEE": ("rodilla",),
        "ANKLE": ("tobillo",),
        "SHOULDER": ("hombro",),
        "ELBOW": ("codo",),
        "WRIST": ("muneca",),
        "HAND": ("mano",),
        "EYE": ("orbita",),
    },
    common=(" el ", " los ", " las ", " con ", " y ", " una "),
)  # fmt: skip
