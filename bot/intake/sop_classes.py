"""What a DICOM object is, by its SOP class first (PS3.4 annex B.5), then by what its header says."""

from __future__ import annotations

from collections.abc import Sequence

from checklist.study import SeriesKind

_STORAGE = "1.2.840.10008.5.1.4.1.1."

#: The directory of a disc; it is no object of a study.
MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"

#: SOP classes below `_STORAGE`, with all that lie below them; the narrower before the wider.
_KINDS: tuple[tuple[str, SeriesKind], ...] = (
    ("1", "image"),
    ("2", "image"),
    ("3", "image"),
    ("4.2", "other"),  # MR spectroscopy
    ("4", "image"),
    ("5", "image"),
    ("6", "image"),
    ("7", "secondary_capture"),
    ("9", "other"),  # waveforms
    ("11", "other"),  # presentation states
    ("12", "image"),
    ("13", "image"),
    ("14", "image"),
    ("20", "image"),
    ("30", "image"),
    ("66", "other"),  # raw data, registration, segmentation
    ("67", "other"),
    ("68", "other"),
    ("77", "image"),
    ("88", "report"),  # structured reports, key objects, dose reports
    ("104", "report"),  # encapsulated PDF, CDA and others
    ("128", "image"),
    ("130", "image"),
    ("200", "other"),
    ("481.1", "image"),  # the RT image; the other RT objects are plans and doses
    ("481", "other"),
)

_MODALITY_KINDS: dict[str, SeriesKind] = {
    "SR": "report",
    "KO": "report",
    "DOC": "report",
    "PR": "other",
    "REG": "other",
    "SEG": "other",
    "ECG": "other",
    "RTSTRUCT": "other",
    "RTPLAN": "other",
    "RTDOSE": "other",
}

#: Modalities by SOP class, for the objects that don't say.
_MODALITIES = {
    "1": "CR",
    "1.1": "DX",
    "1.2": "MG",
    "2": "CT",
    "2.1": "CT",
    "3.1": "US",
    "4": "MR",
    "4.1": "MR",
    "6.1": "US",
    "12.1": "XA",
    "12.2": "RF",
    "20": "NM",
    "104.1": "DOC",
    "128": "PT",
}

_SCOUT_WORDS = ("scout", "topogram", "localizer", "localiser", "surview", "scanogram", "scano")
_SCREEN_WORDS = ("SCREEN SAVE", "SCREENSHOT", "SCREEN_SAVE")


def object_kind(
    sop_class_uid: str, *, modality: str, image_type: Sequence[str], has_pixels: bool
) -> SeriesKind:
    """What one object is; whether a series of images is a scout is for the whole series to say."""
    kind = _by_class(sop_class_uid)
    if kind is None:
        kind = _MODALITY_KINDS.get(modality, "image" if has_pixels else "other")
    if kind != "image":
        return kind
    values = [value.upper() for value in image_type]
    if "LOCALIZER" in values[2:]:
        return "localizer"
    if any(word in value for value in values[2:] for word in _SCREEN_WORDS):
        return "secondary_capture"
    return "image"


def _by_class(sop_class_uid: str) -> SeriesKind | None:
    if not sop_class_uid.startswith(_STORAGE):
        return None
    rest = sop_class_uid.removeprefix(_STORAGE) + "."
    return next((kind for prefix, kind in _KINDS if rest.startswith(prefix + ".")), None)


def modality_of(sop_class_uid: str) -> str:
    """The modality that a SOP class implies, or ""."""
    return _MODALITIES.get(sop_class_uid.removeprefix(_STORAGE), "")


def named_scout(description: str) -> bool:
    """Whether a series description says that it is a scout."""
    folded = description.lower()
    return any(word in folded for word in _SCOUT_WORDS)
