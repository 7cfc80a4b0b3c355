"""The words of reports in French."""

from __future__ import annotations

from typing import Final

from checklist.report_words.row import ReportWords

WORDS: Final = ReportWords(
    language="fr",
    descriptions={
        "WHOLEBODY": ("corps entier",),
        "CSPINE": ("rachis cervical",),
        "TSPINE": ("rachis dorsal",),
        "LSPINE": ("rachis lombaire",),
        "SPINE": ("rachis",),
        "HEAD": ("cerveau", "crane"),
        "CHEST": ("poumon",),
        "HEART": ("coeur",),
        "LIVER": ("foie",),
        "PELVIS": ("bassin",),
        "HIP": ("hanche",),
        "KNEE": ("genou",),
        "ANKLE": ("cheville",),
        "FOOT": ("pied",),
        "SHOULDER": ("epaule",),
        "ELBOW": ("coude",),
        "WRIST": ("poignet",),
    },
    common=(" le ", " les ", " des ", " et ", " avec ", " une "),
)  # fmt: skip
