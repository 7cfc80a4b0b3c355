"""How radiologists shorten the names of scans: of which machine, of which parts, and of vessels.

Data for `scan_words.py`, in the form of the tables in `report_words/`. One short form can name a machine and
several parts at once: "CTPA", "CT TAP", "МРХПГ", "头颈CTA".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_TRUNK: Final = "CHEST ABDOMEN PELVIS"

#: Body parts, parted by blanks, by the words that stand for them.
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    _TRUNK: (
        "ct tap", "ct cap", "ct-tap", "ct-cap", "tap ct", "cap ct", "ct c/a/p", "ct t/a/p",
        "огк, обп, омт", "胸腹盆", "الصدر والبطن والحوض",
    ),
    "NECK CHEST ABDOMEN PELVIS": ("ct ncap", "ct ntap", "颈胸腹盆"),
    "ABDOMEN PELVIS": (
        "abdo/pelvis", "abd/pel", "abdo/pel", "ct ap", "ct a/p", "ct a&p", "ct a+p", "ct a-p",
        "ct abdopelvis", "abdominopelvic", "abdomino-pelvic", "腹盆", "全腹部盆腔",
    ),
    "CHEST ABDOMEN": ("胸腹", "thoracoabdominal", "thoraco-abdominal", "торакоабдоминальн"),
    "HEAD NECK": ("头颈", "head and neck", "head & neck", "cta h&n", "голова и шея"),
    "CSPINE TSPINE": ("шгоп", "cervicothoracic", "cervico-thoracic", "颈胸椎"),
    "TSPINE LSPINE": (
        "thoracolumbar", "thoraco-lumbar", "dorsolumbar", "dorso-lumbar", "d/l spine", "t/l spine",
        "dl spine", "tl spine", "胸腰椎", "гпоп",
    ),
    "CSPINE": ("c spine", "c/spine", "cerv spine", "cx spine", "c-sp", "颈髓"),
    "TSPINE": ("t spine", "d spine", "d-spine", "t/spine", "th spine", "胸髓", "гоп"),
    "LSPINE": (
        "lss", "ls spine", "l/s spine", "l-s spine", "ls-spine", "l spine", "l/spine", "lx spine",
        "lumbo-sacral", "lumbar-sacral", "اسفل الظهر", "عجزيه",
    ),
    "HEAD": (
        "iac", "iacs", "iam", "iams", "internal auditory", "temporal bone", "temporal bones",
        "mastoid", "petrous", "tmj", "facial bones", "sella", "circle of willis", "posterior fossa",
        "opg", "orthopantomogra", "внчс", "чмн", "височных костей", "пирамид", "ортопантомограф",
        "череп", "гипофиза", "颞骨", "乳突", "内听道", "颞颌", "颞下颌", "鞍区", "颅底",
        "جمجمه", "مخ", "نخاميه", "الغده النخاميه",
    ),
    "NECK": (
        "carotid", "carotids", "parotid", "larynx", "бца", "брахиоцефальн", "щж", "гортан",
        "слюнных желез", "мягких тканей шеи", "颈动脉", "腮腺", "喉咽", "غده درقيه", "درقيه",
        "عنق", "حنجره", "السباتي",
    ),
    "CHEST": (
        "cxr", "hrct", "ldct", "ctpa", "cta pe", "pe protocol", "pe study", "pulm", "mediastin",
        "sternum", "rib", "v/q", "vq scan", "огп", "органов грудной полости", "органы грудной",
        "флг", "флюорограф", "средостен", "胸片", "肋骨", "纵隔", "支气管", "قفص صدري",
        "القفص الصدري",
    ),
    "HEART": (
        "ctca", "ccta", "cmr", "tte", "tee", "echo", "2d echo", "2d-echo", "muga", "эхокг",
        "эхо кг", "миокард", "超声心动", "心动图", "心肌", "تخطيط صدي القلب",
    ),
    "BREAST": (
        "mammo", "tomosynthesis", "ммг", "мж", "умж", "узи мж", "乳", "ماموغرافي", "ماموجراف",
        "ماموجرافي", "ثديين",
    ),
    "LIVER": (
        "mrcp", "hida", "biliary", "bile duct", "hepatobiliary", "мрхпг", "мр-холангио",
        "холангиопанкреат", "желчн", "гепатобилиарн", "肝胆", "胆道", "胆囊", "القنوات الصفراويه",
        "المراره",
    ),
    "KIDNEY": (
        "kub", "ivu", "ivp", "urogra", "urinary tract", "ctu", "ct-ivp", "dmsa", "mag3", "renal",
        "ureter", "мвп", "мочевыводящ", "мочеточник", "урограф", "почек", "泌尿系", "泌尿", "双肾",
        "输尿管", "الكليتين", "كلي", "المسالك البوليه", "مسالك بوليه", "الحالب",
    ),
    "ABDOMEN": (
        "abd", "abdo", "upper abd", "enterograph", "mre", "cte", "pancreas", "pancreatic",
        "adrenal", "adrenals", "spleen", "retroperiton", "забрюшинн", "заб. пр", "надпочечн",
        "поджелудоч", "пжж", "селезенк", "胰腺", "肝胆胰脾", "肾上腺", "腹膜后", "小肠", "胃",
        "البنكرياس", "الطحال", "بنكرياس", "الامعاء",
    ),
    "PROSTATE": ("mpmri", "mp-mri", "trus", "трузи", "предстат", "前列腺", "بروستاتا"),
    "PELVIS": (
        "si joint", "si joints", "sij", "sijs", "sacroiliac", "hsg", "transvaginal", "tvs", "tvus",
        "ovar", "cervix", "крестцово-подвздош", "кпс", "трансвагинальн", "матки", "мочевого пузыря",
        "прямой кишки", "яичник", "骶髂", "附件", "妇科", "经阴道", "直肠", "膀胱", "عنق الرحم",
        "المثانه", "المبيض", "المبايض",
    ),
    "HIP": ("hips", "nof", "тбс", "т/б сустав", "髋", "مفصل الفخذ"),
    "KNEE": ("knees", "кол. сустав", "колена", "колено", "膝"),
    "SHOULDER": ("ac joint", "плеча", "плечев", "плеч. сустав", "كتف"),
    "ANKLE": ("г/ст", "голеност", "كاحل"),
    "FOOT": ("calcaneus", "стоп", "пяточн", "跟骨", "قدم"),
    "LEG": ("lle", "rle", "thigh", "femur", "tib/fib", "tib fib", "бедр", "голен", "股骨", "胫骨"),
    "ARM": ("lue", "rue", "humerus", "forearm", "плечевой кости", "предплеч", "肱骨", "尺桡骨"),
    "SINUS": ("pns", "ппн", "околоносов", "придаточн", "鼻旁窦", "جيوب انفيه", "الجيوب"),
    "EYE": ("globe", "оптич", "眼", "حجاج", "محجر العين"),
    "WHOLEBODY": ("vertex to", "skull base", "skull-base", "base of skull to", "wb", "все тело"),
}  # fmt: skip

#: Machines by words that are written of them.
MACHINES: Final[Mapping[str, tuple[str, ...]]] = {
    "CT": (
        "ctpa", "ctca", "ccta", "ctu", "cte", "ctv", "ldct", "hrct", "ncct", "nect", "cect", "mdct",
        "msct", "tdm", "скт", "ркт", "кт-ангио", "мскт-ангио", "компьютерн",
        "螺旋", "سي تي", "سي.تي", "مفراس", "طبقي", "سكانير", "سكانر", "مقطعيه", "مقطعي محوسب",
        "المقطعي",
    ),
    "MR": (
        "mrcp", "mrv", "mre", "cmr", "mpmri", "mp-mri", "irm", "nmr", "мр-томограф", "мр томограф",
        "мр-исслед", "мр-холангио", "мрхпг", "магнитно", "核磁共振", "رنين", "مرنان", "ام ار اي",
        "ام.ار.اي", "ايرم", "ايم ار اي",
    ),
    "US": (
        "usg", "uss", "us abd", "us renal", "us thyroid", "us neck", "us breast", "us pelvis",
        "us kub", "us liver", "us scrot", "us kidney", "tte", "tee", "2d echo", "2d-echo", "echo",
        "trus", "tvs", "tvus", "duplex", "уздг", "узгд", "эхокг", "эхо кг", "дуплекс", "цдк",
        "трузи", "сонограф", "эхограф", "彩色多普勒", "多普勒", "超声", "超音波", "التراساوند", "الترا ساوند",
        "دوبلر", "سونار", "ايكو", "تلفزيون", "موجات فوق صوتيه", "امواج فوق صوتيه",
        "موجات صوتيه", "ايكوغراف", "تخطيط صدي",
    ),
    "DX": (
        "cxr", "axr", "kub x", "opg", "plain film", "plain films", "roentgen", "р-графия",
        "r-графия", "р-гр", "r-гр", "рг", "rg", "флг", "снимок", "ортопантомогр", "рентген",
        "x片", "x摄片", "dr胸", "dr片", "dr检查", "dr摄影", "dr正", "正侧位", "正位", "拍片",
        "اشعه عاديه", "صوره شعاعيه", "اشعه اكس", "صوره بسيطه",
    ),
    "PT": (
        "petct", "fdg", "dotatate", "psma", "派特", "петкт", "пэткт", "بت سكان", "بيت سكان",
        "بوزيترون", "بتروني",
    ),
    "NM": (
        "v/q", "vq scan", "muga", "dmsa", "mag3", "hida", "mibi", "офэкт", "骨ect", "ect",
        "مسح ذري", "المسح الذري",
    ),
    "MG": ("mammo", "tomosynthesis", "ммг", "ماموغرافي", "ماموجراف"),
}  # fmt: skip

#: Words that say that vessels are shown.
VESSELS: Final = (
    "ctpa", "ctca", "ccta", "ctv", "mrv", "circle of willis", "carotid", "бца", "брахиоцефальн",
    "动脉", "静脉", "السباتي",
)  # fmt: skip
