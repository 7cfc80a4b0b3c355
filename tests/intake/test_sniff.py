"""What a file is, by content."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.intake.sniff import Kind, sniff
from tests import synthetic


def picture(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\n", "pdf"),
        (picture("JPEG"), "jpeg"),
        (picture("PNG"), "png"),
        (picture("WEBP"), "webp"),
        (picture("TIFF"), "tiff"),
        (picture("GIF"), "gif"),
        (picture("BMP"), "bmp"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "heic"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "media"),
        (b"RIFF\0\0\0\0WAVEfmt ", "media"),
        (synthetic.zipped({"a": b"1"}), "zip"),
        (synthetic.zipped({}), "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "ole"),
        (rb"{\rtf1\ansi Hello}", "rtf"),
        (b"Rar!\x1a\x07\x01\x00", "rar"),
        (b"Rar!\x1a\x07\x00\xcf", "rar"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "7z"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "compressed"),
        (b"\x1f\x9d\x90", "compressed"),
        (b"BZh91AY", "compressed"),
        (b"\xfd7zXZ\0", "compressed"),
        (b"\x28\xb5\x2f\xfd", "compressed"),
        (b"LZIP\x01\x0c", "compressed"),
        (bytes(32_769) + b"CD001", "iso"),
        (bytes(32_769) + b"BEA01", "iso"),
        (b"\0" + b"\xff" * 10 + b"\0" + b"\0\2\0\1", "iso"),
        (bytes(257) + b"ustar", "tar"),
        (b"MZ\x90\0" + bytes(100), "executable"),
        (b"\x7fELF\x02\x01", "executable"),
        (b"<!DOCTYPE html><html>", "html"),
        (b"\n <html lang='en'>", "html"),
        (b"<?xml version='1.0'?><a/>", "xml"),
        (b"Dear doctor,\r\n", "text"),
        ("Уважаемый доктор".encode(), "text"),
        ("Уважаемый доктор".encode("cp1251"), "text"),
        ("你好".encode("utf-16"), "text"),
        (bytes(range(256)), "unknown"),
        (bytes(1000), "unknown"),
        (bytes(128) + b"DICM", "dicom"),
        (b"\x08\0\x05\0CS\x0a\0ISO_IR 100", "dicom"),
        (b"\x08\0\x08\0\x16\0\0\0ORIGINAL\\PRIMARY\\AXIAL", "dicom"),
        (b"\0\x08\0\x05CS\0\x0aISO_IR 100", "dicom"),
    ],
)
def test_content_says_what_a_file_is(data: bytes, kind: Kind) -> None:
    assert sniff(data) == kind


def test_a_page_that_calls_itself_a_pdf_further_down_is_no_pdf() -> None:
    assert sniff(b"GIF89a" + bytes(20) + b"%PDF-1.4") == "gif"
