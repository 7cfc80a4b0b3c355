"""A slice for the browser holds the values that pydicom reads, and the window that the scanner chose."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.pixels.processing import apply_modality_lut

from bot.intake.slices import ROOM
from bot.intake.viewing import viewed
from tests import synthetic


def unpacked(made: bytes | str) -> tuple[dict[str, Any], bytes]:
    assert isinstance(made, bytes), made
    data = zlib.decompress(made)
    (length,) = struct.unpack_from("<L", data)
    return json.loads(data[4 : 4 + length]), data[4 + length :]


def values_of(head: dict[str, Any], samples: bytes) -> np.ndarray[Any, Any]:
    steps = np.frombuffer(samples, "<u2").reshape(head["rows"], head["columns"])
    values: np.ndarray[Any, Any] = head["low"] + head["step"] * steps.astype(np.float64)
    return values


@pytest.mark.parametrize(
    "name", ["CT_small.dcm", "MR_small.dcm", "MR_small_RLE.dcm", "JPEG2000.dcm"]
)
def test_the_values_are_those_that_pydicom_reads(name: str) -> None:
    path = get_testdata_file(name)
    assert path is not None
    truth = dcmread(path)
    expected = apply_modality_lut(truth.pixel_array, truth)
    head, samples = unpacked(viewed(Path(path), "", 0))
    step = max(1, max(expected.shape) // ROOM)
    assert head["kind"] == "grey"
    padding = truth.get("PixelPaddingValue")
    seen = truth.pixel_array[::step, ::step] != padding if padding is not None else ...
    assert np.array_equal(values_of(head, samples)[seen], expected[::step, ::step][seen])


def test_the_window_is_the_scanners_own(tmp_path: Path) -> None:
    plan = synthetic.ct_study(1)
    made = synthetic.dataset(plan, plan.series[0], 0)
    made.WindowCenter, made.WindowWidth = [40, 500], [400, 1500]
    made.PhotometricInterpretation = "MONOCHROME1"
    (tmp_path / "a.dcm").write_bytes(synthetic.encoded(made))
    head, _samples = unpacked(viewed(tmp_path / "a.dcm", "", 0))
    assert (head["center"], head["size"], head["inverted"]) == (40, 400, True)


def test_a_slice_without_a_window_gets_one_in_which_nearly_all_is_seen(tmp_path: Path) -> None:
    plan = synthetic.ct_study(1)
    made = synthetic.dataset(plan, plan.series[0], 0)
    for name in ("WindowCenter", "WindowWidth"):
        if name in made:
            delattr(made, name)
    (tmp_path / "a.dcm").write_bytes(synthetic.encoded(made))
    head, samples = unpacked(viewed(tmp_path / "a.dcm", "", 0))
    values = values_of(head, samples)
    inside = np.abs(values - head["center"]) <= head["size"] / 2
    assert inside.mean() > 0.9


def test_a_picture_in_colour_comes_as_it_is() -> None:
    path = get_testdata_file("examples_rgb_color.dcm")
    assert path is not None
    head, samples = unpacked(viewed(Path(path), "", 0))
    assert head["kind"] == "colour"
    assert len(samples) == 3 * head["rows"] * head["columns"]
    assert np.array_equal(
        np.frombuffer(samples, np.uint8).reshape(head["rows"], head["columns"], 3),
        dcmread(path).pixel_array,
    )


@pytest.mark.parametrize("frame", [-1, 1, 10**9])
def test_a_frame_that_is_not_there_has_a_reason(frame: int) -> None:
    path = get_testdata_file("CT_small.dcm")
    assert path is not None
    assert viewed(Path(path), "", frame) == "no_such_frame"


def test_no_bytes_raise(tmp_path: Path) -> None:
    data = io.BytesIO()
    data.write(b"\0" * 128 + b"DICM" + bytes(200))
    (tmp_path / "a.dcm").write_bytes(data.getvalue())
    assert isinstance(viewed(tmp_path / "a.dcm", "", 0), str)
    assert isinstance(viewed(tmp_path / "nothing", "", 0), str)
