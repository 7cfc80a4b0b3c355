"""The words by which documents in Indonesian say what they are: a part of the row in `id.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from checklist.records import RecordKind

HEADINGS: Final[Mapping[RecordKind, tuple[str, ...]]] = {
    "other": ("persiapan sebelum", "persiapan pemeriksaan", "petunjuk persiapan", "panduan persiapan"),
    "imaging_report": (
        "instalasi radiologi", "hasil pemeriksaan radiologi", "hasil radiologi", "hasil ekspertise",
        "ekspertise", "expertise radiologi", "hasil expertise", "bagian radiologi", "departemen radiologi",
        "unit radiologi", "laporan radiologi", "spesialis radiologi", "dokter radiolog",
        "hasil pemeriksaan ct", "hasil pemeriksaan mri", "hasil pemeriksaan usg", "hasil ct scan",
        "hasil ct-scan", "hasil mri", "hasil usg", "hasil rontgen", "hasil foto", "hasil pembacaan",
        "laporan hasil radiologi", "hasil mammografi", "hasil mamografi", "hasil ekokardiografi",
        "hasil echocardiografi", "laporan ekokardiografi", "sp.rad", "sp. rad", "hasil bacaan",
        "jawaban radiologi", "kedokteran nuklir", "pencitraan diagnostik", "hasil pemeriksaan imaging",
    ),
    "pathology_report": (
        "patologi anatomi", "histopatologi", "laboratorium patologi", "hasil pa", "laporan histopatologi",
        "sitologi", "sitopatologi", "imunohistokimia", "makroskopik", "makroskopis", "mikroskopik",
        "mikroskopis", "hasil biopsi", "diagnosis histopatologi", "hasil pemeriksaan jaringan", "sp.pa",
    ),
    "lab": (
        "hasil pemeriksaan laboratorium", "pemeriksaan laboratorium", "instalasi laboratorium",
        "laboratorium klinik", "laboratorium patologi klinik", "patologi klinik", "hasil lab",
        "hematologi ", "hematologi:", "kimia klinik", "kimia darah", "darah lengkap", "darah rutin",
        "nilai rujukan", "nilai normal", "nilai acuan", "rentang rujukan", "nilai referensi", "urinalisa",
        "urinalisis", "urine lengkap", "urin lengkap", "fungsi hati", "fungsi ginjal", "profil lipid",
        "penanda tumor", "imunoserologi", "hasil tes darah",
    ),
    "discharge": (
        "resume medis", "resume pulang", "ringkasan pulang", "ringkasan pasien pulang",
        "resume pasien pulang", "resume rawat inap", "surat keterangan pulang", "surat pulang",
        "discharge summary", "ringkasan keluar", "ringkasan rawat inap", "resume akhir", "diagnosis keluar",
        "diagnosa keluar", "kondisi pulang", "kondisi saat pulang", "keadaan saat pulang",
        "ringkasan perawatan", "tanggal pulang", "tgl pulang", "resume keperawatan", "cara pulang",
        "obat pulang", "terapi pulang",
    ),
    "operative": (
        "laporan operasi", "laporan pembedahan", "catatan operasi", "laporan tindakan", "uraian pembedahan",
        "laporan bedah", "uraian operasi", "jalannya operasi", "nama operasi", "jenis operasi",
        "tindakan operasi", "prosedur operasi", "laporan tindakan operasi", "laporan anestesi",
    ),
    "consultation": (
        "surat rujukan", "rujukan", "rawat jalan", "poliklinik", "lembar konsultasi", "surat konsul",
        "jawaban konsul", "hasil konsultasi", "konsultasi", "surat keterangan dokter",
        "surat keterangan medis", "resume rawat jalan", "catatan medis", "asesmen awal", "assesmen awal",
        "asesmen medis", "surat kontrol", "surat balasan", "balasan rujukan", "rekam medis rawat jalan",
        "catatan perkembangan", "cppt", "medical check up",
    ),
    "prescription": (
        "resep", "resep dokter", "resep obat", "copy resep", "salinan resep", "daftar obat",
        "obat yang diminum", "obat saat ini", "daftar terapi", "obat rutin", "e-resep", "kartu obat",
    ),
}  # fmt: skip

HINTS: Final[Mapping[RecordKind, tuple[str, ...]]] = {
    "imaging_report": (
        "kesan", "kesimpulan", "tidak tampak", "tampak", "teknik", "kontras", "potongan aksial", "sekuens",
        "hiperdens", "hipodens", "hiperintens", "hipointens", "hipoekoik", "hiperekoik",
        "telah dilakukan pemeriksaan", "ts yth", "dalam batas normal", "corakan", "parenkim", "klinis",
        "saran", "bi-rads", "proyeksi", "struktur",
    ),
    "pathology_report": (
        "jaringan", "biopsi", "karsinoma", "sediaan", "batas sayatan", "tepi sayatan", "adenokarsinoma",
        "tumor", "spesimen", "blok parafin", "invasif", "sel ganas", "derajat", "sebukan", "potong beku",
        "diagnosis pa",
    ),
    "lab": (
        "hemoglobin", "leukosit", "trombosit", "eritrosit", "hematokrit", "kreatinin", "ureum", "glukosa",
        "gula darah", "kolesterol", "trigliserida", "sgot", "sgpt", "bilirubin", "hasil", "satuan",
        "sampel", "spesimen", "metode", "asam urat", "limfosit", "neutrofil", "natrium", "kalium",
        "laju endap darah",
    ),
    "discharge": (
        "dirawat", "dipulangkan", "tanggal masuk", "tgl masuk", "tanggal keluar", "tgl keluar",
        "lama rawat", "masuk rumah sakit", "perawatan", "diagnosis akhir", "diagnosa akhir",
        "riwayat perawatan", "ruang rawat", "rawat inap", "kontrol", "pulang",
    ),
    "operative": (
        "dokter bedah", "operator", "ahli bedah", "anestesi", "insisi", "perdarahan", "asisten",
        "ahli anestesi", "diagnosis pra bedah", "diagnosis pasca bedah", "diagnosa pre operasi",
        "diagnosa post operasi", "pasca operasi", "pra operasi", "jahit", "lama operasi", "posisi supine",
    ),
    "consultation": (
        "keluhan utama", "keluhan", "riwayat penyakit", "riwayat penyakit sekarang", "pemeriksaan fisik",
        "anamnesis", "anamnesa", "rencana", "diagnosis kerja", "diagnosa kerja", "tatalaksana", "terapi",
        "rencana tindak lanjut", "tekanan darah", "status generalis", "kunjungan", "mohon",
    ),
    "prescription": (
        "tablet", "kapsul", "x sehari", "kali sehari", "sehari", "sesudah makan", "sebelum makan",
        "sebelum tidur", "diminum", "sendok", "sirup", "dosis", "pagi", "malam", "r/", "aturan pakai",
    ),
}  # fmt: skip

MODALITIES: Final[Mapping[str, tuple[str, ...]]] = {
    "PT": ("pet/ct", "pet-ct", "pet scan", "pet ct", "tomografi emisi positron"),
    "CT": (
        "ct scan", "ct-scan", "msct", "ctscan", "tomografi komputer", "tomografi", "ct angiografi",
        "angiografi ct",
    ),
    "MR": ("mri", "resonansi magnetik", "mr angiografi", "mra"),
    "US": (
        "usg", "ultrasonogra", "echocardiografi", "ekokardiogra", "sonografi", "dopler", "usg doppler",
        "eko jantung", "ultrasound",
    ),
    "MG": ("mammogra", "mamogra", "tomosintesis"),
    "NM": (
        "sidik tulang", "bone scan", "skintigrafi", "sintigrafi", "sidik tiroid", "renogram", "scan tulang",
    ),
    "XA": ("angiografi", "arteriografi", "kateterisasi", "koroangiografi"),
    "DX": (
        "rontgen", "ronsen", "rongent", "foto thorax", "foto thoraks", "foto toraks", "foto torax",
        "foto dada", "foto polos", "foto rontgen", "foto manus", "foto pedis", "foto genu", "foto cruris",
        "foto femur", "foto pelvis", "foto panggul", "foto lumbo", "foto lumbal", "foto vertebra",
        "foto cervical", "foto servikal", "foto kepala", "foto schedel", "foto skull", "foto bahu",
        "foto shoulder", "foto humer", "foto antebrachi", "foto wrist", "foto ankle", "foto abdomen",
        "foto bno", "foto sinus", "foto spn", "foto gigi", "foto panoramik", "foto hip", "foto coxae",
        "foto elbow", "foto calcaneus", "foto clavicula", "foto kaki", "foto tangan", "foto lutut",
        "foto tulang", "foto ap", "foto tulang belakang", "thorax pa", "thorax ap", "toraks pa",
        "thoraks pa", "sinar x", "sinar-x", "bno", "radiografi", "panoramik", "fluoroskopi", "foto water",
        "foto paru", "foto scapula", "foto columna", "foto thoracolumbal", "hsg", "histerosalpingografi",
    ),
}  # fmt: skip
