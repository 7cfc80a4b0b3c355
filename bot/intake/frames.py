"""One frame of a DICOM object to samples, read without the frames around it.

Only the bytes of that frame are taken in, and rows and columns are left out evenly until what is
left is about as large as it will be shown. pydicom reads the header; what it would make of the
pixels is what the tests compare with.
"""

from __future__ import annotations

import logging
import math
import struct
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import get_frame
from pydicom.filereader import read_dataset, read_partial
from pydicom.tag import BaseTag, Tag

from bot.intake.codecs import MOST_SAMPLES, RLE, NoPicture, Samples, decoded, run_lengths
from bot.intake.deflated import refuse_bomb
from bot.intake.elements import numbers, text, uid
from bot.intake.limits import MIB, Refused
from bot.intake.walker import DEFLATED, meta_of

# pydicom logs the values it stumbles over, and a log holds nothing of a patient.
logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)

_TAGS: list[BaseTag | int] = [
    Tag(name)
    for name in (
        *("Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation"),
        *("PlanarConfiguration", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
        *("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence"),
        *("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence"),
        *("PixelPaddingValue", "PixelPaddingRangeLimit", "SmallestImagePixelValue"),
        *("PixelSpacing", "ImagerPixelSpacing", "PixelAspectRatio"),
        *(
            f"{colour}PaletteColorLookupTable{what}"
            for colour in ("Red", "Green", "Blue")
            for what in ("Descriptor", "Data")
        ),
        *(f"Segmented{one}PaletteColorLookupTableData" for one in ("Red", "Green", "Blue")),
        *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
        *("ExtendedOffsetTable", "ExtendedOffsetTableLengths"),
    )
]

_BIG_ENDIAN = "1.2.840.10008.1.2.2"
#: MPEG and HEVC, and video over SMPTE ST 2110.
_VIDEO = ("1.2.840.10008.1.2.4.10", "1.2.840.10008.1.2.7.")
_NO_LENGTH = 0xFFFFFFFF
_MOST_FRAMES = 200_000
_ANY_FRAME = 4_000_000
_DEFLATED_MOST = 256 * MIB
#: How much is looked at for the end of the meta header: of nearly every object, and of the others.
_META, _LONG_META = 16 * 1024, 16 * MIB
_SYNTAX = 0x00020010
_ASPECTS = (0.1, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Samples of a frame as they were stored, thinned out, with the header that explains them.

    `width` and `height` are those of the whole frame as it is to be seen, in square pixels.
    `group` holds what the functional groups of an enhanced object say of this frame.
    """

    samples: Samples
    header: Dataset
    group: Dataset
    width: float
    height: float
    photometric: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """How the pixels of an object lie."""

    rows: int
    columns: int
    samples: int
    bits: int
    frames: int
    photometric: str
    syntax: str


def read_frame(file: BinaryIO, index: int, room: int) -> Frame:
    """Frame `index`, from 0; the longer side is thinned out to no less than `room` samples.

    Raises NoPicture, whatever the bytes are.
    """
    try:
        with warnings.catch_warnings():
            # pydicom warns of each value that breaks the standard, and discs are full of those.
            warnings.simplefilter("ignore")
            return _read(file, index, room)
    except NoPicture:
        raise
    except MemoryError:
        raise NoPicture("memory") from None
    except Exception as error:  # whatever bytes make a parser raise
        raise NoPicture("damaged") from error


def _read(file: BinaryIO, index: int, room: int) -> Frame:
    header, pixels, big_endian = _opened(file)
    layout = _layout(header)
    if layout.syntax.startswith(_VIDEO):
        raise NoPicture("video")
    if not 0 <= index < layout.frames:
        raise NoPicture("no_such_frame")
    samples, turned = _samples(pixels, header, layout, index, big_endian=big_endian)
    step = max(1, max(samples.shape[:2]) // max(1, room))
    # Copied, so that the whole frame can go before anything is counted in floats.
    samples = samples[::step, ::step].copy()
    width, height = _as_seen(header, layout, group := _group(header, index))
    return Frame(
        samples=samples if samples.dtype.kind == "f" else _stored_values(samples, header),
        header=header,
        group=group,
        width=width,
        height=height,
        photometric=turned,
    )


# ---- the header --------------------------------------------------------------------------------


def _opened(file: BinaryIO) -> tuple[Any, BinaryIO, bool]:
    """The header, the file at the element of the pixels, and whether it is big endian."""
    start = _deflated_from(file)
    if start is not None:
        return _inflated(file, start)
    file.seek(0)
    header = read_partial(file, stop_when=_at_pixels, force=True, specific_tags=_TAGS)
    syntax = uid(header.file_meta, "TransferSyntaxUID")
    return header, file, syntax == _BIG_ENDIAN or not header.original_encoding[1]


def _deflated_from(file: BinaryIO) -> int | None:
    """Where the deflated part of a deflated object begins, None for any other object."""
    file.seek(0)
    head = file.read(_META)
    meta = meta_of(head)
    if meta is None:
        head += file.read(_LONG_META)
        meta = meta_of(head)
    if meta is None:
        if DEFLATED in head:
            # Whoever reads this in another way may find that it is deflated, and inflate all of it.
            raise NoPicture("damaged")
        return None
    syntax = meta[0].get(_SYNTAX)
    return meta[1] if syntax and syntax.value.rstrip(b"\0 ") == DEFLATED else None


def _inflated(file: BinaryIO, start: int) -> tuple[Any, BinaryIO, bool]:
    file.seek(0)
    data = file.read(_DEFLATED_MOST)
    try:
        refuse_bomb(data)
    except Refused as refused:
        raise NoPicture("too_large") from refused
    stream = BytesIO(zlib.decompressobj(-zlib.MAX_WBITS).decompress(data[start:], _DEFLATED_MOST))
    header = read_dataset(
        stream,
        is_implicit_VR=False,
        is_little_endian=True,
        stop_when=_at_pixels,
        specific_tags=_TAGS,
    )
    return FileDataset("", header, file_meta=FileMetaDataset()), stream, False


def _at_pixels(tag: int, _vr: str | None, _length: int) -> bool:
    return tag >= 0x7FE00008


def first_number(header: Dataset, name: str) -> float | None:
    """The first number of an element, None where there is none that can be read."""
    try:
        value = header.get(name)
        if isinstance(value, Sequence) and not isinstance(value, str | bytes):
            value = value[0]
        found = float(value) if value is not None else math.nan
    except Exception:  # one value that can't be read is an absent value
        return None
    return found if math.isfinite(found) else None


def _whole(header: Any, name: str) -> int:
    return int(first_number(header, name) or 0)


def _layout(header: Any) -> _Layout:
    rows, columns = _whole(header, "Rows"), _whole(header, "Columns")
    samples = _whole(header, "SamplesPerPixel") or 1
    frames = max(1, _whole(header, "NumberOfFrames"))
    bits = _whole(header, "BitsAllocated")
    if min(rows, columns) < 1 or samples not in (1, 3) or bits not in (1, 8, 16, 32, 64):
        raise NoPicture("odd_header")
    # Sizes first: nothing is allocated for a header that promises the absurd.
    if rows * columns * samples > MOST_SAMPLES or frames > _MOST_FRAMES:
        raise NoPicture("too_large")
    return _Layout(
        rows=rows,
        columns=columns,
        samples=samples,
        bits=bits,
        frames=frames,
        photometric=text(header, "PhotometricInterpretation").upper(),
        syntax=uid(header.file_meta, "TransferSyntaxUID"),
    )


def _group(header: Any, index: int) -> Dataset:
    """What the functional groups say of a frame: the shared ones, then its own over them."""
    found = Dataset()
    per_frame = header.get("PerFrameFunctionalGroupsSequence") or ()
    shared = header.get("SharedFunctionalGroupsSequence") or ()
    for group in (*shared[:1], *(per_frame[index : index + 1] if per_frame else ())):
        for name in (
            "FrameVOILUTSequence",
            "PixelValueTransformationSequence",
            "PixelMeasuresSequence",
        ):
            for item in (group.get(name) or ())[:1]:
                found.update(item)
    return found


def _as_seen(header: Any, layout: _Layout, group: Dataset) -> tuple[float, float]:
    """The size of the frame in square pixels."""
    spaced = (
        numbers(group, "PixelSpacing", 2)
        or numbers(header, "PixelSpacing", 2)
        or numbers(header, "ImagerPixelSpacing", 2)
        or numbers(header, "PixelAspectRatio", 2)
    )
    ratio = spaced[0] / spaced[1] if spaced and min(spaced) > 0 else 1.0
    if not _ASPECTS[0] <= ratio <= _ASPECTS[1]:
        ratio = 1.0
    return float(layout.columns), layout.rows * ratio


# ---- the pixels --------------------------------------------------------------------------------


def _samples(
    file: BinaryIO, header: Any, layout: _Layout, index: int, *, big_endian: bool
) -> tuple[Samples, str]:
    """The samples of a frame, and what their colours are once they are decoded."""
    order = ">" if big_endian else "<"
    at = file.tell()
    element = file.read(12)
    if len(element) < 12:
        raise NoPicture("no_pixels")
    group, number = struct.unpack_from(order + "HH", element)
    if group != 0x7FE0 or number not in (0x08, 0x09, 0x10):
        raise NoPicture("no_pixels")
    if element[4:6].isalpha() and element[4:6].isupper():
        start, length = at + 12, struct.unpack_from(order + "L", element, 8)[0]
        if element[4:6] not in (b"OB", b"OW", b"UN", b"OF", b"OD", b"OV"):
            raise NoPicture("odd_header")
    else:
        start, length = at + 8, struct.unpack_from(order + "L", element, 4)[0]
    if length == _NO_LENGTH:
        file.seek(start)
        return _compressed(file, header, layout, index)
    if big_endian and layout.bits == 8 and element[4:6] == b"OW":
        file = _swapped(file, start, length)
        start = 0
    native = _native(file, start, layout, index, order, floats=number != 0x10)
    return _arranged(native, header, layout)


def _swapped(file: BinaryIO, start: int, length: int) -> BinaryIO:
    """Bytes that were written as big-endian words of two, in their own order again."""
    if length > MOST_SAMPLES:
        raise NoPicture("too_large")
    file.seek(start)
    data = file.read(length // 2 * 2)
    return BytesIO(np.frombuffer(data[: len(data) // 2 * 2], np.uint16).byteswap().tobytes())


def _compressed(file: BinaryIO, header: Any, layout: _Layout, index: int) -> tuple[Samples, str]:
    offsets = header.get("ExtendedOffsetTable"), header.get("ExtendedOffsetTableLengths")
    data = get_frame(
        file,
        index,
        extended_offsets=offsets if all(offsets) else None,
        number_of_frames=layout.frames,
    )
    if layout.syntax == RLE:
        found = run_lengths(data, layout.rows, layout.columns, layout.samples, layout.bits)
        return found, layout.photometric
    # Some headers are wrong about what is in the stream, but not by much.
    most = max(_ANY_FRAME, 4 * layout.rows * layout.columns * layout.samples)
    found = decoded(data, layout.photometric, min(most, MOST_SAMPLES))
    if found.ndim not in (2, 3) or (found.ndim == 3 and found.shape[2] != 3):
        raise NoPicture("odd_colours")
    # Decoders undo what JPEG and JPEG 2000 did to colours; the lossless ones have done nothing.
    turned = layout.photometric
    if found.ndim == 3 and not (turned == "YBR_FULL" and _kept_colours(data)):
        turned = "RGB"
    return found, turned


def _kept_colours(data: bytes) -> bool:
    """Whether the coding left the colours as they were put in: lossless JPEG and JPEG-LS do.

    JPEG 2000 says in its marker COD whether it turned them.
    """
    head = data[:4096]
    style = head.find(b"\xff\x52")
    if not data.startswith(b"\xff\xd8"):
        return style >= 0 and head[style + 8 : style + 9] == b"\0"
    return b"\xff\xc3\x00" in head or b"\xff\xf7\x00" in head


def _native(
    file: BinaryIO, start: int, layout: _Layout, index: int, order: str, *, floats: bool
) -> Samples:
    """The samples of an uncompressed frame, one after the other."""
    count = layout.rows * layout.columns * layout.samples
    if layout.photometric == "YBR_FULL_422":
        count = layout.rows * layout.columns * 2
    if layout.bits == 1:
        return _bits(file, start, index * count, count)
    size = count * layout.bits // 8
    file.seek(start + index * size)
    data = file.read(size)
    if len(data) < size:
        raise NoPicture("truncated")
    return np.frombuffer(data, np.dtype(f"{order}{'f' if floats else 'u'}{layout.bits // 8}"))


def _bits(file: BinaryIO, start: int, first: int, count: int) -> Samples:
    file.seek(start + first // 8)
    data = file.read((first % 8 + count + 7) // 8)
    found = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[first % 8 :][:count]
    if found.size < count:
        raise NoPicture("truncated")
    return found


def _arranged(flat: Samples, header: Any, layout: _Layout) -> tuple[Samples, str]:
    rows, columns = layout.rows, layout.columns
    if layout.samples == 1:
        return flat.reshape(rows, columns), layout.photometric
    if layout.photometric == "YBR_FULL_422":
        # Two brightnesses share two colours: Y Y Cb Cr. The common 4:2:2 only; PS3.3 C.7.6.3.1.2.
        pairs = flat.reshape(-1, 4)
        pixels = np.empty((pairs.shape[0], 2, 3), flat.dtype)
        pixels[:, :, 0] = pairs[:, :2]
        pixels[:, :, 1:] = pairs[:, None, 2:]
        return pixels.reshape(rows, columns, 3), "YBR_FULL"
    if _whole(header, "PlanarConfiguration") == 1:
        return np.moveaxis(flat.reshape(3, rows, columns), 0, -1), layout.photometric
    return flat.reshape(rows, columns, 3), layout.photometric


def _stored_values(samples: Samples, header: Any) -> Samples:
    """Whole numbers with their signs: only the stored bits count, the others may hold anything."""
    allocated = samples.dtype.itemsize * 8
    stored = min(max(_whole(header, "BitsStored"), 0) or allocated, allocated)
    signed = _whole(header, "PixelRepresentation") == 1
    if stored == allocated:
        order, size = samples.dtype.byteorder, samples.dtype.itemsize
        return samples.view(np.dtype(f"{order}{'i' if signed else 'u'}{size}"))
    values = samples.astype(np.int64) & ((1 << stored) - 1)
    if signed:
        sign = 1 << (stored - 1)
        values = (values ^ sign) - sign
    return values
