"""Each kind of picture that is taken in has a copy that tells nothing, and shows the same.

exiftool reads the copies, and Pillow draws them; neither has anything in common with what made them.
"""

from __future__ import annotations

import io
import json
import struct
import subprocess
from functools import cache
from pathlib import Path
from random import Random

import pytest
from PIL import Image, ImageChops, ImageSequence

from bot.intake import tiff_tags
from bot.intake.clean_photos import _CLEANERS, cleaned
from bot.intake.previews import PHOTOS, document_previews
from bot.intake.sniff import MEDIA_TYPES, sniff
from tests import synthetic
from tests.conftest import require_tool
from tests.fuzz.mutations import mutated
from tests.intake.test_clean_photos import SECRETS, drawn, made, placed, told

#: What each of them is called as a file, and what it is taken for.
KINDS = {
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "BMP5": "image/bmp",
    "BIGTIFF": "image/tiff",
    "AVIF": "image/heic",
}
ENDINGS = {"BMP5": "bmp", "BIGTIFF": "tif"}


def _picture() -> Image.Image:
    return Image.open(io.BytesIO(synthetic.photo("Report", size=(81, 50))))


@cache
def seed(kind: str) -> bytes:
    """A picture of that kind that tells a lot."""
    import tempfile

    out = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"photo.{ENDINGS.get(kind, kind).lower()}"
        match kind:
            case "GIF":
                pages = [_picture(), _picture().rotate(90)]
                pages[0].save(
                    path, "GIF", save_all=True, append_images=pages[1:], loop=3, duration=70
                )
                placed(path)
                return path.read_bytes()
            case "AVIF":
                _picture().save(path, "AVIF")
                placed(path, 1)
                return path.read_bytes()
            case "BIGTIFF":
                exif = Image.Exif()
                exif[0x010F] = "Nokia"
                exif[0x013B] = "Anna in Tashkent"
                exif[0x0112] = 6
                exif.get_ifd(0x8825).update(
                    {1: "N", 2: (41.3111, 0.0, 0.0), 3: "E", 4: (69.2, 0, 0)}
                )
                _picture().save(out, "TIFF", big_tiff=True, exif=exif)
                return out.getvalue()
    _picture().save(out, "BMP")
    plain = out.getvalue()
    return (plain if kind == "BMP" else as_version_5(plain)) + b"Anna in Tashkent 41.3 69.2 Nokia"


def as_version_5(plain: bytes) -> bytes:
    """A bitmap with a longer header, a gap before its pixels, and the name of a file with a profile."""
    pixels, header = plain[54:], bytearray(124)
    header[:40] = plain[14:54]
    struct.pack_into("<L", header, 0, 124)
    header[56:60] = b"KNIL"
    name, gap = b"C:\\Users\\Anna\\Nokia.icc\0", b"Tashkent 41.3 69.2 "
    struct.pack_into("<LL", header, 112, 124 + len(gap) + len(pixels), len(name))
    begin = 14 + 124 + len(gap)
    head = b"BM" + struct.pack("<LHHL", begin + len(pixels), 0, 0, begin)
    return head + header + gap + pixels + name


@pytest.mark.parametrize("kind", KINDS)
def test_the_copy_tells_nothing_and_shows_the_same(kind: str, tmp_path: Path) -> None:
    data = seed(kind)
    assert MEDIA_TYPES[sniff(data)] == KINDS[kind]
    assert any(secret.encode() in data for secret in SECRETS)
    copy = cleaned(data, KINDS[kind])
    after = told(copy, tmp_path, ENDINGS.get(kind, kind))
    assert not [name for name in after if name.split(":")[0] in ("GPS", "XMP-photoshop", "ExifIFD")]
    assert not [secret for secret in SECRETS if secret in json.dumps(after)], after
    assert not [secret for secret in SECRETS[:3] if secret.encode() in copy]
    assert ImageChops.difference(drawn(copy), drawn(data)).getbbox() is None
    assert cleaned(copy, KINDS[kind]) == copy


def test_every_kind_of_photo_has_a_way_to_be_cleaned() -> None:
    assert set(_CLEANERS) == PHOTOS


def test_a_moving_gif_moves_as_it_did() -> None:
    before = Image.open(io.BytesIO(seed("GIF")))
    after = Image.open(io.BytesIO(cleaned(seed("GIF"), "image/gif")))
    assert (after.info["loop"], after.info["duration"]) == (3, 70)
    assert "comment" in before.info
    assert "comment" not in after.info
    assert getattr(after, "n_frames", 1) == 2
    shown = zip(ImageSequence.Iterator(before), ImageSequence.Iterator(after), strict=True)
    assert all(
        ImageChops.difference(a.convert("RGB"), b.convert("RGB")).getbbox() is None
        for a, b in shown
    )


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_a_bitmap_of_any_depth_shows_the_same(mode: str) -> None:
    out = io.BytesIO()
    _picture().convert(mode).save(out, "BMP")
    copy = cleaned(out.getvalue() + b"more", "image/bmp")
    assert ImageChops.difference(drawn(copy), drawn(out.getvalue())).getbbox() is None
    assert b"more" not in copy


def test_a_packed_bitmap_ends_where_its_pixels_do() -> None:
    """Four rows of one colour and a row of several, which Pillow reads on its own."""
    runs = b"\x08\x01\0\0" * 3 + b"\0\x08" + bytes(range(8)) + b"\0\0" + b"\0\1"
    palette = b"".join(bytes((n, 255 - n, 40, 0)) for n in range(256))
    header = struct.pack("<LllHHLLllLL", 40, 8, 4, 1, 8, 1, len(runs) + 9, 0, 0, 0, 0)
    begin = 14 + len(header) + len(palette)
    bmp = b"BM" + struct.pack("<LLL", begin + len(runs) + 9, 0, begin) + header + palette + runs
    copy = cleaned(bmp + b"Tashkent!", "image/bmp")
    assert b"Tashkent" not in copy
    assert ImageChops.difference(drawn(copy), drawn(bmp)).getbbox() is None


def test_what_an_editor_left_behind_in_a_tiff_goes() -> None:
    """A directory that nothing points to any more, as programs leave it that write in place."""
    data = made("TIFF")
    middle = b"GPS 41.3 69.2 Tashkent"
    copy = cleaned(data + middle, "image/tiff")
    assert b"Tashkent" not in copy
    assert ImageChops.difference(drawn(copy), drawn(data)).getbbox() is None


def test_a_tiff_that_says_too_little_of_its_pixels_is_not_cleaned() -> None:
    """Its pixels would be taken for what nobody points to."""
    out = io.BytesIO()
    _picture().save(out, "TIFF")
    told = struct.pack("<L", 81 * 50 * 3)
    assert out.getvalue().count(told) == 1
    assert cleaned(out.getvalue(), "image/tiff")
    assert not cleaned(out.getvalue().replace(told, struct.pack("<L", 9)), "image/tiff")


@pytest.mark.parametrize("packing", ["jpeg", "tiff_lzw", "tiff_adobe_deflate", "group4"])
def test_a_packed_tiff_shows_the_same(packing: str) -> None:
    out, mode = io.BytesIO(), "1" if packing == "group4" else "RGB"
    _picture().convert(mode).save(out, "TIFF", compression=packing)
    copy = cleaned(out.getvalue(), "image/tiff")
    assert ImageChops.difference(drawn(copy), drawn(out.getvalue())).getbbox() is None


def test_the_small_picture_in_a_jpeg_goes_wherever_it_lies(tmp_path: Path) -> None:
    """It may show what was cut off from the large one: in EXIF, in JFIF, or in a segment of its own."""
    photo, small = made("JPEG"), synthetic.photo("Anna", size=(20, 20))
    jfif = b"\xff\xe0\0\x13JFIF\0\1\2\0\0\1\0\1\1\1\xaa\xbb\xcc"
    jfxx = b"\xff\xe0" + struct.pack(">H", 8 + len(small)) + b"JFXX\0\x10" + small
    several = b"\xff\xe2\0\x10MPF\0" + bytes(10)
    path = tmp_path / "p.jpg"
    path.write_bytes(photo)
    (tmp_path / "small.jpg").write_bytes(small)
    subprocess.run(
        (require_tool("exiftool"), "-q", "-overwrite_original",
         f"-ThumbnailImage<={tmp_path / 'small.jpg'}", str(path)), check=True,
    )  # fmt: skip
    data = b"\xff\xd8" + jfif + jfxx + several + path.read_bytes()[2:]
    copy = cleaned(data, "image/jpeg")
    assert small not in copy
    assert b"\xaa\xbb\xcc" not in copy
    names = " ".join(told(copy, tmp_path, "JPEG"))
    assert "Thumbnail" not in names
    assert "MPF" not in names
    assert ImageChops.difference(drawn(copy), drawn(photo)).getbbox() is None


def test_words_about_a_heic_go_with_its_times() -> None:
    """A description is a property of the picture there, beside how it is turned."""
    box = struct.pack(">L4s", 40, b"udes") + b"\0\0\0\0en\0Anna\0Tashkent 41.3\0".ljust(32, b"\0")
    inside = struct.pack(">L4s", 8 + len(box), b"ipco") + box
    outer = struct.pack(">L4s", 8 + len(inside), b"iprp") + inside
    infe = b"\0\0\0\0\0\0"
    parts = (
        struct.pack(">L4s", 8 + len(infe), b"iinf") + infe,
        struct.pack(">L4s", 16, b"iloc") + bytes(8),
        outer,
    )
    meta = b"\0\0\0\0" + b"".join(parts)
    heic = struct.pack(">L4s", 12, b"ftyp") + b"heic" + struct.pack(">L4s", 8 + len(meta), b"meta")
    copy = cleaned(heic + meta, "image/heic")
    assert len(copy) == len(heic + meta)
    assert b"Tashkent" not in copy


@pytest.mark.parametrize("kind", KINDS)
def test_any_bytes_have_a_copy_or_none(kind: str) -> None:
    whole = seed(kind)
    for number in range(300):
        cleaned(mutated(whole, [whole], Random(number)), KINDS[kind])
    assert cleaned(whole[:30], KINDS[kind]) == b""


@pytest.mark.parametrize("kind", KINDS)
def test_a_preview_tells_nothing_either(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "photo"
    path.write_bytes(seed(kind))
    shown = document_previews(path, "", KINDS[kind])
    assert shown.small
    for picture in (shown.small, shown.large):
        said = told(picture, tmp_path, "JPEG")
        assert {name.split(":")[0] for name in said} <= {"File", "JFIF", "Composite"}


def test_a_bigtiff_says_how_it_is_turned() -> None:
    assert tiff_tags.orientation_of(seed("BIGTIFF")) == 6
