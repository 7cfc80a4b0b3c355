"""The words of reports in Indonesian."""

from __future__ import annotations

from typing import Final

from checklist.report_words.id_documents import HEADINGS, HINTS, MODALITIES
from checklist.report_words.row import ReportWords

WORDS: Final = ReportWords(
    language="id",
    headings=HEADINGS,
    hints=HINTS,
    modalities=MODALITIES,
    parts={
        "WHOLEBODY": ("seluruh tubuh", "whole body", "seluruh badan"),
        "CSPINE": (
            "vertebra cervical", "vertebra servikal", "vertebrae cervical", "vertebrae servikal",
            "tulang belakang leher", "tulang leher", "cervical spine", "tulang belakang servikal",
            "columna vertebralis cervical", "servikal",
        ),
        "TSPINE": (
            "vertebra thoracal", "vertebra torakal", "vertebrae thoracal", "vertebrae torakal",
            "tulang belakang dada", "torakal", "thoracal", "thorakal", "tulang punggung atas",
            "tulang belakang torakal", "vertebra thorakal",
        ),
        "LSPINE": (
            "lumbosakral", "lumbosacral", "lumbo sakral", "lumbo-sakral", "lumbo sacral", "lumbal",
            "vertebra lumbal", "tulang belakang lumbal", "tulang belakang bawah", "pinggang", "sakrum",
            "tulang ekor", "koksigis",
        ),
        "SPINE": (
            "tulang belakang", "punggung", "vertebra", "tulang punggung", "medulla spinalis",
            "medula spinalis", "whole spine", "columna vertebralis",
        ),
        "HEAD": (
            "kepala", "otak", "schedel", "tengkorak", "kranium", "kranial", "serebral", "serebrum",
            "cranium", "hipofisis", "hipofise", "sella", "mastoid", "tulang temporal", "wajah", "rahang",
            "mandibula", "maksila", "tmj", "intrakranial", "telinga", "skull",
        ),
        "NECK": (
            "leher", "tiroid", "thyroid", "kelenjar tiroid", "laring", "faring", "nasofaring", "orofaring",
            "parotis", "karotis", "carotis", "kelenjar ludah", "arteri karotis",
            "kelenjar getah bening leher", "gondok", "colli", "arteri vertebralis", "pleksus brakialis",
            "plexus brachialis",
        ),
        "CHEST": (
            "thorax", "toraks", "thoraks", "torax", "dada", "paru", "paru-paru", "mediastinum",
            "tulang rusuk", "tulang iga", "kosta", "costae", "pulmo", "sternum", "pleura",
        ),
        "HEART": (
            "jantung", "kardiak", "koroner", "arteri koroner", "ekokardiogra", "echocardiogra", "miokard",
            "ventrikel", "cor dan", "eko jantung",
        ),
        "BREAST": ("payudara", "mamma", "mammogra", "mamogra"),
        "LIVER": (
            "hati", "hepar", "hepatobilier", "kandung empedu", "empedu", "saluran empedu", "bilier",
            "liver",
        ),
        "KIDNEY": (
            "ginjal", "saluran kemih", "traktus urinarius", "urologi", "ureter", "urografi", "bno-ivp",
            "bno ivp", "renal", "uronefrolog", "traktus urinaria",
        ),
        "ABDOMEN": (
            "abdomen", "perut", "abdominal", "pankreas", "lien", "limpa", "lambung", "usus", "bno",
            "whole abdomen", "kolon", "retroperitoneum", "upper abdomen", "apendiks", "appendiks",
            "adrenal",
        ),
        "PROSTATE": ("prostat",),
        "PELVIS": (
            "pelvis", "rahim", "uterus", "kandungan", "ovarium", "indung telur", "kandung kemih",
            "buli-buli", "buli", "rektum", "sakroiliaka", "ginekologi", "transvaginal",
            "histerosalpingografi", "testis", "skrotum", "scrotum", "lower abdomen", "serviks uteri",
            "pelvik", "sacroiliaca", "obgyn",
        ),
        "HIP": (
            "sendi panggul", "panggul", "coxae", "hip joint", "articulatio coxae", "tulang panggul",
            "pangkal paha", "sendi coxae",
        ),
        "KNEE": ("lutut", "genu", "sendi lutut", "patella", "knee"),
        "ANKLE": ("pergelangan kaki", "ankle", "mata kaki", "engkel"),
        "FOOT": (
            "pedis", "telapak kaki", "tumit", "calcaneus", "kalkaneus", "jari kaki", "kaki",
        ),
        "SHOULDER": (
            "bahu", "shoulder", "klavikula", "clavicula", "skapula", "scapula", "sendi bahu", "pundak",
        ),
        "ELBOW": ("siku", "elbow", "cubiti"),
        "WRIST": ("pergelangan tangan", "wrist", "skafoid"),
        "HAND": ("tangan", "manus", "jari tangan", "telapak tangan", "jari"),
        "LEG": (
            "tungkai", "cruris", "femur", "paha", "betis", "tibia", "fibula", "ekstremitas bawah",
            "extremitas inferior", "ekstremitas inferior", "tungkai bawah", "tungkai atas",
        ),
        "ARM": (
            "lengan", "humerus", "humeri", "antebrachi", "lengan bawah", "lengan atas", "ekstremitas atas",
            "brachii",
        ),
        "SINUS": (
            "sinus paranasal", "ct spn", "ct scan spn", "foto spn", "msct spn", "waters", "sinus",
        ),
        "EYE": ("orbita", "mata", "bola mata", "rongga mata"),
    },
    descriptions={
        "CSPINE": (
            "mri cervic", "ct cervical", "x-ray cervical", "foto cervical", "rontgen cervical",
            "rontgen servikal", "mri servikal", "cervicalis",
        ),
        "HEAD": ("brain",),
        "ABDOMEN": ("abd",),
        "CHEST": ("pa/lateral",),
    },
    together={
        "CHEST ABDOMEN PELVIS": (
            "toraks abdomen pelvis", "thorax abdomen pelvis", "thorax-abdomen-pelvis",
            "thorakoabdominopelvis", "dada perut panggul", "thorax abdomen", "torakoabdominal",
        ),
        "ABDOMEN PELVIS": (
            "abdomen pelvis", "abdominopelvis", "abdomen-pelvis", "abdomino-pelvis", "perut dan panggul",
            "abdominopelvik", "abdomen atas bawah", "perut dan pelvis", "abdomen dan panggul",
        ),
        "CHEST ABDOMEN": ("thorakoabdomen", "torakoabdomen"),
        "HEAD NECK": ("kepala leher", "kepala dan leher", "kepala-leher"),
        "NECK CHEST": ("leher dan dada", "leher thorax"),
        "CSPINE TSPINE": ("cervicothoracal", "servikotorakal", "cervico-thoracal"),
        "TSPINE LSPINE": (
            "thoracolumbal", "torakolumbal", "thorakolumbal", "thoraco-lumbal", "thoracolumbosacral",
            "torako-lumbal",
        ),
    },
    exam=(
        "pemeriksaan", "jenis pemeriksaan", "nama pemeriksaan", "pemeriksaan yang diminta", "permintaan",
        "permintaan foto", "permintaan pemeriksaan", "pemeriksaan radiologi", "hasil pemeriksaan",
        "jenis foto", "foto", "jenis tindakan", "tindakan", "nama tindakan", "layanan", "nama layanan",
        "regio", "region", "bagian tubuh", "bagian yang diperiksa", "organ", "organ yang diperiksa",
        "modalitas", "hal", "perihal", "judul", "studi", "prosedur", "exam", "item", "item pemeriksaan",
        "nama item", "uraian pemeriksaan", "pemeriksaan penunjang", "deskripsi pemeriksaan", "hasil",
        "hasil foto",
    ),
    scan_day=(
        "tanggal pemeriksaan", "tgl pemeriksaan", "tgl. pemeriksaan", "tanggal periksa", "tgl periksa",
        "tgl. periksa", "tgl/jam periksa", "tanggal foto", "tgl foto", "tgl. foto", "tanggal tindakan",
        "tgl tindakan", "tgl. tindakan", "waktu pemeriksaan", "jam pemeriksaan", "tanggal/jam pemeriksaan",
        "dilakukan pada", "dilakukan tanggal", "dilakukan tgl", "diperiksa pada", "diperiksa tanggal",
        "tanggal diperiksa", "tanggal pelayanan", "tgl pelayanan", "tgl. pelayanan", "tanggal scan",
        "tgl scan", "tanggal usg", "tanggal ct", "tanggal mri", "tanggal rontgen", "tanggal studi",
        "tanggal dilakukan", "tgl dilakukan", "tanggal exam", "tanggal pengambilan gambar",
        "tanggal akuisisi", "tanggal pelaksanaan", "tgl pelaksanaan", "waktu pelaksanaan",
        "tanggal kunjungan", "dilaksanakan", "difoto", "tanggal dan waktu pemeriksaan", "scan tanggal",
        "rontgen tanggal", "usg tanggal", "mri tanggal",
    ),
    written_day=(
        "tanggal hasil", "tgl hasil", "tgl. hasil", "tanggal baca", "tgl baca", "tgl. baca",
        "tanggal dibaca", "dibaca tanggal", "dibaca pada", "tanggal ekspertise", "tgl ekspertise",
        "tanggal expertise", "tgl expertise", "tgl. expertise", "tanggal laporan", "tgl laporan",
        "tgl. laporan", "tanggal validasi", "tgl validasi", "divalidasi", "tanggal verifikasi",
        "diverifikasi", "ditandatangani", "tanggal selesai", "tgl selesai", "tgl. selesai", "selesai",
        "dikeluarkan", "tanggal jawab", "tgl jawab", "tanggal keluar hasil", "tanggal revisi", "direvisi",
        "tanggal otorisasi", "diotorisasi", "tanggal approve", "waktu hasil", "jam hasil", "tanggal lapor",
        "dilaporkan",
    ),
    printed_day=(
        "dicetak", "tanggal cetak", "tgl cetak", "tgl. cetak", "waktu cetak", "cetak", "tanggal print",
        "tgl print", "print date", "jam cetak", "tercetak",
    ),
    other_day=(
        "tanggal lahir", "tgl lahir", "tgl. lahir", "tgl/lahir", "tempat/tgl lahir", "tempat tanggal lahir",
        "lahir", "ttl", "tanggal masuk", "tgl masuk", "tgl. masuk", "tanggal permintaan", "tgl permintaan",
        "tgl. permintaan", "tanggal daftar", "tgl daftar", "pendaftaran", "registrasi", "tgl registrasi",
        "tanggal operasi", "operasi", "dioperasi", "rujukan", "tanggal rujukan", "kontrol",
        "kontrol tanggal", "hpht", "haid terakhir", "tanggal order", "tgl order", "tanggal kirim",
        "tgl kirim", "diterima", "tanggal terima", "tgl terima", "tgl. terima", "tanggal keluar",
        "tgl keluar", "tanggal pulang", "biopsi", "kemoterapi", "kemo", "berlaku sampai", "berlaku hingga",
        "masuk rs", "jadwal", "janji temu", "sejak",
    ),
    earlier=(
        "perbandingan", "dibanding", "pembanding", "bandingkan", "foto sebelumnya",
        "pemeriksaan sebelumnya", "sebelumnya", "foto lama", "hasil lama", "foto terdahulu",
        "pemeriksaan terdahulu", "terdahulu", "ct scan lama", "mri lama", "komparasi", "foto tanggal",
        "bila dibanding", "evaluasi dari", "hasil sebelum ini", "follow up dari", "follow-up dari",
    ),
    clinical=(
        "klinis", "keterangan klinis", "diagnosis klinis", "diagnosa klinis", "diagnosa", "diagnosis:",
        "diagnosis :", "diagnosis kerja", "informasi klinis", "data klinis", "indikasi", "riwayat",
        "keluhan", "anamnesa", "anamnesis", "saran", "disarankan", "anjuran", "dianjurkan", "usul",
        "alasan pemeriksaan", "alasan permintaan", "suspek", "ket. klinis", "ket klinis", "dx:", "dx :",
        "dx. klinis", "konfirmasi", "mohon", "terapi", "rencana", "gejala", "masalah klinis",
    ),
    advice=("disarankan", "dianjurkan", "kami sarankan"),
    body=(
        "temuan", "hasil", "kesan", "kesimpulan", "teknik", "uraian", "deskripsi", "hasil pemeriksaan",
        "hasil ekspertise", "ekspertise", "expertise", "interpretasi", "pembacaan", "hasil pembacaan",
        "hasil expertise", "laporan", "hasil bacaan", "teknik pemeriksaan", "protokol", "impresi",
        "deskripsi hasil", "hasil:", "komentar", "catatan", "hasil foto", "temuan pemeriksaan",
    ),
    accession=(
        "no. aksesi", "no aksesi", "nomor aksesi", "aksesi", "no. accession", "no accession", "accession",
        "no. foto", "no foto", "nomor foto", "no. pemeriksaan", "no pemeriksaan", "nomor pemeriksaan",
        "no. radiologi", "no radiologi", "nomor radiologi", "no. rontgen", "no.foto", "no. order",
        "no order", "nomor order", "no. permintaan", "nomor permintaan", "no. lab radiologi", "no. rad",
        "no. transaksi", "id pemeriksaan", "kode pemeriksaan", "no. film", "nomor film", "no. ct",
        "no. registrasi radiologi",
    ),
    left=(
        "kiri", "sinistra", "sinister", "sinistrum", "lutut ki", "genu sin", "manus sin", "pedis sin",
        "kaki ki", "tangan ki", "bahu ki",
    ),
    right=(
        "kanan", "dextra", "dekstra", "dexter", "dextrum", "lutut ka", "genu dex", "manus dex", "pedis dex",
        "kaki ka", "tangan ka", "bahu ka",
    ),
    both=(
        "kedua", "kanan kiri", "kanan dan kiri", "kiri dan kanan", "kanan-kiri", "bilateral",
        "dextra et sinistra", "dextra sinistra", "dextra dan sinistra", "kanan/kiri", "dua sisi", "ka/ki",
        "ka-ki",
    ),
    vessels=(
        "angiografi", "pembuluh darah", "arteri", "vena", "karotis", "carotis", "koroner", "aorta",
        "vaskular", "ct angio", "mr angio", "vaskuler", "venografi",
    ),
    amended=(
        "ralat", "ralat hasil", "revisi hasil", "hasil revisi", "addendum", "adendum", "tambahan hasil",
        "hasil tambahan", "ekspertise ulang", "expertise ulang", "koreksi", "hasil koreksi",
        "perbaikan hasil", "pembetulan", "baca ulang", "second opinion radiologi", "hasil susulan",
        "ekspertise tambahan", "laporan tambahan",
    ),
    noise=(
        "rumah sakit jantung", "rs jantung", "rs. jantung", "pusat jantung", "klinik jantung",
        "poli jantung", "poliklinik jantung", "spesialis jantung", "rumah sakit paru", "rs paru",
        "rs. paru", "poli paru", "poliklinik paru", "spesialis paru", "rumah sakit mata", "rs mata",
        "klinik mata", "poli mata", "poliklinik mata", "rumah sakit otak", "pusat otak", "rs otak",
        "rs pusat otak", "rumah sakit kanker", "klinik payudara", "pusat ginjal", "klinik ginjal",
        "rumah sakit ginjal", "bedah tulang belakang", "klinik tulang belakang", "bedah toraks",
        "bedah thorax", "kepala instalasi", "kepala bagian", "kepala ruang", "kepala unit",
        "kepala departemen", "kepala dinas", "kepala laboratorium", "kepala sub", "kepala keluarga",
        "kepala puskesmas", "kepala rumah sakit", "kepala radiologi", "nyeri kepala", "sakit kepala",
        "pusing kepala", "tanda tangan", "ditanda tangan", "penanggung jawab", "hati-hati", "perhatian",
        "foto copy", "fotokopi", "foto kopi", "ruang mri", "ruang ct", "ruang ct scan", "ruang usg",
        "ruang rontgen", "unit mri", "unit ct scan", "poli tht", "ct scan dan mri", "mri dan ct scan",
        "ct scan, mri", "mri, ct scan", "rontgen, usg", "usg, rontgen", "usg dan rontgen", "kaki tangan",
        "perut kosong", "foto sebelum", "cetak foto", "foto pasien", "dinas kesehatan kota mata", "mataram",
        "tangan kanan direktur", "di tangan", "ke tangan",
    ),
    spine=("tulang belakang|vertebra|spine|columna|mri", ("servi|cervi|leher", "torak|thora", "lumb")),
    ranges=(
        "nilai rujukan", "nilai normal", "nilai acuan", "nilai referensi", "rentang rujukan",
        "rentang normal", "rentang acuan", "nilai batas", "batas normal", "n. rujukan", "rujukan nilai",
        "interval rujukan", "angka normal",
    ),
    study_date=(
        "tanggal pemeriksaan", "tgl pemeriksaan", "tgl. pemeriksaan", "tanggal periksa", "tgl periksa",
        "tgl. periksa", "tanggal foto", "tgl foto", "tgl. foto", "waktu pemeriksaan", "tanggal pengambilan",
        "tgl pengambilan", "tgl. pengambilan", "tanggal pengambilan sampel", "waktu pengambilan",
        "tanggal sampel", "tgl sampel", "tgl. sampel", "tanggal sampling", "tanggal ambil",
        "tanggal keluar", "tgl keluar", "tgl. keluar", "tanggal pulang", "tgl pulang", "tgl. pulang",
        "tanggal operasi", "tgl operasi", "tgl. operasi", "tanggal tindakan", "tgl tindakan",
        "tgl. tindakan", "tanggal pembedahan", "tanggal kunjungan", "tgl kunjungan", "tgl. kunjungan",
        "tanggal konsultasi", "tgl konsultasi", "tanggal berobat", "tanggal resep", "tgl resep",
        "tanggal pelayanan", "tgl pelayanan", "dilakukan pada", "dilakukan tanggal", "tanggal", "tgl",
        "tgl.",
    ),
    birth_date=("tanggal lahir", "tgl lahir", "tgl. lahir", "lahir", "ttl"),
    any_day=("tanggal", "tgl", "tgl."),
    months=(
        ("januari", 1), ("februari", 2), ("pebruari", 2), ("maret", 3), ("april", 4), ("mei", 5),
        ("juni", 6), ("juli", 7), ("agustus", 8), ("agt", 8), ("ags", 8), ("agu", 8), ("agust", 8),
        ("september", 9), ("oktober", 10), ("okt", 10), ("november", 11), ("nopember", 11), ("nop", 11),
        ("desember", 12), ("des", 12),
    ),
    joins=("tahun", "bulan"),
    ands=("dan", "serta"),
    day_first=True,
    common=(
        " kami ", " bahwa ", " anda ", " akan ", " untuk ", " dan ", " yang ", " dengan ", " tidak ",
        " pada ", " pasien ", " tampak ", " tanggal ", " dalam ", " hasil ", " kesan ", " dilakukan ",
        " nama ",
    ),
)  # fmt: skip
