"""Emergency numbers: which one brings an ambulance, by country.

Not reviewed: the numbers were put together from public lists and have no clinician's signature yet
(`REVIEWED_BY` is empty, and coordinators are shown that). A country whose sources disagree is left
out: an honest "your local emergency number" is better than a wrong one. 112 is reached in every
country of the European Union (https://european-union.europa.eu/live-work-study/emergencies_en).
Numbers are strings: Australia's is 000.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Who has checked the numbers; "" means nobody has yet.
REVIEWED_BY = ""

#: By number, then the countries (ISO 3166 alpha-2) where it is the one to call.
_COUNTRIES_OF: Mapping[str, str] = {
    "000": "AU",
    "101": "IL PS",
    "102": "MV NP",
    "103": "AM AZ BY KG KZ MN RU TJ TM UA UZ",
    "107": "AR",
    "111": "NZ",
    "112": (
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK "
        "GE IN IS KW LI MD NG TR"
    ),
    "113": "NO",
    "115": "IR VN",
    "119": "JP KH KR TW",
    "120": "CN",
    "123": "CO EG",
    "124": "BA ME",
    "131": "CL",
    "14": "DZ",
    "140": "LB",
    "144": "CH",
    "1669": "TH",
    "190": "TN",
    "192": "BR MM",
    "194": "MK RS",
    "1990": "LK",
    "10177": "ZA",
    "907": "ET",
    "911": "CA CR DO EC MX PA PH US",
    "991": "BN",
    "995": "SG",
    "997": "SA",
    "998": "AE",
    "999": "BD BH GB HK MO MY QA",
}

_NUMBERS: Mapping[str, str] = MappingProxyType(
    {
        country: number
        for number, countries in _COUNTRIES_OF.items()
        for country in countries.split()
    }
)


def emergency_number(country: str) -> str | None:
    """The number that brings an ambulance in a country (alpha-2), or None where it isn't sure."""
    return _NUMBERS.get(country.strip().upper())
