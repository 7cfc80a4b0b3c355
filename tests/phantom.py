"""Slices to look at: a head of ellipses, after Shepp and Logan (1974). Nobody's head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tests import synthetic

#: Brightness, half axes, middle and turn of each ellipse, in the middle slice, from -1 to 1.
_ELLIPSES = (
    (900, 0.69, 0.92, 0.0, 0.0, 0.0),
    (-600, 0.65, 0.87, 0.0, -0.02, 0.0),
    (-180, 0.12, 0.33, 0.22, 0.0, -0.3),
    (-180, 0.15, 0.36, -0.22, 0.0, 0.3),
    (160, 0.22, 0.25, 0.0, 0.35, 0.0),
    (240, 0.05, 0.05, 0.0, 0.1, 0.0),
    (240, 0.05, 0.05, 0.0, -0.1, 0.0),
    (300, 0.05, 0.03, -0.08, -0.6, 0.0),
    (300, 0.03, 0.05, 0.07, -0.6, 0.0),
)


def slice_of(height: float, size: int = 192) -> NDArray[np.uint16]:
    """A slice at a height from -1 (below) to 1 (above), as 16-bit samples."""
    down, across = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    shrunk = max(0.35, (1 - height**2) ** 0.5)
    picture = np.full((size, size), 30.0)
    for brightness, half_x, half_y, x, y, turn in _ELLIPSES:
        cos, sin = np.cos(turn), np.sin(turn)
        right = (across / shrunk - x) * cos + (-down / shrunk - y) * sin
        up = -(across / shrunk - x) * sin + (-down / shrunk - y) * cos
        faded = brightness if abs(brightness) > 500 else brightness * (1 - abs(height))
        picture[(right / half_x) ** 2 + (up / half_y) ** 2 <= 1] += faded
    noise = np.random.default_rng(round(height * 1000) + 2000).normal(0, 12, picture.shape)
    return np.clip(picture + noise, 0, 4095).astype(np.uint16)


def head_disc(slices: int = 15, *, person: synthetic.Person = synthetic.ANNA) -> bytes:
    """A zip of an MRI of the head: two series, and what else lies on a disc."""
    plan = synthetic.mr_study(slices, person=person)
    (t2,) = plan.series
    t1 = replace(t2, number=2, description="t1_se_tra", slices=slices - 4)
    plan = replace(plan, date="20260412", series=(t2, t1))
    files: dict[str, bytes] = {}
    for series in plan.series:
        for index in range(series.slices):
            made = synthetic.dataset(plan, series, index)
            samples = slice_of(2 * index / (series.slices - 1) - 1)
            samples = samples if series is t2 else 1200 - np.minimum(samples, 1200)
            made.Rows, made.Columns = samples.shape
            made.PixelData = samples.astype("<u2").tobytes()
            files[f"DICOM/SE{series.number}/IM{index:04}"] = synthetic.encoded(made)
    return synthetic.zipped({"DICOMDIR": synthetic.dicomdir(plan), **files, **synthetic.CLUTTER})
