"""What a morning finds at the desk: thirty-nine cases at every stage, of people of many scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import cases, schema
from bot.store.db import Database
from bot.store.sealed import sealed
from checklist.case import Answer, Case, CaseStatus, Consent, Desk
from checklist.dates import PartialDate
from checklist.records import Record
from checklist.study import PatientIdentity, Series, Study
from handlers.session import Session

_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One case of the morning. `hours` is how long ago the patient wrote last."""

    name: str
    locale: str
    hours: float
    status: CaseStatus = "collecting"
    channel: str = "web"
    assignee: str = ""
    wanted: str = ""
    holds: str = ""

    def at(self, now: datetime) -> datetime:
        """When the patient wrote last."""
        return now - timedelta(hours=self.hours)


def _of(
    status: CaseStatus, people: Sequence[tuple[str, str, float]], **values: str
) -> list[Waiting]:
    return [
        Waiting(name=name, locale=locale, hours=hours, status=status, **values)
        for name, locale, hours in people
    ]


#: `holds`: d(isc), r(eport of a scan), l(abs), p(athology).
MORNING: Final[tuple[Waiting, ...]] = (
    Waiting(name="Нурлан Абенов", locale="ru", hours=0.4, channel="whatsapp", wanted="emergency"),
    Waiting(name="فاطمة الزهراء", locale="ar", hours=9, channel="telegram", wanted="asked"),
    Waiting(name="陈美玲", locale="zh-Hans", hours=3, wanted="not_understood", holds="rl"),
    Waiting(name="Marta Kowalska", locale="en", hours=26, status="submitted", wanted="asked",
            holds="drl", assignee="Omar Haddad"),
    *_of("submitted", [("Иванов Пётр Сергеевич", "ru", 31), ("Гульмира Сатпаева", "ru", 20),
                       ("John Carter", "en", 14), ("李国强", "zh-Hans", 7)], holds="drlp"),
    *_of("submitted", [("عمر بن خالد", "ar", 49), ("Ольга Новикова", "ru", 5)], holds="rl",
         channel="telegram"),
    *_of("accepted", [("Amina Yusuf", "en", 52), ("Мадина Оспанова", "ru", 44)], holds="drp",
         assignee="Omar Haddad", channel="whatsapp"),
    *_of("in_translation", [("Сергей Ким", "ru", 60), ("يوسف المصري", "ar", 75),
                            ("Батболд Дорж", "ru", 90)], holds="drl", assignee="Omar Haddad"),
    *_of("in_review", [("王伟", "zh-Hans", 120), ("Elena Marin", "en", 130), ("Динара Ахметова", "ru", 150),
                       ("خديجة أحمد", "ar", 170)], holds="drlp"),
    *_of("opinion_ready", [("Peter Novak", "en", 200), ("Анна Ли", "ru", 210)], holds="drl"),
    *_of("collecting", [("Виктор Пак", "ru", 2), ("Rosa Jiménez", "en", 4), ("赵敏", "zh-Hans", 11),
                        ("سارة العلي", "ar", 18), ("Тимур Алиев", "ru", 22), ("Grace Owusu", "en", 28),
                        ("Ержан Дулат", "ru", 36)],
         holds="r"),
    *_of("collecting", [("Жанна Болат", "ru", 33), ("Minh Trần", "en", 41), ("محمد حسن", "ar", 58)],
         holds="d", channel="telegram"),
    *_of("collecting", [("", "ru", 1), ("", "en", 6), ("", "zh-Hans", 70)]),
    *_of("closed", [("Lucía Gómez", "en", 300), ("Рустам Юсупов", "ru", 400), ("刘洋", "zh-Hans", 500),
                    ("نور الدين", "ar", 600), ("Айгуль Серик", "ru", 700)], holds="drl"),
)  # fmt: skip


async def seed(db: Database, now: datetime, morning: Sequence[Waiting] = MORNING) -> list[str]:
    """Put them into an empty store, as turns would have left them; their ids."""
    made = [(_case(number, one, now), one) for number, one in enumerate(morning)]

    async def write(tx: AsyncConnection) -> None:
        for case, one in made:
            await _put(tx, case, one, now)

    await db.write(write)
    return [case.id for case, _one in made]


async def _put(tx: AsyncConnection, case: Case, one: Waiting, now: datetime) -> None:
    at = one.at(now)
    chat = Session(
        id=f"chat {case.id}", case_id=case.id, channel=one.channel, address=f"address {case.id}",
        locale=one.locale, last_inbound_at=at, mode="human" if one.wanted == "asked" else "assistant",
    )  # fmt: skip
    row = {
        "id": chat.id, "channel": chat.channel, "address": sealed(case.id, chat.address), "case_id": case.id,
        "locale": one.locale, "version": 0, "created_at": case.opened_at.timestamp(),
    }  # fmt: skip
    await tx.execute(schema.session.insert(), row)
    await cases.save_session(tx, replace(chat, version=1), before=0)
    await cases.save_case(tx, case, None, now=at.timestamp())
    if one.wanted:
        await cases.open_handoff(tx, case.id, one.wanted, at.timestamp())


def _case(number: int, one: Waiting, now: datetime) -> Case:
    at = one.at(now)
    opened = at - timedelta(days=3)
    answers: Mapping[str, Answer] = (
        {"name": Answer(step="name", at=opened, text=one.name)} if one.name else {}
    )
    return Case(
        id=f"{_ALPHABET[number // 31]}{_ALPHABET[number % 31]}7K-3M9P",
        opened_at=opened,
        answers=answers,
        status=one.status,
        version=1,
        submitted_at=None if one.status == "collecting" else at,
        desk=Desk(assignee=one.assignee),
        consents=(Consent(version="1", given=True, locale=one.locale, at=opened),),
        records=tuple(_record(number, kind, opened) for kind in one.holds),
    )


def _record(number: int, kind: str, at: datetime) -> Record:
    day = PartialDate(year=2026, month=1 + number % 10, day=1 + number % 28)
    series = Series(
        series_instance_uid=f"1.2.{number}.1", modality="MR", kind="image", instances=120,
        series_number=2, series_description="T2 SAG", body_part_examined="SPINE",
    )  # fmt: skip
    study = Study(
        study_instance_uid=f"1.2.{number}", series=(series,), patient=PatientIdentity(),
        study_date=day, study_description="MR SPINE",
    )  # fmt: skip
    shared = Record(
        id=f"{kind}{number}", file_id=f"{kind}f{number}", kind="lab", received_at=at,
        original_name="values.pdf", media_type="application/pdf", size=240_000, item="labs", date=day,
    )  # fmt: skip
    return {
        "l": shared,
        "d": replace(shared, kind="imaging_study", item="imaging", modality="MR", study=study),
        "r": replace(shared, kind="imaging_report", item="imaging", modality="MR"),
        "p": replace(shared, kind="pathology_report", item="pathology"),
    }[kind]
