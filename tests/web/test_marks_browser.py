"""A virus, a script in a PDF and a photo, in the real program with the real scanner."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from bot.intake.clean_photos import cleaned
from tests import clamd as scanner
from tests.fuzz.seeds import papers
from tests.intake.test_clean_photos import made
from tests.web.phone import Phone, text_file
from tests.web.program import program
from tests.web.test_desk_doing_browser import handed_over
from tests.web.test_records_browser import at_the_desk

pytestmark = pytest.mark.browser


def test_the_patient_is_told_and_the_coordinator_sees_what_each_file_is(
    chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scanner.running(tmp_path / "clamd") as address:
        monkeypatch.setenv("CLAMD_ADDRESS", address)
        with program(tmp_path) as running:
            patient = Phone(chromium, running.address)
            patient.begin()
            handed_over(patient)
            photo, paper = made("JPEG"), papers()[1]
            patient.page.locator("#files").set_input_files(
                [
                    FilePayload(name="letter.pdf", mimeType="application/pdf", buffer=paper),
                    FilePayload(name="photo.jpg", mimeType="image/jpeg", buffer=photo),
                    text_file("harm.txt", scanner.MARK * 3),
                ]
            )
            expect(patient.log("assistant").last).to_contain_text("found a computer virus")
            desk = at_the_desk(chromium, running.sign_in_link(), "Li Wei")
            page = desk.page
            records = page.locator("#records")
            expect(records).to_contain_text("It holds more than a text: JavaScript, OpenAction")
            expect(records.get_by_text("Virus scan: nothing found")).to_have_count(2)
            expect(page.get_by_text("A virus was found in it")).to_be_visible()
            desk.check_access()
            with page.expect_download() as saved:
                records.locator("a[download], a[href*='/files/']").last.click()
            assert Path(saved.value.path()).read_bytes() in (cleaned(photo, "image/jpeg"), paper)
            with page.expect_download() as taken:
                page.get_by_role("link", name="Download the package").click()
            packed = zipfile.ZipFile(io.BytesIO(Path(taken.value.path()).read_bytes()))
            contents = [packed.read(name) for name in packed.namelist()]
            assert not any(scanner.MARK in one for one in contents)
            assert not patient.complaints + desk.complaints
