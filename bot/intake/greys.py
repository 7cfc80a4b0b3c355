"""From the samples of a frame to a picture of 8 bits, as a viewer would first show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bot.intake.codecs import NoPicture
from bot.intake.elements import text
from bot.intake.frames import Frame, first_number

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

#: Of what has no window of its own, so many samples are looked at.
_LOOKED_AT = 16_384
_DARKEST, _BRIGHTEST = 1.0, 99.0


def picture_of(frame: Frame) -> Image.Image:
    """The picture, grey or in colour, in the samples of the frame. Raises NoPicture."""
    if frame.photometric == "PALETTE COLOR":
        return Image.fromarray(_palette(frame))
    if frame.samples.ndim == 3:
        return Image.fromarray(_colours(frame))
    return Image.fromarray(_greys(frame))


# ---- grey --------------------------------------------------------------------------------------


def _greys(frame: Frame) -> Bytes:
    padding = padding_of(frame)
    values = real_values(frame)
    levels = by_table(frame, values)
    if levels is None:
        levels = _by_window(frame, values)
    # A window that leaves nothing to see, where there is something, is of no use to anybody.
    if levels is None or (levels.max() == levels.min() and values.max() > values.min()):
        levels = _by_percentiles(values, padding)
    if frame.photometric == "MONOCHROME1":
        levels = 255 - levels
    if padding is not None:
        levels[padding] = 0
    return levels


def padding_of(frame: Frame) -> NDArray[np.bool_] | None:
    """Where there is no picture but what fills its corners; None where that is nowhere."""
    value = first_number(frame.header, "PixelPaddingValue")
    if value is None:
        return None
    limit = first_number(frame.header, "PixelPaddingRangeLimit")
    low, high = sorted((value, value if limit is None else limit))
    found = (frame.samples >= low) & (frame.samples <= high)
    return found if found.any() and not found.all() else None


def real_values(frame: Frame) -> Floats:
    """What the samples stand for, such as Hounsfield units."""
    if frame.header.get("ModalityLUTSequence"):
        return _looked_up(frame.samples, frame.header.ModalityLUTSequence[0])
    slope = number_of(frame, "RescaleSlope")
    intercept = number_of(frame, "RescaleIntercept")
    values = frame.samples.astype(np.float32)
    if slope not in (None, 0.0, 1.0):
        values *= np.float32(slope)
    return values + np.float32(intercept or 0.0)


def number_of(frame: Frame, name: str) -> float | None:
    """A number of the frame's own, else of the whole object."""
    own = first_number(frame.group, name)
    return first_number(frame.header, name) if own is None else own


def by_table(frame: Frame, values: Floats) -> Bytes | None:
    """The levels by the object's own table, which counts where it has no window."""
    table = frame.header.get("VOILUTSequence")
    if not table or number_of(frame, "WindowCenter") is not None:
        return None
    try:
        bits = int(table[0].LUTDescriptor[2])
        found = _looked_up(values, table[0])
    except Exception:  # a table that can't be read is none
        return None
    return _clipped(found / np.float32(2**bits - 1) * 255)


def _looked_up(values: NDArray[Any], table: Dataset) -> Floats:
    """Values through a look-up table. PS3.3 C.11.1.1: entries, the first value mapped, bits."""
    entries, first, _bits = (int(part) for part in table.LUTDescriptor)
    data = table.LUTData
    if isinstance(data, bytes):
        data = np.frombuffer(data, "<u2")
    levels = np.asarray(data, dtype=np.float32)
    if levels.size < 2 or (entries or 65536) < levels.size // 2:
        raise NoPicture("odd_table")
    places = np.clip(values.astype(np.int64) - first, 0, levels.size - 1)
    return levels[places]


def _by_window(frame: Frame, values: Floats) -> Bytes | None:
    """The levels by the first window of the object. PS3.3 C.11.2.1.2 and C.11.2.1.3."""
    center, width = number_of(frame, "WindowCenter"), number_of(frame, "WindowWidth")
    if center is None or width is None or width <= 0:
        return None
    function = (text(frame.group, "VOILUTFunction") or text(frame.header, "VOILUTFunction")).upper()
    if function == "SIGMOID":
        with np.errstate(over="ignore"):
            return _clipped(255 / (1 + np.exp(-4 * (values - np.float32(center)) / width)))
    if function != "LINEAR_EXACT":
        center, width = center - 0.5, max(width - 1, 1e-6)
    return _between(values, center - width / 2, center + width / 2)


def _by_percentiles(values: Floats, padding: NDArray[np.bool_] | None) -> Bytes:
    return _between(values, *common_range(values, padding))


def common_range(values: Floats, padding: NDArray[np.bool_] | None) -> tuple[float, float]:
    """Between which values nearly all lie. Raises NoPicture where there is none."""
    seen = values.ravel() if padding is None else values[~padding]
    seen = seen[np.isfinite(seen)]
    if not seen.size:
        raise NoPicture("nothing_in_it")
    seen = seen[:: max(1, seen.size // _LOOKED_AT)]
    low, high = np.percentile(seen, (_DARKEST, _BRIGHTEST))
    if low == high:
        low, high = seen.min(), seen.max()
    return float(low), float(high)


def _between(values: Floats, low: float, high: float) -> Bytes:
    """Black at `low` and below, white at `high` and above."""
    scale = 255 / (high - low) if high > low else 0.0
    return _clipped((values - np.float32(low)) * np.float32(scale))


def _clipped(levels: NDArray[Any]) -> Bytes:
    eight: Bytes = np.clip(np.nan_to_num(levels), 0, 255).astype(np.uint8)
    return eight


# ---- colour ------------------------------------------------------------------------------------


def _colours(frame: Frame) -> Bytes:
    stored = int(first_number(frame.header, "BitsStored") or 8)
    samples = frame.samples
    if samples.dtype.kind == "f":
        raise NoPicture("odd_colours")
    eight = (samples >> max(0, stored - 8)).astype(np.uint8)
    if frame.photometric.startswith("YBR"):
        return _rgb(eight)
    return np.ascontiguousarray(eight)


def _rgb(ybr: Bytes) -> Bytes:
    """RGB of the full-range YCbCr of PS3.3 C.7.6.3.1.2."""
    y, cb, cr = np.moveaxis(ybr.astype(np.float32), -1, 0)
    cb, cr = cb - 128, cr - 128
    channels = (y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb)
    return _clipped(np.stack(channels, axis=-1) + 0.5)


def _palette(frame: Frame) -> Bytes:
    from pydicom.pixels.processing import apply_color_lut

    try:
        coloured = apply_color_lut(frame.samples, frame.header)
    except Exception as error:  # whatever a broken table leads pydicom to
        raise NoPicture("odd_table") from error
    if coloured.dtype.itemsize > 1:
        # Some tables say 16 bits and hold 8.
        coloured = coloured >> 8 if coloured.max() > 255 else coloured
    return np.ascontiguousarray(coloured[..., :3].astype(np.uint8))
