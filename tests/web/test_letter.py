"""A letter's page: the PDF and the text, by a private link that opens nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from bot.store import cases, links
from bot.tokens import token_hash
from bot.web.bubbles import without_secrets
from checklist.case import Case
from checklist.letters import Letter
from handlers.effects import LinkPurpose
from tests.web.conftest import House, begin, browser, said, saved
from tests.web.test_desk import fill, sign_in, trail


async def made(house: House, case: Case, token: str, purpose: LinkPurpose) -> None:
    """A link of this purpose, that works for a week."""
    now = house.clock().timestamp()
    await house.db.write(
        lambda tx: links.add(
            tx, link_id=token, token_hash=token_hash(token), case_id=case.id, session_id="s",
            name="", item="1", now=now, expires_at=now + 7 * 86400, purpose=purpose,
        )
    )  # fmt: skip


@pytest.fixture
async def case(house: House, client: httpx.AsyncClient) -> Case:
    """A case with a letter, and a link to it."""
    await begin(house, client)
    case = await fill(house, await house.answer(said("Welcome")))
    letter = Letter(
        number=1, kind="images", item="imaging", locale="ru", own="en", made_at=house.clock(),
        country="RU", name="Ana Petrova",
    )  # fmt: skip
    now = house.clock().timestamp()
    known = await house.db.read(lambda tx: cases.load_case(tx, case.id))
    assert known is not None
    new = replace(known.with_letter(letter), version=known.version + 1)
    await house.db.write(lambda tx: cases.save_case(tx, new, known, now=now))
    await made(house, case, "secret", "letter")
    await made(house, case, "other", "upload")
    return new


async def test_the_link_opens_the_pdf_and_the_text_and_ends(case: Case, house: House) -> None:
    async with browser(house) as patient:
        assert (await patient.get("/letter")).status_code == 404
        assert (await patient.get("/l/other")).status_code == 404
        assert (await patient.get("/u/secret")).status_code == 404
        assert (await patient.get("/l/secret")).headers["location"] == "/letter"
        page = (await patient.get("/letter")).text
        assert 'lang="ru" dir="ltr"' in page
        assert "№ 323-ФЗ" in page
        assert "Page 2 is for you" in page
        pdf = await saved(patient, "/letter/letter.pdf")
        assert pdf.content.startswith(b"%PDF")
        assert pdf.headers["content-disposition"].startswith("attachment")
        assert "Petrova" not in pdf.headers["content-disposition"]
        assert (await patient.get("/opinion")).status_code == 404
        house.clock.move(timedelta(days=8))
        assert (await patient.get("/letter/letter.pdf")).status_code == 404


async def test_the_desk_shows_the_letters_and_that_no_lawyer_has_checked_the_law(
    case: Case, house: House
) -> None:
    async with browser(house) as desk:
        await sign_in(house, desk)
        page = (await desk.get(f"/desk/cases/{case.id}")).text
        assert "Letters to hospitals" in page
        assert "No lawyer has checked" in page
        pdf = await saved(desk, f"/desk/cases/{case.id}/letters/1")
        assert pdf.content.startswith(b"%PDF")
        assert (await desk.get(f"/desk/cases/{case.id}/letters/2")).status_code == 404
    assert "took_letter" in [action for _who, action, _what in await trail(house, case.id)]


def test_the_desk_shows_no_secret_of_a_letters_link() -> None:
    assert without_secrets("See http://test/l/0123abcd now") == "See http://test/l/… now"
