"""Body parts as machines and descriptions name them: DICOM's codes, and words only they use."""

from __future__ import annotations

from collections.abc import Mapping

#: Body Part Examined (PS3.16 annex L) and what machines write instead, by the part it belongs to;
#: letters and digits only. Parts that have a word of their own in `kind_words.py` need no line.
CODES: Mapping[str, str] = {
    "BRAIN": "HEAD", "SKULL": "HEAD", "HEADBRAIN": "HEAD", "NEURO": "HEAD", "CRANIUM": "HEAD",
    "PITUITARY": "HEAD", "IAC": "HEAD", "EAR": "HEAD", "FACE": "HEAD", "MAXFAC": "HEAD",
    "TMJ": "HEAD", "SELLA": "HEAD", "HEADANGIO": "HEAD", "JAW": "HEAD", "MANDIBLE": "HEAD",
    "MAXILLA": "HEAD", "TEETH": "HEAD", "ZYGOMA": "HEAD", "NASALBONE": "HEAD",
    "SCHAEDEL": "HEAD", "KOPF": "HEAD",
    "HEADANDNECK": "HEADNECK", "NECKHEAD": "HEADNECK",
    "THYROID": "NECK", "LARYNX": "NECK", "PHARYNX": "NECK", "CAROTID": "NECK", "TRACHEA": "NECK",
    "SOFTTISSUENECK": "NECK",
    "CERVICALSPINE": "CSPINE", "CERVICAL": "CSPINE", "CSP": "CSPINE", "HWS": "CSPINE",
    "THORACICSPINE": "TSPINE", "DORSALSPINE": "TSPINE", "DSPINE": "TSPINE", "BWS": "TSPINE",
    "LUMBARSPINE": "LSPINE", "LUMBAR": "LSPINE", "LSSPINE": "LSPINE", "LUMBOSACRAL": "LSPINE",
    "SSPINE": "LSPINE", "SACRUM": "LSPINE", "COCCYX": "LSPINE", "LWS": "LSPINE",
    "SACRALSPINE": "LSPINE",
    "CTSPINE": "SPINE", "TLSPINE": "SPINE", "WHOLESPINE": "SPINE", "FULLSPINE": "SPINE",
    "ENTIRESPINE": "SPINE", "TOTALSPINE": "SPINE", "SPINALCORD": "SPINE", "LTSPINE": "SPINE",
    "THORAX": "CHEST", "LUNG": "CHEST", "LUNGS": "CHEST", "RIB": "CHEST", "RIBS": "CHEST",
    "STERNUM": "CHEST", "MEDIASTINUM": "CHEST", "ESOPHAGUS": "CHEST", "BRONCHUS": "CHEST",
    "CXR": "CHEST",
    "CARDIAC": "HEART", "CORONARY": "HEART", "CORONARYARTERY": "HEART", "AORTICVALVE": "HEART",
    "BREASTS": "BREAST", "MAMMA": "BREAST", "LBREAST": "BREAST", "RBREAST": "BREAST",
    "KIDNEYS": "KIDNEY", "RENAL": "KIDNEY", "KUB": "KIDNEY", "URETER": "KIDNEY",
    "ABD": "ABDOMEN", "ABDO": "ABDOMEN", "STOMACH": "ABDOMEN", "PANCREAS": "ABDOMEN",
    "SPLEEN": "ABDOMEN", "GALLBLADDER": "ABDOMEN", "BILEDUCT": "ABDOMEN", "COLON": "ABDOMEN",
    "SMALLBOWEL": "ABDOMEN", "APPENDIX": "ABDOMEN", "UPPERABDOMEN": "ABDOMEN",
    "DUODENUM": "ABDOMEN", "AORTA": "ABDOMEN", "INTESTINE": "ABDOMEN", "ADRENAL": "ABDOMEN",
    "ABDPEL": "ABDOMENPELVIS", "ABDPELVIS": "ABDOMENPELVIS", "ABDOMENANDPELVIS": "ABDOMENPELVIS",
    "ABDOPELVIS": "ABDOMENPELVIS", "ABDOMENPELVI": "ABDOMENPELVIS",
    "CHESTABDOMENPELVIS": "CHESTABDPELVIS", "CAP": "CHESTABDPELVIS", "TAP": "CHESTABDPELVIS",
    "CHESTABDOMENANDPELVIS": "CHESTABDPELVIS", "CHABDPEL": "CHESTABDPELVIS",
    "THORAXABDOMENPELVIS": "CHESTABDPELVIS",
    "CHESTABD": "CHESTABDOMEN", "CHESTANDABDOMEN": "CHESTABDOMEN", "THORAXABDOMEN": "CHESTABDOMEN",
    "BLADDER": "PELVIS", "UTERUS": "PELVIS", "OVARY": "PELVIS", "RECTUM": "PELVIS",
    "CERVIX": "PELVIS", "PERINEUM": "PELVIS", "SIJOINT": "PELVIS", "SCROTUM": "PELVIS",
    "TESTIS": "PELVIS", "ANUS": "PELVIS", "VAGINA": "PELVIS", "PENIS": "PELVIS",
    "SIJOINTS": "PELVIS", "ILIUM": "PELVIS",
    "HIPS": "HIP", "HIPJOINT": "HIP", "ACETABULUM": "HIP",
    "KNEES": "KNEE", "KNEEJOINT": "KNEE", "PATELLA": "KNEE", "LKNEE": "KNEE", "RKNEE": "KNEE",
    "HINDFOOT": "FOOT", "CALCANEUS": "FOOT", "TOE": "FOOT", "HEEL": "FOOT", "FEET": "FOOT",
    "LFOOT": "FOOT", "RFOOT": "FOOT", "ANKLEJOINT": "ANKLE", "ACHILLES": "ANKLE",
    "FEMUR": "LEG", "THIGH": "LEG", "TIBIA": "LEG", "FIBULA": "LEG", "CALF": "LEG",
    "TIBIAFIBULA": "LEG", "TIBFIB": "LEG", "LOWERLEG": "LEG", "UPPERLEG": "LEG",
    "LOWEREXTREMITY": "LEG", "LOWERLIMB": "LEG", "LEGS": "LEG", "EXTREMITY": "LEG",
    "CLAVICLE": "SHOULDER", "SCAPULA": "SHOULDER", "ACJOINT": "SHOULDER", "AXILLA": "SHOULDER",
    "HUMERUS": "ARM", "FOREARM": "ARM", "RADIUS": "ARM", "ULNA": "ARM", "RADIUSULNA": "ARM",
    "UPPEREXTREMITY": "ARM", "UPPERLIMB": "ARM", "UPPERARM": "ARM",
    "FINGER": "HAND", "THUMB": "HAND", "HANDS": "HAND", "CARPAL": "WRIST", "SCAPHOID": "WRIST",
    "SINUSES": "SINUS", "PARANASALSINUS": "SINUS", "PNS": "SINUS", "NOSE": "SINUS",
    "ORBITS": "EYE", "ORBIT": "EYE", "EYES": "EYE", "RETINA": "EYE", "CORNEA": "EYE",
    "OPTICCANAL": "EYE",
    "WB": "WHOLEBODY", "PETBODY": "WHOLEBODY", "SKULLTOTHIGH": "WHOLEBODY",
}  # fmt: skip

#: Words of study and series descriptions, too short or too plain to be looked for in whole letters.
DESCRIPTIONS: Mapping[str, tuple[str, ...]] = {
    "WHOLEBODY": ("wb", "ganzkorper", "cuerpo entero", "corps entier", "все тело"),
    "CSPINE": (
        "hws", "halswirbel", "columna cervical", "rachis cervical", "颈椎", "шейный", "шейн",
        "عنقيه", "العنقيه",
    ),
    "TSPINE": ("bws", "brustwirbel", "columna dorsal", "rachis dorsal", "胸椎", "гоп", "الظهريه"),
    "LSPINE": (
        "lws", "lendenwirbel", "columna lumbar", "rachis lombaire", "l spine", "ls spine",
        "sacrum", "骶", "поп", "пкоп", "крестц", "قطنيه", "العجز",
    ),
    "SPINE": ("wirbelsaule", "columna", "rachis", "脊椎", "脊髓", "فقرات"),
    "HEAD": (
        "schadel", "kopf", "hirn", "cerebro", "cerveau", "craneo", "crane", "cerebrum", "neuro",
        "sella", "pituitary", "垂体", "гм", "мозга", "мозг", "голова", "гипофиз", "راس",
        "جمجمه", "نخاميه",
    ),
    "NECK": ("hals", "cuello", "carotid", "颈", "喉", "шея", "мягких тканей шеи", "رقبه"),
    "CHEST": (
        "torax", "poumon", "pulmon", "lunge", "brust ct", "ribs", "mediastin", "胸腔", "肋",
        "огк", "грудь", "легк", "رئه",
    ),
    "HEART": ("herz", "corazon", "coeur", "cta cor", "冠", "кардио", "قلب", "الشرايين التاجيه"),
    "BREAST": ("mamma", "mama", "乳", "мж", "грудных желез", "ثدي"),
    "LIVER": ("leber", "higado", "foie", "mrcp", "胆", "мрхпг", "كبد"),
    "KIDNEY": ("niere", "urogram", "rinon", "泌尿", "почк", "كليه"),
    "ABDOMEN": (
        "abdo", "abd", "oberbauch", "bauch", "上腹", "中腹", "全腹", "胰", "брюшн",
        "поджелуд",
    ),
    "PROSTATE": ("prostata", "простат", "بروستات"),
    "PELVIS": (
        "becken", "bladder", "uterus", "rectum", "bassin", "下腹", "盆", "直肠", "膀胱",
        "малый таз", "таз", "матк", "الرحم", "المستقيم",
    ),
    "HIP": ("hufte", "cadera", "hanche", "髋关节", "тбс", "الفخذ"),
    "KNEE": ("knie", "rodilla", "genou", "膝关节", "колен"),
    "ANKLE": ("sprunggelenk", "tobillo", "cheville", "踝关节", "голеностоп"),
    "FOOT": ("fuss", "pied", "足部", "стоп", "пятк"),
    "SHOULDER": ("schulter", "hombro", "epaule", "肩关节", "плечо", "плеч", "كتف"),
    "ELBOW": ("ellenbogen", "codo", "coude", "肘关节", "локоть"),
    "WRIST": ("handgelenk", "muneca", "poignet", "腕关节", "запяст"),
    "HAND": ("mano", "手指", "кисть", "يد"),
    "LEG": ("femur", "tibia", "thigh", "calf", "小腿", "大腿", "бедр", "нога", "ساق"),
    "ARM": ("humerus", "forearm", "前臂", "上臂", "предплеч", "رسغ اليد"),
    "SINUS": ("nnh", "副鼻窦", "ппн", "околоносов"),
    "EYE": ("orbita", "眼", "глаз", "العين"),
}  # fmt: skip

_TRUNK = frozenset({"CHEST", "ABDOMEN", "PELVIS"})

#: Parts that have a name together, the more of them the earlier.
TOGETHER: Mapping[frozenset[str], str] = {
    _TRUNK: "CHESTABDPELVIS",
    frozenset({"ABDOMEN", "PELVIS"}): "ABDOMENPELVIS",
    frozenset({"CHEST", "ABDOMEN"}): "CHESTABDOMEN",
    frozenset({"HEAD", "NECK"}): "HEADNECK",
}

#: The parts that a part holds, for those that are more than one.
PARTS_OF: Mapping[str, frozenset[str]] = {
    **{code: parts for parts, code in TOGETHER.items()},
    "ABDOMEN": frozenset({"ABDOMEN", "LIVER", "KIDNEY"}),
    "PELVIS": frozenset({"PELVIS", "PROSTATE"}),
    "SPINE": frozenset({"SPINE", "CSPINE", "TSPINE", "LSPINE"}),
}
