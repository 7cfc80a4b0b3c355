"""A disc of two people under one study: a coordinator divides it, and the package holds one of them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pydicom
import pytest
from playwright.sync_api import Browser, expect

from tests.sent_files import ANA
from tests.synthetic import SeriesPlan, StudyPlan, disc
from tests.web.phone import Phone
from tests.web.program import Program
from tests.web.test_desk_doing_browser import handed_over
from tests.web.test_records_browser import at_the_desk

pytestmark = pytest.mark.browser

HIS = {"PatientName": "SOKOLOV^BORIS", "PatientBirthDate": "19550630", "PatientSex": "M"}
MIXED = StudyPlan(
    key=71,
    person=ANA,
    series=(SeriesPlan(number=1, slices=4), SeriesPlan(number=2, slices=5, extra=HIS)),
)


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_a_coordinator_takes_the_patients_series_and_refuses_the_others(
    chromium: Browser, mortal: Program, tmp_path: Path, width: int, scheme: str
) -> None:
    (tmp_path / "disc.zip").write_bytes(disc(MIXED))
    patient = Phone(chromium, mortal.address)
    patient.begin()
    handed_over(patient)
    patient.page.locator("#files").set_input_files([tmp_path / "disc.zip"])
    expect(patient.page.locator("#choices button").nth(1)).to_be_visible()
    desk = at_the_desk(
        chromium, mortal.sign_in_link(), "Li Wei",
        viewport={"width": width, "height": 800}, color_scheme=scheme,
    )  # fmt: skip
    page = desk.page
    apart = page.locator("#apart .study")
    expect(apart).to_have_count(1)
    apart.locator("summary").click()
    series = apart.locator("details tbody tr")
    expect(series).to_have_count(2)
    expect(series.nth(1)).to_contain_text("SOKOLOV")
    # The evidence proposes; a person saves.
    expect(series.nth(0).get_by_role("checkbox")).not_to_be_checked()
    expect(series.nth(1).get_by_role("checkbox")).to_be_checked()
    desk.check_access()
    page.get_by_role("button", name="Save the parts").click()
    expect(apart).to_have_count(2)
    expect(apart.nth(1)).to_contain_text("this part of the scan is somebody else's")
    desk.check_access()
    assert packed_names(desk) == {("PETROVA^ANA", 4)}
    apart.nth(0).locator("summary").click()
    apart.nth(0).get_by_role("checkbox").nth(1).uncheck()
    page.get_by_role("button", name="Save the parts").click()
    expect(apart).to_have_count(1)
    expect(apart).to_contain_text("waits for your decision")
    desk.close()
    patient.close()


def packed_names(desk: Phone) -> set[tuple[str, int]]:
    """Whom the images of the package name, and how many there are, once it is built anew."""
    page = desk.page
    for _ in range(80):
        page.reload()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download the package").click()
        with zipfile.ZipFile(Path(download.value.path())) as archive:
            found = [
                str(pydicom.dcmread(io.BytesIO(archive.read(name))).PatientName)
                for name in archive.namelist()
                if name.endswith(".dcm")
            ]
        if found:
            return {(name, found.count(name)) for name in found}
        page.wait_for_timeout(250)
    return set()
