"""The words by which a document tells what it is, in the languages offered: data for `kinds.py`.

Letters are lower case and plain (`kinds.folded`). A word matches where a word begins, a short Latin
or Cyrillic abbreviation only as a whole, Chinese anywhere. To add a language, add its words.
"""

from __future__ import annotations

from checklist.records import RecordKind

#: Words of a heading; each says nearly for sure what the document is.
HEADINGS: dict[RecordKind, tuple[str, ...]] = {
    "imaging_report": (
        "radiology report", "imaging report", "mri report", "ct report", "pet/ct report",
        "ultrasound report", "x-ray report", "radiologist", "diagnostic imaging",
        "department of radiology", "mammography report", "echocardiography report",
        "影像诊断", "影像学检查报告", "放射科", "影像科", "检查报告单", "ct诊断报告", "磁共振检查",
        "超声检查报告", "影像表现", "影像所见", "超声所见",
        "лучевой диагностики", "протокол исследования мрт", "заключение мрт", "заключение кт",
        "описание исследования", "рентгенолог", "протокол ультразвукового", "протокол кт",
        "протокол мрт", "отделение лучевой", "врач-рентгенолог",
        "تقرير الاشعه", "تقرير اشعه", "قسم الاشعه", "تقرير الرنين", "تقرير التصوير",
        "تقرير السونار", "طبيب الاشعه",
    ),
    "pathology_report": (
        "pathology report", "surgical pathology", "histopathology", "histology report",
        "cytology report", "biopsy report", "immunohistochemistry", "department of pathology",
        "pathological diagnosis", "microscopic description", "gross description",
        "病理诊断", "病理报告", "病理检查", "病理科", "免疫组化", "细胞学检查", "活检病理",
        "гистологическ", "патоморфологическ", "патологоанатомическ", "цитологическ",
        "иммуногистохими", "биопсийного материала", "прижизненного",
        "تقرير الباثولوجي", "تقرير علم الامراض", "الفحص النسيجي", "التشريح المرضي",
        "تقرير الخزعه", "الانسجه المرضيه",
    ),
    "lab": (
        "laboratory report", "lab report", "laboratory results", "lab results", "blood test",
        "complete blood count", "cbc", "reference range", "reference interval", "biochemistry",
        "haematology", "hematology", "clinical chemistry", "urinalysis",
        "检验报告", "化验单", "化验报告", "检验科", "血常规", "生化检查", "参考范围", "参考区间",
        "参考值", "尿常规", "肿瘤标志物",
        "результаты анализов", "общий анализ крови", "биохимическ", "клинико-диагностическая лаб",
        "референсн", "анализ крови", "анализ мочи", "лабораторн",
        "تقرير المختبر", "نتائج التحاليل", "تحليل الدم", "صوره دم", "المعدل الطبيعي",
        "القيم المرجعيه", "المدي المرجعي", "مختبر", "التحاليل الطبيه",
    ),
    "discharge": (
        "discharge summary", "discharge letter", "hospital discharge", "discharge diagnosis",
        "date of discharge",
        "出院小结", "出院记录", "出院诊断", "出院医嘱",
        "выписной эпикриз", "выписка из истории болезни", "выписка из медицинской карты",
        "выписка из стационара", "эпикриз",
        "تقرير خروج", "ملخص الخروج", "تقرير الخروج", "ملخص خروج",
    ),
    "operative": (
        "operative report", "operative note", "operation note", "operation record",
        "surgical report", "procedure performed", "operation report",
        "手术记录", "手术经过", "手术名称",
        "протокол операции", "ход операции", "операционный журнал", "описание операции",
        "تقرير العمليه", "تقرير عمليه", "تقرير جراحي", "تفاصيل العمليه",
    ),
    "consultation": (
        "consultation report", "consultation note", "consultation letter", "clinic letter",
        "outpatient letter", "referral letter", "medical report", "outpatient consultation",
        "会诊意见", "会诊记录", "门诊病历", "门诊记录", "病历记录",
        "консультативное заключение", "заключение консультации", "осмотр врача",
        "прием врача", "прием (осмотр", "консультация врача", "консультация онколога",
        "تقرير طبي", "تقرير استشار", "استشاره طبيه", "تقرير العياده",
    ),
    "prescription": (
        "prescription", "medication list", "current medications", "list of medicines",
        "处方", "用药清单", "药物清单", "用法用量",
        "рецепт", "лист назначений", "список лекарств", "назначенные препараты",
        "وصفه طبيه", "روشته", "قائمه الادويه",
    ),
}  # fmt: skip

#: Weaker words: several of them together say as much as one heading.
HINTS: dict[RecordKind, tuple[str, ...]] = {
    "imaging_report": (
        "impression", "findings", "technique", "contrast", "axial", "t2-weighted", "comparison",
        "印象", "诊断意见", "平扫", "增强扫描", "检查部位", "检查所见",
        "на серии", "томограмм", "контрастировани", "аксиальн", "срез",
        "الانطباع", "النتائج", "بدون صبغه", "بالصبغه", "مقاطع",
    ),
    "pathology_report": (
        "specimen", "biopsy", "carcinoma", "margins", "grade", "ki-67", "her2",
        "标本", "镜下所见", "肉眼所见", "切缘", "癌",
        "препарат", "биопси", "макроскопическ", "микроскопическ", "карцином",
        "عينه", "خزعه", "سرطان",
    ),
    "lab": (
        "haemoglobin", "hemoglobin", "platelets", "creatinine", "glucose", "mmol/l", "mg/dl",
        "g/dl", "g/l", "leukocytes", "wbc", "rbc", "alt", "ast", "crp", "specimen collected",
        "血红蛋白", "白细胞", "血小板", "肌酐", "结果", "单位", "μmol/l",
        "гемоглобин", "лейкоцит", "тромбоцит", "креатинин", "глюкоза", "ммоль/л", "г/л",
        "показатель", "единицы", "соэ",
        "هيموجلوبين", "الهيموغلوبين", "كرياتينين", "صفائح", "سكر", "كريات",
    ),
    "discharge": (
        "admission", "admitted", "discharged", "hospital course", "length of stay",
        "入院", "出院", "住院",
        "поступил", "выписан", "госпитализ", "стационар",
        "ادخل الي المستشفي", "دخول", "خرج",
    ),
    "operative": (
        "surgeon", "anaesthesia", "anesthesia", "incision", "blood loss", "postoperative diagnosis",
        "麻醉", "主刀", "切口", "术中",
        "хирург", "наркоз", "анестези", "разрез", "кровопотер",
        "الجراح", "تخدير", "شق",
    ),
    "consultation": (
        "history of present illness", "physical examination", "chief complaint", "plan",
        "recommendations", "complaints", "anamnesis",
        "主诉", "现病史", "既往史", "体格检查", "处理意见",
        "жалобы", "анамнез", "объективно", "рекомендации", "рекомендовано",
        "الشكوي", "التاريخ المرضي", "الفحص السريري", "التوصيات",
    ),
    "prescription": (
        "tablet", "tablets", "twice daily", "once daily", "dispense", "refill", "capsule",
        "每日", "口服", "片/次", "一日三次",
        "таблет", "капсул", "раза в день", "раз в день",
        "قرص", "مرتين يوميا", "مره يوميا", "حبه",
    ),
}  # fmt: skip

#: DICOM's modality codes by the words for them; the longest word at the first place wins.
MODALITIES: dict[str, tuple[str, ...]] = {
    "PT": (
        "pet/ct", "pet-ct", "pet ct", "pet", "positron emission", "正电子", "正子", "пэт", "пэт/кт", "пэт-кт",
        "позитронно-эмиссионн", "البوزيتروني",
    ),
    "CT": (
        "ct", "cta", "hrct", "cat scan", "computed tomography", "computerized tomography",
        "计算机断层", "断层扫描", "电脑断层", "电脑扫描",
        "кт", "мскт", "компьютерная томограф", "компьютерной томограф",
        "التصوير المقطعي", "الاشعه المقطعيه", "اشعه مقطعيه", "تصوير مقطعي", "الطبقي المحوري",
    ),
    "MR": (
        "mri", "mr", "mra", "mrcp", "magnetic resonance", "磁共振", "核磁", "磁力共振", "磁振", "мрт",
        "магнитно-резонансн", "магнитно резонансн", "الرنين المغناطيسي", "رنين مغناطيسي",
    ),
    "US": (
        "ultrasound", "ultrasonograph", "sonograph", "sonogram", "doppler", "echocardiogra",
        "超声", "b超", "彩超", "узи", "ультразвуков", "эхокардиограф", "эхо-кг", "допплер",
        "الموجات فوق الصوتيه", "سونار", "ايكو", "الامواج فوق الصوتيه",
    ),
    "MG": (
        "mammogra", "digital mammogra", "乳腺x线", "钼靶", "маммограф", "ماموجرام", "ماموغرام",
    ),
    "NM": (
        "bone scan", "scintigra", "spect", "骨扫描", "骨显像", "核素", "сцинтиграф",
        "остеосцинтиграф", "مسح العظام", "ومضاني",
    ),
    "XA": ("angiograph", "血管造影", "ангиограф", "коронарограф", "قسطره"),
    "DX": (
        "x-ray", "xray", "x ray", "radiograph", "x线", "x光", "胸片", "平片", "рентгенограф",
        "рентгенологическ", "флюорограф", "рентген", "اشعه سينيه", "الاشعه السينيه",
    ),
}  # fmt: skip

#: Body parts in DICOM's words (PS3.16 annex L), as coarse as the name of a record needs.
BODY_PARTS: dict[str, tuple[str, ...]] = {
    "WHOLEBODY": (
        "whole body", "wholebody", "whole-body", "skull base to mid", "全身", "всего тела", "كامل الجسم",
    ),
    "CSPINE": (
        "cervical spine", "c-spine", "cspine", "cervical vertebra", "颈椎", "шейного отдела",
        "шейный отдел", "шоп", "الفقرات العنقيه", "العمود الفقري العنقي",
    ),
    "TSPINE": (
        "thoracic spine", "t-spine", "tspine", "dorsal spine", "胸椎", "грудного отдела",
        "грудной отдел позвоночник", "الفقرات الصدريه",
    ),
    "LSPINE": (
        "lumbar", "lumbosacral", "l-spine", "lspine", "lsspine", "腰椎", "腰骶", "поясничн",
        "пояснично-крестцов", "الفقرات القطنيه", "القطنيه",
    ),
    "SPINE": ("spine", "spinal", "vertebral column", "脊柱", "позвоночник", "العمود الفقري"),
    "HEAD": (
        "head", "brain", "skull", "cranial", "cranium", "cerebral", "intracranial", "头颅", "头部",
        "颅脑", "脑", "颅", "головного мозга", "головной мозг", "головы", "черепа",
        "الراس", "الدماغ", "المخ", "دماغ",
    ),
    "NECK": ("neck", "thyroid", "颈部", "甲状腺", "шеи", "щитовидн", "الرقبه", "الغده الدرقيه"),
    "CHEST": (
        "chest", "thorax", "thoracic", "lung", "lungs", "pulmonary", "胸部", "胸", "肺",
        "грудной клетки", "огк", "легких", "легкие", "الصدر", "الرئه", "الرئتين", "صدر",
    ),
    "HEART": (
        "heart", "cardiac", "coronary", "echocardiogra", "心脏", "冠脉", "冠状动脉", "心",
        "сердца", "сердце", "эхокардиограф", "эхо-кг", "коронарограф", "коронарн", "القلب",
    ),
    "BREAST": (
        "breast", "mammary", "mammogra", "乳腺", "乳房", "молочн", "маммограф", "الثدي", "ماموجرام",
    ),
    "LIVER": ("liver", "hepatic", "肝", "печени", "печень", "الكبد"),
    "KIDNEY": ("kidney", "kidneys", "renal", "肾", "почек", "почки", "الكلي", "الكليه"),
    "ABDOMEN": (
        "abdomen", "abdominal", "腹部", "腹", "брюшной полости", "обп", "живота", "البطن", "بطن",
    ),
    "PROSTATE": ("prostate", "前列腺", "предстательн", "простаты", "البروستات"),
    "PELVIS": (
        "pelvis", "pelvic", "盆腔", "骨盆", "子宫", "малого таза", "таза", "омт", "الحوض", "حوض",
    ),
    "HIP": ("hip", "髋", "тазобедренн", "مفصل الورك", "الورك"),
    "KNEE": ("knee", "膝", "коленн", "الركبه", "ركبه"),
    "ANKLE": ("ankle", "踝", "голеностопн", "الكاحل"),
    "FOOT": ("foot", "feet", "足", "стопы", "القدم"),
    "SHOULDER": ("shoulder", "肩", "плечевого сустава", "плечевой сустав", "الكتف"),
    "ELBOW": ("elbow", "肘", "локтев", "المرفق", "الكوع"),
    "WRIST": ("wrist", "腕", "лучезапястн", "الرسغ", "المعصم"),
    "HAND": ("hand", "finger", "手部", "кисти", "اليد"),
    "LEG": ("leg", "lower limb", "下肢", "нижних конечностей", "голени", "الساق"),
    "ARM": ("arm", "upper limb", "上肢", "верхних конечностей", "الذراع"),
    "SINUS": ("sinus", "sinuses", "paranasal", "鼻窦", "пазух", "الجيوب الانفيه"),
    "EYE": ("orbit", "orbits", "眼眶", "глазниц", "орбит"),
}  # fmt: skip

#: Words that say that ranges stand beside the values.
RANGES: tuple[str, ...] = (
    "reference range", "reference interval", "reference value", "ref. range", "ref range",
    "ref. interval", "normal range", "normal values", "biological reference",
    "参考范围", "参考区间", "参考值", "正常值", "正常范围",
    "референсн", "реф. знач", "норма", "нормальные значения", "границы нормы", "пределы нормы",
    "المعدل الطبيعي", "القيم المرجعيه", "المدي المرجعي", "المدي الطبيعي", "القيم الطبيعيه",
)  # fmt: skip

#: Words right before a date that make it the date of the study or of the sample.
STUDY_DATE: tuple[str, ...] = (
    "date of examination", "examination date", "exam date", "study date", "date of study",
    "date of service", "date of exam", "scan date", "date of scan", "date of procedure",
    "date of operation", "date of surgery", "collected", "collection date", "date collected",
    "sample date", "specimen date", "date of discharge", "performed on", "visit date", "date",
    "检查日期", "检查时间", "采样时间", "采集时间", "送检日期", "手术日期", "出院日期", "报告日期",
    "日期",
    "дата исследования", "дата проведения", "дата взятия", "дата забора", "дата операции",
    "дата выписки", "дата приема", "дата",
    "تاريخ الفحص", "تاريخ الدراسه", "تاريخ العينه", "تاريخ العمليه", "تاريخ الخروج", "التاريخ",
)  # fmt: skip

#: Words right before a date that make it a birth date, which is never the date of a document.
BIRTH_DATE: tuple[str, ...] = (
    "date of birth", "birth date", "birthdate", "dob", "d.o.b", "born",
    "出生日期", "出生", "生日",
    "дата рождения", "д.р", "д/р", "родился", "родилась", "рожд",
    "تاريخ الميلاد", "تاريخ الولاده", "الميلاد",
)  # fmt: skip

#: Month names to their number; the first letters suffice where they are distinct.
MONTHS: dict[str, int] = {
    **{
        name: number
        for number, names in enumerate(
            (
                "january jan января янв يناير", "february feb февраля фев فبراير",
                "march mar марта мар مارس", "april apr апреля апр ابريل", "may мая май مايو",
                "june jun июня июн يونيو", "july jul июля июл يوليو",
                "august aug августа авг اغسطس", "september sept sep сентября сен سبتمبر",
                "october oct октября окт اكتوبر", "november nov ноября ноя نوفمبر",
                "december dec декабря дек ديسمبر",
            ),
            start=1,
        )
        for name in names.split()
    },
}  # fmt: skip

#: A few words that no other language with the same letters uses so often.
COMMON: dict[str, tuple[str, ...]] = {
    "en": (" the ", " of ", " and ", " with ", " is ", " no ", " was ", " report ", " date "),
    "de": (" der ", " die ", " und ", " mit ", " keine ", " nicht "),
    "fr": (" le ", " les ", " des ", " et ", " avec ", " une "),
    "es": (" el ", " los ", " las ", " con ", " y ", " una "),
    "it": (" il ", " della ", " di ", " con ", " nella ", " non "),
    "pt": (" o ", " os ", " com ", " da ", " não ", " uma "),
    "id": (" dan ", " yang ", " dengan ", " tidak ", " pada ", " pasien ", " tampak "),
    "tr": (" ve ", " bir ", " ile ", " olarak ", " izlendi ", " yok "),
    "pl": (" i ", " w ", " nie ", " oraz ", " bez ", " jest "),
}
