"""The words by which documents in French say what they are: a part of the row in `fr.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from checklist.records import RecordKind

HEADINGS: Final[Mapping[RecordKind, tuple[str, ...]]] = {
    "other": (
        "comment vous préparer", "comment se préparer", "préparation à l'examen",
        "préparer votre examen", "fiche d'information", "consignes avant",
    ),
    "imaging_report": (
        "imagerie médicale", "compte rendu radiologique", "compte-rendu radiologique",
        "service de radiologie", "service d'imagerie", "cabinet de radiologie", "centre de radiologie",
        "département de radiologie", "radiologue", "compte rendu de scanner", "compte-rendu de scanner",
        "compte rendu scanner", "compte rendu d'irm", "compte-rendu d'irm", "compte rendu irm",
        "compte rendu de tdm", "compte-rendu de tdm", "compte rendu tdm", "compte rendu d'échographie",
        "compte-rendu d'échographie", "compte rendu échographique", "compte-rendu échographique",
        "compte rendu de mammographie", "compte-rendu de mammographie", "compte rendu de radiographie",
        "compte-rendu de radiographie", "compte rendu de radiologie", "compte rendu d'imagerie",
        "compte-rendu d'imagerie", "compte rendu d'examen radiologique", "radiodiagnostic",
        "rapport de radiologie", "rapport radiologique", "rapport d'imagerie", "rapport d'irm",
        "rapport d'échographie", "échographie doppler", "échocardiographie transthoracique",
        "médecin radiologue", "sénologie", "compte rendu d'échocardiographie",
        "compte-rendu d'échocardiographie", "imagerie diagnostique", "échographie obstétricale",
        "service de médecine nucléaire", "compte rendu d'examen tomodensitométrique",
    ),
    "pathology_report": (
        "compte rendu cytologique", "cytologique", "anatomie pathologique",
        "anatomie et cytologie pathologiques", "anatomo-pathologi", "anatomopathologi",
        "anatomo pathologi", "cytologie pathologique", "histopathologi", "compte rendu histologique",
        "examen histologique", "étude histologique", "immunohistochimi", "immuno-histochimi",
        "compte rendu de biopsie", "examen anatomopathologique", "cytopathologi",
        "examen macroscopique", "examen microscopique", "macroscopie", "microscopie",
        "compte rendu d'anatomie", "examen cytologique", "laboratoire de pathologie",
        "rapport de pathologie", "examen extemporané", "frottis cervico",
    ),
    "lab": (
        "analyses médicales", "biologie médicale", "laboratoire d'analyses", "laboratoire de biologie",
        "résultats d'analyses", "résultats biologiques", "compte rendu d'analyses", "bilan biologique",
        "bilan sanguin", "numération formule sanguine", "hémogramme", "numération globulaire", "nfs", "fns",
        "biochimie", "hématologie", "ionogramme", "analyse d'urine", "analyse de sang", "prise de sang",
        "bilan lipidique", "bilan hépatique", "bilan rénal", "bilan thyroïdien", "valeurs de référence",
        "valeur de référence", "valeurs usuelles", "valeurs normales", "intervalle de référence",
        "marqueurs tumoraux", "examen cytobactériologique", "ecbu", "hémostase", "chimie du sang",
        "examens de laboratoire", "laboratoire de biochimie", "résultats de laboratoire",
    ),
    "discharge": (
        "compte rendu d'hospitalisation", "compte-rendu d'hospitalisation", "compte rendu hospitalier",
        "compte rendu de sortie", "compte-rendu de sortie", "lettre de sortie", "lettre de liaison",
        "résumé de sortie", "résumé d'hospitalisation", "courrier de sortie", "rapport de sortie",
        "rapport d'hospitalisation", "bulletin de sortie", "date de sortie", "diagnostic de sortie",
        "traitement de sortie", "ordonnance de sortie", "motif d'hospitalisation", "compte rendu de séjour",
        "fiche de sortie", "synthèse d'hospitalisation", "sommaire de départ", "sommaire d'hospitalisation",
        "feuille sommaire",
    ),
    "operative": (
        "compte rendu opératoire", "compte-rendu opératoire", "compte rendu d'intervention",
        "compte-rendu d'intervention", "protocole opératoire", "rapport opératoire",
        "compte rendu chirurgical", "description opératoire", "fiche opératoire",
        "compte rendu d'opération", "protocole chirurgical", "rapport chirurgical", "note opératoire",
    ),
    "consultation": (
        "consultation du", "compte rendu de consultation", "compte-rendu de consultation",
        "lettre de consultation", "courrier de consultation", "consultation de", "consultation d'",
        "consultation externe", "certificat médical", "rapport médical", "compte rendu médical",
        "lettre d'adressage", "lettre de confrère", "cher confrère", "chère consœur", "avis spécialisé",
        "avis médical", "lettre d'orientation", "demande d'avis", "note de consultation",
        "réunion de concertation", "mon cher ami", "bilan médical", "résumé clinique",
        "fiche de liaison",
    ),
    "prescription": (
        "ordonnance", "prescription", "liste des médicaments", "traitement en cours",
        "traitement habituel", "traitement actuel", "ordonnance médicale", "plan de prise",
        "renouvellement d'ordonnance", "renouvellement de l'ordonnance", "renouvellement du traitement",
        "renouvellement de traitement", "renouvellement :", "à renouveler", "liste de médicaments",
        "plan de médication",
    ),
}  # fmt: skip

HINTS: Final[Mapping[RecordKind, tuple[str, ...]]] = {
    "imaging_report": (
        "résultat", "conclusion", "technique", "indication", "injection", "gadolinium", "séquences",
        "coupes", "au total", "on note", "absence de", "produit de contraste", "rehaussement", "parenchyme",
        "hyposignal", "hypersignal", "acr", "bi-rads", "incidences", "hypodense", "échogénicité",
        "comparaison", "plan axial", "hélicoïdale", "impression",
    ),
    "pathology_report": (
        "prélèvement", "biopsie", "carcinome", "marges", "limites d'exérèse", "pièce opératoire", "exérèse",
        "adénocarcinome", "tumeur", "renseignements cliniques", "lames",
    ),
    "lab": (
        "hémoglobine", "plaquettes", "créatinine", "glycémie", "leucocytes", "hématies", "hématocrite",
        "cholestérol", "triglycérides", "urée", "transaminases", "bilirubine", "polynucléaires",
        "lymphocytes", "ferritine", "protéine c réactive", "natrémie", "kaliémie", "prélevé", "unités",
        "normes", "antériorités", "globules blancs", "globules rouges",
    ),
    "discharge": (
        "hospitalisé", "entrée", "sortie", "séjour", "évolution", "date d'entrée", "suites simples",
        "suites opératoires", "admis", "à la sortie", "retour à domicile", "médecin traitant",
    ),
    "operative": (
        "chirurgien", "anesthésie", "anesthésiste", "incision", "pertes sanguines", "aide opératoire",
        "intervention", "fermeture", "drainage", "hémostase soigneuse", "voie d'abord", "décubitus dorsal",
        "opérateur",
    ),
    "consultation": (
        "motif de consultation", "histoire de la maladie", "examen clinique", "conduite à tenir",
        "antécédents", "anamnèse", "plaintes", "je vois", "j'ai vu", "j'ai reçu", "à l'interrogatoire",
        "examen physique", "au plan clinique", "bien confraternellement", "merci de m'avoir adressé",
        "je reverrai", "salutations", "suivi",
    ),
    "prescription": (
        "comprimé", "gélule", "matin et soir", "fois par jour", "par jour", "pendant", "sachet",
        "posologie", "boîte", "avant les repas", "par voie orale", "le soir au coucher", "qsp",
        "non substituable",
    ),
}  # fmt: skip

MODALITIES: Final[Mapping[str, tuple[str, ...]]] = {
    "PT": (
        "tep/tdm", "tep-tdm", "tep tdm", "tep/ct", "tep-ct", "tepscan", "tep scan", "tep-scan", "tep fdg",
        "tep à", "tomographie par émission de positons", "émission de positons", "petscan", "pet-scan",
        "pet scan",
    ),
    "CT": (
        "tdm", "scanner cérébr", "scanner cran", "scanner du", "scanner de ", "scanner des ", "scanner d'",
        "scanner sans", "scanner avec", "scanner tap", "scanner hépa", "scanner sinus", "scanner non",
        "scanner en", "scanner corps", "scanner multi", "scanner spiralé", "scanner volumique",
        "scanner genou", "scanner épaule", "scanner rachis", "scanner orbit", "scanner low", "un scanner",
        "le scanner", "mon scanner", "au scanner", "ce scanner", "scannographi", "scanographi",
        "angioscanner", "angio-scanner", "angio scanner", "angio-tdm", "angiotdm", "angio tdm",
        "uroscanner", "uro-scanner", "uro scanner", "uro-tdm", "arthroscanner", "arthro-scanner",
        "coroscanner", "coro-scanner", "entéroscanner", "entéro-scanner", "dentascanner",
        "tomodensitométri", "tacographie", "coloscanner", "cone beam", "scanner tete", "scanner hypoph",
        "scanner cou", "scanner thyro", "scanner thor", "scanner pulm", "scanner medias", "scanner card",
        "scanner coron", "scanner mamm", "scanner rena", "scanner abdo", "scanner pancr", "scanner prost",
        "scanner pelv", "scanner bass", "scanner hanche", "scanner cheville", "scanner poignet",
        "scanner main", "scanner avant", "scanner bras", "scanner cuisse", "scanner femur", "scanner jambe",
        "scanner tibia", "scanner cerv", "scanner dors", "scanner lomb", "scanner sacr", "scanner rocher",
        "scanner massif", "scanner pied", "scanner inj",
    ),
    "MR": (
        "irm", "angio-irm", "angioirm", "angio irm", "bili-irm", "bili irm", "cholangio-irm",
        "cholangio irm", "arthro-irm", "entéro-irm", "cardio-irm", "imagerie par résonance",
        "résonance magnétique", "wirsungo-irm", "uro-irm", "mammo-irm",
    ),
    "US": (
        "échographi", "écho-doppler", "échodoppler", "écho doppler", "échotomographie", "écho abdom",
        "écho mammaire", "écho pelv", "écho rénale", "écho thyroïd", "écho de ", "écho des ", "écho du ",
        "écho cardi", "écho obst", "écho vésic", "écho cervic", "écho trans", "une écho", "mon écho",
        "échocardiographie", "echo-cardiograph", "endo-échographie", "échoendoscopie", "écho-endoscopie",
        "ultrasonographie", "ultrasons", "doppler",
    ),
    "MG": ("mammographi", "tomosynthèse", "mammotomographie"),
    "NM": ("scintigraphi", "scinti "),
    "XA": (
        "angiographi", "artériographi", "phlébographi", "coronarographi", "cathétérisme",
    ),
    "DX": (
        "radiographi", "rayons x", "radio du", "radio de ", "radio des ", "radio pulm", "radio thora",
        "radio d'", "radio osseuse", "radio bassin", "radio genou", "radio cheville", "radio main",
        "radio épaule", "radio poignet", "radio pied", "radio lomb", "radio cervicale", "radio dentaire",
        "une radio", "ma radio", "mes radios", "radios du", "radios de", "rx du", "rx de", "rx pulm",
        "rx genou", "rx main", "rx pied", "rx cheville", "rx épaule", "rx rachis", "rx poignet",
        "rx hanche", "télécœur", "téléthorax", "télé thorax", "télégonométrie", "cliché thoracique",
        "cliché pulmonaire", "cliché de thorax", "panoramique dentaire", "orthopantomogramme",
        "orthopantomographi", "hystérosalpingographi", "hsg", "transit baryté", "transit oeso",
        "transit du grêle", "abdomen sans préparation", "rx cérébr", "rx crân", "rx enceph", "rx tete",
        "rx hypoph", "rx cou", "rx thyro", "rx thor", "rx medias", "rx card", "rx coron", "rx mamm",
        "rx hepat", "rx rena", "rx abdo", "rx pancr", "rx prost", "rx pelv", "rx bass", "rx avant",
        "rx bras", "rx cuisse", "rx femur", "rx jambe", "rx tibia", "rx cerv", "rx dors", "rx lomb",
        "rx sacr", "rx sinus", "rx orbit", "rx rocher", "rx massif", "rx inj", "rx tap", "rx corps",
        "rx multi",
    ),
}  # fmt: skip
