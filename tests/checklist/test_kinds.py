"""What a document is, by its words, in the languages offered."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checklist.document_dates import document_date
from checklist.kinds import body_part_in, has_reference_ranges, kind_of, language_of
from checklist.records import RecordKind

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "kind", "modality", "body_part", "iso"),
    [
        (
            "RADIOLOGY REPORT\nDOB: 3 February 1971\nExam date: 12 April 2026\n"
            "CT of the chest without contrast\nFindings: none.\nImpression: normal.",
            "imaging_report", "CT", "CHEST", "2026-04-12",
        ),
        (
            "MRI REPORT\nBrain MRI with contrast. Study date: 2025-09-30. Impression: ...",
            "imaging_report", "MR", "HEAD", "2025-09-30",
        ),
        (
            "Отделение лучевой диагностики. Протокол исследования: МРТ головного мозга\n"
            "Дата рождения: 01.02.1970  Дата исследования: 12.04.2026\nЗаключение: норма",
            "imaging_report", "MR", "HEAD", "2026-04-12",
        ),
        (
            "市第一人民医院 影像科 CT诊断报告\n出生日期：1971年2月3日 检查日期：2026年4月12日\n"
            "检查部位：胸部 CT平扫\n影像所见：右肺上叶见结节。诊断意见：肺结节",
            "imaging_report", "CT", "CHEST", "2026-04-12",
        ),
        (
            "قسم الأشعة\nتقرير الرنين المغناطيسي للدماغ\nتاريخ الميلاد: 1971-02-03\n"
            "تاريخ الفحص: 2026-04-12\nالانطباع: طبيعي",
            "imaging_report", "MR", "HEAD", "2026-04-12",
        ),
        (
            "PET/CT REPORT whole body. Date of examination: 5 May 2026. Findings",
            "imaging_report", "PT", "WHOLEBODY", "2026-05-05",
        ),
        (
            "SURGICAL PATHOLOGY REPORT\nSpecimen: breast biopsy. Collected: 2026-03-02\n"
            "Microscopic description: carcinoma. Immunohistochemistry: HER2 negative",
            "pathology_report", "", "", "2026-03-02",
        ),
        (
            "Прижизненное патологоанатомическое исследование биопсийного материала\n"
            "Макроскопическое описание: ...\nДата: 02.03.2026",
            "pathology_report", "", "", "2026-03-02",
        ),
        ("病理诊断报告\n标本：肺\n免疫组化：TTF-1(+)\n报告日期：2026-03-02",
         "pathology_report", "", "", "2026-03-02"),
        ("تقرير علم الأمراض\nالفحص النسيجي للعينة: سرطان\nالتاريخ: 2026-03-02",
         "pathology_report", "", "", "2026-03-02"),
        (
            "LABORATORY REPORT\nCollected: 2026-04-02\nHaemoglobin 128 g/l  120 - 160\n"
            "Creatinine 71",
            "lab", "", "", "2026-04-02",
        ),
        ("Общий анализ крови\nДата взятия: 3 марта 2026\nГемоглобин 128 г/л\nЛейкоциты 5",
         "lab", "", "", "2026-03-03"),
        ("检验报告单 血常规 采样时间：2026-04-02 白细胞 5.1 参考范围 4-10 血红蛋白 128",
         "lab", "", "", "2026-04-02"),
        ("نتائج التحاليل الطبية\nالمختبر المركزي\nالتاريخ: 2026-04-02\nهيموجلوبين 12",
         "lab", "", "", "2026-04-02"),
        ("DISCHARGE SUMMARY\nDate of discharge: April 9, 2026. Hospital course: uneventful",
         "discharge", "", "", "2026-04-09"),
        ("Выписной эпикриз\nПоступил 01.04.2026. Дата выписки: 09.04.2026. Диагноз",
         "discharge", "", "", "2026-04-09"),
        ("出院小结\n入院日期：2026年4月1日\n出院日期：2026年4月9日\n出院诊断：肺结节",
         "discharge", "", "", "2026-04-09"),
        ("OPERATIVE REPORT\nSurgeon: Dr X. Anaesthesia: general. Date of surgery: 2026-04-03",
         "operative", "", "", "2026-04-03"),
        ("Протокол операции\nХирург: Иванов. Наркоз. Дата операции: 03.04.2026",
         "operative", "", "", "2026-04-03"),
        ("Консультативное заключение\nЖалобы: кашель. Анамнез. Рекомендовано: КТ. 03.04.2026",
         "consultation", "", "", "2026-04-03"),
        ("处方\n2026年4月3日\n阿司匹林 100mg 口服 每日一次", "prescription", "", "", "2026-04-03"),
        ("وصفة طبية\n2026-04-03\nقرص مرتين يوميا", "prescription", "", "", "2026-04-03"),
    ],
)  # fmt: skip
def test_a_document_says_what_it_is(
    text: str, kind: RecordKind, modality: str, body_part: str, iso: str
) -> None:
    found = kind_of(text, not_after=TODAY)
    assert (found.kind, found.certain) == (kind, True)
    assert (found.modality, found.body_part) == (modality, body_part)
    assert found.date is not None
    assert found.date.iso == iso


@pytest.mark.parametrize("text", ["", "   ", "Dear all, see you on Monday.", "你好", "1234 5678"])
def test_a_text_without_a_word_of_medicine_is_other_and_a_guess(text: str) -> None:
    found = kind_of(text, not_after=TODAY)
    assert (found.kind, found.certain) == ("other", False)


def test_a_caption_counts_like_a_heading() -> None:
    found = kind_of("", caption="MRI report of the knee", not_after=TODAY)
    assert (found.kind, found.modality, found.body_part) == ("imaging_report", "MR", "KNEE")


@pytest.mark.parametrize(
    "title",
    [
        "Preparing for your MRI scan",
        "Preparación para su resonancia magnética",
        "Votre IRM : comment vous préparer",
        "Hướng dẫn chuẩn bị trước khi chụp MRI",
        "Persiapan sebelum pemeriksaan MRI",
        "Памятка: подготовка к МРТ",
        "磁共振检查须知",
        "تعليمات قبل الرنين المغناطيسي",
        "การเตรียมตัวก่อนตรวจ MRI",
        "ایم آر آئی سے پہلے تیاری کی ہدایات",
        "MRI шинжилгээнд бэлтгэх зөвлөмж",
        "МРТ зерттеуіне дайындық туралы жадынама",
    ],
)
def test_a_leaflet_about_a_scan_is_no_report_of_one(title: str) -> None:
    assert kind_of(f"{title}\n4 h, 15 min.", not_after=TODAY).kind == "other"


def test_only_a_title_makes_a_leaflet() -> None:
    text = "MRI report\nMRI of the knee, 12 April 2026\nFindings: a tear.\nImpression: tear.\n"
    found = kind_of(text + "Bring the sheet on how to prepare with you.", not_after=TODAY)
    assert found.kind == "imaging_report"
    text = "Протокол УЗИ\nУЗИ брюшной полости от 12.03.2026\nПодготовка к исследованию хорошая\n"
    found = kind_of(text + "Печень не увеличена. Заключение: норма", not_after=TODAY)
    assert found.kind == "imaging_report"


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Discharge summary\nStay from 10 January 2026 to 13 January 2026", "2026-01-13"),
        (
            "Discharge summary\nAdmitted 10 January 2026, next appointment 3 March 2026",
            "2026-01-10",
        ),
        ("Vào viện 8 giờ, ngày 09/05/2026\nRa viện lúc 9 giờ, ngày 17/05/2026", "2026-05-17"),
        ("Neurocirugía\n12/06/2026\nTrae RM lumbar del 18/03/2026", "2026-06-12"),
        ("Admitted\n12 June 2026\nSeen on the ward\n14 June 2026", "2026-06-14"),
        ("病理报告 民国115年3月24日", "2026-03-24"),
        ("Выписка. Иванов, 30.12.1983 г. р., 27.10.2026", "2026-10-27"),
    ],
)
def test_which_of_several_days_a_document_is_of(text: str, iso: str) -> None:
    assert getattr(kind_of(text, not_after=TODAY).date, "iso", None) == iso


def test_a_report_that_quotes_another_is_named_by_its_heading() -> None:
    text = "DISCHARGE SUMMARY\nAdmitted 1 April 2026. " + "The hospital course. " * 40 + "CT report"
    assert kind_of(text, not_after=TODAY).kind == "discharge"


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Date of birth: 1971-02-03", None),
        ("Born 3 February 1971, seen on 4 March 2026", "2026-03-04"),
        ("Printed 2026-06-01. Date of examination: 2026-04-12", "2026-04-12"),
        ("2031-01-01", None),
        ("12.04.2026", "2026-04-12"),
        ("31/12/2025", "2025-12-31"),
        ("12/31/2025", "2025-12-31"),
        ("03/04/2026", "2026"),
        ("30.02.2026", None),
        ("March 2023", "2023-03"),
        ("١٢-٠٤-٢٠٢٦", "2026-04-12"),
        ("12 апреля 2026 г.", "2026-04-12"),
        ("12 أبريل 2026", "2026-04-12"),
        ("Phone 2026 04 12 99", None),
    ],
)
def test_the_date_of_a_document(text: str, iso: str | None) -> None:
    found = document_date(text, not_after=TODAY)
    assert (found.iso if found else None) == iso


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Haemoglobin 128 (reference range 120-160)", True),
        ("Hb 128 120-160\nCr 71 45-84\nK 4.1 3.5-5.1", True),
        ("Гемоглобин 128, референсные значения 120-160", True),
        ("Haemoglobin 128 g/l, creatinine 71", False),
        ("血红蛋白 128 参考范围 120-160", True),
        ("هيموجلوبين 12 المعدل الطبيعي 12-16", True),
    ],
)
def test_reference_ranges_are_noticed(text: str, shown: bool) -> None:
    assert has_reference_ranges(text) is shown


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("BRAIN", "HEAD"),
        ("LSPINE", "LSPINE"),
        ("CT Thorax", "CHEST"),
        ("MRI of the cervical spine", "CSPINE"),
        ("胸椎MRI", "TSPINE"),
        ("胸部CT", "CHEST"),
        ("КТ органов брюшной полости", "ABDOMEN"),
        ("الرنين المغناطيسي للركبة", "KNEE"),
        ("t1_mprage_HEAD_3D", "HEAD"),
        ("localizer", ""),
        ("", ""),
    ],
)
def test_a_body_part_is_found_in_a_description(words: str, part: str) -> None:
    assert body_part_in(words) == part


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The patient was seen with a cough of two weeks and no fever.", "en"),
        ("Пациент поступил с жалобами на кашель, проведена КТ.", "ru"),
        ("患者因咳嗽两周入院，行胸部CT检查。", "zh-Hans"),
        ("حضر المريض بسعال منذ أسبوعين", "ar"),
        ("Der Patient wurde mit Husten aufgenommen und die Lunge ist nicht auffällig und", "de"),
        ("Наукас жетел мен ентігуге шағымданып түсті, кеуде қуысының КТ жасалды.", "kk"),
        ("Өвчтөн ханиалгах зовуурьтай ирсэн, цээжний CT хийлгэсэн.", "mn"),
        ("Пацієнт надійшов зі скаргами на кашель, виконана КТ.", "uk"),
        ("مریض کو دو ہفتے سے کھانسی ہے اور بخار نہیں ہے۔", "ur"),
        ("بیمار با سرفه دو هفته‌ای مراجعه کرد و سی‌تی قفسه سینه گرفت، چاپ", "fa"),
        ("ผู้ป่วยมีอาการไอมาสองสัปดาห์ ได้ตรวจ CT ทรวงอก", "th"),
        ("Bệnh nhân ho hai tuần, không sốt, đã chụp CT ngực.", "vi"),
        ("Pasien batuk selama dua minggu dan tidak demam, pada CT tampak normal.", "id"),
        ("El paciente con tos y los pulmones con signos", "es"),
        ("Le patient avec une toux et des signes", "fr"),
        ("12345", ""),
        ("", ""),
    ],
)
def test_the_language_is_told_by_the_letters(text: str, language: str) -> None:
    assert language_of(text) == language


@given(st.text(max_size=400), st.text(max_size=60))
def test_no_text_raises(text: str, caption: str) -> None:
    kind_of(text, caption=caption, not_after=TODAY)
