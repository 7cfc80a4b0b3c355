"""Previews: what is shown of a study and of a document, and what never is."""

from __future__ import annotations

import base64
import io
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bot.intake.indexing import index_file
from bot.intake.members import MemberFile
from bot.intake.picks import SeriesPicks, picks_of
from bot.intake.previews import (
    LARGE_BYTES,
    SMALL_BYTES,
    Previews,
    document_previews,
    study_previews,
)
from checklist.study import Instance, PatientIdentity, Series, Study
from tests import synthetic
from tests.synthetic import DOSE, SCOUT, SeriesPlan, StudyPlan


def picked(tmp_path: Path, study: StudyPlan) -> tuple[SeriesPicks, ...]:
    """What is shown of a study that came on a disc."""
    path = tmp_path / "disc"
    path.write_bytes(synthetic.disc(study))
    indexed = index_file(
        path, file_id="f", name="disc.zip", item=None, received_at=synthetic.received_at()
    )
    (record,) = indexed.records
    assert record.study is not None
    return picks_of(record.study, [(path, one) for one in indexed.instances[record.id]])


def pictures(made: Previews) -> tuple[Image.Image, Image.Image]:
    return Image.open(io.BytesIO(made.small)), Image.open(io.BytesIO(made.large))


# ---- which slices ------------------------------------------------------------------------------


def instance(number: int, *, position: float | None = None, frames: int = 1) -> Instance:
    return Instance(
        sop_instance_uid=f"1.{number}",
        sop_class_uid="1",
        series_instance_uid="s",
        study_instance_uid="st",
        member=str(number),
        size=1,
        sha256="",
        instance_number=number,
        position=position,
        number_of_frames=frames,
    )


def shown(*instances: Instance) -> list[tuple[str, int]]:
    """Members and frames that are shown of a series of these."""
    series = Series(
        series_instance_uid="s", modality="CT", kind="image", instances=1, series_number=4
    )
    study = Study(study_instance_uid="st", series=(series,), patient=PatientIdentity())
    (one,) = picks_of(study, [(Path("x"), instance) for instance in instances])
    assert one.label == "4 · CT"
    return [(pick.member, pick.frame) for pick in one.picks]


def test_the_first_quarter_middle_three_quarter_and_last_slice_by_position() -> None:
    backwards = [instance(n, position=100.0 - n) for n in range(1, 42)]
    assert shown(*backwards) == [("41", 0), ("31", 0), ("21", 0), ("11", 0), ("1", 0)]


def test_without_positions_the_numbers_decide() -> None:
    mixed = [instance(n) for n in (5, 3, 9, 1, 7)]
    assert [member for member, _ in shown(*mixed)] == ["1", "3", "5", "7", "9"]


def test_of_few_slices_each_is_shown_once_and_what_came_twice_too() -> None:
    assert shown(instance(1), instance(2), instance(1)) == [("1", 0), ("2", 0)]


def test_frames_of_one_object_are_slices_too() -> None:
    assert shown(instance(1, frames=81)) == [("1", n) for n in (0, 20, 40, 60, 80)]
    assert shown(instance(1, frames=2), instance(2, frames=3)) == [
        ("1", 0), ("1", 1), ("2", 0), ("2", 1), ("2", 2),
    ]  # fmt: skip


# ---- contact sheets ----------------------------------------------------------------------------


def test_a_sheet_is_small_enough_for_a_phone_and_has_a_row_for_each_series(tmp_path: Path) -> None:
    study = StudyPlan(series=(SCOUT, SeriesPlan(number=1), SeriesPlan(number=2), DOSE))
    series = picked(tmp_path, study)
    made = study_previews(series, seconds=20)
    small, large = pictures(made)
    assert made.failed == ()
    assert made.size == small.size == (664, 4 + 3 * (32 + 128 + 4))
    assert large.width == 1364
    # The screenshot of a dose is for coordinators only.
    assert large.height == 4 + 4 * (28 + 268 + 4)
    assert len(made.small) < SMALL_BYTES
    assert len(made.large) < LARGE_BYTES
    assert not small.getexif()


def test_series_of_single_pictures_share_a_row_and_are_larger(tmp_path: Path) -> None:
    views = tuple(
        SeriesPlan(number=n, slices=1, modality="CR", sop_class=synthetic.DX) for n in (1, 2)
    )
    made = study_previews(picked(tmp_path, StudyPlan(series=views)), seconds=20)
    assert made.size == (664, 4 + 32 + 326 + 4)


def test_screenshots_are_shown_where_there_is_nothing_else(tmp_path: Path) -> None:
    made = study_previews(picked(tmp_path, StudyPlan(series=(DOSE,))), seconds=20)
    assert made.size[0] == 408


def test_of_many_series_the_longest_are_shown_and_the_others_counted(tmp_path: Path) -> None:
    many = tuple(SeriesPlan(number=n, slices=n) for n in range(1, 12))
    made = study_previews(picked(tmp_path, StudyPlan(series=many)), seconds=20)
    # Six rows, and a line that says how many there are besides.
    assert made.size[1] == 4 + 6 * (32 + 128 + 4) + 32


def test_the_middle_slice_stands_in_the_middle(tmp_path: Path) -> None:
    """Each slice is brighter than the one before it, and the window is the header's."""
    files = {}
    series = SeriesPlan(slices=5)
    plan = StudyPlan(series=(series,))
    for index in (3, 0, 4, 1, 2):
        one = synthetic.dataset(plan, series, index)
        one.PixelData = np.full((16, 16), index * 1000, "<u2").tobytes()
        one.WindowCenter, one.WindowWidth = "2000.5", "4001"
        files[f"{index}"] = synthetic.encoded(one)
    path = tmp_path / "zip"
    path.write_bytes(synthetic.zipped(files))
    indexed = index_file(path, file_id="f", name="", item=None, received_at=synthetic.received_at())
    study = indexed.records[0].study
    assert study is not None
    parts = [(path, one) for found in indexed.instances.values() for one in found]
    small, _ = pictures(study_previews(picks_of(study, parts), seconds=20))
    levels = [small.convert("L").getpixel((68 + n * 132, 100)) for n in range(5)]
    assert levels == pytest.approx([0, 64, 128, 191, 255], abs=4)


def test_a_slice_that_cannot_be_decoded_leaves_its_place_empty_and_its_syntax_in_the_log(
    tmp_path: Path,
) -> None:
    (series,) = picked(tmp_path, StudyPlan(series=(SeriesPlan(),)))
    gone = replace(series.picks[1], member="not there")
    bent = replace(series.picks[2], frame=7)
    picks = (series.picks[0], gone, bent, *series.picks[3:])
    made = study_previews((replace(series, picks=picks),), seconds=20)
    assert made.size[0] == 664
    assert set(made.failed) == {
        "1.2.840.10008.1.2.1 keyerror",
        "1.2.840.10008.1.2.1 no_such_frame",
    }


def test_a_study_of_which_nothing_can_be_decoded_has_no_sheet(tmp_path: Path) -> None:
    (series,) = picked(tmp_path, StudyPlan(series=(SeriesPlan(),)))
    (tmp_path / "disc").unlink()
    made = study_previews((series,), seconds=20)
    assert (made.small, made.large) == (b"", b"")
    assert study_previews((), seconds=20) == Previews()


def test_when_the_time_is_over_what_is_ready_is_shown(tmp_path: Path) -> None:
    (series,) = picked(tmp_path, StudyPlan(series=(SeriesPlan(),)))
    made = study_previews((series,), seconds=-1)
    assert made.failed == ("out_of_time",)


# ---- members -----------------------------------------------------------------------------------


def test_a_member_is_taken_out_only_as_far_as_it_is_read() -> None:
    given = []

    def pieces() -> Iterator[bytes]:
        for n in range(5):
            given.append(n)
            yield bytes([n]) * 100

    file = MemberFile(pieces())
    file.seek(150)
    assert file.read(10) == b"\x01" * 10
    assert given == [0, 1]
    assert file.seek(-1, io.SEEK_END) == 499
    assert file.read() == b"\x04"
    file.seek(0)
    assert file.read(3) == b"\0\0\0"
    file.close()


# ---- documents ---------------------------------------------------------------------------------


def of(tmp_path: Path, data: bytes, media_type: str, *, member: str = "") -> Previews:
    path = tmp_path / "stored"
    path.write_bytes(synthetic.zipped({member: data}) if member else data)
    return document_previews(path, member, media_type)


def encoded(picture: Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


@pytest.mark.parametrize("member", ["", "reports/one.pdf"])
def test_the_first_page_of_a_pdf_is_shown_also_out_of_an_archive(
    tmp_path: Path, member: str
) -> None:
    made = of(tmp_path, synthetic.pdf(synthetic.CT_REPORT), "application/pdf", member=member)
    small, large = pictures(made)
    assert made.size == small.size == (452, 640)
    assert large.size[1] > 1700
    assert np.asarray(large.convert("L")).min() < 80  # there are words on it


def test_a_photo_is_turned_as_the_phone_was_held_and_forgets_where_that_was(tmp_path: Path) -> None:
    held = Image.new("RGB", (400, 200), "white")
    held.paste((200, 0, 0), (0, 0, 100, 200))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    small, large = pictures(of(tmp_path, encoded(held, "JPEG", exif=exif), "image/jpeg"))
    assert small.size == large.size == (200, 400)
    red, _, blue = np.asarray(large)[20, 100]
    assert red > 180
    assert blue < 60
    assert not small.getexif()
    assert not large.getexif()


#: 320 by 200 pixels of paper with a red edge. Nothing that we install can write this format.
_HEIC = base64.b64decode(
    b"AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAVZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA"
    b"AAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABegABAAAAAAAAAEwAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAA"
    b"AAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA1mlwcnAAAAC3aXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAPPAA/P34"
    b"+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAPLoCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwA8oAoIDJZbqSSm"
    b"ubgIaDAgAAADAyAAAAMAIWIAAQAHRAHBcrBiQAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAAFAAAAA"
    b"yAAAABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAAAAABAAEEgQIDBAAAAFRtZGF0AAAASCgBrwQSGiIGgPx5OOv/"
    b"+86T9kQFzOZHHesLWOVUsV5+m/Hiof1hgD1BJCsgooCU67wPVDTUkw8cwAABE4cAAZjAAAADAABiQA=="
)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIC"])
def test_photos_of_every_kind_are_shown(tmp_path: Path, kind: str) -> None:
    paper = Image.new("RGB", (320, 200), (230, 226, 215))
    paper.paste((200, 0, 0), (0, 0, 80, 200))
    data = _HEIC if kind == "HEIC" else encoded(paper, kind)
    made = of(tmp_path, data, f"image/{kind.lower()}")
    assert made.failed == ()
    _, large = pictures(made)
    assert large.size == (320, 200)
    assert large.getpixel((40, 100)) == pytest.approx((200, 0, 0), abs=24)
    assert large.getpixel((200, 100)) == pytest.approx((230, 226, 215), abs=24)


def test_of_a_tiff_with_pages_the_first_is_shown(tmp_path: Path) -> None:
    pages = [Image.new("L", (300, 200), level) for level in (255, 0)]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    small, _ = pictures(of(tmp_path, data, "image/tiff"))
    assert small.convert("L").getextrema() == (255, 255)


def test_what_is_clear_is_white_and_what_has_16_bits_has_eight(tmp_path: Path) -> None:
    clear = encoded(Image.new("RGBA", (300, 200), (0, 0, 0, 0)), "PNG")
    small, _ = pictures(of(tmp_path, clear, "image/png"))
    assert small.convert("L").getextrema() == (255, 255)
    deep = Image.fromarray(np.linspace(0, 65_535, 60_000).astype(np.uint16).reshape(200, 300))
    small, _ = pictures(of(tmp_path, encoded(deep, "PNG"), "image/png"))
    assert small.convert("L").getextrema() == pytest.approx((0, 255), abs=3)


def test_a_picture_that_unfolds_to_a_billion_pixels_is_not_decoded(tmp_path: Path) -> None:
    png = bytearray(encoded(Image.new("L", (8, 8)), "PNG"))
    png[16:24] = struct.pack(">LL", 40_000, 40_000)
    made = of(tmp_path, bytes(png), "image/png")
    assert made.small == b""
    assert made.failed[0].startswith("image/png ")


@pytest.mark.parametrize(
    "media_type", ["application/pdf", "image/jpeg", "image/heic", "image/tiff"]
)
@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", bytes(range(256)) * 8])
def test_bytes_that_are_no_document_have_no_picture(
    tmp_path: Path, media_type: str, data: bytes
) -> None:
    made = of(tmp_path, data, media_type)
    assert made.small == b""
    assert len(made.failed) == 1


def test_an_archive_that_lies_about_its_members_has_no_pictures(tmp_path: Path) -> None:
    path = tmp_path / "stored"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.pdf", synthetic.pdf(("x",)))
    data = bytearray(path.read_bytes())
    data[60] ^= 255
    path.write_bytes(data)
    assert document_previews(path, "one.pdf", "application/pdf").small == b""
