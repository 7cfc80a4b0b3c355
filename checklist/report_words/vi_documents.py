"""The words by which documents in Vietnamese say what they are: a part of the row in `vi.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from checklist.records import RecordKind

HEADINGS: Final[Mapping[RecordKind, tuple[str, ...]]] = {
    "other": ("hướng dẫn chuẩn bị", "chuẩn bị trước khi", "lưu ý trước khi"),
    "imaging_report": (
        "chẩn đoán hình ảnh", "cđha", "kết quả chụp", "phiếu chụp", "phiếu siêu âm",
        "phiếu kết quả siêu âm", "kết quả siêu âm", "phiếu kết quả chụp", "kết quả cộng hưởng từ",
        "kết quả cắt lớp vi tính", "kết quả ct", "kết quả mri", "kết quả x quang", "kết quả x-quang",
        "kết quả xquang", "phiếu kết quả x-quang", "phiếu x quang", "phiếu x-quang", "phiếu cắt lớp",
        "phiếu cộng hưởng từ", "khoa x quang", "khoa x-quang", "bác sĩ đọc phim", "bác sỹ đọc phim",
        "bs đọc phim", "kết quả đọc phim", "khoa điện quang", "trung tâm điện quang",
        "bác sĩ chẩn đoán hình ảnh", "kết quả nhũ ảnh", "kết quả xạ hình", "y học hạt nhân",
        "bác sĩ siêu âm", "phiếu chiếu/ chụp", "phiếu chiếu/chụp", "phiếu chiếu chụp", "phiếu điện quang",
    ),
    "pathology_report": (
        "giải phẫu bệnh", "mô bệnh học", "giải phẩu bệnh", "tế bào học", "hóa mô miễn dịch", "nhuộm hóa mô",
        "đại thể", "vi thể", "kết quả sinh thiết", "phiếu xét nghiệm giải phẫu", "xét nghiệm tế bào",
        "chẩn đoán mô học", "chẩn đoán giải phẫu", "chọc hút tế bào", "khoa giải phẫu bệnh", "kết quả gpb",
        "gpb",
    ),
    "lab": (
        "phiếu xét nghiệm", "kết quả xét nghiệm", "phiếu kết quả xét nghiệm", "khoa xét nghiệm",
        "phòng xét nghiệm", "trung tâm xét nghiệm", "huyết học", "sinh hóa máu", "xét nghiệm sinh hóa",
        "khoa sinh hóa", "sinh hóa", "tổng phân tích tế bào máu", "tổng phân tích nước tiểu",
        "công thức máu", "xét nghiệm máu", "xét nghiệm nước tiểu", "trị số tham chiếu", "khoảng tham chiếu",
        "giá trị tham chiếu", "trị số bình thường", "chỉ số tham chiếu", "giá trị bình thường",
        "dấu ấn ung thư", "chất chỉ điểm ung thư", "csbt", "đông máu", "vi sinh", "miễn dịch",
    ),
    "discharge": (
        "giấy ra viện", "giấy xuất viện", "tóm tắt ra viện", "tóm tắt hồ sơ bệnh án", "tóm tắt bệnh án",
        "tóm tắt xuất viện", "bản tóm tắt hồ sơ", "bệnh án ra viện", "tổng kết bệnh án", "ngày ra viện",
        "ra viện", "ra viện lúc", "chẩn đoán ra viện", "tình trạng ra viện",
        "tình trạng người bệnh ra viện", "phiếu ra viện", "xuất viện", "phiếu xuất viện", "báo cáo ra viện",
    ),
    "operative": (
        "phiếu phẫu thuật", "tường trình phẫu thuật", "biên bản phẫu thuật", "cách thức phẫu thuật",
        "trình tự phẫu thuật", "phẫu thuật viên", "phẫu thuật viên chính", "phiếu thủ thuật",
        "giấy chứng nhận phẫu thuật", "lược đồ phẫu thuật", "phương pháp phẫu thuật",
        "diễn biến phẫu thuật", "tường trình mổ", "biên bản mổ", "phiếu mổ", "báo cáo phẫu thuật",
        "phiếu phẫu thuật/thủ thuật",
    ),
    "consultation": (
        "phiếu khám", "phiếu khám bệnh", "sổ khám bệnh", "khám chuyên khoa", "kết quả khám",
        "biên bản hội chẩn", "phiếu hội chẩn", "giấy chuyển tuyến", "giấy chuyển viện", "phiếu tư vấn",
        "giấy khám bệnh", "bệnh án ngoại trú", "phiếu khám chuyên khoa", "khám ngoại trú",
        "trích biên bản hội chẩn", "phòng khám chuyên khoa", "tóm tắt khám", "giấy hẹn khám",
        "giấy giới thiệu", "thư giới thiệu bệnh nhân", "phiếu khám ngoại trú",
    ),
    "prescription": (
        "đơn thuốc", "toa thuốc", "toa điều trị", "đơn thuốc điện tử", "danh sách thuốc",
        "đơn thuốc ra viện", "thuốc đang dùng", "thuốc đang uống", "danh mục thuốc", "kê đơn",
    ),
}  # fmt: skip

HINTS: Final[Mapping[RecordKind, tuple[str, ...]]] = {
    "imaging_report": (
        "kết luận", "mô tả", "kỹ thuật", "hình ảnh", "thuốc cản quang", "thuốc tương phản", "tiêm thuốc",
        "không thấy", "nhu mô", "giảm tỷ trọng", "tăng tín hiệu", "giảm tín hiệu", "ngấm thuốc",
        "bắt thuốc", "cắt lớp", "chuỗi xung", "bi-rads", "ti-rads", "hồi âm", "phản âm", "tổn thương",
        "vùng khảo sát", "lát cắt", "bất thường",
    ),
    "pathology_report": (
        "sinh thiết", "bệnh phẩm", "carcinôm", "ung thư biểu mô", "bờ diện cắt", "diện cắt", "độ mô học",
        "khối u", "mảnh mô", "xâm nhập", "hạch di căn", "âm tính", "dương tính", "tiêu bản", "lam kính",
    ),
    "lab": (
        "huyết sắc tố", "hemoglobin", "bạch cầu", "hồng cầu", "tiểu cầu", "creatinin", "glucose",
        "đường huyết", "ure", "cholesterol", "triglycerid", "men gan", "ast", "alt", "kết quả", "đơn vị",
        "hematocrit", "mẫu máu", "lấy mẫu", "nước tiểu", "bilirubin", "điện giải", "acid uric",
    ),
    "discharge": (
        "vào viện", "nhập viện", "quá trình điều trị", "phương pháp điều trị", "quá trình bệnh lý",
        "diễn biến lâm sàng", "số ngày điều trị", "lời dặn của thầy thuốc", "khoa điều trị",
        "hướng điều trị", "nghỉ ngơi",
    ),
    "operative": (
        "vô cảm", "gây mê", "gây tê", "mê nội khí quản", "rạch da", "đường mổ", "mất máu", "dẫn lưu",
        "đóng bụng", "khâu", "chẩn đoán trước phẫu thuật", "chẩn đoán sau phẫu thuật", "bác sĩ gây mê",
        "phụ mổ", "tư thế", "đường giữa",
    ),
    "consultation": (
        "lý do khám", "lý do vào viện", "bệnh sử", "tiền sử", "khám lâm sàng", "khám thực thể",
        "hướng xử trí", "tái khám", "lời dặn", "triệu chứng", "khám toàn thân", "mạch", "huyết áp",
        "nhiệt độ", "xử trí", "quá trình bệnh", "hẹn",
    ),
    "prescription": (
        "viên", "uống", "ngày uống", "mỗi lần", "sáng", "chiều", "tối", "sau ăn", "trước ăn", "lần/ngày",
        "số lượng", "ống", "gói", "liều", "hộp", "uống sau", "cộng khoản",
    ),
}  # fmt: skip

MODALITIES: Final[Mapping[str, tuple[str, ...]]] = {
    "PT": (
        "pet/ct", "pet-ct", "pet ct", "chụp pet", "cắt lớp phát xạ", "xạ hình pet", "ghi hình positron",
    ),
    "CT": (
        "clvt", "cắt lớp vi tính", "chụp cắt lớp", "cắt lớp", "ct scan", "ct-scan", "ctscan", "chụp ct",
        "vi tính cắt lớp", "mdct", "chụp cắt lớp điện toán", "ct đa dãy",
    ),
    "MR": ("cộng hưởng từ", "cht", "chụp mri", "mri", "chụp cht"),
    "US": ("siêu âm", "doppler"),
    "MG": (
        "nhũ ảnh", "x quang tuyến vú", "x-quang tuyến vú", "xquang tuyến vú", "xq tuyến vú", "chụp vú",
        "chụp tuyến vú", "mammography",
    ),
    "NM": ("xạ hình", "spect"),
    "XA": (
        "chụp mạch", "chụp động mạch", "chụp mạch vành", "chụp mạch số hóa", "thông tim",
    ),
    "DX": (
        "x quang", "x-quang", "xquang", "chụp xq", "xq", "x - quang", "tia x", "chụp phim ngực",
        "chụp phim phổi", "chụp phim tim phổi", "chụp x quang", "chụp x-quang", "phim ngực", "phim phổi",
        "phim x quang", "chụp răng toàn cảnh", "điện quang số hóa", "chụp tim phổi", "chụp phổi", "hsg",
        "chụp tử cung", "phim chụp thẳng",
    ),
}  # fmt: skip
