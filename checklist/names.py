"""Names: what records, modalities and body parts are called when a patient reads of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from checklist.dates import PartialDate
from checklist.records import RecordKind
from checklist.text import Text, _, _c, verbatim

_KINDS: Mapping[RecordKind, Text] = MappingProxyType(
    {
        "imaging_study": _("scan pictures"),
        "imaging_report": _("scan report"),
        "imaging_photo": _("photo of a scan"),
        "pathology_report": _("pathology report"),
        "lab": _("lab results"),
        "discharge": _("hospital discharge letter"),
        "operative": _("operation report"),
        "consultation": _("doctor's letter"),
        "prescription": _("prescription"),
        "identity": _("identity document"),
        "other": _("document"),
    }
)

#: Modality codes of DICOM (PS3.3 C.7.3.1.1.1), as patients know them.
_MODALITIES: Mapping[str, Text] = MappingProxyType(
    {
        "CT": _("CT"),
        "MR": _("MRI"),
        "PT": _("PET"),
        "PET": _("PET"),
        "NM": _("nuclear medicine scan"),
        "US": _("ultrasound"),
        "IVUS": _("ultrasound"),
        "CR": _("X-ray"),
        "DX": _("X-ray"),
        "RG": _("X-ray"),
        "PX": _("dental X-ray"),
        "IO": _("dental X-ray"),
        "MG": _("mammogram"),
        "RF": _("X-ray video"),
        "XA": _("angiogram"),
        "BMD": _("bone density scan"),
        "ECG": _("ECG"),
        "ES": _("endoscopy"),
        "SM": _("microscope slide"),
        "GM": _("microscope slide"),
        "OP": _("eye photo"),
        "OPT": _("eye scan"),
        "RTSTRUCT": _("radiotherapy plan"),
        "RTPLAN": _("radiotherapy plan"),
        "RTDOSE": _("radiotherapy plan"),
    }
)

#: Body Part Examined of DICOM (PS3.16 annex L), and the spellings that machines write for it.
_BODY_PARTS: Mapping[str, Text] = MappingProxyType(
    {
        "ABDOMEN": _("abdomen"),
        "ABDOMENPELVIS": _("abdomen and pelvis"),
        "ANKLE": _("ankle"),
        "ARM": _("arm"),
        "BRAIN": _("brain"),
        "BREAST": _("breast"),
        "CHEST": _("chest"),
        "CHESTABDOMEN": _("chest and abdomen"),
        "CHESTABDPELVIS": _("chest, abdomen and pelvis"),
        "CSPINE": _("neck spine"),
        "ELBOW": _("elbow"),
        "EYE": _("eye"),
        "FOOT": _("foot"),
        "HAND": _("hand"),
        "HEAD": _("head"),
        "HEADNECK": _("head and neck"),
        "HEART": _("heart"),
        "HIP": _("hip"),
        "JAW": _("jaw"),
        "KIDNEY": _("kidneys"),
        "KNEE": _("knee"),
        "LEG": _("leg"),
        "LIVER": _("liver"),
        "LSPINE": _("lower back spine"),
        "LUNG": _("lungs"),
        "NECK": _("neck"),
        "PANCREAS": _("pancreas"),
        "PELVIS": _("pelvis"),
        "PROSTATE": _("prostate"),
        "SHOULDER": _("shoulder"),
        "SINUS": _("sinuses"),
        "SPINE": _("spine"),
        "TSPINE": _("upper back spine"),
        "THYROID": _("thyroid"),
        "UTERUS": _("womb"),
        "WHOLEBODY": _("whole body"),
        "WRIST": _("wrist"),
    }
)

_SPELLINGS: Mapping[str, str] = MappingProxyType(
    {
        "ABD": "ABDOMEN",
        "ABDPELVIS": "ABDOMENPELVIS",
        "ABDOMENANDPELVIS": "ABDOMENPELVIS",
        "CARDIAC": "HEART",
        "CERVICALSPINE": "CSPINE",
        "CERVIX": "UTERUS",
        "CHESTABDOMENPELVIS": "CHESTABDPELVIS",
        "CTSPINE": "SPINE",
        "HEADBRAIN": "BRAIN",
        "HUMERUS": "ARM",
        "FOREARM": "ARM",
        "FEMUR": "LEG",
        "THIGH": "LEG",
        "CALF": "LEG",
        "LUMBARSPINE": "LSPINE",
        "LUMBAR": "LSPINE",
        "LSSPINE": "LSPINE",
        "LUNGS": "LUNG",
        "KIDNEYS": "KIDNEY",
        "ORBIT": "EYE",
        "SKULL": "HEAD",
        "SSPINE": "LSPINE",
        "THORAX": "CHEST",
        "THORACICSPINE": "TSPINE",
    }
)

_SEASONS: tuple[Text, ...] = (
    _c("season of a year", "spring {year}"),
    _c("season of a year", "summer {year}"),
    _c("season of a year", "autumn {year}"),
    _c("season of a year", "winter {year}"),
)


def kind_name(kind: RecordKind) -> Text:
    """What a kind of record is called."""
    return _KINDS[kind]


def modality_name(code: str) -> Text:
    """What a modality is called; a code that is not known here is shown as it is."""
    return _MODALITIES.get(code.strip().upper()) or verbatim(code)


def body_part_name(code: str) -> Text:
    """What a body part is called; a code that is not known here is shown as it is."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return _BODY_PARTS.get(_SPELLINGS.get(plain, plain)) or verbatim(code)


def season_name(when: PartialDate) -> Text:
    """Name a season: "spring 2021"; the date must have a season."""
    assert when.season is not None
    return _SEASONS[when.season - 1].with_(year=PartialDate(year=when.year))
