"""The words by which documents in Spanish say what they are: a part of the row in `es.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from checklist.records import RecordKind

HEADINGS: Final[Mapping[RecordKind, tuple[str, ...]]] = {
    "other": (
        "preparación para su", "preparación para la", "preparación para el", "cómo prepararse",
        "instrucciones de preparación", "hoja informativa",
    ),
    "imaging_report": (
        "informe radiológico", "reporte radiológico", "informe de radiología", "servicio de radiología",
        "departamento de radiología", "radiodiagnóstico", "diagnóstico por imagen", "imagenología",
        "imágenes diagnósticas", "informe de resonancia", "informe de tomografía", "informe de ecografía",
        "informe ecográfico", "informe de tac", "informe de tc", "informe de rm", "reporte de ultrasonido",
        "reporte de tomografía", "reporte de resonancia", "reporte de mastografía", "médico radiólogo",
        "radiólogo", "radióloga", "informe de mamografía", "informe mamográfico",
        "informe ecocardiográfico", "servicio de imagen", "informe de imagen", "gabinete de imagen",
        "interpretación radiológica", "informe de medicina nuclear", "informe del estudio de imagen",
        "informe de la radiografía", "impresión radiológica",
    ),
    "pathology_report": (
        "anatomía patológica", "anatomopatológic", "anátomo-patológic", "anatomo patológic",
        "histopatológic", "histopatología", "estudio histológico", "informe histológico",
        "examen histológico", "informe de biopsia", "resultado de biopsia", "inmunohistoquímic",
        "citología", "citopatología", "informe citológico", "descripción macroscópica",
        "descripción microscópica", "diagnóstico histológico", "informe de patología",
        "reporte de patología", "patología quirúrgica", "laboratorio de patología", "servicio de patología",
        "examen macroscópico", "examen microscópico",
    ),
    "lab": (
        "análisis clínicos", "laboratorio clínico", "resultados de laboratorio", "informe de laboratorio",
        "exámenes de laboratorio", "resultados de análisis", "resultados de exámenes", "hemograma",
        "biometría hemática", "citometría hemática", "cuadro hemático", "hematología", "bioquímica",
        "química sanguínea", "química clínica", "analítica", "análisis de sangre", "análisis de orina",
        "examen de sangre", "examen general de orina", "uroanálisis", "perfil lipídico",
        "perfil bioquímico", "perfil hepático", "perfil tiroideo", "valores de referencia",
        "valor de referencia", "rango de referencia", "rangos de referencia", "intervalo de referencia",
        "intervalos de referencia", "marcadores tumorales", "sedimento urinario", "laboratorio de análisis",
        "estudios de laboratorio",
    ),
    "discharge": (
        "informe de alta", "informe clínico de alta", "informe médico de alta", "fecha de alta",
        "fecha de egreso", "motivo de ingreso", "motivo del ingreso", "alta hospitalaria", "alta médica",
        "informe de egreso", "epicrisis", "resumen de alta", "resumen de egreso", "nota de egreso",
        "nota de alta", "hoja de egreso", "hoja de alta", "diagnóstico de egreso", "diagnóstico al alta",
        "diagnósticos al alta", "diagnóstico de alta", "diagnóstico al egreso", "tratamiento al alta",
        "recomendaciones al alta", "carta de alta", "informe de hospitalización",
        "resumen de hospitalización", "diagnósticos de egreso",
    ),
    "operative": (
        "protocolo quirúrgico", "protocolo operatorio", "informe quirúrgico", "informe operatorio",
        "informe de intervención", "hoja quirúrgica", "hoja operatoria", "nota postoperatoria",
        "nota post-operatoria", "nota operatoria", "nota quirúrgica", "parte quirúrgico",
        "parte operatorio", "descripción operatoria", "descripción quirúrgica", "descripción de la cirugía",
        "descripción del procedimiento quirúrgico", "descripción de la intervención", "técnica quirúrgica",
        "récord operatorio", "reporte operatorio", "reporte quirúrgico", "hallazgos operatorios",
        "hallazgos quirúrgicos", "hallazgos transoperatorios", "hallazgos intraoperatorios",
        "informe de cirugía", "nota de cirugía",
    ),
    "consultation": (
        "informe de neurología", "informe de cardiología", "informe de oncología",
        "informe de traumatología", "informe de neumología", "informe de digestivo",
        "informe de ginecología", "informe de urología", "informe de endocrinología",
        "informe de medicina interna", "informe de reumatología", "informe de neurocirugía",
        "informe de pediatría", "informe de dermatología", "informe de otorrino", "informe de oftalmología",
        "informe de rehabilitación", "informe de psiquiatría", "comité de tumores", "junta médica",
        "consulta externa", "consultas externas", "informe de consulta", "informe médico",
        "informe clínico", "nota de consulta", "nota médica", "interconsulta", "nota de evolución",
        "resumen clínico", "certificado médico", "constancia médica", "hoja de consulta",
        "carta de derivación", "hoja de referencia", "primera consulta", "informe de especialista",
        "hoja de evolución", "consulta de revisión", "informe de valoración", "resumen de historia clínica",
        "consulta de oncología", "consulta médica", "nota de valoración", "consulta sucesiva",
    ),
    "prescription": (
        "receta", "fórmula médica", "prescripción", "hoja de medicación", "lista de medicamentos",
        "medicación actual", "plan de medicación", "hoja de tratamiento", "medicamentos prescritos",
        "orden de medicamentos", "medicamentos indicados", "lista de medicación",
        "tratamiento farmacológico", "plan terapéutico", "récipe médico",
    ),
}  # fmt: skip

HINTS: Final[Mapping[RecordKind, tuple[str, ...]]] = {
    "imaging_report": (
        "hallazgos", "impresión diagnóstica", "conclusión", "técnica", "contraste", "secuencias",
        "cortes axiales", "se observa", "se aprecia", "se identifica", "comparación", "parénquima",
        "realce", "exploración", "proyecciones", "bi-rads", "birads", "ecogenicidad", "gadolinio",
        "se realiza estudio",
    ),
    "pathology_report": (
        "muestra", "biopsia", "carcinoma", "márgenes", "bordes quirúrgicos", "grado histológico",
        "pieza quirúrgica", "adenocarcinoma", "espécimen", "bloque de parafina", "hematoxilina",
    ),
    "lab": (
        "hemoglobina", "plaquetas", "creatinina", "glucosa", "leucocitos", "hematocrito", "eritrocitos",
        "hematíes", "colesterol", "triglicéridos", "urea", "transaminasas", "bilirrubina", "resultado",
        "unidades", "neutrófilos", "linfocitos", "glucemia", "ferritina", "proteína c reactiva", "sodio",
        "potasio",
    ),
    "discharge": (
        "ingreso", "egreso", "hospitalización", "estancia", "evolución", "días de estancia", "al alta",
        "dado de alta", "dada de alta", "es alta",
    ),
    "operative": (
        "cirujano", "cirujana", "anestesia", "anestesiólogo", "incisión", "sangrado", "ayudante",
        "intervención quirúrgica", "se procede", "sutura", "diagnóstico postoperatorio",
        "diagnóstico preoperatorio", "instrumentista", "quirófano",
    ),
    "consultation": (
        "mc:", "jc:", "motivo de consulta", "enfermedad actual", "exploración física", "examen físico",
        "antecedentes personales", "padecimiento actual", "juicio clínico", "plan", "anamnesis",
        "recomendaciones", "acude a consulta", "impresión clínica", "tratamiento actual", "signos vitales",
        "próxima cita", "control en",
    ),
    "prescription": (
        "comprimido", "tableta", "cápsula", "cada 8 horas", "cada 12 horas", "cada 24 horas", "vía oral",
        "posología", "dosis", "una vez al día", "dos veces al día", "tomar", "frasco", "por la mañana",
        "por la noche", "grageas", "duración del tratamiento",
    ),
}  # fmt: skip

MODALITIES: Final[Mapping[str, tuple[str, ...]]] = {
    "PT": (
        "pet/tc", "pet-tc", "pet tc", "pet/tac", "pet-tac", "pet tac", "pettc",
        "tomografía por emisión de positrones", "emisión de positrones",
    ),
    "CT": (
        "tac", "modalidad: tc", "una tc ", "la tc ", "el tc ", "un tc ", "mi tc ", "de tc ", "angiotac",
        "angio-tac", "angio tac", "angiotc", "angio-tc", "angio tc", "urotac", "uro-tac", "urotc",
        "uro-tc", "urotomografía",
        "tacar", "tcar", "tcmd", "tcmc", "tomografía", "tomo de", "la tomo", "una tomo", "escáner", "tc de",
        "tc tórax", "tc abdom", "tc tap", "tc simple", "tc con", "tc sin", "tc multicorte",
        "tc multidetector", "tc helicoidal", "tc senos", "tc cráneo", "tc body", "tc cuello", "scanner de ",
        "scanner cerebral", "tc cerebr", "tc cranea", "tc encef", "tc cabez", "tc hipof", "tc tiroid",
        "tc torac", "tc pulm", "tc mediast", "tc corazon", "tc cardi", "tc coron", "tc mama", "tc higado",
        "tc hepat", "tc riñon", "tc renal", "tc pancr", "tc prost", "tc pelv", "tc uter", "tc recto",
        "tc rectal", "tc cadera", "tc rodilla", "tc tobillo", "tc hombro", "tc codo", "tc muñeca",
        "tc mano", "tc antebrazo", "tc brazo", "tc muslo", "tc femur", "tc tibia", "tc cervic", "tc dorsal",
        "tc lumb", "tc sacr", "tc raquis", "tc orbit", "tc col", "tc pie",
    ),
    "MR": (
        "resonancia", "rmn", "rnm", "angiorm", "angio-rm", "angio rm", "colangiorm", "colangio-rm",
        "colangio rm", "colangiorresonancia", "artrorm", "artro-rm", "entero-rm", "enterorm", "cardiorm",
        "cardio-rm", "rm de", "rm cráneo", "rm dorsal", "rm rodilla", "rm hombro", "rm cadera",
        "rm tobillo", "rm abdom", "rm mama", "rm multiparamétrica", "rm fetal", "rm con", "rm sin",
        "rm mano", "rm muñeca", "rm pie", "rm codo", "rm hígado", "rm corazón", "rm cuello",
        "rm c cervical", "rm c lumbar", "rm raquis", "imagen por resonancia", "modalidad: rm",
        "modalidad rm", "modalidad: mr", "una rm ", "la rm ", "mi rm ", "informe rm", "de rm ", "rm cerebr",
        "rm cranea", "rm encef", "rm cabez", "rm hipof", "rm tiroid", "rm torax", "rm torac", "rm pulm",
        "rm mediast", "rm cardi", "rm coron", "rm hepat", "rm riñon", "rm renal", "rm pancr", "rm prost",
        "rm pelv", "rm uter", "rm recto", "rm rectal", "rm antebrazo", "rm brazo", "rm muslo", "rm femur",
        "rm tibia", "rm cervic", "rm lumb", "rm sacr", "rm senos", "rm orbit", "rm col",
    ),
    "US": (
        "ecografía", "ecográfic", "ecógrafo", "ultrasonografía", "ultrasonográfic", "sonografía",
        "ecotomografía", "ecodoppler", "eco-doppler", "eco doppler", "eco abdom", "eco de ", "eco mama",
        "eco tiroid", "eco renal", "eco pelv", "eco gineco", "eco transvag", "eco cardi", "eco cervical",
        "eco hep", "eco hombro", "eco testic", "eco reno", "ecocardiograma", "ecocardiografía",
        "ecocardiográfic", "endosonografía", "ecoendoscopia", "ultrasonid",
    ),
    "MG": ("mamografía", "mamográfic", "mastografía", "tomosíntesis"),
    "NM": (
        "gammagrafía", "gammagrama", "gammagráfic", "centellograma", "centellografía", "centelleograma",
        "cintigrama", "cintigrafía", "rastreo óseo",
    ),
    "XA": (
        "angiografía", "angiográfic", "arteriografía", "flebografía", "coronariografía", "cateterismo",
        "cinecoronariografía", "aortografía",
    ),
    "DX": (
        "radiografía", "radiográfic", "rayos x", "rx de", "rx tórax", "rx simple", "rx mano", "rx rodilla",
        "rx cadera", "rx pie", "rx tobillo", "rx hombro", "rx cráneo", "rx senos", "rx muñeca", "rx codo",
        "rx fémur", "rx parrilla", "rx ap ", "tele de tórax", "telerradiografía", "teleradiografía",
        "placa de tórax", "placas de tórax", "placa de rodilla", "placa de columna", "placa de cadera",
        "placa de mano", "placa de pie", "placa de tobillo", "placa de hombro", "placa de abdomen",
        "placa simple", "placa torá", "tele tórax", "ortopantomografía", "radiología simple",
        "panorámica dental", "radiología convencional", "histerosalpingografía", "hsg", "serie ósea",
        "tránsito intestinal", "esofagograma", "rx cerebr", "rx cranea", "rx encef", "rx cabez", "rx hipof",
        "rx cuello", "rx tiroid", "rx torac", "rx pulm", "rx mediast", "rx corazon", "rx cardi", "rx coron",
        "rx mama", "rx higado", "rx hepat", "rx riñon", "rx renal", "rx abdom", "rx pancr", "rx prost",
        "rx pelv", "rx uter", "rx recto", "rx rectal", "rx antebrazo", "rx brazo", "rx muslo", "rx tibia",
        "rx cervic", "rx dorsal", "rx lumb", "rx sacr", "rx raquis", "rx orbit", "rx col",
    ),
}  # fmt: skip
