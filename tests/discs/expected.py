"""Disc: a name, a story, how it is made, and what must be found on it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.intake.inspection import Inspection

#: Makes a disc in an empty folder, and says which path of it is sent.
Make = Callable[[Path], Path]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SeriesIs:
    """One series that must be found. `certain` is only compared where something is missing."""

    kind: str
    modality: str
    instances: int
    missing: int = 0
    certain: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyIs:
    """One study that must be found; None is whatever was found."""

    series: tuple[SeriesIs, ...]
    date: str | None = None
    body_part: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What must be found. None is not compared.

    `codes` must be among the findings, of each set of `one_of` at least one; what is in none of
    these, nor in `may`, is a false alarm. `patients` are names, or parts of names, one a person.
    `images` counts the instances of all series of images, for discs whose series say little.
    """

    dicom: int | None = None
    documents: int | None = 0
    ignored: int | None = None
    unreadable: int | None = 0
    patients: tuple[str, ...] | int | None = None
    studies: tuple[StudyIs, ...] | None = None
    images: int | None = None
    names: Collection[str] = ()
    codes: Collection[str] = ()
    one_of: tuple[Collection[str], ...] = ()
    may: Collection[str] = ()
    refused: bool | None = False
    seconds: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Disc:
    """One disc. `password` opens it; `unlocked` is what is then found."""

    name: str
    story: str
    make: Make
    found: Found
    hostile: bool = False
    password: str = ""
    unlocked: Found | None = None


#: Every disc by its name, in the order in which they are told.
DISCS: dict[str, Disc] = {}


def disc(
    story: str,
    found: Found,
    *,
    hostile: bool = False,
    password: str = "",
    unlocked: Found | None = None,
) -> Callable[[Make], Make]:
    """Put a disc on the shelf; its name is the function's."""

    def add(make: Make) -> Make:
        name = make.__name__
        assert name not in DISCS
        DISCS[name] = Disc(
            name=name,
            story=story,
            make=make,
            found=found,
            hostile=hostile,
            password=password,
            unlocked=unlocked,
        )
        return make

    return add


def image(modality: str, instances: int, missing: int = 0, certain: bool | None = None) -> SeriesIs:
    """A series of images."""
    return SeriesIs(
        kind="image", modality=modality, instances=instances, missing=missing, certain=certain
    )


def localizer(modality: str, instances: int) -> SeriesIs:
    """A series of scouts."""
    return SeriesIs(kind="localizer", modality=modality, instances=instances)


def capture(modality: str, instances: int) -> SeriesIs:
    """A series of screenshots."""
    return SeriesIs(kind="secondary_capture", modality=modality, instances=instances)


def report(modality: str, instances: int) -> SeriesIs:
    """A series of reports."""
    return SeriesIs(kind="report", modality=modality, instances=instances)


def other(modality: str, instances: int) -> SeriesIs:
    """A series of what is not to be looked at."""
    return SeriesIs(kind="other", modality=modality, instances=instances)


# ---- comparing ---------------------------------------------------------------------------------


def differences(must: Found, found: dict[str, Any], inspection: Inspection) -> list[str]:
    """Where the JSON of an inspection is not what must be found, in words."""
    return [
        *_counts(must, found["files"]),
        *_people(must, found),
        *_studies(must, found["studies"], inspection),
        *_documents(must, found["documents"]),
        *_codes(must, {finding["code"] for finding in found["findings"]}),
        *(
            [f"refused is {inspection.refused}, must be {must.refused}"]
            if must.refused not in (None, inspection.refused)
            else []
        ),
    ]


def _counts(must: Found, files: dict[str, int]) -> list[str]:
    wrong = []
    for name in ("dicom", "documents", "ignored", "unreadable"):
        wanted = getattr(must, name)
        # A refused file is itself the one that can't be read.
        if wanted is not None and files[name] != wanted and not must.refused:
            wrong.append(f"{files[name]} files are {name}, must be {wanted}")
    parts = sum(files[name] for name in ("dicom", "documents", "ignored", "unreadable"))
    if files["total"] != parts:
        wrong.append(f"the total is {files['total']}, its parts are {parts}")
    return wrong


def _people(must: Found, found: dict[str, Any]) -> list[str]:
    names = [person["name"] for person in found["patients"]]
    if must.patients is None:
        return []
    if isinstance(must.patients, int):
        right = len(names) == must.patients
    else:
        right = len(names) == len(must.patients) and all(
            any(part in name for name in names) for part in must.patients
        )
    return [] if right else [f"patients are {names}, must be {must.patients}"]


def _studies(must: Found, studies: list[dict[str, Any]], inspection: Inspection) -> list[str]:
    certain = {
        series.series_instance_uid: series.missing_certain
        for found in inspection.studies
        for series in found.study.series
    }
    have = [_study(study, certain) for study in studies]
    wrong = []
    if must.studies is not None:
        left = list(have)
        for wanted in must.studies:
            match = next((one for one in left if _fits(wanted, one)), None)
            if match is None:
                wrong.append(f"no study {_words(wanted)}; found {[_words(one) for one in left]}")
            else:
                left.remove(match)
        if left and not wrong:
            wrong.append(f"a study too many: {[_words(one) for one in left]}")
    if must.images is not None:
        images = sum(s.instances for one in have for s in one.series if s.kind == "image")
        if images != must.images:
            wrong.append(f"{images} images, must be {must.images}")
    return wrong


def _study(study: dict[str, Any], certain: dict[str, bool]) -> StudyIs:
    series = [
        SeriesIs(
            kind=one["kind"],
            modality=one["modality"],
            instances=one["instances"],
            missing=one["missing"],
            certain=certain.get(one["series_instance_uid"]),
        )
        for one in study["series"]
    ]
    return StudyIs(
        series=tuple(sorted(series, key=_order)), date=study["date"], body_part=study["body_part"]
    )


def _fits(wanted: StudyIs, found: StudyIs) -> bool:
    series = sorted(wanted.series, key=_order)
    return (
        len(series) == len(found.series)
        and all(_same(a, b) for a, b in zip(series, found.series, strict=True))
        and wanted.date in (None, found.date)
        and wanted.body_part in (None, found.body_part)
    )


def _same(wanted: SeriesIs, found: SeriesIs) -> bool:
    return _order(wanted) == _order(found) and (
        not wanted.missing or wanted.certain in (None, found.certain)
    )


def _order(one: SeriesIs) -> tuple[str, str, int, int]:
    return (one.kind, one.modality, one.instances, one.missing)


def _words(study: StudyIs) -> str:
    parts = []
    for one in study.series:
        sure = {True: " surely", False: " perhaps", None: ""}[one.certain] if one.missing else ""
        lost = f" less {one.missing}{sure}" if one.missing else ""
        parts.append(f"{one.instances} {one.modality} {one.kind}{lost}")
    about = [study.date, study.body_part]
    return "; ".join(parts) + f" ({', '.join(part for part in about if part)})"


def _documents(must: Found, documents: list[dict[str, Any]]) -> list[str]:
    paths = [document["path"] for document in documents]
    return [
        f"no document is called {name}, but {paths}"
        for name in must.names
        if not any(path == name or path.endswith("/" + name) for path in paths)
    ]


def _codes(must: Found, codes: set[str]) -> list[str]:
    wrong = [f"{code} is not among the findings" for code in must.codes if code not in codes]
    for several in must.one_of:
        if not codes & set(several):
            wrong.append(f"none of {sorted(several)} is among the findings {sorted(codes)}")
    allowed = {*must.codes, *must.may, *(code for several in must.one_of for code in several)}
    wrong += [f"{code} is a false alarm" for code in sorted(codes - allowed)]
    return wrong
