"""Record laws: what the law of a country says of a copy of one's own records, and how sure that is.

Not reviewed: put together from public texts, without a lawyer's signature (`REVIEWED_BY` is empty, and
coordinators are shown that). Each part of a row has a mark, and only what was read is ever cited:

    V  read in the law itself or the text of an authority
    S  read in the text of a law firm, a hospital or a vendor
    M  from memory
    ?  looked for, and not found

A letter to a hospital of a country without a strong row cites nothing and asks all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from checklist.text import Text, _, verbatim

#: Who has checked the rows; "" means nobody has yet.
REVIEWED_BY = ""

Mark = Literal["V", "S", "M", "?"]

#: The marks that are strong enough to be written to a hospital.
STRONG: Final[frozenset[Mark]] = frozenset({"V", "S"})

#: What a letter is about: scans, tissue, or paper. It is also to whom it goes.
LetterKind = Literal["images", "pathology", "papers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLaw:
    """A row: `countries` are alpha-2, `days` the time for an answer, `note` is for the patient.

    `abroad` is False where records may not leave the country but with the patient: then no download
    is asked for.
    """

    countries: str
    provision: Text
    mark: Mark
    days: int | None = None
    days_mark: Mark = "?"
    fee: Text | None = None
    fee_mark: Mark = "?"
    note: Text | None = None
    note_mark: Mark = "?"
    abroad: bool = True
    source: str = ""


_EEA = "AT BE BG HR CY CZ DE DK EE ES FI FR GR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS LI NO"

LAWS: Final = (
    RecordLaw(
        countries="US",
        provision=_("HIPAA Privacy Rule, 45 CFR 164.524 (USA)"),
        mark="V",
        days=30,
        days_mark="V",
        source="45 CFR 164.524; the extension and the fees in secondary texts only",
    ),
    RecordLaw(
        countries=_EEA,
        provision=_("Article 15(3) of the General Data Protection Regulation (EU) 2016/679"),
        mark="V",
        days=30,
        days_mark="M",
        fee=_(
            "The first copy is free, and no reason need be given "
            "(Court of Justice of the European Union, C-307/22)."
        ),
        fee_mark="V",
        source="CJEU C-307/22, FT v DW, 26 October 2023",
    ),
    RecordLaw(
        countries="GB",
        provision=verbatim("UK GDPR Art. 15; Data Protection Act 2018"),
        mark="M",
        days=30,
        days_mark="M",
        source="from memory",
    ),
    RecordLaw(
        countries="RU",
        provision=_("Article 22 of Federal Law No. 323-FZ (Russia)"),
        mark="V",
        days=30,
        days_mark="M",
        note=_(
            "Please hand this letter in on paper, or send it by post. "
            "Hospitals in Russia may not accept an e-mail."
        ),
        note_mark="S",
        source="323-FZ Art. 22. Order 789n is not cited: whether it is still in force must be looked up",
    ),
    RecordLaw(
        countries="KZ",
        provision=verbatim("Code 360-VI, Art. 134"),
        mark="?",
        source="a right to information was read (S), an express right to a copy was not found",
    ),
    RecordLaw(
        countries="CN",
        provision=_(
            "Articles 17 to 20 of the Regulations on Medical Records of Medical Institutions (China)"
        ),
        mark="V",
        source="医疗机构病历管理规定 (2013), arts 17-20. Personal Information Protection Law: from memory",
    ),
    RecordLaw(
        countries="IN",
        provision=_(
            "Regulation 1.3.2 of the Indian Medical Council (Professional Conduct, Etiquette and "
            "Ethics) Regulations, 2002"
        ),
        mark="S",
        days=3,
        days_mark="S",
        source="72 hours, in many secondary texts. The rules of 2023 were put off, and are not cited",
    ),
    RecordLaw(
        countries="ID",
        provision=verbatim("Permenkes 24/2022"),
        mark="?",
        source="that it exists was read (V), what it says of a copy was not",
    ),
    RecordLaw(
        countries="VN",
        provision=_("Article 69 of the Law on Medical Examination and Treatment 15/2023/QH15"),
        mark="V",
        source="the notices of two hospitals, for Art. 69(4)(d): read, view, copy, record, a summary",
    ),
    RecordLaw(
        countries="TH",
        provision=_("Item 9 of the Declaration of Patient Rights (Thailand)"),
        mark="V",
        days=30,
        days_mark="M",
        source="Ramathibodi hospital, for item 9",
    ),
    RecordLaw(
        countries="AE",
        provision=verbatim("Federal Law 2/2019"),
        mark="?",
        abroad=False,
        note=_(
            "Please ask for a disc or USB stick in your own hand. The hospital may not be "
            "allowed to send records abroad itself."
        ),
        note_mark="V",
        source="that it exists, and that data may not leave (V/S); a right to a copy was not found",
    ),
    RecordLaw(
        countries="SA",
        provision=_("Personal Data Protection Law, Royal Decree M/19 (Saudi Arabia)"),
        mark="S",
        days=30,
        days_mark="S",
        source="secondary texts: PDPL M/19 as amended by M/148, Implementing Regulations 2023",
    ),
    RecordLaw(
        countries="TR",
        provision=_("Article 16 of the Regulation on Patient Rights (Türkiye)"),
        mark="V",
        days=30,
        days_mark="M",
        source="Hasta Hakları Yönetmeliği Art. 16. KVKK and its time: from memory",
    ),
    RecordLaw(
        countries="AU",
        provision=_("Australian Privacy Principle 12 (for private hospitals)"),
        mark="V",
        source="OAIC on APP 12: within a reasonable time. Public hospitals: the states' own laws",
    ),
    RecordLaw(
        countries="CA",
        provision=verbatim("PHIPA ss. 52-54, Ontario only"),
        mark="?",
        source="read for Ontario (V), for no other province, and the province is not known",
    ),
    RecordLaw(
        countries="BR",
        provision=_("Article 88 of Resolution CFM 2.217/2018 (Brazil)"),
        mark="V",
        source="CFM 2.217/2018 Art. 88. The times of LGPD Art. 19 are not those of a hospital's copy",
    ),
    RecordLaw(
        countries="MX",
        provision=verbatim("NOM-004-SSA3-2012"),
        mark="?",
        source="only what a court said of the whole file was read (S), not the norm",
    ),
)

_BY_COUNTRY: Mapping[str, RecordLaw] = MappingProxyType(
    {country: law for law in LAWS for country in law.countries.split()}
)


def law_of(country: str) -> RecordLaw | None:
    """The row of a country (alpha-2), strong or not, or None."""
    return _BY_COUNTRY.get(country.strip().upper())


def provision_of(country: str) -> Text | None:
    """What may be cited to a hospital there, or None."""
    law = law_of(country)
    return law.provision if law is not None and law.mark in STRONG else None


def days_of(country: str) -> int | None:
    """In how many days a hospital there has to answer, where that may be cited, or None."""
    law = law_of(country)
    strong = law is not None and law.mark in STRONG and law.days_mark in STRONG
    return law.days if law is not None and strong else None


def fee_of(country: str) -> Text | None:
    """What may be said of the price of a copy there, or None."""
    law = law_of(country)
    strong = law is not None and law.mark in STRONG and law.fee_mark in STRONG
    return law.fee if law is not None and strong else None


def note_of(country: str) -> Text | None:
    """What the patient should know before the letter is sent, or None."""
    law = law_of(country)
    return law.note if law is not None and law.note_mark in STRONG else None


def may_send_abroad(country: str) -> bool:
    """Whether a hospital there may be asked to hand records out as a download."""
    law = law_of(country)
    return law is None or law.abroad
