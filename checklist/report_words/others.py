"""Languages of which only a few words are known: they describe series, or give the language away."""

from __future__ import annotations

from typing import Final

from checklist.report_words.row import ReportWords

OTHERS: Final[tuple[ReportWords, ...]] = (
    ReportWords(
        language="de",
        descriptions={
            "WHOLEBODY": ("ganzkorper",),
            "CSPINE": ("hws", "halswirbel"),
            "TSPINE": ("bws", "brustwirbel"),
            "LSPINE": ("lws", "lendenwirbel"),
            "SPINE": ("wirbelsaule",),
            "HEAD": ("schadel", "kopf", "hirn"),
            "NECK": ("hals",),
            "CHEST": ("lunge", "brust ct"),
            "HEART": ("herz",),
            "LIVER": ("leber",),
            "KIDNEY": ("niere",),
            "ABDOMEN": ("oberbauch", "bauch"),
            "PELVIS": ("becken",),
            "HIP": ("hufte",),
            "KNEE": ("knie",),
            "ANKLE": ("sprunggelenk",),
            "FOOT": ("fuss",),
            "SHOULDER": ("schulter",),
            "ELBOW": ("ellenbogen",),
            "WRIST": ("handgelenk",),
            "SINUS": ("nnh",),
        },
        common=(" der ", " die ", " und ", " mit ", " keine ", " nicht "),
    ),
    ReportWords(
        language="it",
        common=(" il ", " della ", " di ", " con ", " nella ", " non "),
    ),
    ReportWords(
        language="pt",
        common=(" o ", " os ", " com ", " da ", " não ", " uma "),
    ),
    ReportWords(
        language="tr",
        common=(" ve ", " bir ", " ile ", " olarak ", " izlendi ", " yok "),
    ),
    ReportWords(
        language="pl",
        common=(" i ", " w ", " nie ", " oraz ", " bez ", " jest "),
    ),
)  # fmt: skip
