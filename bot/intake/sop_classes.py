"""What a DICOM object is, by its SOP class first (PS3.4 annex B.5), then by what its header says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from checklist.study import SeriesKind

V = TypeVar("V")

_ROOT = "1.2.840.10008."
_STORAGE = "5.1.4.1.1."

#: The directory of a disc; it is no object of a study.
MEDIA_STORAGE_DIRECTORY = _ROOT + "1.3.10"

#: SOP classes below `_ROOT`, each with all that lie below it; the longest that fits decides. A test
#: goes through every storage class that pydicom knows, so that none is decided by accident.
_KINDS: dict[str, SeriesKind] = {
    "5.1.1.27": "other",  # a stored print job
    "5.1.1.29": "secondary_capture",  # what was printed on film
    "5.1.1.30": "secondary_capture",
    "5.1.4.34": "other",  # RT delivery instructions
    "5.1.4.38": "other",  # hanging protocols
    "5.1.4.39": "other",  # palettes
    "5.1.4.43": "other",  # implant templates
    "5.1.4.44": "other",
    "5.1.4.45": "other",
    _STORAGE + "1": "image",  # CR, DX, mammography, intra-oral
    _STORAGE + "2": "image",  # CT, enhanced and converted
    _STORAGE + "3": "image",
    _STORAGE + "4": "image",  # MR, enhanced, colour and converted
    _STORAGE + "4.2": "other",  # MR spectroscopy
    _STORAGE + "5": "image",
    _STORAGE + "6": "image",  # ultrasound, volumes, photoacoustic
    _STORAGE + "7": "secondary_capture",
    _STORAGE + "8": "other",  # overlays, curves and tables apart from their images
    _STORAGE + "9": "other",  # waveforms
    _STORAGE + "10": "other",
    _STORAGE + "11": "other",  # presentation states
    _STORAGE + "12": "image",  # XA and RF
    _STORAGE + "13": "image",  # 3-D angiography, craniofacial, breast tomosynthesis
    _STORAGE + "14": "image",  # intravascular OCT
    _STORAGE + "20": "image",
    _STORAGE + "30": "image",  # parametric maps
    _STORAGE + "66": "other",  # raw data, registration, segmentation, tracts
    _STORAGE + "67": "other",  # real world values
    _STORAGE + "68": "other",  # surface scans
    _STORAGE + "77": "image",  # visible light, ophthalmic, whole slides, skin
    _STORAGE + "77.1.5.3": "other",  # which two eye photos belong together
    _STORAGE + "77.1.5.8": "other",  # measurements on an eye scan
    _STORAGE + "78": "report",  # measurements of eyes and glasses
    _STORAGE + "79": "report",
    _STORAGE + "80": "report",  # visual fields
    _STORAGE + "81": "image",  # maps of the eye
    _STORAGE + "82": "image",
    _STORAGE + "88": "report",  # structured reports, key objects, dose, CAD
    _STORAGE + "90": "report",
    _STORAGE + "91": "other",  # annotations on slides
    _STORAGE + "104.1": "report",  # encapsulated PDF
    _STORAGE + "104.2": "report",  # encapsulated CDA
    _STORAGE + "104": "other",  # models to print
    _STORAGE + "128": "image",
    _STORAGE + "129": "other",
    _STORAGE + "130": "image",
    _STORAGE + "131": "other",
    _STORAGE + "200": "other",  # protocols
    _STORAGE + "201": "other",
    _STORAGE + "481": "other",  # plans, doses and records of radiotherapy
    _STORAGE + "481.1": "image",
    _STORAGE + "481.23": "image",
    _STORAGE + "481.24": "image",
    _STORAGE + "501": "other",  # luggage
    _STORAGE + "601": "other",  # of materials
}

_MODALITY_KINDS: dict[str, SeriesKind] = {
    "SR": "report",
    "KO": "report",
    "DOC": "report",
    "SMR": "report",
    "HC": "secondary_capture",
    "PR": "other",
    "REG": "other",
    "SEG": "other",
    "ECG": "other",
    "EPS": "other",
    "HD": "other",
    "AU": "other",
    "RWV": "other",
    "FID": "other",
    "M3D": "other",
    "PLAN": "other",
    "RTSTRUCT": "other",
    "RTPLAN": "other",
    "RTDOSE": "other",
    "RTRECORD": "other",
}

#: Modalities by SOP class below the storage classes, for the objects that don't say.
_MODALITIES = {
    "1": "CR",
    "1.1": "DX",
    "1.2": "MG",
    "1.3": "IO",
    "2": "CT",
    "3": "US",
    "4": "MR",
    "5": "NM",
    "6": "US",
    "12.1": "XA",
    "12.2": "RF",
    "12.3": "XA",
    "13.1.1": "XA",
    "13.1.2": "CT",
    "13.1.3": "MG",
    "13.1.4": "MG",
    "13.1.5": "MG",
    "14": "IVOCT",
    "20": "NM",
    "77.1.1": "ES",
    "77.1.2": "GM",
    "77.1.3": "SM",
    "77.1.4": "XC",
    "77.1.5.1": "OP",
    "77.1.5.2": "OP",
    "77.1.5.4": "OPT",
    "77.1.6": "SM",
    "77.1.7": "XC",
    "88": "SR",
    "88.59": "KO",
    "104.1": "DOC",
    "104.2": "DOC",
    "128": "PT",
    "130": "PT",
    "481.1": "RTIMAGE",
    "481.2": "RTDOSE",
    "481.3": "RTSTRUCT",
    "481.5": "RTPLAN",
}

#: Classes whose frames have a geometry each, in functional groups (PS3.3 C.7.6.16).
_WITH_FRAMES = frozenset(
    f"{_ROOT}{_STORAGE}{rest}"
    for rest in (
        *("2.1", "2.2", "4.1", "4.3", "4.4", "128.1", "130", "6.2"),
        *("12.1.1", "12.2.1", "13.1.1", "13.1.2", "13.1.3", "30", "77.1.5.4"),
    )
)

_SCOUT_WORDS = (
    *("scout", "topogram", "localizer", "localiser", "surview", "scanogram", "scano"),
    *("3-plane", "3plane", "three plane", "survey", "plan scan", "定位", "топограмм", "обзорн"),
)
_SCREEN_WORDS = ("SCREEN SAVE", "SCREENSHOT", "SCREEN_SAVE", "SCREEN SHOT")
#: Modalities that say that a film was laid on a scanner: film digitizer, hard copy.
_FILM_MODALITIES = frozenset({"FD", "HC"})
#: Digitized film, scanned document, scanned image (PS3.3 C.8.6.1).
_FILM_CONVERSIONS = frozenset({"DF", "SD", "SI"})
#: What a paper or a photo turned into DICOM calls itself.
_OTHER_MODALITIES = frozenset({"", "OT"})


def object_kind(
    sop_class_uid: str, *, modality: str, image_type: Sequence[str], has_pixels: bool
) -> SeriesKind:
    """What one object is; whether a series of images is a scout is for the whole series to say."""
    kind = known_kind(sop_class_uid)
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


def known_kind(sop_class_uid: str) -> SeriesKind | None:
    """What objects of a class are, None for a class that is not the standard's."""
    return _longest(_KINDS, sop_class_uid.removeprefix(_ROOT), sop_class_uid.startswith(_ROOT))


def _longest(table: Mapping[str, V], rest: str, known: bool) -> V | None:
    while known and rest:
        if rest in table:
            return table[rest]
        rest = rest.rpartition(".")[0]
    return None


def modality_of(sop_class_uid: str) -> str:
    """The modality that a SOP class implies, or ""."""
    stored = sop_class_uid.startswith(_ROOT + _STORAGE)
    return _longest(_MODALITIES, sop_class_uid.removeprefix(_ROOT + _STORAGE), stored) or ""


def has_frame_geometry(sop_class_uid: str) -> bool:
    """Whether objects of a class keep the place of each frame in functional groups."""
    return sop_class_uid in _WITH_FRAMES


def named_scout(description: str) -> bool:
    """Whether a series description says that it is a scout."""
    folded = description.lower()
    return any(word in folded for word in _SCOUT_WORDS)


def digitized_film(*, modality: str, conversion: str, photo: bool, described: bool) -> bool:
    """Whether a secondary capture is a film or a paper that was scanned or photographed.

    `photo` says that its pixels are compressed as a camera does it, `described` that its series has
    words of its own: a workstation's captures have, a photo that was turned into DICOM has none.
    """
    if conversion in _FILM_CONVERSIONS or modality in _FILM_MODALITIES:
        return True
    return photo and modality in _OTHER_MODALITIES and not described
