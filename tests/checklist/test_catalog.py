"""The checklist covers each specialty, lies under an operator's file, and its faults are found."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog_check import check, scopes, tongues_of, whole_faults
from bot.paths import builtin_catalog, load_catalog, load_languages, reserved_ids
from checklist.case import Answer, Case
from checklist.catalog import LEVELS, UNSURE, CatalogError
from checklist.catalog_faults import structure_faults
from checklist.catalog_keys import KEYS
from checklist.catalog_parsing import parse_catalog, read_toml
from checklist.catalog_words import sign_offs, word_faults
from checklist.dates import PartialDate
from checklist.freshness import aged, aged_of, latest_day
from checklist.progress import case_type_name, checklist_for
from checklist.text import OWN_WORDS, Text
from handlers.flow import is_answered, next_step, steps_of
from tests.handoff.cases import record, study

CATALOG = load_catalog()
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TODAY = NOW.date()


def case_of(**choices: str) -> Case:
    answers = {step: Answer(step=step, at=NOW, choice=choice) for step, choice in choices.items()}
    return Case(id="TEST-CASE", opened_at=NOW, answers=answers)


def needs_of(*types: str) -> set[str]:
    """What these case types need, in all items that they are asked for."""
    scope = frozenset(types)
    asked = [item for item in CATALOG.items if item.applies(scope)]
    return {need.id for item in asked for need, _level in CATALOG.needs_of(item.id, scope)}


# ---- the specialties ---------------------------------------------------------------------------

#: What each specialty asks for beyond what every case needs, by the case type that stands for it.
SPECIALTIES = {
    "cancer_solid": "tumor_tissue slides tumor_genes cancer_stage daily_life solid_scans cancer_drugs "
    "radiation_summary radiation_plan tumor_markers cancer_camera breast_prostate_scans",
    "cancer_blood": "blood_counts marrow blood_genes blood_proteins lymph_scans lymph_node "
    "cell_transplant cancer_drugs slides",
    "brain_tumor": "brain_mri visual_field brain_hormones brain_vessels shunt",
    "nerves": "nerves_mri nerve_fluid nerve_tests nerve_genes walking_video ms_attacks nerve_drugs",
    "epilepsy": "eeg_report eeg_recording seizure_diary seizure_video seizure_drugs epilepsy_mri "
    "epilepsy_pet thinking_tests",
    "stroke": "stroke_scans stroke_now stroke_thinners brain_vessels",
    "heart_vessels": "ecg echo heart_films heart_ct_mri holter heart_device heart_operation "
    "pressure_notes heart_labs",
    "heart_birth": "ecg echo oxygen_values heart_pressures heart_operation",
    "bones": "joint_xray joint_ct_mri bone_implant bone_operation joint_infection walking_video "
    "joint_treatments",
    "spine": "spine_mri spine_xray spine_ct nerve_tests pain_map",
    "belly": "camera organ_tissue belly_scans liver_stiffness liver_labs immune_drugs",
    "lungs": "lung_ct breathing walk_test lung_labs lung_wash lung_air",
    "kidney": "kidney_labs organ_tissue kidney_ultrasound bladder_tests kidney_transplant",
    "hormones": "hormone_tests thyroid_scans thyroid_cells sugar_readings",
    "women": "women_ultrasound womb_tests women_labs cycles births pregnant_now",
    "child_other": "growth birth_papers child_steps family_tree guardians",
    "rare": "gene_report gene_files gene_photos family_tree",
    "eyes": "eye_pictures visual_field eye_values",
    "ear_nose_throat": "hearing camera ear_ct sleep",
    "skin": "skin_near_far skin_lens organ_tissue slides skin_treatments",
    "joints_immune": "immune_tests immune_scans immune_drugs",
    "mental": "mental_letters mind_drugs",
    "in_hospital": "ward_letter",
}


@pytest.mark.parametrize("kind", SPECIALTIES)
def test_a_specialty_asks_for_all_that_it_needs(kind: str) -> None:
    found = CATALOG.case_type(kind)
    assert found is not None
    assert set(SPECIALTIES[kind].split()) <= needs_of(found.of, kind)


def test_every_kind_that_can_be_chosen_is_a_specialty_or_includes_one() -> None:
    assert {k.id for k in CATALOG.kinds if not k.includes} == set(SPECIALTIES)


def test_what_every_case_needs_is_asked_of_every_case() -> None:
    every = {"imaging", "labs", "reports", "medications", "allergies", "timeline", "questions"}
    for _broad, kind, scope in scopes(CATALOG):
        assert every <= {item.id for item in CATALOG.items if item.applies(scope)}, kind
        assert {"other_illnesses", "home_doctor"} <= needs_of(*scope), kind


def test_no_conversation_has_more_than_twenty_five_questions_and_no_list_more_than_ten_rows() -> (
    None
):
    assert not list(whole_faults(CATALOG))


def test_every_demand_says_where_it_comes_from_and_who_has_signed_it() -> None:
    """Nobody has yet; a name here is a clinician's, and not the writer's."""
    assert all(item.source for item in CATALOG.items)
    assert all(need.source for need in CATALOG.needs)
    signed = {item.reviewed_by for item in CATALOG.items}
    assert signed | {need.reviewed_by for need in CATALOG.needs} == {""}


def test_the_builtin_checklist_has_no_fault() -> None:
    assert [fault for fault in check(None) if fault.severity == "wrong"] == []


# ---- which kind it is --------------------------------------------------------------------------


def test_who_is_not_sure_has_the_needs_of_all_that_it_may_be_and_the_highest_level_counts() -> None:
    unsure = CATALOG.scope("brain_spine", UNSURE)
    kinds = [one.id for one in CATALOG.kinds_of("brain_spine")]
    assert needs_of(*unsure) == needs_of("brain_spine", *kinds)
    (tissue,) = (need for need in CATALOG.needs if need.id == "tumor_tissue")
    assert tissue.level({"cancer_blood"}) == "if_done"
    assert tissue.level(CATALOG.scope("cancer", UNSURE)) == "mandatory"


def test_a_child_with_a_heart_illness_has_the_needs_of_both() -> None:
    assert {"growth", "echo"} <= needs_of(*CATALOG.scope("child", "child_heart"))


def test_nothing_new_is_asked_of_a_case_from_before() -> None:
    """Its broad type was answered when there was no second question; it was handed over."""
    before = case_of(case_type="heart")
    assert {item.id for item in CATALOG.items if item.applies(CATALOG.scope("heart", None))} == {
        *("imaging", "labs", "reports", "medications", "allergies", "timeline", "questions")
    }
    assert "case_kind" in steps_of(before, CATALOG)
    assert "case_kind" not in steps_of(before.submitted(NOW), CATALOG)


def test_the_second_question_is_only_asked_where_there_are_several() -> None:
    assert "case_kind" not in steps_of(case_of(case_type="not_sure"), CATALOG)
    asked = case_of(
        **dict.fromkeys(
            ("language", "role", "name", "birth_date", "country", "problem"), "patient"
        ),
        case_type="heart",
    )
    assert not is_answered(asked, "case_kind")
    assert next_step(asked, CATALOG) in ("consent", "case_kind")


def test_the_kind_is_named_with_its_broad_type() -> None:
    languages = load_languages()
    named = case_type_name(case_of(case_type="child", case_kind="child_heart"), CATALOG)
    assert named is not None
    assert languages.say(named, "en") == "A child's illness: Heart"
    stale = case_type_name(case_of(case_type="heart", case_kind="epilepsy"), CATALOG)
    assert stale is not None
    assert languages.say(stale, "en") == "Heart"


def test_moving_pictures_of_the_heart_answer_the_heart_tests_wherever_they_are_filed() -> None:
    case = case_of(case_type="heart", case_kind="heart_vessels").with_record(
        study("echo", modality="US")
    )
    assert checklist_for(case, CATALOG).status("heart_tests") == "have"


# ---- how fresh ---------------------------------------------------------------------------------


def labs(*days: PartialDate | None) -> Case:
    case = case_of(case_type="not_sure")
    for number, day in enumerate(days):
        case = case.with_record(record(f"lab{number}", "lab", item="labs", date=day))
    return case


def test_old_lab_results_are_told_and_stay_an_answer() -> None:
    case = labs(PartialDate(year=2026, month=3))
    (found,) = aged_of(case, CATALOG, "labs", TODAY)
    assert (found.newest.iso, found.days) == ("2026-03", 90)
    assert checklist_for(case, CATALOG).status("labs") == checklist_for(
        labs(PartialDate.of(TODAY)), CATALOG
    ).status("labs")


def test_nothing_is_told_of_a_sheet_without_a_date() -> None:
    """It may be the newest."""
    assert not aged(labs(PartialDate(year=2020), None), CATALOG, TODAY)
    assert not aged(labs(), CATALOG, TODAY)


def test_a_year_may_be_its_last_day() -> None:
    assert latest_day(PartialDate(year=2026)) == date(2026, 12, 31)
    assert latest_day(PartialDate(year=2024, month=2)) == date(2024, 2, 29)
    assert latest_day(PartialDate(year=2025, season=4)) == date(2026, 2, 28)
    assert not aged(labs(PartialDate(year=2026)), CATALOG, TODAY)


def test_a_scan_counts_only_for_what_asks_for_its_kind() -> None:
    spine = case_of(case_type="brain_spine", case_kind="spine")
    old_mri = spine.with_record(study("a", modality="MR", date=PartialDate(year=2024, month=1)))
    new_ct = old_mri.with_record(study("b", modality="CT", date=PartialDate.of(TODAY)))
    assert [one.what.msgid for one in aged(new_ct, CATALOG, TODAY)] == [
        "MRI of the spine, from the side and across"
    ]
    new_mri = new_ct.with_record(study("c", modality="MR", date=PartialDate.of(TODAY)))
    assert not aged(new_mri, CATALOG, TODAY)


@given(st.lists(st.integers(0, 4000), min_size=1, max_size=4), st.integers(0, 4000))
def test_one_more_record_never_makes_a_case_older(ages: list[int], more: int) -> None:
    """Warned is exactly who has nothing new enough; a newer sheet takes the warning back."""
    days = [PartialDate.of(TODAY - timedelta(days=age)) for age in ages]
    told = bool(aged(labs(*days), CATALOG, TODAY))
    assert told == (min(ages) > 90)
    after = labs(*days, PartialDate.of(TODAY - timedelta(days=more)))
    assert bool(aged(after, CATALOG, TODAY)) == (min(*ages, more) > 90)


# ---- an operator's own file --------------------------------------------------------------------

OWN = """
[[case_type]]
id = "teeth"
label = {en = "Teeth", ru = "Зубы", zh_Hans = "牙齿", ar = "أسنان"}

[[case_type]]
id = "other"
off = true

[[item]]
id = "labs"
ask = {en = "Do you have blood tests?", ru = "Есть ли анализы крови?"}
reviewed_by = "Dr. Li, 2026-11-20"

[[item]]
id = "tooth_photos"
after = "labs"
collects = "records"
only_for = ["teeth"]
title = "Photos of the teeth"
short = "Tooth photos"
ask = "Can you send photos of the teeth?"
send = "Please send them now."
what = "Photos show the teeth."
how = "Use your phone."
source = "our dentist"

[[need]]
id = "tooth_xray"
item = "imaging"
mandatory = ["teeth"]
fresh_days = 30
text = {en = "X-ray of all teeth", ru = "Рентген всех зубов"}
source = "our dentist"
"""


def test_a_file_of_ones_own_adds_changes_and_takes_away() -> None:
    catalog = parse_catalog(builtin_catalog(), OWN, reserved=reserved_ids())
    languages = load_languages(catalog)
    assert catalog.case_type("other") is None
    assert not catalog.kinds_of("other")
    ids = [item.id for item in catalog.items]
    assert ids.index("tooth_photos") == ids.index("labs") + 1
    lab = catalog.item("labs")
    assert lab is not None
    assert lab.reviewed_by == "Dr. Li, 2026-11-20"
    assert languages.say(lab.ask, "ru") == "Есть ли анализы крови?"
    assert lab.ask_helper == lab.ask, "a helper is not asked the built-in question any more"
    assert languages.say(lab.title, "ru") != lab.title.msgid, "the rest stays, in every language"
    assert lab.fresh_days == 90
    (xray,) = (need for need in catalog.needs if need.id == "tooth_xray")
    assert languages.say(xray.text, "ru") == "Рентген всех зубов"
    assert languages.say(xray.text, "ar") == "X-ray of all teeth"
    scope = catalog.scope("teeth", None)
    assert [item.id for item in catalog.items if item.only_for and item.applies(scope)] == [
        "tooth_photos"
    ]


def test_words_of_ones_own_that_are_also_ours_are_said_in_every_language() -> None:
    languages = load_languages(parse_catalog(builtin_catalog(), OWN))
    assert languages.say(Text(msgid="Spine", context=OWN_WORDS), "ru") == "Позвоночник"


def test_a_broken_file_is_refused_with_what_to_change(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[[need]]\nid = "x"\nitem = "imagin"\nmandatory = ["heart"]\ntext = "X"\n')
    with pytest.raises(CatalogError, match=r"own\.toml: need x: item names 'imagin'"):
        load_catalog(path)
    with pytest.raises(CatalogError, match="can't be read"):
        load_catalog(tmp_path / "none.toml")


# ---- planted faults ----------------------------------------------------------------------------

_NEED = 'id = "x"\nitem = "imaging"\nmandatory = ["heart"]\ntext = "A scan"\nsource = "us"\n'


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ('[[thing]]\nid = "x"\n', "unknown table"),
        ('need = "x"\n', "not a list"),
        (f'[[need]]\n{_NEED}colour = "red"\n', "unknown key 'colour'"),
        ('[[need]]\nid = "x"\nitem = "imaging"\nmandatory = ["heart"]\n', "text is missing"),
        ('[[need]]\nid = "x"\nitem = "imaging"\ntext = "A"\n', "no case type needs it"),
        ('[[need]]\nid = "ecg"\nmandatory = ["hart"]\n', "names 'hart'"),
        ('[[need]]\nid = "ecg"\nitem = "scans"\n', "names 'scans'"),
        ('[[need]]\nid = "ecg"\nfresh_days = 0\n', "fresh_days is 0"),
        ('[[need]]\nid = "ecg"\nfresh_days = true\n', "fresh_days is True"),
        ('[[need]]\nid = "ecg"\nmodalities = ["ct"]\n', "modalities has 'ct'"),
        ('[[need]]\nid = "ecg"\nmandatory = "heart"\n', "mandatory is 'heart'"),
        ('[[need]]\nid = "ecg"\ntext = {ru = "ЭКГ"}\n', "text is {'ru'"),
        ('[[need]]\nid = "ecg"\ntext = ""\n', "text is ''"),
        ('[[need]]\nid = "ecg"\n[[need]]\nid = "ecg"\n', "more than once"),
        ('[[need]]\nid = "ekg"\noff = true\n', "no such entry"),
        ('[[need]]\nid = "ecg"\noff = "yes"\n', "off is 'yes'"),
        ('[[need]]\nid = "ecg"\nsource = 3\n', "source is 3"),
        ('[[item]]\nid = "labs"\ncollects = "entries"\n', "can't be changed"),
        ('[[item]]\nid = "imaging"\noff = true\n', "can't be switched off"),
        ('[[item]]\nid = "labs"\nlevel = "must"\n', "level is 'must'"),
        ('[[item]]\nid = "labs"\nafter = "lab"\n', "names 'lab'"),
        ('[[item]]\nid = "review"\ntitle = "R"\n', "taken by the program"),
        ('[[item]]\nid = "Heart-X"\ntitle = "R"\n', "can't be used"),
        ('[[case_type]]\nid = "labs"\nlabel = "L"\n', "the id belongs to the table [[item]]"),
        ('[[case_type]]\nid = "knee"\nlabel = "K"\nof = "bone"\n', "names 'bone'"),
    ],
)
def test_a_planted_fault_in_the_shape_is_caught(planted: str, fault: str) -> None:
    base = read_toml(builtin_catalog())
    found = list(structure_faults(read_toml(planted), base, reserved=reserved_ids()))
    assert any(fault in str(one) for one in found), [str(one) for one in found]
    assert all(one.do for one in found)
    with pytest.raises(CatalogError):
        parse_catalog(builtin_catalog(), planted, reserved=reserved_ids())


_LONG = "This is a sentence with many more words than anybody on a small phone wants to read."


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("text", '{en = "A tooth", ru = "Зуб", zh_Hans = "牙"}', "no words in ar"),
        ("text", '"Words that nobody translated"', "no words in ar, es, fr"),
        ("text", '{en = "Spine", de = "Rücken"}', "words in de, which is not offered"),
        ("text", '"Your {name}"', "a place to fill in"),
        ("text", f'"{_LONG}"', "a sentence of 17 words"),
        (
            "text",
            '"Multidisciplinary consultation necessitates comprehensive documentation, '
            'administratively authenticated beforehand"',
            "reading grade",
        ),
        ("label", '{en = "A label that is too long"}', "24 letters (en)"),
        ("label", '{en = "Teeth", ru = "Зубы и всё, что возле них"}', "25 letters (ru)"),
    ],
)
def test_a_planted_fault_in_the_words_is_caught(key: str, value: str, fault: str) -> None:
    table = "case_type" if key == "label" else "need"
    data = read_toml(f'[[{table}]]\nid = "x"\n{key} = {value}\n')
    found = [str(one) for one in word_faults(data, tongues_of(load_languages()))]
    assert any(fault in one for one in found), found


def test_what_has_no_source_is_caught_and_what_nobody_signed_is_noted() -> None:
    data = read_toml('[[need]]\nid = "x"\n[[need]]\nid = "ecg"\nreviewed_by = "Dr. Li"\n')
    found = [
        (one.entry, one.what, one.severity) for one in sign_offs(data, read_toml(builtin_catalog()))
    ]
    assert found == [
        ("need x", "there is no source", "wrong"),
        ("need x", "nobody has signed it off", "note"),
    ]


def test_lists_and_conversations_that_grew_too_long_are_caught() -> None:
    many = "".join(f'[[case_type]]\nid = "t{n}"\nlabel = "T"\n' for n in range(3))
    item = 'collects = "records"\ntitle = "T"\nask = "A"\nsend = "S"\nwhat = "W"\nhow = "H"\n'
    items = "".join(f'[[item]]\nid = "i{n}"\n{item}' for n in range(9))
    found = [fault.what for fault in whole_faults(parse_catalog(builtin_catalog(), many + items))]
    assert "11 choices in one question" in found
    assert any("questions are asked" in what for what in found)


_BASE = read_toml(builtin_catalog())
_TONGUES = tongues_of(load_languages())
_ODD: list[Any] = [
    "",
    "labs",
    "ecg",
    3,
    True,
    1.5,
    ["x"],
    [3],
    [[]],
    {"en": "x"},
    {"ru": 3},
    {},
    TODAY,
]


@given(
    st.dictionaries(
        st.sampled_from(["case_type", "item", "need", "thing"]),
        st.lists(
            st.dictionaries(
                st.sampled_from(sorted({key for keys in KEYS.values() for key in keys})),
                st.sampled_from(_ODD),
                max_size=6,
            ),
            max_size=3,
        ),
        max_size=3,
    )
)
def test_nothing_that_can_be_written_takes_the_check_down(data: dict[str, Any]) -> None:
    found = [*structure_faults(data, _BASE), *word_faults(data, tongues_of(load_languages()))]
    assert all(fault.do for fault in (*found, *sign_offs(data, _BASE)))


def test_levels_are_in_the_order_of_their_weight() -> None:
    assert LEVELS == ("mandatory", "if_done", "recommended")
