"""Webhooks: a receiver that checks them with Standard Webhooks' own library, in good and bad health."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from standardwebhooks import Webhook, WebhookVerificationError

from bot.jobs import webhook
from bot.jobs.announcing import announce
from bot.jobs.worker import Worker
from bot.settings import Settings
from bot.store import schema, webhooks
from bot.webhooks import sending
from bot.webhooks.endpoints import endpoints_of
from bot.webhooks.signing import headers_of, new_secret
from checklist.case import Case
from handlers.happenings import Happening, Kind
from tests.doubles.receiver import OTHER_SECRET, SECRET, receiving
from tests.engine import Engine, opened
from tests.ports import own_port

#: What the database decides is tried on either.
both = pytest.mark.usefixtures("both")


@pytest.fixture
async def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Engine]:
    """The core. No job of these ever fails: its pauses are its own."""
    failed: list[str] = []

    async def again(_worker: object, _job: object, _kind: object, error: str) -> None:
        failed.append(error)

    monkeypatch.setattr(Worker, "_again", again)
    async with opened(tmp_path) as engine:
        yield engine
    assert not failed


def point(engine: Engine, *urls: str, secret: str = SECRET) -> None:
    """Set where events go."""
    engine.settings = Settings.model_construct(
        data_dir=engine.settings.data_dir,
        webhook_urls=SecretStr(" ".join(urls)),
        webhook_secret=SecretStr(secret),
        public_url="https://desk.example",
    )


async def tell(engine: Engine, *kinds: Kind, case: str = "c1") -> None:
    """These things happen, one after the other."""
    ids = [one.id for one in engine.settings.webhook_endpoints]
    for kind in kinds:
        told = (Happening(kind=kind),)
        known = Case(id=case, opened_at=engine.clock(), status="submitted", version=3)
        at = engine.clock().timestamp()
        await engine.db.write(lambda tx: announce(tx, engine.queue, ids, known, told, at))  # noqa: B023


async def states(engine: Engine) -> list[str]:
    return [row.state for row in await engine.rows(schema.webhook_send)]


async def test_an_event_is_thin_and_signed(engine: Engine) -> None:
    with receiving() as hospital:
        point(engine, hospital.url)
        await tell(engine, "case.submitted")
        await engine.worker().run_due()
    (event,) = hospital.taken
    assert event["type"] == "case.submitted"
    assert event["data"] == {
        "case": "c1",
        "href": "https://desk.example/api/v1/cases/c1",
        "status": "submitted",
        "version": 3,
    }
    assert await states(engine) == ["sent"]


async def test_two_secrets_sign_while_one_takes_the_others_place(engine: Engine) -> None:
    with receiving() as old, receiving(secret=OTHER_SECRET) as new:
        point(engine, old.url, new.url, secret=f"{OTHER_SECRET} {SECRET}")
        await tell(engine, "case.submitted")
        await engine.worker().run_due()
        assert old.ids() == new.ids() != []


def test_a_changed_body_or_another_secret_is_refused() -> None:
    made = headers_of((new_secret(),), uid="evt_1", at=int(time.time()), body=b"{}")
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(b"{}", made)
    made = headers_of((SECRET,), uid="evt_1", at=int(time.time()), body=b"{}")
    assert Webhook(SECRET).verify(b"{}", made) == {}
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(b'{"a":1}', made)


@both
async def test_the_events_of_a_case_come_in_order_however_often_one_is_refused(
    engine: Engine,
) -> None:
    refusals: list[int | str] = [500, "cut", 404]
    with receiving(behave=lambda n: refusals[n] if n < 3 else 200) as hospital:
        point(engine, hospital.url)
        await tell(engine, "case.opened", "case.submitted", "package.ready")
        for pause in (0, *webhook.PAUSES[:4]):
            engine.clock.move(pause)
            await engine.worker().run_due()
    assert [event["type"] for event in hospital.heard] == [
        *["case.opened"] * 4, "case.submitted", "package.ready",
    ]  # fmt: skip
    assert len({event["id"] for event in hospital.heard[:4]}) == 1
    assert await states(engine) == ["sent"] * 3


@both
async def test_a_dead_system_holds_up_no_other_and_is_asked_by_one_at_a_time(
    engine: Engine,
) -> None:
    with receiving(behave=lambda n: 503) as dead, receiving() as well:
        point(engine, dead.url, well.url)
        for n in range(12):
            await tell(engine, "case.submitted", case=f"c{n}")
        await engine.worker().run_due()
        assert len(well.ids()) == 12
        assert len(dead.heard) == 3, "after three refusals it is left alone"
        engine.clock.move(webhook.PAUSES[0])
        await engine.worker().run_due()
        assert len(dead.heard) == 4, "one asks whether it is well again"
        dead.behave = lambda n: 204
        for _ in range(4):
            engine.clock.move(webhook.PAUSES[-1])
            await engine.worker().run_due()
        assert len(dead.ids()) == 12


async def test_a_system_that_asks_to_wait_is_waited_for(engine: Engine) -> None:
    with receiving(behave=lambda n: 429 if n == 0 else 204) as hospital:
        point(engine, hospital.url)
        await tell(engine, "case.submitted")
        await engine.worker().run_due()
        engine.clock.move(399)
        await engine.worker().run_due()
        assert not hospital.taken
        engine.clock.move(2)
        await engine.worker().run_due()
        assert hospital.ids()


async def test_no_redirect_is_followed(engine: Engine) -> None:
    with receiving() as elsewhere:
        answer = 308
        with receiving(behave=lambda n: answer, location=elsewhere.url) as hospital:
            point(engine, hospital.url)
            await tell(engine, "case.submitted")
            await engine.worker().run_due()
        assert hospital.heard
        assert not elsewhere.heard
    assert await states(engine) == ["waiting"]


async def test_a_slow_system_is_not_waited_for_longer_than_promised(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.2)
    with receiving(behave=lambda n: 0.6) as hospital:
        point(engine, hospital.url)
        await tell(engine, "case.submitted")
        await engine.worker().run_due()
    (row,) = await engine.rows(schema.webhook_send)
    assert (row.state, row.answer) == ("waiting", "timeout")


@both
async def test_what_nobody_took_is_given_up_in_the_end_and_can_be_sent_again(
    engine: Engine,
) -> None:
    port = own_port()
    point(engine, f"http://127.0.0.1:{port}/hooks")
    await tell(engine, "case.submitted")
    await tell(engine, "case.submitted", case="c2")
    for _ in range(20):
        await engine.worker().run_due()
        engine.clock.move(4 * 3600)
    assert await states(engine) == ["given_up", "given_up"]
    (first, _) = await engine.db.read(webhooks.given_up)
    assert (first.case_id, first.type, first.answer) == ("c1", "case.submitted", "ConnectError")
    with receiving(port=port) as hospital:
        point(engine, hospital.url)
        await engine.db.write(
            lambda tx: webhook.again(tx, engine.queue, engine.clock().timestamp())
        )
        await engine.worker().run_due()
        assert len(hospital.ids()) == 2


@both
async def test_what_happens_while_an_event_is_sent_is_sent_too(engine: Engine) -> None:
    """The job of the case is unfinished then, and no second is added."""
    with receiving() as hospital:
        point(engine, hospital.url)
        await tell(engine, "case.submitted")
        jobs = await engine.queue.claim(("webhook",), 1)
        outcome = await webhook.run(engine, jobs[0])
        await tell(engine, "case.taken")
        assert await engine.queue.settle(jobs[0], outcome.effect)
        await engine.worker().run_due()
        assert [event["type"] for event in hospital.taken] == ["case.submitted", "case.taken"]


@both
async def test_an_erased_case_leaves_one_event(engine: Engine) -> None:
    with receiving() as hospital:
        point(engine, hospital.url)
        await tell(engine, "case.submitted", "case.taken")
        await tell(engine, "case.erased")
        await engine.worker().run_due()
        assert [event["type"] for event in hospital.taken] == ["case.erased"]
    assert [row.type for row in await engine.rows(schema.event)] == ["case.erased"]


async def test_with_an_address_goes_what_was_for_it(engine: Engine) -> None:
    with receiving() as hospital:
        point(engine, hospital.url)
        await tell(engine, "case.submitted")
        point(engine, "https://other.example")
        await engine.worker().run_due()
        assert not hospital.heard
    assert await states(engine) == []


@pytest.mark.parametrize(
    ("urls", "secret", "says"),
    [
        ("http://hospital.example/hooks", SECRET, "https"),
        ("https://user:password@hospital.example", SECRET, "user and password"),
        ("https://hospital.example", "", "WEBHOOK_SECRET"),
        ("https://hospital.example", "whsec_c2hvcnQ=", "24 to 64 bytes"),
        ("https://hospital.example", "secret", "whsec_"),
        ("https://hospital.example", f"{SECRET} {SECRET} {SECRET}", "one or two"),
    ],
)
def test_settings_that_would_be_unsafe_are_refused(urls: str, secret: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Settings.model_validate({"webhook_urls": urls, "webhook_secret": secret})


def test_localhost_may_be_plain_and_an_address_is_not_shown() -> None:
    settings = Settings.model_validate(
        {"webhook_urls": "http://localhost:9/a-secret-path", "webhook_secret": new_secret()}
    )
    (endpoint,) = settings.webhook_endpoints
    assert endpoint.host == "localhost:9"
    assert "a-secret-path" not in repr(endpoint) + repr(settings)
    assert endpoints_of(["http://localhost:9/a-secret-path"])[0].id == endpoint.id
