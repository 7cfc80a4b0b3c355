"""Cases as patients leave them, in four languages, for the tests of what is handed over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from checklist.case import Answer, Case, Entry
from checklist.dates import PartialDate
from checklist.records import Record, RecordKind
from checklist.study import PatientIdentity, Series, Study

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def day(year: int, month: int | None = None, day: int | None = None) -> PartialDate:
    return PartialDate(year=year, month=month, day=day)


def answer(step: str, text: str = "", **values: object) -> Answer:
    return replace(Answer(step=step, at=AT, text=text), **values)  # type: ignore[arg-type]


def case_of(*answers: Answer, records: tuple[Record, ...] = (), locale: str = "en") -> Case:
    return Case(
        id="7KQ4-M2XR",
        opened_at=AT,
        submitted_at=AT,
        status="submitted",
        locale=locale,
        answers={given.step: given for given in answers},
        records=records,
    )


def record(id: str, kind: RecordKind, **values: object) -> Record:
    known = Record(
        id=id,
        file_id=f"file-{id}",
        kind=kind,
        received_at=AT,
        original_name="Scan von Mueller Anna.pdf",
        media_type="application/pdf",
        size=1000,
        kind_certain=True,
        sha256="00" * 32,
    )
    return replace(known, **values)  # type: ignore[arg-type]


def study(
    id: str,
    *,
    modality: str = "CT",
    part: str = "CHEST",
    date: PartialDate | None = None,
    images: int = 312,
    missing: int = 0,
    patient: PatientIdentity | None = None,
) -> Record:
    series = Series(
        series_instance_uid=f"1.2.{id}.1",
        modality=modality,
        kind="image",
        instances=images,
        series_number=3,
        missing=missing,
        missing_certain=missing > 0,
    )
    return record(
        id,
        "imaging_study",
        item="imaging",
        date=date,
        modality=modality,
        body_part=part,
        media_type="application/zip",
        sha256="",
        study=Study(
            study_instance_uid=f"1.2.{id}",
            series=(series,),
            patient=patient or PatientIdentity(),
            study_date=date,
        ),
    )


def russian() -> Case:
    return case_of(
        answer("role", choice="helper", note="Алия Сериковна", value="child"),
        answer("name", "SERIKOVA GULNARA"),
        answer("birth_date", "3 марта 1961", value="1961-03-03"),
        answer("country", "Казахстан", value="KZ"),
        answer(
            "problem",
            "Полгода назад у мамы нашли опухоль в правом лёгком. Одни врачи предлагают операцию, "
            "другие говорят, что сначала нужна химиотерапия. Она похудела на 6 кг и стала кашлять.",
        ),
        answer("case_type", choice="cancer"),
        answer("review_mode", choice="remote"),
        answer("imaging", choice="have"),
        answer("pathology", choice="can_get", date=day(2026, 12, 4)),
        answer("labs", choice="have"),
        answer("reports", choice="none", note="выписку не дали"),
        answer(
            "medications",
            choice="have",
            entries=(
                Entry(
                    text="Метформин 500 мг, два раза в день, с марта 2022",
                    name="Метформин",
                    dose="500 мг",
                    frequency="два раза в день",
                    since=PartialDate(year=2022, month=3, words="с марта 2022"),
                ),
                Entry(
                    text="Эналаприл 10 мг утром",
                    name="Эналаприл",
                    dose="10 мг",
                    frequency="утром",
                ),
                Entry(
                    text="Дексаметазон 4 мг с мая, отменили из-за сахара",
                    name="Дексаметазон",
                    dose="4 мг",
                ),
            ),
        ),
        answer("allergies", choice="none"),
        answer(
            "timeline",
            choice="have",
            entries=(
                Entry(text="появился сухой кашель, лечили как бронхит", date=day(2026, 3)),
                Entry(text="флюорография: тень справа", date=day(2026, 5, 14)),
                Entry(text="сахарный диабет 2 типа", date=day(2019)),
                Entry(text="КТ грудной клетки, образование 34 мм", date=day(2026, 5, 21)),
                Entry(text="бронхоскопия с биопсией в Алматы", date=day(2026, 6, 2)),
                Entry(text="консилиум: предложена операция", date=day(2026, 6, 25)),
            ),
        ),
        answer(
            "questions",
            choice="have",
            entries=(
                Entry(text="Можно ли обойтись без операции?"),
                Entry(text="Нужна ли химиотерапия до операции?"),
                Entry(text="Опасна ли операция при диабете?"),
            ),
        ),
        answer("translation", choice="ru", value="ru"),
        records=(
            study("s1", date=day(2026, 5, 21), images=312, missing=20),
            study("s2", modality="PT", part="CHEST", date=day(2026, 8, 12), images=498),
            record(
                "r1",
                "imaging_report",
                item="imaging",
                date=day(2026, 5, 22),
                modality="CT",
                body_part="CHEST",
                language="ru",
            ),
            record(
                "r2",
                "imaging_report",
                item="imaging",
                date=day(2026, 6, 30),
                modality="MR",
                body_part="BRAIN",
                language="kk",
            ),
            record("l1", "lab", item="labs", date=day(2026, 11, 2), language="ru"),
            record("l2", "lab", item="labs", date=day(2026, 10, 1), language="ru"),
        ),
        locale="ru",
    )


def arabic() -> Case:
    return case_of(
        answer("role", choice="patient"),
        answer("name", "OMAR AL-HADDAD"),
        answer("birth_date", "12/4/1974", value="1974-04-12"),
        answer("country", "الأردن", value="JO"),
        answer(
            "problem",
            "أعاني من ألم شديد في أسفل الظهر منذ سنتين، وينزل الألم إلى الساق اليمنى. "
            "أظهر تصوير MRI انزلاقًا غضروفيًا L4-L5، وينصحني الطبيب بعملية.",
        ),
        answer("case_type", choice="brain_spine"),
        answer("review_mode", choice="in_person"),
        answer("labs", choice="skip"),
        answer("reports", choice="later"),
        answer(
            "medications",
            choice="have",
            entries=(
                Entry(
                    text="بريغابالين 75 mg مرتين يوميًا منذ 2025",
                    name="بريغابالين",
                    dose="75 mg",
                    frequency="مرتين يوميًا",
                    since=PartialDate(year=2025, words="2025"),
                ),
                Entry(text="باراسيتامول 500 mg عند اللزوم", name="باراسيتامول 500 mg عند اللزوم"),
            ),
        ),
        answer("allergies", choice="have", entries=(Entry(text="البنسلين: طفح جلدي"),)),
        answer(
            "timeline",
            choice="have",
            entries=(
                Entry(text="بدأ الألم بعد رفع حمل ثقيل", date=day(2024, 10)),
                Entry(text="علاج طبيعي، 12 جلسة، دون تحسن كبير", date=day(2025, 2)),
                Entry(text="تصوير MRI للفقرات القطنية", date=day(2026, 4, 12)),
            ),
        ),
        answer(
            "questions",
            choice="have",
            entries=(
                Entry(text="هل العملية ضرورية الآن؟"),
                Entry(text="هل يوجد علاج آخر غير الجراحة؟"),
            ),
        ),
        records=(
            record(
                "r1",
                "imaging_report",
                item="imaging",
                date=day(2026, 4, 12),
                modality="MR",
                body_part="LSPINE",
                language="ar",
            ),
        ),
        locale="ar",
    )


def english() -> Case:
    return replace(
        case_of(
            answer("role", choice="patient"),
            answer("name", "MARTA NOWAK"),
            answer("birth_date", value="1980-04-12"),
            answer("country", "Kenya", value="KE"),
            answer(
                "problem", "I have had headaches for a year, and a doctor advises an operation."
            ),
            answer("case_type", choice="brain_spine"),
            answer("review_mode", choice="not_sure"),
            answer("medications", choice="none"),
            records=(
                study(
                    "s1",
                    modality="MR",
                    part="BRAIN",
                    date=day(2026, 4, 12),
                    patient=PatientIdentity(birth_date="1980-04-12", sex="F"),
                ),
            ),
        ),
        submitted_at=None,
    )


def chinese() -> Case:
    return case_of(
        answer("role", choice="patient"),
        answer("name", "WANG XIAOMING"),
        answer("birth_date", value="1955-09-30"),
        answer("country", "新加坡", value="SG"),
        answer(
            "problem",
            "去年三月体检发现甲状腺结节，医生说可能是“恶性”——建议手术切除。我想知道能否先观察。",
        ),
        answer("case_type", choice="cancer"),
        answer("review_mode", choice="remote"),
        answer("allergies", choice="skip"),
        answer("timeline", choice="have", entries=(Entry(text="体检发现结节", date=day(2025, 3)),)),
        answer("questions", choice="have", entries=(Entry(text="一定要手术吗？"),)),
        records=(study("s1", modality="US", part="NECK", date=day(2025, 3, 18), images=24),),
        locale="zh-Hans",
    )
