"""Frames: every transfer syntax that can be decoded is, and agrees with pydicom; the rest says why."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import pydicom.data
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite
from pydicom.pixels.utils import pixel_array
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian

from bot.intake.codecs import NoPicture
from bot.intake.frames import read_frame
from bot.intake.greys import picture_of

_DATA = Path(pydicom.data.__file__).parent
_WHOLE = 1 << 20


def _files() -> list[Path]:
    """pydicom's own test files with pixels."""
    found = []
    for path in sorted((*_DATA.glob("test_files/**/*"), *_DATA.glob("charset_files/*.dcm"))):
        if not path.is_file() or path.suffix in (".py", ".json", ".zip", ".txt"):
            continue
        data = path.read_bytes()
        marks = (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10", b"1.2.1.99")
        if any(mark in data for mark in marks) and path.name != "DICOMDIR":
            found.append(path)
    return found


#: Files without a picture, and why.
_NONE = {
    "JPEG2000-embedded-sequence-delimiter.dcm": "too_large",  # it ends after 266 bytes
    "MR_truncated.dcm": "truncated",
    "meta_missing_tsyntax.dcm": "odd_header",  # a plan, not a picture
    "nested_priv_SQ.dcm": "odd_header",
    "no_meta.dcm": "odd_header",
}
#: Files that pydicom can't decode, or not without a decoder of its own kind: the least, the greatest
#: and the mean sample.
_OURS = {
    "693_J2KI.dcm": (-2971, 2836, -8.32),
    "GDCMJ2K_TextGBR.dcm": (0, 255, 124.44),
    "J2K_pixelrep_mismatch.dcm": (-2000, 1896, -658.44),
    "JPEG-lossy.dcm": (0, 264, 14.37),
    "JPEG2000.dcm": (-30, 245, 13.46),
    "JPEGLSNearLossless_08.dcm": (0, 255, 55.56),
    "JPEGLSNearLossless_16.dcm": (0, 65535, 12014.50),
    "JPGExtended.dcm": (0, 264, 14.37),
    "MR_small_jpeg_ls_lossless.dcm": (127, 2145, 518.88),
    "SC_rgb_jls_lossy_line.dcm": (0, 255, 128.00),
    "SC_rgb_jls_lossy_sample.dcm": (0, 255, 128.00),
    "SC_rgb_jpeg.dcm": (134, 252, 243.97),
    "SC_rgb_jpeg_gdcm.dcm": (0, 255, 127.70),
    "badVR.dcm": (795000, 1254000, 1013780.00),
    "image_dfl.dcm": (0, 255, 127.12),
}


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.name)
def test_every_file_of_pydicom_is_decoded_as_pydicom_does_or_says_why_not(path: Path) -> None:
    with path.open("rb") as file:
        if path.name in _NONE:
            with pytest.raises(NoPicture) as why:
                read_frame(file, 0, _WHOLE)
            assert why.value.reason == _NONE[path.name]
            return
        frame = read_frame(file, 0, _WHOLE)
    picture = picture_of(frame)
    assert picture.size == frame.samples.shape[1::-1]
    theirs = _pydicom(path, colour=frame.photometric == "RGB")
    if theirs is None:
        least, greatest, mean = _OURS[path.name]
        assert (frame.samples.min(), frame.samples.max()) == (least, greatest)
        assert frame.samples.mean() == pytest.approx(mean, abs=0.01)
        return
    assert theirs.shape == frame.samples.shape
    # Two JPEG decoders may round colours differently.
    assert np.abs(theirs.astype(np.float64) - frame.samples).max() <= (3 if theirs.ndim == 3 else 0)


def _pydicom(path: Path, *, colour: bool) -> NDArray[Any] | None:
    """The first frame as pydicom decodes it, None where it doesn't."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return pixel_array(path, index=0, raw=not colour)
        except Exception:  # it has as many reasons as files
            return None


# ---- syntaxes that pydicom's files don't have --------------------------------------------------

_RAMP = (np.arange(48 * 64).reshape(48, 64) * 7 % 4096).astype(np.uint16)
_COLOURS = np.stack([np.full((48, 64), level, np.uint8) for level in (200, 80, 30)], axis=-1)


def made(
    samples: NDArray[Any], syntax: str = ExplicitVRLittleEndian, **values: object
) -> FileDataset:
    """An object of these samples: (rows, columns), or with frames before or colours after them."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(syntax)
    meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.7")
    meta.MediaStorageSOPInstanceUID = UID("2.25.1")
    one = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    one.SOPClassUID, one.SOPInstanceUID = meta.MediaStorageSOPClassUID, "2.25.1"
    colour = samples.shape[-1] == 3
    one.Rows, one.Columns = samples.shape[-3:-1] if colour else samples.shape[-2:]
    one.SamplesPerPixel = 3 if colour else 1
    one.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        one.PlanarConfiguration = 0
    one.BitsAllocated = one.BitsStored = samples.dtype.itemsize * 8
    one.HighBit = one.BitsStored - 1
    one.PixelRepresentation = int(samples.dtype.kind == "i")
    one.PixelData = samples.tobytes()
    for name, value in values.items():
        setattr(one, name, value)
    return one


def written(one: FileDataset) -> io.BytesIO:
    """The object as a file."""
    file = io.BytesIO()
    dcmwrite(file, one, enforce_file_format=True)
    return file


def compressed(
    samples: NDArray[Any], syntax: str, data: bytes | bytearray, **values: object
) -> io.BytesIO:
    """An object of one compressed frame."""
    one = made(samples, syntax, PixelData=encapsulate([bytes(data)]), **values)
    one["PixelData"].VR = "OB"
    return written(one)


@pytest.mark.parametrize(
    ("syntax", "data"),
    [
        ("1.2.840.10008.1.2.4.57", imagecodecs.ljpeg_encode(_RAMP, bitspersample=12)),
        (
            "1.2.840.10008.1.2.4.70",
            imagecodecs.jpeg8_encode(_RAMP, lossless=True, bitspersample=12),
        ),
        ("1.2.840.10008.1.2.4.80", imagecodecs.jpegls_encode(_RAMP)),
        ("1.2.840.10008.1.2.4.90", imagecodecs.jpeg2k_encode(_RAMP, codecformat="j2k", level=0)),
        ("1.2.840.10008.1.2.4.90", imagecodecs.jpeg2k_encode(_RAMP, codecformat="jp2", level=0)),
        ("1.2.840.10008.1.2.4.201", imagecodecs.htj2k_encode(_RAMP)),
        ("1.2.840.10008.1.2.4.202", imagecodecs.htj2k_encode(_RAMP)),
        ("1.2.840.10008.1.2.4.203", imagecodecs.htj2k_encode(_RAMP)),
    ],
)
def test_a_lossless_frame_comes_out_as_it_was_put_in(syntax: str, data: bytes) -> None:
    frame = read_frame(compressed(_RAMP, syntax, data, BitsStored=12, HighBit=11), 0, _WHOLE)
    assert np.array_equal(frame.samples, _RAMP)


@pytest.mark.parametrize(
    ("photometric", "data"),
    [
        ("YBR_FULL_422", imagecodecs.jpeg8_encode(_COLOURS, level=95)),
        (
            "RGB",
            imagecodecs.jpeg8_encode(_COLOURS, level=95, colorspace="RGB", outcolorspace="RGB"),
        ),
        ("RGB", imagecodecs.jpegls_encode(_COLOURS)),
        ("YBR_RCT", imagecodecs.jpeg2k_encode(_COLOURS, codecformat="j2k", level=0, mct=True)),
    ],
)
def test_colours_are_red_green_and_blue_in_the_end(photometric: str, data: bytes) -> None:
    file = compressed(
        _COLOURS, "1.2.840.10008.1.2.4.50", data, PhotometricInterpretation=photometric
    )
    picture = np.asarray(picture_of(read_frame(file, 0, _WHOLE)))
    assert np.abs(picture.astype(int) - _COLOURS).max() <= 3


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.107"])
def test_a_video_has_no_picture(syntax: str) -> None:
    with pytest.raises(NoPicture, match="video"):
        read_frame(compressed(_RAMP, syntax, b"\0\0\1\xba" * 8), 0, _WHOLE)


def test_a_deflated_object_is_inflated_within_limits() -> None:
    plain = written(made(_RAMP)).getvalue()
    start = plain.index(b"\x08\x00\x16\x00")
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = squeezed.compress(plain[start:]) + squeezed.flush()
    head = written(made(_RAMP, "1.2.840.10008.1.2.1.99")).getvalue()
    length = 144 + int.from_bytes(head[140:144], "little")
    assert np.array_equal(read_frame(io.BytesIO(head[:length] + body), 0, _WHOLE).samples, _RAMP)
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    filled = b"".join(bomb.compress(bytes(1 << 24)) for _ in range(20)) + bomb.flush()
    with pytest.raises(NoPicture, match="too_large"):
        read_frame(io.BytesIO(head[:length] + filled), 0, _WHOLE)


@pytest.mark.parametrize("preamble", [bytes(128) + b"DICM", b""])
@pytest.mark.parametrize("length", [2, 3_000, 70_000])
def test_a_deflated_object_is_known_wherever_its_syntax_stands(
    preamble: bytes, length: int
) -> None:
    plain = written(made(_RAMP)).getvalue()
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = squeezed.compress(plain[plain.index(b"\x08\x00\x16\x00") :]) + squeezed.flush()
    meta = struct.pack("<HH2sHL", 2, 1, b"OB", 0, length) + bytes(length)
    meta += struct.pack("<HH2sH", 2, 0x10, b"UI", 22) + b"1.2.840.10008.1.2.1.99"
    meta = struct.pack("<HH2sHL", 2, 0, b"UL", 4, len(meta)) + meta
    file = io.BytesIO(preamble + meta + body)
    assert np.array_equal(read_frame(file, 0, _WHOLE).samples, _RAMP)


def test_an_object_that_only_names_the_deflated_syntax_is_read_as_it_is() -> None:
    named = made(_RAMP, StudyDescription="1.2.840.10008.1.2.1.99")
    assert np.array_equal(read_frame(written(named), 0, _WHOLE).samples, _RAMP)


@pytest.mark.parametrize("count", [0, 1, 3, 15, 16, 0xFFFFFFFF])
def test_run_lengths_that_lead_out_of_their_frame_are_refused(count: int) -> None:
    """A decoder in C that follows them takes its process down."""
    for offset in (0, 63, 64, 1000, 0xFFFFFFFF):
        head = struct.pack("<16L", count, *[offset] * 15)
        file = compressed(_RAMP, "1.2.840.10008.1.2.5", head + b"\x81\xff" * 40)
        with pytest.raises(NoPicture, match=r"damaged|truncated"):
            read_frame(file, 0, _WHOLE)


# ---- how samples may lie -----------------------------------------------------------------------


def test_planes_bits_signs_and_byte_orders_make_no_difference() -> None:
    planes = made(_COLOURS, PlanarConfiguration=1)
    planes.PixelData = np.moveaxis(_COLOURS, -1, 0).tobytes()
    assert np.array_equal(read_frame(written(planes), 0, _WHOLE).samples, _COLOURS)

    halves = made(_COLOURS, PhotometricInterpretation="YBR_FULL_422", PlanarConfiguration=0)
    halves.PixelData = bytes((100, 100, 128, 128)) * (48 * 64 // 2)
    assert np.unique(np.asarray(picture_of(read_frame(written(halves), 0, _WHOLE)))) == [100]

    mask = made(np.packbits(np.eye(64, dtype=np.uint8), bitorder="little").view(np.uint8)[None])
    mask.Rows = mask.Columns = 64
    mask.BitsAllocated = mask.BitsStored = 1
    mask.HighBit = 0
    assert np.array_equal(read_frame(written(mask), 0, _WHOLE).samples, np.eye(64))

    signed = np.arange(-8, 8, dtype=np.int16).reshape(4, 4)
    dirty = (signed & 0x0FFF) | 0x7000  # what lies above the stored bits means nothing
    twelve = made(dirty.astype(np.int16), BitsStored=12, HighBit=11)
    assert np.array_equal(read_frame(written(twelve), 0, _WHOLE).samples, signed)

    big = made(_RAMP, ExplicitVRBigEndian, PixelData=_RAMP.byteswap().tobytes())
    big["PixelData"].VR = "OW"
    assert np.array_equal(read_frame(written(big), 0, _WHOLE).samples, _RAMP)


def test_only_the_frame_that_is_wanted_is_read() -> None:
    frames = np.stack([np.full((256, 256), n, np.uint16) for n in range(40)])
    file = written(made(frames, NumberOfFrames="40"))
    taken = 0

    class Counted(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            nonlocal taken
            data = super().read(size)
            taken += len(data)
            return data

    assert np.unique(read_frame(Counted(file.getvalue()), 33, _WHOLE).samples) == [33]
    assert taken < 2 * frames[0].nbytes
    with pytest.raises(NoPicture, match="no_such_frame"):
        read_frame(file, 40, _WHOLE)


def test_a_large_frame_is_thinned_out_evenly_before_anything_is_counted() -> None:
    frame = read_frame(written(made(np.tile(_RAMP, (10, 10)))), 0, 100)
    assert frame.samples.shape == (80, 107)
    assert (frame.width, frame.height) == (640.0, 480.0)


# ---- what may not cost anything ----------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {"Rows": 65535, "Columns": 65535},
        {"NumberOfFrames": "2000000000"},
        {"Rows": 0},
        {"BitsAllocated": 12},
        {"SamplesPerPixel": 4},
    ],
)
def test_an_absurd_header_is_refused_before_anything_is_allocated(values: dict[str, Any]) -> None:
    with pytest.raises(NoPicture, match=r"too_large|odd_header"):
        read_frame(written(made(_RAMP, **values)), 0, _WHOLE)


@pytest.mark.parametrize("kind", ["jpeg", "jpeg2k"])
def test_a_frame_that_unfolds_to_more_than_its_header_says_is_refused(kind: str) -> None:
    """The object says 48 rows, the stream within it 60 000."""
    if kind == "jpeg":
        data = bytearray(imagecodecs.jpeg8_encode(_COLOURS))
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = struct.pack(">HH", 60_000, 60_000)
    else:
        data = bytearray(imagecodecs.jpeg2k_encode(_RAMP, codecformat="j2k"))
        data[8:16] = struct.pack(">LL", 60_000, 60_000)
    with pytest.raises(NoPicture, match="too_large"):
        read_frame(compressed(_RAMP, "1.2.840.10008.1.2.4.50", data), 0, _WHOLE)


@pytest.mark.parametrize("keep", [0, 1, 130, 400, 700])
def test_bytes_that_end_early_have_no_picture(keep: int) -> None:
    data = imagecodecs.jpeg2k_encode(_RAMP, codecformat="j2k", level=0)
    file = compressed(_RAMP, "1.2.840.10008.1.2.4.90", data).getvalue()
    with pytest.raises(NoPicture):
        read_frame(io.BytesIO(file[:keep]), 0, _WHOLE)


# ---- greys as a viewer shows them --------------------------------------------------------------


def greys(one: FileDataset, frame: int = 0) -> NDArray[Any]:
    return np.asarray(picture_of(read_frame(written(one), frame, _WHOLE)))


_STEPS = np.array([[0, 100, 200, 300, 400]], np.uint16)


def test_the_first_window_decides_after_the_rescale() -> None:
    one = made(_STEPS, WindowCenter=["-800", "40"], WindowWidth=["201", "400"])
    one.RescaleSlope, one.RescaleIntercept = "1", "-1000"
    # From -900.5 to -700.5 (PS3.3 C.11.2.1.2), which is 100 to 300 as stored.
    assert greys(one).tolist() == [[0, 0, 128, 255, 255]]


def test_window_functions_are_the_ones_of_the_standard() -> None:
    exact = made(_STEPS, WindowCenter="200", WindowWidth="200", VOILUTFunction="LINEAR_EXACT")
    assert greys(exact).tolist() == [[0, 0, 127, 255, 255]]
    curved = made(_STEPS, WindowCenter="200", WindowWidth="200", VOILUTFunction="SIGMOID")
    assert greys(curved).tolist() == [[4, 30, 127, 224, 250]]


def test_without_a_usable_window_the_middle_of_the_values_is_shown() -> None:
    wide = np.concatenate([np.linspace(0, 1000, 999), [60_000]]).astype(np.uint16).reshape(10, 100)
    for values in ({}, {"WindowCenter": "0", "WindowWidth": "0"}):
        shown = greys(made(wide, **values))
        assert shown[5, 0] == pytest.approx(128, abs=8)  # one bright dot takes nothing away


def test_padding_is_black_and_counts_for_nothing() -> None:
    padded = np.where(np.eye(64) == 1, 63_536, np.arange(64) + 100).astype(np.uint16)
    shown = greys(made(padded, PixelPaddingValue=63_536))
    assert shown.diagonal().max() == 0
    assert shown[0, 63] >= 250


def test_black_is_white_where_the_header_says_so() -> None:
    plain = greys(made(_RAMP))
    turned = greys(made(_RAMP, PhotometricInterpretation="MONOCHROME1"))
    assert np.array_equal(turned, 255 - plain)


def test_a_table_of_grey_levels_is_used_where_there_is_no_window() -> None:
    table = Dataset()
    table.LUTDescriptor = [5, 100, 8]
    table.LUTData = [10, 50, 90, 130, 250]
    one = made(np.array([[99, 100, 102, 104, 200]], np.uint16))
    table["LUTData"].VR = "US"
    one.VOILUTSequence = Sequence([table])
    assert greys(one).tolist() == [[10, 10, 90, 250, 250]]


def test_a_palette_gives_colours() -> None:
    one = made(np.array([[0, 1, 2, 2]], np.uint8), PhotometricInterpretation="PALETTE COLOR")
    for name, levels in (("Red", (0, 255, 9)), ("Green", (0, 0, 9)), ("Blue", (7, 0, 255))):
        setattr(one, f"{name}PaletteColorLookupTableDescriptor", [3, 0, 16])
        data = b"".join(struct.pack("<H", level << 8) for level in levels)
        setattr(one, f"{name}PaletteColorLookupTableData", data)
    assert greys(one)[0].tolist() == [[0, 0, 7], [255, 0, 0], [9, 9, 255], [9, 9, 255]]


def test_an_enhanced_object_has_a_window_for_each_frame() -> None:
    one = made(np.stack([_STEPS, _STEPS]), NumberOfFrames="2")
    groups = []
    for center in (100, 300):
        window = Dataset()
        window.WindowCenter, window.WindowWidth = str(center), "2"
        group = Dataset()
        group.FrameVOILUTSequence = Sequence([window])
        groups.append(group)
    one.PerFrameFunctionalGroupsSequence = Sequence(groups)
    assert greys(one, 0).tolist() == [[0, 255, 255, 255, 255]]
    assert greys(one, 1).tolist() == [[0, 0, 0, 255, 255]]


@pytest.mark.parametrize(
    ("values", "height"),
    [
        ({"PixelSpacing": ["2", "1"]}, 96.0),
        ({"PixelAspectRatio": ["1", "2"]}, 24.0),
        ({"PixelSpacing": ["0", "1"]}, 48.0),
        ({"PixelSpacing": ["1000", "1"]}, 48.0),
    ],
)
def test_pixels_are_square_in_the_end(values: dict[str, Any], height: float) -> None:
    frame = read_frame(written(made(_RAMP, **values)), 0, _WHOLE)
    assert (frame.width, frame.height) == (64.0, height)
