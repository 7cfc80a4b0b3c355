"""The words by which a report says of which scan it is: a row for each language.

Data for `pairing_reading.py`. Letters are lower case and plain (`kinds.folded`). To add a language,
add its row here, and its words for kinds, modalities and body parts to `kind_words.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingWords:
    """The words of one language.

    `exam` stands before what was examined; `scan_day`, `written_day`, `printed_day` and `other_day`
    before a day. `earlier` begins what is said of earlier scans, `clinical` what is known of the
    patient, `body` the description itself. `accession` stands before that number. `noise` are words
    that hold the name of a body part or of a machine and mean neither. `spine` is its word and those
    of its three parts as they stand in a list: "cervical, thoracic and lumbar spine".
    """

    language: str
    exam: tuple[str, ...]
    scan_day: tuple[str, ...]
    written_day: tuple[str, ...]
    printed_day: tuple[str, ...]
    other_day: tuple[str, ...]
    earlier: tuple[str, ...]
    clinical: tuple[str, ...]
    body: tuple[str, ...]
    accession: tuple[str, ...]
    left: tuple[str, ...]
    right: tuple[str, ...]
    both: tuple[str, ...]
    vessels: tuple[str, ...]
    amended: tuple[str, ...]
    noise: tuple[str, ...] = ()
    months: tuple[tuple[str, int], ...] = ()
    spine: tuple[str, tuple[str, str, str]] = ("", ("", "", ""))


ENGLISH = PairingWords(
    language="en",
    exam=(
        "examination", "exam", "exam description", "exam type", "study", "study description",
        "procedure", "type of examination", "type of study", "investigation", "scan", "modality",
        "body part", "region", "protocol name", "title", "re",
    ),
    scan_day=(
        "date of examination", "examination date", "exam date", "exam date/time", "study date",
        "date of study", "date of service", "date of exam", "scan date", "date of scan",
        "date of procedure", "performed on", "performed", "performed at", "procedure date",
        "scanned", "scanned on", "acquired", "acquired on", "acquisition date", "exam performed",
        "taken on", "examined on", "dos", "date/time of exam", "imaging date", "date of imaging",
        "exam completed", "dated", "study performed",
    ),
    written_day=(
        "report date", "date of report", "reported", "reported on", "dictated", "dictated on",
        "transcribed", "signed", "signed on", "signed by", "electronically signed", "verified",
        "verified on", "finalised", "finalized", "approved", "date reported", "authorised",
        "authorized", "date of dictation", "addendum date", "addended", "revised", "revised on",
        "amended on", "read on", "interpreted on", "result date", "date issued", "issued",
    ),
    printed_day=(
        "printed", "printed on", "print date", "date printed", "date of printing", "copy made on",
    ),
    other_day=(
        "admitted", "admission", "date of admission", "referred", "referral date", "ordered",
        "order date", "requested", "request date", "surgery", "operated", "operation", "biopsy",
        "received", "date of birth", "birth date", "birthdate", "dob", "d.o.b", "born",
        "valid until", "lmp", "next appointment", "follow-up on", "visit date", "registered",
    ),
    earlier=(
        "comparison", "compared to", "compared with", "in comparison", "comparison is made",
        "comparison made", "prior study", "prior studies", "prior exam", "prior examination",
        "previous study", "previous studies", "previous exam", "previous examination",
        "previous scan", "prior ct", "prior mri", "prior scan", "previous ct", "previous mri",
        "relative to", "since the", "earlier study", "earlier scan", "earlier ct", "earlier mri",
        "interval change", "with the study of", "previous:", "previously:", "prior:", "priors:",
        "previous imaging", "prior imaging", "old films", "past imaging",
    ),
    clinical=(
        "clinical history", "clinical information", "clinical details", "clinical indication",
        "clinical data", "clinical question", "indication", "indications", "history",
        "reason for exam", "reason for examination", "reason for study", "past history",
        "relevant history", "diagnosis", "recommendation", "recommendations", "recommended",
        "suggest", "advised", "follow-up",
    ),
    body=(
        "findings", "finding", "impression", "conclusion", "description", "report text",
        "technique", "observations",
    ),
    accession=(
        "accession number", "accession no", "accession #", "accession", "acc. no", "acc no", "acc#",
        "acc number", "acc",
    ),
    left=("left", "lt", "(l)"),
    right=("right", "rt", "(r)"),
    both=("bilateral", "both", "bilat"),
    vessels=("angiograph", "angiogram", "mra", "cta", "angio", "venograph", "mrv"),
    amended=(
        "addendum", "revised report", "amended report", "corrected report", "supplementary report",
        "supplemental report",
    ),
    noise=(
        "heart center", "heart centre", "heart hospital", "heart institute", "chest hospital",
        "chest clinic", "breast center", "breast centre", "breast clinic", "spine center",
        "spine centre", "spine clinic", "brain institute", "head of department", "department head",
        "head of the", "kidney center", "liver unit", "cardiac center", "spine institute",
        "eye hospital", "headache", "lung center", "head radiologist", "at hand",
        "on the other hand", "liver center", "mri center", "mri centre", "ct center", "pet center",
        "ct and mri", "mri and ct", "mri & ct", "ct & mri",
    ),
    spine=("spine", ("cervical", "thoracic", "lumb")),
)  # fmt: skip

CHINESE = PairingWords(
    language="zh",
    exam=(
        "检查部位", "检查项目", "检查名称", "检查方法", "检查类型", "扫描部位", "部位", "项目",
        "检查内容", "检查类别", "检查设备", "部位及方法", "检查",
    ),
    scan_day=(
        "检查日期", "检查时间", "扫描日期", "扫描时间", "拍片日期", "拍摄日期", "摄片日期",
        "检查于", "执行时间", "就检日期",
    ),
    written_day=(
        "报告日期", "报告时间", "审核日期", "审核时间", "诊断日期", "签发日期", "书写日期",
        "修改日期", "修订日期", "更正日期", "补充日期",
    ),
    printed_day=("打印日期", "打印时间", "打印", "复印日期"),
    other_day=(
        "出生日期", "出生", "生日", "申请日期", "申请时间", "送检日期", "登记日期", "登记时间",
        "入院日期", "手术日期", "预约日期", "预约时间", "接收日期",
    ),
    earlier=(
        "对比", "比较", "前片", "旧片", "既往检查", "上次检查", "前次检查", "原片", "参照",
        "既往影像", "既往:", "之前检查", "上次:",
    ),
    clinical=(
        "临床诊断", "临床资料", "病史", "主诉", "临床症状", "申请目的", "检查目的", "建议",
        "临床信息",
    ),
    body=(
        "影像所见", "影像表现", "检查所见", "影像描述", "诊断意见", "影像诊断", "印象", "所见",
        "放射学表现", "超声所见", "诊断结果",
    ),
    accession=("检查号", "检查编号", "检查流水号", "登录号", "检查序号", "accession"),
    left=("左",),
    right=("右",),
    both=("双侧", "双", "两侧"),
    vessels=("血管", "cta", "mra", "动脉成像", "静脉成像", "冠脉", "ctv", "mrv"),
    amended=("补充报告", "更正报告", "修订报告", "修改报告", "追加报告", "报告更正", "报告修改"),
    noise=(
        "中心", "心内科", "心外科", "脑科医院", "胸科医院", "心血管病医院", "脑病", "肝胆医院",
        "手术", "足够", "眼科医院", "肺科医院", "肿瘤医院", "乳腺科", "神经内科", "胸外科",
        "肝胆外科", "骨科", "肾内科", "核医学科", "核磁室", "核磁共振室", "磁共振室", "ct室",
        "心电",
    ),
    spine=("椎", ("颈", "胸", "腰")),
)  # fmt: skip

RUSSIAN = PairingWords(
    language="ru",
    exam=(
        "исследование", "вид исследования", "наименование исследования", "название исследования",
        "область исследования", "зона исследования", "область сканирования",
        "протокол исследования", "методика исследования", "услуга", "наименование услуги",
        "обследование", "область", "заключение по", "вид обследования", "протокол",
        "анатомическая область",
    ),
    scan_day=(
        "дата исследования", "дата проведения", "дата проведения исследования", "дата обследования",
        "дата выполнения", "дата и время исследования", "исследование от", "проведено", "выполнено",
        "дата сканирования", "исследование проведено", "исследование выполнено", "дата процедуры",
    ),
    written_day=(
        "дата заключения", "дата описания", "дата протокола", "дата составления", "описано",
        "подписано", "дата подписи", "дата выдачи", "дата оформления", "дополнено", "исправлено",
        "дата пересмотра", "заключение от",
    ),
    printed_day=(
        "дата печати", "распечатано", "напечатано", "дата распечатки", "печать", "отпечатано",
    ),
    other_day=(
        "дата рождения", "д.р", "д/р", "родился", "родилась", "рожд", "дата направления",
        "направлен", "поступил", "дата поступления", "госпитализ", "операция от", "дата операции",
        "дата приема", "следующ", "биопсия от", "дата регистрации", "г.р",
    ),
    earlier=(
        "в сравнении", "по сравнению", "при сравнении", "сравнение", "сравнительн", "сравнивалось",
        "предыдущ", "ранее", "от предыдущего", "предшествующ", "в динамике", "динамика", "архивн",
        "сопоставлен", "прежн", "прошл", "предшеств",
    ),
    clinical=(
        "диагноз", "клинический диагноз", "анамнез", "жалобы", "цель исследования", "показания",
        "клинические данные", "направительный диагноз", "рекоменд", "направлен",
        "клиническая информация",
    ),
    body=(
        "описание", "заключение", "на серии", "на полученных", "методика", "техника",
        "протокол описания", "выводы", "определяется",
    ),
    accession=(
        "номер исследования", "№ исследования", "исследование №", "исследование no",
        "номер протокола", "учетный номер", "no исследования", "идентификатор исследования",
        "исследования no", "исследования №",
    ),
    left=("лев", "слева", "левый", "левого", "левом", "левая", "левой", "левую", "левое"),
    right=(
        "прав", "справа", "правый", "правого", "правом", "правая", "правой", "правую", "правое",
    ),
    both=("обе", "обоих", "двусторон", "обеих", "с двух сторон"),
    vessels=("ангиограф", "кт-ангио", "мр-ангио", "мрт-ангио", "сосуд", "артери", "мра"),
    amended=(
        "дополнение к", "дополнение", "исправленное заключение", "уточненное заключение",
        "пересмотр", "повторное описание", "исправлен",
    ),
    noise=(
        "институт мозга", "институт сердца", "центр сердца", "клиника сердца", "центр позвоночника",
        "отделение лучевой", "отделение рентген", "рентгеновское отделение", "рентгенкабинет",
        "кабинет кт", "кабинет мрт", "отделение мрт", "отделение кт", "кт и мрт", "мрт и кт",
        "отделение кт и мрт", "центр мрт", "рентгенолог", "рентгенолаборант",
        "клиника молочной железы", "центр маммологии", "главный", "рентгеновская",
    ),
    spine=("позвоночник", ("шейн", "грудн", "поясничн")),
)  # fmt: skip

ARABIC = PairingWords(
    language="ar",
    exam=(
        "نوع الفحص", "الفحص", "اسم الفحص", "نوع الدراسه", "الدراسه", "الفحص المطلوب", "المنطقه",
        "منطقه الفحص", "نوع التصوير", "اسم الدراسه", "وصف الفحص", "الاجراء", "العضو", "تقرير",
    ),
    scan_day=(
        "تاريخ الفحص", "تاريخ الدراسه", "تاريخ التصوير", "تاريخ الاجراء", "اجري بتاريخ",
        "تم بتاريخ", "تاريخ الاشعه", "تاريخ المسح", "اجري الفحص", "اجري في", "اجريت في",
        "اجريت بتاريخ", "وقت الفحص",
    ),
    written_day=(
        "تاريخ التقرير", "تاريخ كتابه التقرير", "تاريخ الاعتماد", "تاريخ التوقيع", "تاريخ الاصدار",
        "كتب بتاريخ", "تاريخ التعديل", "وقع بتاريخ", "اعتمد بتاريخ", "تاريخ الملحق",
    ),
    printed_day=("تاريخ الطباعه", "طبع بتاريخ", "طبع في", "الطباعه"),
    other_day=(
        "تاريخ الميلاد", "تاريخ الولاده", "الميلاد", "تاريخ الدخول", "تاريخ الطلب", "تاريخ الاحاله",
        "تاريخ العمليه", "مواليد", "تاريخ التحويل", "الموعد القادم", "تاريخ التسجيل",
    ),
    earlier=(
        "مقارنه", "بالمقارنه", "المقارنه", "الفحص السابق", "الدراسه السابقه", "فحص سابق",
        "دراسه سابقه", "السابق", "السابقه", "مقارنه مع", "سابقا", "فحوصات سابقه", "صور سابقه", "القديم",
    ),
    clinical=(
        "المعلومات السريريه", "السيره المرضيه", "التاريخ المرضي", "التشخيص", "دواعي", "الشكوي",
        "سبب الفحص", "البيانات السريريه", "التوصيات", "نوصي", "ينصح", "القصه المرضيه",
    ),
    body=(
        "النتائج", "الانطباع", "الوصف", "الخلاصه", "الموجودات", "التقنيه", "المشاهدات",
        "تقنيه الفحص", "نص التقرير",
    ),
    accession=(
        "رقم الفحص", "رقم الدراسه", "رقم الدخول للفحص", "رقم الاشعه", "الرقم التسلسلي للفحص",
        "رقم الاكسشن",
    ),
    left=("اليسري", "الايسر", "ايسر", "يسري", "اليسار"),
    right=("اليمني", "الايمن", "ايمن", "يمني", "اليمين"),
    both=("الجانبين", "كلا", "كلتا", "الركبتين", "الثديين", "ثنائي"),
    vessels=("الاوعيه", "اوعيه", "الشرايين", "شرايين", "تصوير الاوعيه", "الاورده"),
    amended=(
        "ملحق", "تقرير معدل", "تقرير مصحح", "اضافه الي التقرير", "تصحيح", "تقرير منقح",
        "تقرير تكميلي",
    ),
    noise=(
        "مستشفي القلب", "مركز القلب", "مركز الدماغ", "مركز العمود الفقري", "مستشفي الصدر",
        "مركز الثدي", "معهد القلب", "رئيس القسم", "مركز الكلي", "مستشفي العيون",
        "وحده الرنين المغناطيسي", "قسم الاشعه المقطعيه", "مركز امراض القلب", "مركز الرنين",
        "الرنين والاشعه المقطعيه",
    ),
    months=(
        ("كانون الثاني", 1), ("شباط", 2), ("اذار", 3), ("نيسان", 4), ("ايار", 5), ("حزيران", 6),
        ("تموز", 7), ("اب", 8), ("ايلول", 9), ("تشرين الاول", 10), ("تشرين الثاني", 11),
        ("كانون الاول", 12), ("جانفي", 1), ("فيفري", 2), ("افريل", 4), ("جوان", 6), ("جويليه", 7),
        ("اوت", 8),
    ),
    spine=("فقر", ("عنقيه", "صدريه", "قطنيه")),
)  # fmt: skip

#: One row for each language in which reports are read.
LANGUAGES: tuple[PairingWords, ...] = (ENGLISH, CHINESE, RUSSIAN, ARABIC)


@cache
def words_of(*kinds: str) -> tuple[str, ...]:
    """The words of these fields in all languages, the longest first: a report can mix languages."""
    every = {word for row in LANGUAGES for kind in kinds for word in getattr(row, kind)}
    return tuple(sorted(every, key=lambda word: (-len(word), word)))
