"""The words of reports in Vietnamese."""

from __future__ import annotations

from typing import Final

from checklist.report_words.row import ReportWords
from checklist.report_words.vi_documents import HEADINGS, HINTS, MODALITIES

WORDS: Final = ReportWords(
    language="vi",
    headings=HEADINGS,
    hints=HINTS,
    modalities=MODALITIES,
    machines={
        "XA": ("dsa",),
    },
    parts={
        "WHOLEBODY": ("toàn thân", "toàn bộ cơ thể"),
        "CSPINE": (
            "cột sống cổ", "cs cổ", "cscổ", "cột sống cs cổ", "đốt sống cổ", "tủy cổ", "tuỷ cổ",
            "cột sống vùng cổ",
        ),
        "TSPINE": (
            "cột sống ngực", "cs ngực", "cột sống lưng", "đốt sống ngực", "tủy ngực", "cột sống đoạn ngực",
            "cột sống vùng ngực",
        ),
        "LSPINE": (
            "cột sống thắt lưng", "cs thắt lưng", "cstl", "thắt lưng", "cột sống cùng", "xương cùng",
            "cùng cụt", "đốt sống thắt lưng", "cột sống tl", "cs tl", "thắt lưng cùng", "xương cụt",
            "thắt lưng - cùng",
        ),
        "SPINE": ("cột sống", "lưng", "toàn bộ cột sống", "tủy sống", "tuỷ sống"),
        "HEAD": (
            "sọ não", "sọ", "sọ mặt", "não bộ", "clvt não", "cht não", "từ não", "tính não", "scan não",
            "scanner não", "nhu mô não", "hàm mặt", "tuyến yên", "hố yên", "hố sau", "xương đá",
            "xương thái dương", "tai xương chũm", "tai trong", "vùng đầu", "chụp đầu", "đầu mặt", "mri não",
            "ct não", "mri đầu", "ct đầu", "mạch não", "mạch máu não", "khớp thái dương hàm", "xương hàm",
            "hàm dưới", "chụp não", "u não", "blondeau hirtz", "xương mặt", "thần kinh sọ",
            "đa giác willis",
        ),
        "NECK": (
            "vùng cổ", "phần mềm vùng cổ", "tuyến giáp", "thanh quản", "hạ họng", "vòm họng", "họng",
            "tuyến mang tai", "tuyến nước bọt", "mạch cảnh", "động mạch cảnh", "tuyến dưới hàm",
            "tuyến cận giáp", "hạch cổ", "mạch máu vùng cổ", "mạch máu cổ", "đám rối cánh tay",
            "động mạch đốt sống", "cổ",
        ),
        "CHEST": (
            "ngực", "lồng ngực", "phổi", "tim phổi", "trung thất", "xương sườn", "xương ức", "khung sườn",
            "phế quản", "phế trường", "màng phổi", "phim phổi", "ct ngực", "x quang ngực", "chụp ngực",
            "chụp phổi", "chụp tim phổi", "ct phổi",
        ),
        "HEART": (
            "siêu âm tim", "doppler tim", "mạch vành", "động mạch vành", "tim mạch", "tim qua thành ngực",
            "ct tim", "mri tim", "cht tim", "từ tim", "buồng tim", "van tim", "thất trái", "cơ tim",
            "chụp tim", "clvt tim", "quả tim",
        ),
        "BREAST": (
            "tuyến vú", "nhũ ảnh", "siêu âm vú", "mri vú", "cht vú", "từ vú", "chụp vú", "hai vú", "2 vú",
            "vú phải", "vú trái", "vú hai bên", "u vú", "vú 2 bên",
        ),
        "LIVER": (
            "gan mật", "siêu âm gan", "mri gan", "ct gan", "cht gan", "từ gan", "đường mật", "túi mật",
            "u gan", "tầng trên gan", "mật tụy", "gan - mật", "chụp gan", "clvt gan",
        ),
        "KIDNEY": (
            "thận", "hệ tiết niệu", "tiết niệu", "niệu quản", "hệ niệu", "thận tiết niệu", "siêu âm thận",
            "bộ máy tiết niệu", "đường niệu",
        ),
        "ABDOMEN": (
            "ổ bụng", "bụng", "bụng tổng quát", "tầng trên ổ bụng", "tuyến tụy", "tụy", "lách",
            "tuyến thượng thận", "sau phúc mạc", "dạ dày", "ruột", "đại tràng", "ruột non",
            "bụng không chuẩn bị", "siêu âm bụng", "chụp bụng", "ct bụng", "thượng vị",
        ),
        "PROSTATE": ("tiền liệt tuyến", "tuyến tiền liệt"),
        "PELVIS": (
            "tiểu khung", "khung chậu", "vùng chậu", "xương chậu", "tử cung", "buồng trứng", "phần phụ",
            "bàng quang", "trực tràng", "khớp cùng chậu", "cùng chậu", "tinh hoàn", "bìu", "đầu dò âm đạo",
            "âm đạo", "cổ tử cung", "hậu môn", "tầng sinh môn", "chậu", "đáy chậu", "chậu hông",
        ),
        "HIP": (
            "khớp háng", "vùng háng", "cổ xương đùi", "chỏm xương đùi", "khớp háng hai bên", "khớp hông",
            "xương hông",
        ),
        "KNEE": (
            "khớp gối", "đầu gối", "gối", "gối phải", "gối trái", "xương bánh chè",
        ),
        "ANKLE": ("cổ chân", "khớp cổ chân", "mắt cá", "mắt cá chân"),
        "FOOT": ("bàn chân", "xương gót", "gót chân", "ngón chân"),
        "SHOULDER": (
            "khớp vai", "vai phải", "vai trái", "xương đòn", "xương bả vai", "khớp cùng đòn", "chóp xoay",
            "vùng vai",
        ),
        "ELBOW": ("khuỷu", "khuỷu tay", "khớp khuỷu", "khủyu"),
        "WRIST": ("cổ tay", "khớp cổ tay", "xương thuyền"),
        "HAND": ("bàn tay", "ngón tay", "bàn ngón tay"),
        "LEG": (
            "chi dưới", "cẳng chân", "xương đùi", "đùi", "xương chày", "xương mác", "hai chi dưới",
            "xương cẳng chân", "bắp chân",
        ),
        "ARM": (
            "chi trên", "cánh tay", "cẳng tay", "xương cánh tay", "xương quay", "xương trụ",
        ),
        "SINUS": (
            "xoang", "mũi xoang", "các xoang", "xoang mặt", "xoang hàm", "hốc mũi",
        ),
        "EYE": ("hốc mắt", "ổ mắt", "nhãn cầu", "mắt", "hốc mắt hai bên"),
    },
    descriptions={
        "CHEST": ("nguc", "phoi", "nguc thang"),
        "LSPINE": ("csl",),
        "HEAD": ("so nao", "đầu"),
        "SHOULDER": ("vai p", "vai t"),
        "KNEE": ("goi p", "goi t"),
    },
    together={
        "CHEST ABDOMEN PELVIS": (
            "ngực bụng chậu", "ngực - bụng - chậu", "ngực, bụng, chậu", "ngực-bụng-chậu",
            "ngực bụng tiểu khung", "ngực, bụng và tiểu khung", "ngực - bụng - tiểu khung",
        ),
        "ABDOMEN PELVIS": (
            "bụng chậu", "bụng - chậu", "bụng-chậu", "bụng tiểu khung", "bụng - tiểu khung",
            "bụng và tiểu khung", "ổ bụng tiểu khung", "ổ bụng - tiểu khung", "tầng bụng và chậu",
        ),
        "CHEST ABDOMEN": ("ngực bụng", "ngực - bụng", "ngực-bụng", "ngực và bụng"),
        "HEAD NECK": (
            "đầu mặt cổ", "đầu cổ", "đầu - cổ", "đầu - mặt - cổ", "não và mạch cảnh", "sọ não - cổ",
            "mạch não - cổ", "mạch máu não - cổ",
        ),
        "NECK CHEST": ("cổ ngực", "cổ - ngực"),
        "CSPINE TSPINE": ("cột sống cổ ngực", "cột sống cổ - ngực"),
        "TSPINE LSPINE": (
            "cột sống ngực thắt lưng", "cột sống ngực - thắt lưng", "cột sống lưng - thắt lưng",
            "ngực thắt lưng", "cột sống lưng thắt lưng",
        ),
        "LIVER ABDOMEN": ("gan mật tụy",),
    },
    exam=(
        "chỉ định", "yêu cầu", "yêu cầu chụp", "yêu cầu kiểm tra", "yêu cầu cls", "nội dung yêu cầu",
        "dịch vụ", "tên dịch vụ", "dịch vụ kỹ thuật", "tên dvkt", "dvkt", "vùng khảo sát", "vùng chụp",
        "bộ phận", "bộ phận chụp", "bộ phận khảo sát", "vị trí chụp", "vị trí", "vị trí khảo sát",
        "cơ quan", "loại chụp", "loại dịch vụ", "nội dung", "khảo sát", "tên kỹ thuật", "hạng mục",
        "hình thức", "phương pháp", "phương pháp chụp", "chỉ định chụp", "chỉ định siêu âm",
        "chỉ định dịch vụ", "yêu cầu khảo sát", "tên chỉ định", "kết quả chụp", "kết quả siêu âm",
        "phiếu kết quả", "kết quả", "loại khảo sát", "cận lâm sàng", "tên xét nghiệm", "phiếu chụp",
        "thăm dò", "chụp", "siêu âm", "danh mục", "tên khảo sát",
    ),
    scan_day=(
        "ngày chụp", "ngày giờ chụp", "giờ chụp", "thời gian chụp", "ngày thực hiện", "ngày giờ thực hiện",
        "thời gian thực hiện", "ngày làm", "ngày siêu âm", "ngày khảo sát", "ngày kiểm tra",
        "ngày tiến hành", "thực hiện lúc", "thực hiện ngày", "thực hiện vào", "chụp ngày", "chụp lúc",
        "siêu âm ngày", "khảo sát ngày", "ngày làm dịch vụ", "bắt đầu thực hiện", "ngày xét nghiệm",
        "ngày quét", "ngày làm kỹ thuật", "ngày th", "ngày chiếu chụp", "tg thực hiện", "ngày bắt đầu chụp",
        "chụp hôm",
    ),
    written_day=(
        "ngày trả kết quả", "ngày trả kq", "ngày kết quả", "ngày có kết quả", "ngày giờ trả kết quả",
        "thời gian trả kết quả", "trả kết quả lúc", "trả kết quả", "ngày đọc", "ngày đọc kết quả",
        "đọc kết quả lúc", "ngày báo cáo", "ngày duyệt", "duyệt lúc", "ngày ký", "ký ngày", "ký bởi",
        "ký lúc", "ngày xác nhận", "ngày kết luận", "ngày phát hành", "ngày hoàn thành", "hoàn thành lúc",
        "ngày lập", "ngày sửa", "ngày bổ sung", "ngày đính chính", "ngày hội chẩn", "ngày cấp",
        "thời gian đọc", "thời gian duyệt",
    ),
    printed_day=(
        "ngày in", "in ngày", "in lúc", "thời gian in", "giờ in", "ngày giờ in", "bản sao ngày", "ngày sao",
    ),
    other_day=(
        "ngày sinh", "năm sinh", "sinh ngày", "sinh năm", "ngày tháng năm sinh", "sinh:", "ngày chỉ định",
        "thời gian chỉ định", "chỉ định lúc", "ngày yêu cầu", "thời gian yêu cầu", "ngày đăng ký",
        "ngày tiếp nhận", "tiếp nhận lúc", "thời gian tiếp nhận", "ngày nhận", "nhận mẫu", "ngày vào viện",
        "vào viện", "nhập viện", "ngày nhập viện", "ra viện", "ngày ra viện", "ngày phẫu thuật",
        "phẫu thuật", "mổ ngày", "đã mổ", "mổ", "ngày hẹn", "hẹn tái khám", "tái khám", "ngày khám",
        "sinh thiết", "hóa trị", "xạ trị", "kinh cuối", "kinh chót", "hạn sử dụng", "giá trị đến", "bhyt",
        "có giá trị từ", "hạn thẻ",
    ),
    earlier=(
        "so sánh", "so với", "đối chiếu", "phim cũ", "phim trước", "phim chụp cũ", "phim chụp trước",
        "lần trước", "lần chụp trước", "lần khám trước", "trước đây", "trước đó", "kết quả cũ",
        "kết quả trước", "chụp cũ", "đã chụp", "ct cũ", "mri cũ", "siêu âm cũ", "tiền sử chụp", "phim ngày",
        "không có phim cũ", "hình ảnh cũ", "phim ct cũ", "khảo sát trước",
    ),
    clinical=(
        "chẩn đoán:", "chẩn đoán :", "chẩn đoán lâm sàng", "chẩn đoán sơ bộ", "chẩn đoán ban đầu",
        "chẩn đoán vào viện", "lâm sàng", "triệu chứng", "tiền sử", "tiền căn", "bệnh sử", "lý do", "lí do",
        "đề nghị", "đề xuất", "khuyến nghị", "khuyến cáo", "tư vấn", "theo dõi", "cđ:", "chđ:",
        "thông tin lâm sàng", "tóm tắt lâm sàng", "tóm tắt bệnh sử", "nên", "kiến nghị", "hướng xử trí",
        "dấu hiệu lâm sàng", "bệnh cảnh",
    ),
    advice=("khuyến nghị", "khuyến cáo", "đề nghị chụp", "nên chụp", "nên làm"),
    body=(
        "mô tả", "kết quả", "kết luận", "kỹ thuật", "kĩ thuật", "nhận xét", "hình ảnh", "mô tả hình ảnh",
        "mô tả tổn thương", "tổn thương", "ghi nhận", "nhận định", "kỹ thuật chụp", "kỹ thuật thực hiện",
        "quy trình kỹ thuật", "phương pháp kỹ thuật", "mô tả kết quả", "kết quả hình ảnh", "kết quả mô tả",
        "kết quả khảo sát", "đọc phim", "hình ảnh ghi nhận", "dấu hiệu", "kết quả siêu âm", "bàn luận",
    ),
    accession=(
        "mã phiếu", "số phiếu", "mã chỉ định", "số chỉ định", "mã ca chụp", "mã ca", "số ca", "mã dịch vụ",
        "số phim", "mã phim", "mã tiếp nhận", "số tiếp nhận", "mã số phiếu", "số accession", "accession",
        "mã accession", "mã lượt chụp", "mã lần chụp", "mã khảo sát", "sid", "số thứ tự phiếu",
        "số hiệu phiếu", "mã yêu cầu", "mã cđha",
    ),
    left=(
        "trái", "bên trái", "(t)", "gối t", "vai t", "khớp gối t", "khớp vai t", "bàn tay t", "bàn chân t",
        "cổ chân t", "vú t", "gối (t)",
    ),
    right=(
        "phải", "phai", "bên phải", "(p)", "gối p", "vai p", "khớp gối p", "khớp vai p", "bàn tay p",
        "bàn chân p", "cổ chân p", "vú p", "tay p", "chân p",
    ),
    both=(
        "hai bên", "2 bên", "hai gối", "hai khớp", "hai vú", "hai vai", "hai chân", "hai tay", "2 khớp",
        "2 gối", "2 vú", "hai bàn", "hai khớp gối", "hai khớp háng",
    ),
    vessels=(
        "mạch máu", "mạch vành", "động mạch", "tĩnh mạch", "mạch não", "mạch cảnh", "mạch chi", "hệ mạch",
        "dựng hình mạch", "dsa", "chụp mạch", "đa giác willis", "mạch thận", "mạch tạng",
    ),
    amended=(
        "kết quả bổ sung", "bổ sung kết quả", "phiếu bổ sung", "đính chính", "kết quả đính chính",
        "kết quả sửa đổi", "sửa đổi kết quả", "kết quả hội chẩn", "hội chẩn phim", "đọc lại phim",
        "kết quả đọc lại", "đọc lại", "chỉnh sửa kết quả", "phụ lục kết quả", "kết quả điều chỉnh",
        "thay thế kết quả",
    ),
    noise=(
        "bệnh viện tim mạch", "bệnh viện tim", "bv tim", "viện tim", "viện tim mạch", "trung tâm tim mạch",
        "khoa tim mạch", "khoa nội tim mạch", "phòng khám tim mạch", "chuyên khoa tim mạch",
        "bệnh viện phổi", "bv phổi", "viện phổi", "bệnh viện ngực", "bệnh viện mắt", "bv mắt", "viện mắt",
        "khoa mắt", "trung tâm mắt", "bệnh viện tai mũi họng", "tai mũi họng", "răng hàm mặt",
        "khoa ngoại lồng ngực", "phẫu thuật lồng ngực", "ngoại lồng ngực", "khoa gan mật", "ngoại gan mật",
        "trung tâm gan mật", "viện gan", "khoa thận", "nội thận", "ngoại tiết niệu", "khoa tiết niệu",
        "khoa thận tiết niệu", "ngoại thận", "viện tiết niệu", "bệnh viện cột sống", "khoa cột sống",
        "khoa ngoại cột sống", "trung tâm cột sống", "trung tâm vú", "khoa vú", "đơn vị vú", "phòng mri",
        "phòng ct", "phòng siêu âm", "phòng x quang", "phòng x-quang", "khoa siêu âm", "trung tâm mri",
        "khoa cộng hưởng từ", "trung tâm siêu âm", "ct và mri", "mri và ct", "siêu âm - x quang",
        "x quang - siêu âm", "ct, mri", "mri, ct", "x quang, siêu âm, ct", "hội chứng cổ vai", "cổ trướng",
        "đầu dò", "đầu tiên", "ban đầu", "lần đầu", "bắt đầu", "đầu tụy", "đầu xương", "đầu trên",
        "đầu dưới", "cúi đầu", "đứng đầu", "đầu năm", "đầu tháng", "trưởng khoa", "cổ phần", "cổ phiếu",
        "mạch:", "mạch :", "giáp ranh", "gan dạ", "thắt lưng buộc bụng", "vi tính văn phòng", "mắt thường",
        "tai mắt", "mổ bụng",
    ),
    spine=("cột sống|cs |cot song", ("cổ|co ", "ngực|lưng|nguc", "thắt lưng|tl|that lung")),
    ranges=(
        "trị số tham chiếu", "khoảng tham chiếu", "giá trị tham chiếu", "chỉ số tham chiếu",
        "trị số bình thường", "giá trị bình thường", "chỉ số bình thường", "csbt", "tham chiếu",
        "cs bình thường", "gtbt", "khoảng bình thường", "trị số bt",
    ),
    study_date=(
        "ngày chụp", "ngày thực hiện", "thời gian thực hiện", "ngày giờ thực hiện", "ngày làm",
        "ngày siêu âm", "ngày lấy mẫu", "thời gian lấy mẫu", "giờ lấy mẫu", "lấy mẫu lúc", "lấy mẫu ngày",
        "ngày lấy bệnh phẩm", "ngày giờ lấy mẫu", "ngày sinh thiết", "ngày xét nghiệm", "ngày ra viện",
        "ra viện lúc", "ra viện ngày", "ra viện", "ngày xuất viện", "ngày phẫu thuật", "ngày mổ",
        "phẫu thuật ngày", "phẫu thuật lúc", "ngày giờ phẫu thuật", "ngày khám", "khám ngày",
        "ngày khám bệnh", "ngày kê đơn", "ngày hội chẩn", "ngày thủ thuật", "ngày",
    ),
    birth_date=(
        "ngày sinh", "năm sinh", "sinh ngày", "sinh năm", "ngày tháng năm sinh", "ngày, tháng, năm sinh",
        "sinh:",
    ),
    any_day=("ngày",),
    months=(
        ("tháng 1", 1), ("tháng 2", 2), ("tháng 3", 3), ("tháng 4", 4), ("tháng 5", 5), ("tháng 6", 6),
        ("tháng 7", 7), ("tháng 8", 8), ("tháng 9", 9), ("tháng 10", 10), ("tháng 11", 11),
        ("tháng 12", 12), ("tháng 01", 1), ("tháng 02", 2), ("tháng 03", 3), ("tháng 04", 4),
        ("tháng 05", 5), ("tháng 06", 6), ("tháng 07", 7), ("tháng 08", 8), ("tháng 09", 9), ("thg 1", 1),
        ("thg 2", 2), ("thg 3", 3), ("thg 4", 4), ("thg 5", 5), ("thg 6", 6), ("thg 7", 7), ("thg 8", 8),
        ("thg 9", 9), ("thg 10", 10), ("thg 11", 11), ("thg 12", 12), ("tháng một", 1), ("tháng hai", 2),
        ("tháng ba", 3), ("tháng tư", 4), ("tháng năm", 5), ("tháng sáu", 6), ("tháng bảy", 7),
        ("tháng tám", 8), ("tháng chín", 9), ("tháng mười", 10), ("tháng mười một", 11),
        ("tháng mười hai", 12), ("tháng giêng", 1), ("tháng chạp", 12),
    ),
    joins=("năm", "nam"),
    ands=("và",),
    day_first=True,
    common=(
        " khong ", " benh ", " chup ", " duoc ", " ket qua ", " cua ", " nguoi ", " va ", " hinh anh ",
        " ngay ",
    ),
)  # fmt: skip
