"""Names of months as documents write them, in lower case: data for `written_dates.py`.

A name that stands here as a stem (it ends in `*`) goes on with letters: Russian months have cases.
"""

from __future__ import annotations

from typing import Final

#: Twelve entries, January first; each the ways in which one month is written.
MONTHS: Final[tuple[tuple[str, ...], ...]] = (
    ("january", "jan", "январ*", "янв", "січ*", "يناير", "كانون الثاني", "جانفي", "enero", "ene", "janvier",
     "januar", "jänner", "janeiro", "gennaio", "ocak", "қаңтар", "yanvar"),
    ("february", "feb", "феврал*", "фев", "лют*", "فبراير", "شباط", "فيفري", "febrero", "février", "februar",
     "fevereiro", "febbraio", "şubat", "ақпан", "fevral"),
    ("march", "mar", "март*", "мар", "берез*", "مارس", "آذار", "اذار", "marzo", "mars", "märz", "março",
     "mart", "наурыз"),
    ("april", "apr", "апрел*", "апр", "квіт*", "أبريل", "ابريل", "إبريل", "نيسان", "أفريل", "abril", "abr",
     "avril", "aprile", "nisan", "сәуір", "aprel"),
    ("may", "мая", "май", "мае", "трав*", "مايو", "أيار", "ايار", "ماي", "mayo", "mai", "maio", "maggio",
     "mayıs", "мамыр"),
    ("june", "jun", "июн*", "черв*", "يونيو", "يونيه", "حزيران", "جوان", "junio", "juin", "juni", "junho",
     "giugno", "haziran", "маусым", "iyun"),
    ("july", "jul", "июл*", "лип*", "يوليو", "يوليه", "تموز", "جويلية", "julio", "juillet", "juli", "julho",
     "luglio", "temmuz", "шілде", "iyul"),
    ("august", "aug", "август*", "авг", "серп*", "أغسطس", "اغسطس", "آب", "أوت", "agosto", "ago", "août",
     "ağustos", "тамыз", "avgust"),
    ("september", "sept", "sep", "сентябр*", "сент", "сен", "верес*", "سبتمبر", "أيلول", "ايلول",
     "septiembre", "septembre", "setembro", "settembre", "eylül", "қыркүйек", "sentabr"),
    ("october", "oct", "октябр*", "окт", "жовт*", "أكتوبر", "اكتوبر", "تشرين الأول", "تشرين الاول",
     "octubre", "octobre", "oktober", "outubro", "ottobre", "ekim", "қазан", "oktabr"),
    ("november", "nov", "ноябр*", "ноя", "листопад*", "نوفمبر", "تشرين الثاني", "noviembre", "novembre",
     "novembro", "kasım", "қараша", "noyabr"),
    ("december", "dec", "декабр*", "дек", "груд*", "ديسمبر", "كانون الأول", "كانون الاول", "diciembre",
     "dic", "décembre", "dezember", "dezembro", "dicembre", "aralık", "желтоқсан", "dekabr"),
)  # fmt: skip
