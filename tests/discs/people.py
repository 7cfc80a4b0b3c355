"""Whose images: one person under several names, several persons on one disc."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydicom.dataset import FileDataset

from tests.discs import images
from tests.discs.expected import Found, StudyIs, disc, image
from tests.discs.incomplete import zipped
from tests.synthetic import ANNA, BORIS, Person, SeriesPlan, StudyPlan

ONE = Found(ignored=0, patients=1, may=("charset_guess",))
SEVERAL = replace(ONE, patients=2, codes=("several_patients",))


def visits(folder: Path, *people: Person) -> Path:
    """A small study for each of these people."""
    files: dict[str, bytes] = {}
    for key, person in enumerate(people, start=11):
        series = SeriesPlan(slices=4)
        files |= images.of(StudyPlan(key=key, person=person), series)
    return zipped(folder, files)


def _anna(*names: str, **same: str) -> list[Person]:
    return [replace(ANNA, name=name, **same) for name in names]


@disc(
    "The clerk put two people's studies on one CD, and one of them has two numbers.",
    replace(SEVERAL, patients=("Kowalska Anna", "Sokolov Boris")),
)
def two_patients_one_with_an_alias(folder: Path) -> Path:
    return visits(folder, ANNA, replace(ANNA, patient_id="PID1"), BORIS)


@disc("One woman with four numbers in three hospitals, her name in any order and case.", ONE)
def one_person_many_numbers(folder: Path) -> Path:
    people = _anna("Kowalska^Anna", "ANNA^KOWALSKA", "kowalska anna", "KOWALSKA^ANNA^^MRS")
    return visits(folder, *(replace(one, patient_id=f"H{n}") for n, one in enumerate(people)))


@disc("A man in Cyrillic and in four romanisations.", ONE)
def cyrillic_and_latin(folder: Path) -> Path:
    names = (
        "Щербаков^Юрий",
        "Shcherbakov^Yuri",
        "Shcherbakov^Iurii",
        "Scherbakov^Yury",
        "SHCHERBAKOV^YURIY",
    )
    return visits(folder, *(replace(BORIS, name=name) for name in names))


@disc("A woman in Chinese, in pinyin, in Wade-Giles, and with all three groups of DICOM.", ONE)
def chinese_and_latin(folder: Path) -> Path:
    names = (
        "王小东",
        "Wang^Xiaodong",
        "WANG^XIAO DONG",
        "Wang^Hsiao-tung",
        "Wang^Xiaodong=王^小东",
    )
    return visits(folder, *_anna(*names))


@disc("A man in Arabic and in three romanisations.", ONE)
def arabic_and_latin(folder: Path) -> Path:
    names = ("محمد^أحمد", "Mohammed^Ahmed", "Muhammad^Ahmad", "MOHAMED^AHMAD")
    return visits(folder, *(replace(BORIS, name=name) for name in names))


@disc("A name with marks, without them, and with what stands for them.", ONE)
def marks_in_names(folder: Path) -> Path:
    return visits(folder, *_anna("Müller^Zoë", "Muller^Zoe", "Mueller^Zoe"))


@disc("She married between two scans: the other name is new, all else is the same.", ONE)
def married_name(folder: Path) -> Path:
    return visits(folder, *_anna("Kowalska^Anna", "Nowak-Kowalska^Anna"))


@disc("Father and son of one name.", replace(SEVERAL, patients=2))
def father_and_son(folder: Path) -> Path:
    return visits(folder, BORIS, replace(BORIS, birth_date="19850630", patient_id="PID-3"))


@disc(
    "Twins: one family name, one birthday, one sex, two first names.", replace(SEVERAL, patients=2)
)
def twins(folder: Path) -> Path:
    return visits(folder, *_anna("Kowalska^Anna", "Kowalska^Maria"))


@disc(
    "Two patients with the number 1, as a scanner numbers that nobody set up.",
    replace(SEVERAL, patients=2),
)
def same_number_two_people(folder: Path) -> Path:
    return visits(folder, replace(ANNA, patient_id="1"), replace(BORIS, patient_id="1"))


@disc(
    "One study holds slices of two people: the next patient lay down and nobody told the scanner.",
    replace(SEVERAL, patients=2),
)
def two_people_in_one_study(folder: Path) -> Path:
    def changed(one: FileDataset, index: int) -> None:
        if one.SeriesNumber == 3:
            one.PatientName, one.PatientID = BORIS.name, BORIS.patient_id
            one.PatientBirthDate, one.PatientSex = BORIS.birth_date, BORIS.sex

    plans = (SeriesPlan(number=2, slices=6), SeriesPlan(number=3, slices=6))
    return zipped(folder, images.of(StudyPlan(), *plans, change=changed))


@disc("An anonymised study without name and birth date beside hers: no proof of anybody else.", ONE)
def nameless_beside_named(folder: Path) -> Path:
    return visits(folder, ANNA, Person(name="", patient_id="ANON1", birth_date="", sex=""))


@disc(
    "The disc of somebody else altogether; alone, it is simply somebody's.",
    Found(ignored=0, patients=("Sokolov Boris",), studies=(StudyIs(series=(image("CT", 8),)),)),
)
def disc_of_another_patient(folder: Path) -> Path:
    return zipped(folder, images.of(StudyPlan(key=31, person=BORIS), SeriesPlan(slices=8)))


# ---- character sets ----------------------------------------------------------------------------

#: Declared set, how the bytes are really written, the name, and whether it must be called a guess.
CHARSETS: tuple[tuple[str | list[str], str, str, bool], ...] = (
    ("ISO_IR 192", "utf-8", "王小东", False),
    ("GB18030", "gb18030", "欧阳娜娜", False),
    ("ISO_IR 144", "iso8859_5", "Соколов^Борис", False),
    ("ISO_IR 127", "iso8859_6", "محمد^أحمد", False),
    ("ISO_IR 100", "latin-1", "Müller^Zoë", False),
    ("ISO IR 192", "utf-8", "Żółć^Łucja", False),
    ("", "utf-8", "李^明", True),
    ("", "cp1251", "Иванова^Мария", True),
    ("", "gb18030", "张^伟", True),
    ("ISO_IR 6", "cp1251", "Петров^Иван", True),
)


def _in_any_charset(declared: str | list[str], codec: str, name: str, key: int) -> dict[str, bytes]:
    """Two slices of somebody whose name is written in this code, whatever the header says."""
    stand_in = ("N" * len(name.encode(codec))) + "^X"
    files = images.of(
        StudyPlan(
            key=key, person=Person(name=stand_in, patient_id=f"C{key}", birth_date="19500101")
        ),
        SeriesPlan(slices=2),
        change=lambda one, _: setattr(one, "SpecificCharacterSet", declared),
    )
    raw = name.encode(codec)
    room = len(stand_in) + len(stand_in) % 2
    return {
        path: data.replace(stand_in.encode().ljust(room), raw.ljust(room))
        for path, data in files.items()
    }


def readable(names: Sequence[str]) -> tuple[str, ...]:
    """Names as a person reads them."""
    return tuple(name.replace("^", " ") for name in names)


@disc(
    "Names in ten character sets, declared, declared wrongly, and not declared.",
    Found(
        ignored=0,
        patients=readable([name for _, _, name, _ in CHARSETS]),
        codes=("charset_guess", "several_patients"),
    ),
)
def names_in_any_charset(folder: Path) -> Path:
    files: dict[str, bytes] = {}
    for key, (declared, codec, name, _) in enumerate(CHARSETS, start=100):
        files |= _in_any_charset(declared, codec, name, key)
    return zipped(folder, files)


@disc(
    "Declared as Latin and written in a Russian code page: Ñìèðíîâà is nobody's name.",
    # Valid Latin letters, so this is a judgement: a name of only capitals with marks is none.
    Found(ignored=0, patients=("Смирнова Ольга",), codes=("charset_guess",)),
)
def russian_declared_as_latin(folder: Path) -> Path:
    return zipped(folder, _in_any_charset("ISO_IR 100", "cp1251", "Смирнова^Ольга", 1))


@disc(
    "Declared and right: Chinese in GB18030 is no guess.", Found(ignored=0, patients=("欧阳娜娜",))
)
def declared_charset(folder: Path) -> Path:
    return zipped(folder, _in_any_charset("GB18030", "gb18030", "欧阳娜娜", 1))
