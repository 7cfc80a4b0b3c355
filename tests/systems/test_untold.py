"""What another system was not told is shown to coordinators on the case, and to operators by the doctor."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from bot.doctor import examine
from bot.jobs.announcing import announce
from bot.settings import Settings, TwilioSettings
from bot.store import webhooks
from checklist.case import Case
from handlers.happenings import Happening
from tests.doubles.receiver import SECRET
from tests.postgres import database_of
from tests.web.conftest import House, begin, browser, said
from tests.web.test_desk import fill, sign_in

URL = "https://hospital.example/hooks/a-secret-path"


@pytest.fixture
async def case(house: House, client: httpx.AsyncClient) -> Case:
    house.settings = Settings.model_construct(
        data_dir=house.settings.data_dir,
        sealing_key=house.settings.sealing_key,
        webhook_urls=SecretStr(URL),
        webhook_secret=SecretStr(SECRET),
    )
    await begin(house, client)
    return await fill(house, await house.answer(said("Welcome")))


async def give_up(house: House, case: Case) -> None:
    (endpoint,) = house.settings.webhook_endpoints
    told = (Happening(kind="case.submitted"),)
    at = house.clock().timestamp()
    await house.db.write(lambda tx: announce(tx, house.queue, [endpoint.id], case, told, at))
    await house.db.write(
        lambda tx: webhooks.settle(tx, 1, state="given_up", answer="ConnectTimeout")
    )


async def test_a_coordinator_sees_on_the_case_what_was_given_up(house: House, case: Case) -> None:
    async with browser(house) as desk:
        await sign_in(house, desk)
        assert "case.submitted" not in (await desk.get(f"/desk/cases/{case.id}")).text
        await give_up(house, case)
        page = (await desk.get(f"/desk/cases/{case.id}")).text
    assert "case.submitted" in page
    assert "hospital.example: ConnectTimeout" in page
    assert "a-secret-path" not in page


async def test_the_doctor_says_what_was_given_up_and_what_to_do(
    house: House, case: Case, tmp_path: Path
) -> None:
    await give_up(house, case)
    (tmp_path / "second-opinion.db").symlink_to(database_of(tmp_path))
    found = [
        one for one in await examine(house.settings, TwilioSettings()) if "Webhooks" in one.what
    ]
    (one,) = found
    assert one.verdict == "wrong"
    assert "hospital.example, events that it did not take and were given up: 1" in one.what
    assert "webhooks again" in " ".join(one.do)
