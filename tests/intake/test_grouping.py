"""From objects to studies, series and people."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydicom._uid_dict import UID_dictionary

from bot.intake.grouping import people
from bot.intake.sop_classes import known_kind, modality_of, object_kind
from checklist.study import PatientIdentity, Series, SeriesKind
from tests import synthetic
from tests.intake.conftest import Index
from tests.synthetic import SeriesPlan, StudyPlan


def series_of(index: Index, *plans: SeriesPlan) -> list[Series]:
    study = StudyPlan(series=plans)
    found = index(synthetic.zipped(synthetic.study_files(study))).records[0].study
    assert found is not None
    return list(found.series)


@pytest.mark.parametrize(
    ("plan", "kind"),
    [
        (SeriesPlan(), "image"),
        (synthetic.SCOUT, "localizer"),
        (SeriesPlan(slices=2, description="AP Scout"), "localizer"),
        (SeriesPlan(slices=40, description="Scout view, whole body"), "image"),
        (synthetic.DOSE, "secondary_capture"),
        (SeriesPlan(slices=1, image_type=("DERIVED", "SECONDARY", "SCREEN SAVE")),
         "secondary_capture"),
        (SeriesPlan(slices=1, sop_class=synthetic.STRUCTURED_REPORT, modality="SR"), "report"),
        (SeriesPlan(slices=1, sop_class=synthetic.ENCAPSULATED_PDF, modality="CT"), "report"),
        (SeriesPlan(slices=1, sop_class=synthetic.PRESENTATION_STATE, modality="PR"), "other"),
        (SeriesPlan(slices=1, sop_class=synthetic.DX, modality="DX"), "image"),
    ],
)  # fmt: skip
def test_a_series_is_what_its_sop_class_says_first(
    index: Index, plan: SeriesPlan, kind: SeriesKind
) -> None:
    (series,) = series_of(index, plan)
    assert series.kind == kind


@pytest.mark.parametrize(
    ("sop_class", "kind"),
    [
        ("2", "image"), ("2.1", "image"), ("4", "image"), ("4.1", "image"), ("4.2", "other"),
        ("1", "image"), ("1.1", "image"), ("1.2", "image"), ("3.1", "image"), ("6.1", "image"),
        ("12.1", "image"), ("12.2", "image"), ("20", "image"), ("128", "image"),
        ("77.1.4", "image"), ("7", "secondary_capture"), ("7.4", "secondary_capture"),
        ("88.11", "report"), ("88.67", "report"), ("88.59", "report"), ("104.1", "report"),
        ("104.2", "report"), ("11.1", "other"), ("66.4", "other"), ("66", "other"),
        ("9.1.1", "other"), ("481.1", "image"), ("481.2", "other"), ("481.5", "other"),
    ],
)  # fmt: skip
def test_sop_classes_have_their_kind(sop_class: str, kind: SeriesKind) -> None:
    uid = synthetic.STORAGE + sop_class
    assert object_kind(uid, modality="CT", image_type=(), has_pixels=True) == kind


STORAGE_CLASSES = {
    uid: entry[0]
    for uid, entry in UID_dictionary.items()
    if entry[1] == "SOP Class" and "Storage" in entry[0] and "Commitment" not in entry[0]
}
#: Words in the names of classes that are not to be looked at as pictures, whatever else they say.
_NO_PICTURE = (
    "Waveform", "Presentation State", "SR Storage", "Segmentation", "Registration", "Fiducials",
    "Mapping", "RT ", "Instruction", "Encapsulated", "Report", "Measurements", "Document", "Curve",
    "LUT", "Overlay", "Protocol", "Template", "Radiation", "Raw Data", "Spectroscopy", "Mesh",
    "Point Cloud", "Relationship", "Analysis", "Inventory", "Palette", "Print", "Annotations",
    "Tractography", "Structured Display", "Results", "Calculations", "DICOS", "Eddy", "Log",
    "Approval", "Deformable", "Volumetric",
)  # fmt: skip


@pytest.mark.parametrize(
    "uid", [uid for uid in STORAGE_CLASSES if not uid.endswith("1.3.10")], ids=STORAGE_CLASSES.get
)
def test_every_storage_class_of_the_standard_has_a_kind_of_its_own(uid: str) -> None:
    kind, name = known_kind(uid), STORAGE_CLASSES[uid]
    assert kind is not None, name
    if name.startswith(("RT Image", "Enhanced RT", "Enhanced Continuous RT")):
        assert kind == "image"
    elif any(word in name for word in _NO_PICTURE):
        assert kind in ("report", "other"), name
    elif "Secondary Capture" in name or "Hardcopy" in name:
        assert kind == "secondary_capture", name
    elif "Image" in name or "Volume" in name or "Map" in name:
        assert kind == "image", name


@pytest.mark.parametrize(
    ("uid", "modality"),
    [
        ("77.1.5.4", "OPT"),
        ("2.1", "CT"),
        ("13.1.3", "MG"),
        ("6.2", "US"),
        ("88.67", "SR"),
        ("66", ""),
    ],
)
def test_an_object_without_a_modality_has_that_of_its_class(uid: str, modality: str) -> None:
    assert modality_of(synthetic.STORAGE + uid) == modality


@pytest.mark.parametrize(
    ("modality", "pixels", "kind"),
    [("CT", True, "image"), ("CT", False, "other"), ("SR", False, "report"), ("PR", True, "other")],
)
def test_an_unknown_sop_class_leaves_it_to_the_modality(
    modality: str, pixels: bool, kind: SeriesKind
) -> None:
    assert object_kind("1.3.12.2.1107", modality=modality, image_type=(), has_pixels=pixels) == kind


def test_series_stand_in_the_order_of_their_numbers(index: Index) -> None:
    plans = [SeriesPlan(number=n, slices=3, description=f"s{n}") for n in (12, 2, 5)]
    assert [series.series_number for series in series_of(index, *plans)] == [2, 5, 12]


def test_missing_slices_are_counted_by_series(index: Index) -> None:
    whole = SeriesPlan(number=1, slices=20)
    holed = SeriesPlan(number=2, slices=20, absent=frozenset({7, 8, 9}))
    assert [(s.missing, s.missing_certain) for s in series_of(index, whole, holed)] == [
        (0, False),
        (3, True),
    ]


@pytest.mark.parametrize(
    "plan",
    [
        SeriesPlan(slices=20, phases=4),
        SeriesPlan(slices=30, jitter=0.04),
        SeriesPlan(slices=12, sop_class=synthetic.DX, modality="DX", absent=frozenset({3, 4})),
    ],
)
def test_phases_jitter_and_plain_films_are_no_alarm(index: Index, plan: SeriesPlan) -> None:
    (series,) = series_of(index, plan)
    assert series.missing == 0


def test_a_dicomdir_shows_what_is_missing_at_the_end(index: Index) -> None:
    """Nothing in the slices tells of a loss at the end; the table of contents does."""
    study = synthetic.ct_study(10, absent=(9, 10))
    indexed = index(synthetic.disc(study))
    (finding,) = indexed.findings
    assert finding.code == "dicomdir_missing_files"
    assert (finding.severity, finding.message.n) == ("warning", 2)
    found = indexed.records[0].study
    assert found is not None
    assert [(series.missing, series.missing_certain) for series in found.series][-1] == (2, True)


def test_a_dicomdir_of_another_disc_says_nothing(index: Index) -> None:
    files = {"DICOMDIR": synthetic.dicomdir(synthetic.mr_study())}
    files |= synthetic.study_files(synthetic.ct_study(5))
    assert index(synthetic.zipped(files)).findings == ()


def test_a_dicomdir_shows_a_study_that_did_not_come(index: Index) -> None:
    chest, head = synthetic.ct_study(5), synthetic.mr_study(6)
    files = {"DICOMDIR": synthetic.dicomdir(chest, head)} | synthetic.study_files(chest)
    (finding,) = index(synthetic.zipped(files)).findings
    assert (finding.code, finding.message.n, finding.path) == (
        "dicomdir_missing_files",
        6,
        head.uid,
    )


def test_a_dicomdir_shows_a_series_that_did_not_come(index: Index) -> None:
    whole = StudyPlan(series=(SeriesPlan(number=1), SeriesPlan(number=2, slices=6)))
    files = {"DICOMDIR": synthetic.dicomdir(whole)}
    files |= synthetic.study_files(replace(whole, series=whole.series[:1]))
    indexed = index(synthetic.zipped(files))
    study = indexed.records[0].study
    assert study is not None
    assert [(s.instances, s.missing) for s in study.series] == [(10, 0), (0, 6)]
    assert [finding.code for finding in indexed.findings] == ["dicomdir_missing_files"]


def test_a_dicomdir_without_any_of_its_pictures_says_how_many_there_were(index: Index) -> None:
    files = {"DICOMDIR": synthetic.dicomdir(synthetic.ct_study(5)), **synthetic.CLUTTER}
    refusal = index(synthetic.zipped(files)).refusal
    assert refusal is not None
    assert (refusal.code, refusal.message.n) == ("dicomdir_missing_files", 7)


def test_what_a_dicomdir_names_besides_pictures_is_not_missed(index: Index) -> None:
    plan = SeriesPlan(number=7, slices=2, sop_class=synthetic.PRESENTATION_STATE, modality="PR")
    whole = synthetic.ct_study(5)
    listed = replace(whole, series=(*whole.series, plan))
    files = {"DICOMDIR": synthetic.dicomdir(listed)} | synthetic.study_files(whole)
    assert index(synthetic.zipped(files)).findings == ()


def test_an_object_that_is_there_twice_counts_once(index: Index) -> None:
    files = synthetic.study_files(synthetic.ct_study(5))
    copies = {f"COPY/{name}": data for name, data in files.items()}
    indexed = index(synthetic.zipped(files | copies))
    study = indexed.records[0].study
    assert study is not None
    assert study.instance_count == 7
    assert [finding.code for finding in indexed.findings] == ["duplicates"]


def test_a_whole_copy_is_preferred_to_one_that_is_cut_off(index: Index) -> None:
    files = synthetic.study_files(replace(synthetic.ct_study(3), series=(SeriesPlan(slices=3),)))
    name, data = next(iter(files.items()))
    indexed = index(synthetic.zipped({"A": data[:-100]} | files))
    (instances,) = indexed.instances.values()
    assert name in [instance.member for instance in instances]


# ---- people ------------------------------------------------------------------------------------


def who(
    name: str, birth_date: str = "1971-02-03", sex: str = "F", id_: str = ""
) -> PatientIdentity:
    return PatientIdentity(name=name, birth_date=birth_date, sex=sex, patient_id=id_)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (who("Kowalska Anna", id_="1"), who("KOWALSKA ANNA", id_="P-1")),
        (who("Kowalska Anna"), who("Anna Kowalska")),
        (who("Müller Ana"), who("Muller, Ana")),
        (who("Kowalska Anna"), who("Kowalska Anna", birth_date="")),
        (who("Kowalska Anna"), who("Kowalska Anna", sex="")),
        (who("Kowalska Anna"), PatientIdentity(patient_id="1")),
        (who("Wang Xiaodong (王 小东)"), who("Wang Xiaodong")),
        (who("Щербакова Наталья"), who("SHCHERBAKOVA NATALIA")),
        (who("Kowalska Anna"), who("Nowak Anna")),
        (who("Kowalska Anna"), who("Kowalska Anna", birth_date="1900-01-01")),
        (who("Kowalska Anna"), who("Kowalska Anna", birth_date="1981-02-03")),
        (who("Kowalska Anna"), who("Kowalska Anna", birth_date="1917-02-03")),
        (who("Kowalska Anna"), who("ANONYMOUS", birth_date="", sex="")),
        # One of them is a slip: sex alone makes nobody another person.
        (who("Kowalska Anna", sex="F"), who("Kowalska Anna", sex="M")),
    ],
)
def test_the_same_person_written_differently_is_one(
    one: PatientIdentity, other: PatientIdentity
) -> None:
    assert len(people((one, other))) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (who("Kowalska Anna"), who("Sokolov Boris")),
        (who("Kowalska Anna"), who("Kowalska Anna", birth_date="1999-01-01")),
        # One digit is other, but nobody is taken for somebody a generation older.
        (who("Sokolov Boris", "1955-06-30"), who("Sokolov Boris", "1985-06-30")),
        (who("Kowalska Anna", id_="1"), who("Sokolov Boris", "1955-06-30", "M", id_="1")),
    ],
)
def test_two_people_are_two_even_with_one_id(one: PatientIdentity, other: PatientIdentity) -> None:
    assert len(people((one, other))) == 2


def test_two_patients_on_a_disc_are_noticed(index: Index) -> None:
    disc = synthetic.disc(synthetic.ct_study(3), synthetic.mr_study(person=synthetic.BORIS))
    indexed = index(disc)
    assert "several_patients" in [finding.code for finding in indexed.findings]
    assert len(indexed.records) == 2


def test_two_objects_that_claim_one_number_are_both_kept_and_counted_once(index: Index) -> None:
    files = synthetic.study_files(synthetic.ct_study(5))
    name, data = next(iter(files.items()))
    indexed = index(
        synthetic.zipped(files | {"again": data.replace(b"Nobody", b"Noboby"), "c": data})
    )
    study = indexed.records[0].study
    assert study is not None
    assert study.instance_count == 7
    assert {one.member for one in indexed.instances[indexed.records[0].id]} >= {name, "again"}
    assert [(f.code, f.message.n) for f in indexed.findings] == [("duplicates", 1)] * 2
