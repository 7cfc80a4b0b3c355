"""A copy of a photo tells nothing of where it was taken, and shows the same picture, turned the same way.

exiftool reads the copies, which has nothing in common with what made them.
"""

from __future__ import annotations

import io
import json
import subprocess
from functools import cache
from pathlib import Path
from random import Random

import pytest
from PIL import Image, ImageChops, ImageOps, PngImagePlugin

from bot.intake.clean_photos import clean_copy, cleaned
from bot.intake.previews import document_previews
from tests import synthetic
from tests.conftest import require_tool
from tests.fuzz.mutations import mutated

KINDS = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "HEIC": "image/heic",
}
#: What nobody may learn, as exiftool shows it and as it stands in the file.
SECRETS = ("Tashkent", "Anna", "Nokia", "41.3", "69.2")


#: What exiftool says of the file's place on the disk, and of itself.
_OF_ITSELF = ("System", "ExifTool", "SourceFile")


def placed(path: Path, turned: int = 6) -> None:
    """Write what a phone writes, with exiftool: place, time, camera, owner, a comment, a thumbnail."""
    subprocess.run(
        (
            *(require_tool("exiftool"), "-q", "-overwrite_original", "-n", "-P"),
            *("-GPSLatitude=41.3111", "-GPSLatitudeRef=N", "-GPSLongitude=69.2797"),
            *("-GPSLongitudeRef=E", "-Make=Nokia", "-Artist=Anna", "-XMP:City=Tashkent"),
            *(
                "-DateTimeOriginal=2026:04:12 10:00:00",
                f"-Orientation={turned}",
                "-UserComment=Anna",
            ),
            *("-IPTC:City=Tashkent", "-Comment=Anna in Tashkent", "-m", str(path)),
        ),
        check=True,
        capture_output=True,
    )


@cache
def made(kind: str, turned: int = 6) -> bytes:
    """A photo of that kind, as a phone would have made it."""
    import tempfile

    picture = Image.open(io.BytesIO(synthetic.photo("Report", size=(80, 120))))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"photo.{kind.lower()}"
        if kind == "HEIC":
            source = path.with_suffix(".jpg")
            picture.save(source, "JPEG")
            placed(source, 1)
            heif = require_tool("heif-enc")
            subprocess.run((heif, source, "-o", path), check=True, capture_output=True)
            return path.read_bytes()
        picture.save(path, kind)
        placed(path, turned)
        return path.read_bytes()


def told(data: bytes, folder: Path, kind: str) -> dict[str, object]:
    """All that exiftool finds in it, also what it knows of no name."""
    path = folder / f"copy.{kind.lower()}"
    path.write_bytes(data)
    asked = (require_tool("exiftool"), "-json", "-a", "-u", "-ee", "-n", "-G1", str(path))
    said = subprocess.run(asked, check=False, capture_output=True, text=True)
    found: dict[str, object] = json.loads(said.stdout)[0]
    assert "ExifTool:Error" not in found
    return {k: v for k, v in found.items() if k.split(":")[0] not in _OF_ITSELF}


def drawn(data: bytes) -> Image.Image:
    if data[4:8] == b"ftyp":
        from pi_heif import register_heif_opener

        register_heif_opener()
    return ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")


@pytest.mark.parametrize("kind", KINDS)
def test_the_copy_tells_nothing_and_shows_the_same(kind: str, tmp_path: Path) -> None:
    data = made(kind)
    before = json.dumps(told(data, tmp_path, kind))
    assert all(secret in before for secret in ("Nokia", "Anna", "41.3", "69.2"))
    copy = cleaned(data, KINDS[kind])
    after = told(copy, tmp_path, kind)
    groups = {name.split(":")[0] for name in after}
    assert groups.isdisjoint({"GPS", "ExifIFD", "IPTC", "XMP-photoshop", "IFD1", "Photoshop"}), (
        after
    )
    assert not [secret for secret in SECRETS if secret in json.dumps(after)], after
    assert not [secret for secret in SECRETS[:3] if secret.encode() in copy]
    assert ImageChops.difference(drawn(copy), drawn(data)).getbbox() is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("turned", [1, 3, 8])
def test_it_is_turned_as_it_was(kind: str, turned: int) -> None:
    data = made(kind, turned)
    copy = cleaned(data, KINDS[kind])
    assert ImageChops.difference(drawn(copy), drawn(data)).getbbox() is None
    # A WebP without room for it has no EXIF at all.
    assert (Image.open(io.BytesIO(copy)).getexif().get(274, 1)) == turned


@pytest.mark.parametrize("kind", KINDS)
def test_what_has_nothing_to_tell_stays_as_it_is(kind: str) -> None:
    once = cleaned(made(kind), KINDS[kind])
    assert once
    assert cleaned(once, KINDS[kind]) == once


def test_a_picture_behind_the_picture_goes_too(tmp_path: Path) -> None:
    """Phones put a second one there, or a film, which says once more where it was."""
    data = made("JPEG")
    copy = cleaned(data + data, "image/jpeg")
    assert copy == cleaned(data, "image/jpeg")
    film = b"\0\0\0\x14moov41.3 69.2 xxx"
    heic = cleaned(made("HEIC") + film, "image/heic")
    assert b"41.3" not in heic
    assert drawn(heic).size == drawn(made("HEIC")).size


def test_the_colours_and_the_pages_stay(tmp_path: Path) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    out, pages = io.BytesIO(), [Image.new("RGB", (9, 9), c) for c in ("red", "green", "blue")]
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], icc_profile=profile)
    copy = Image.open(io.BytesIO(cleaned(out.getvalue(), "image/tiff")))
    assert getattr(copy, "n_frames", 1) == 3
    assert copy.info["icc_profile"] == profile
    copy.seek(2)
    assert copy.convert("RGB").getpixel((0, 0)) == (0, 0, 255)
    out = io.BytesIO()
    pages[0].save(out, "JPEG", icc_profile=profile, progressive=True)
    jpeg = Image.open(io.BytesIO(cleaned(out.getvalue(), "image/jpeg")))
    assert jpeg.info["icc_profile"] == profile


def test_words_in_a_png_are_left_out() -> None:
    out, info = io.BytesIO(), PngImagePlugin.PngInfo()
    info.add_text("Location", "Tashkent")
    info.add_itxt("Author", "Anna", zip=True)
    Image.new("L", (5, 5)).save(out, "PNG", pnginfo=info)
    assert not Image.open(io.BytesIO(cleaned(out.getvalue(), "image/png"))).info


@pytest.mark.parametrize("kind", KINDS)
def test_any_bytes_have_a_copy_or_none(kind: str) -> None:
    seed = made(kind)
    for number in range(300):
        cleaned(mutated(seed, [seed], Random(number)), KINDS[kind])
    assert cleaned(b"", KINDS[kind]) == b""
    assert cleaned(seed[:60], KINDS[kind]) == b""


@pytest.mark.parametrize("kind", KINDS)
def test_a_preview_tells_nothing_either(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "photo"
    path.write_bytes(made(kind))
    shown = document_previews(path, "", KINDS[kind])
    for picture in (shown.small, shown.large):
        said = told(picture, tmp_path, "JPEG")
        assert {name.split(":")[0] for name in said} <= {"File", "JFIF", "Composite"}
        assert Image.open(io.BytesIO(picture)).size == drawn(made(kind)).size


def test_a_photo_within_an_archive_has_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(synthetic.zipped({"a/b.jpg": made("JPEG")}))
    assert clean_copy(path, "a/b.jpg", "image/jpeg") == cleaned(made("JPEG"), "image/jpeg")
    assert clean_copy(path, "a/b.jpg", "application/pdf") == b""
    assert clean_copy(path, "nothing", "image/jpeg") == b""
