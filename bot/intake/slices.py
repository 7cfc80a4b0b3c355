"""Slices: one frame as a browser can show it under any window, with the values it stands for."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.intake.codecs import NoPicture
from bot.intake.frames import Frame, read_frame
from bot.intake.greys import by_table, common_range, number_of, padding_of, picture_of, real_values
from bot.intake.limits import Refused
from bot.intake.members import Members

#: The longer side is thinned out to no less than this; a screen has few more.
ROOM = 1024
_LENGTH = struct.Struct("<L")
_STEPS = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What stands before the samples.

    `width` and `height` are as it is to be seen, in square pixels. The samples of `grey` are 16 bits,
    little endian, row by row, and stand for `low + step * sample`; `center` and `size` are the window
    that the object asks for, else one in which nearly all of it is seen. Those of `colour` are RGB.
    """

    kind: str
    columns: int
    rows: int
    width: float
    height: float
    low: float = 0.0
    step: float = 1.0
    center: float = 0.0
    size: float = 0.0
    inverted: bool = False


def packed(path: Path, member: str, frame: int) -> bytes | str:
    """The frame, deflated: the length of a header, `Shown` as JSON, the samples. Or why not.

    `frame` counts from 0. The reason is a short code.
    """
    with Members() as members:
        try:
            shown, samples = _shown(read_frame(members.open(path, member), frame, ROOM))
        except NoPicture as error:
            return error.reason
        except (Refused, OSError, KeyError, MemoryError) as error:
            return type(error).__name__.lower()
    head = json.dumps(asdict(shown)).encode()
    return zlib.compress(_LENGTH.pack(len(head)) + head + samples, 1)


def _shown(frame: Frame) -> tuple[Shown, bytes]:
    rows, columns = frame.samples.shape[:2]
    place = {"columns": columns, "rows": rows, "width": frame.width, "height": frame.height}
    if frame.photometric == "PALETTE COLOR" or frame.samples.ndim == 3:
        return Shown(kind="colour", **place), picture_of(frame).convert("RGB").tobytes()
    padding, values = padding_of(frame), real_values(frame)
    levels = by_table(frame, values)
    if levels is not None:
        values = levels.astype(np.float32)
    low, step, samples = _quantised(values, padding)
    center, size = _window(frame, values, padding, told=levels is None)
    shown = Shown(
        kind="grey",
        low=low,
        step=step,
        center=center,
        size=size,
        inverted=frame.photometric == "MONOCHROME1",
        **place,
    )
    return shown, samples.tobytes()


def _quantised(
    values: NDArray[np.float32], padding: NDArray[np.bool_] | None
) -> tuple[float, float, NDArray[np.uint16]]:
    """The lowest value, the step between two, and the steps; exact for whole numbers."""
    seen = values if padding is None else values[~padding]
    seen = seen[np.isfinite(seen)]
    if not seen.size:
        raise NoPicture("nothing_in_it")
    low, high = float(seen.min()), float(seen.max())
    whole = high - low <= _STEPS and bool(np.all(seen == np.rint(seen)))
    step = 1.0 if whole else (high - low) / _STEPS or 1.0
    steps = np.nan_to_num((values - np.float32(low)) / np.float32(step), nan=0.0)
    return low, step, np.clip(np.rint(steps), 0, _STEPS).astype("<u2")


def _window(
    frame: Frame,
    values: NDArray[np.float32],
    padding: NDArray[np.bool_] | None,
    *,
    told: bool,
) -> tuple[float, float]:
    center, size = number_of(frame, "WindowCenter"), number_of(frame, "WindowWidth")
    if told and center is not None and size is not None and size > 0:
        return center, size
    low, high = common_range(values, padding)
    return (low + high) / 2, max(high - low, 1e-6)
