"""The doctor says what is wrong and what is to be decided, asks for real, and tells no secret."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.app import App
from bot.carrying.backup import backup
from bot.doctor import doctor, examine
from bot.doctor_finding import Finding, Look
from bot.doctor_house import look_at_backups, look_at_permissions, look_at_secrets
from bot.settings import Settings, TwilioSettings

TOKEN = "42:do-not-show"
SECRET = "do-not-show-either"
NOWHERE = "http://127.0.0.1:9"
ACCOUNT = {
    "twilio_account_sid": "AC" + "0" * 32,
    "twilio_auth_token": SecretStr(SECRET),
    "whatsapp_from": "whatsapp:+14155550123",
}


@asynccontextmanager
async def answering(
    answers: dict[str, Any], *, status: int = 200, date: float | None = None
) -> AsyncIterator[str]:
    """A server that gives these answers by the end of the address."""

    async def answer(request: web.Request) -> web.Response:
        found = next(body for end, body in answers.items() if request.path.endswith(end))
        text = found if isinstance(found, str) else json.dumps(found)
        headers = {} if date is None else {"date": formatdate(date, usegmt=True)}
        return web.Response(text=text, status=status, headers=headers)

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    assert place._server is not None
    port = place._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


def settings(folder: Path, **given: Any) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **given)  # type: ignore[call-arg]


def twilio(**given: Any) -> TwilioSettings:
    return TwilioSettings(_env_file=None, **given)  # type: ignore[call-arg]


async def of(name: str, folder: Path, account: dict[str, Any], **given: Any) -> list[Finding]:
    found = await examine(settings(folder, **given), twilio(**account))
    return [finding for finding in found if finding.what.startswith(name)]


def telegram(**info: Any) -> dict[str, Any]:
    return {
        "/getMe": {"ok": True, "result": {"username": "clinic_bot"}},
        "/getWebhookInfo": {"ok": True, "result": {"url": "", "pending_update_count": 0, **info}},
    }


async def test_a_machine_with_nothing_set_up_is_not_wrong(tmp_path: Path) -> None:
    found = await examine(settings(tmp_path), twilio())
    assert "wrong" not in {finding.verdict for finding in found}
    assert {finding.what.split(":")[0] for finding in found if finding.verdict == "decide"} >= {
        "Public address",
        "Coordinators",
    }


async def test_a_bot_that_answers_is_named(tmp_path: Path) -> None:
    async with answering(telegram()) as url:
        token = SecretStr(TOKEN)
        found = await of("Telegram", tmp_path, {}, telegram_token=token, telegram_api_url=url)
    assert [finding.verdict for finding in found] == ["ok", "ok"]
    assert "@clinic_bot" in found[0].what


async def test_a_token_that_is_not_known_is_wrong(tmp_path: Path) -> None:
    async with answering({"/getMe": {"ok": False}}, status=401) as url:
        token = SecretStr(TOKEN)
        (found,) = await of("Telegram", tmp_path, {}, telegram_token=token, telegram_api_url=url)
    assert found.verdict == "wrong"
    assert "TELEGRAM_TOKEN" in found.do[0]


async def test_somebody_else_s_webhook_is_wrong_and_its_secret_path_is_not_shown(
    tmp_path: Path,
) -> None:
    async with answering(telegram(url="https://other.example/secret-path")) as url:
        token = SecretStr(TOKEN)
        found = await of("Telegram", tmp_path, {}, telegram_token=token, telegram_api_url=url)
    assert found[1].verdict == "wrong"
    assert "other.example" in found[1].what
    assert "secret-path" not in repr(found)


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, {"status": "active"}, "ok"),
        (200, {"status": "suspended"}, "wrong"),
        (401, {"code": 20003}, "wrong"),
        (500, "<html>", "unasked"),
    ],
)
async def test_the_account_is_really_asked(
    tmp_path: Path, status: int, body: Any, verdict: str
) -> None:
    async with answering({".json": body}, status=status) as url:
        (found,) = await of("Twilio", tmp_path, {**ACCOUNT, "twilio_api_url": url})
    assert found.verdict == verdict


async def test_what_can_not_be_asked_is_said_so(tmp_path: Path) -> None:
    found = await examine(
        settings(
            tmp_path,
            telegram_token=SecretStr(TOKEN),
            telegram_api_url=NOWHERE,
            public_url="https://127.0.0.1:9",
        ),
        twilio(**ACCOUNT, twilio_api_url=NOWHERE),
    )
    asked = [finding for finding in found if finding.verdict == "unasked"]
    assert {finding.what.split(":")[0] for finding in asked} == {
        "Clock", "Public address", "Telegram", "Twilio",
    }  # fmt: skip


async def test_a_clock_that_is_wrong_is_noticed(tmp_path: Path) -> None:
    async with answering(telegram(), date=1_000_000_000.0) as url:
        token = SecretStr(TOKEN)
        (found,) = await of("Clock", tmp_path, {}, telegram_token=token, telegram_api_url=url)
    assert (found.verdict, "fast" in found.what) == ("wrong", True)


async def test_half_of_an_account_is_wrong_and_names_what_is_missing(tmp_path: Path) -> None:
    (found,) = await of("WhatsApp", tmp_path, {"whatsapp_from": "+14155550123"})
    assert found.verdict == "wrong"
    assert "TWILIO_AUTH_TOKEN" in found.do[0]


async def test_whatsapp_s_decisions_are_the_operator_s(tmp_path: Path) -> None:
    found = await examine(
        settings(tmp_path, public_url="https://127.0.0.1:9"),
        twilio(**ACCOUNT, twilio_api_url=NOWHERE),
    )
    decide = "\n".join(
        "\n".join((finding.what, *finding.do)) for finding in found if finding.verdict == "decide"
    )
    for words in (
        "WHATSAPP_HEALTH_DETAILS is `link`", "Enforce HTTP authentication", "whatsapp-templates",
        "https://127.0.0.1:9/hooks/whatsapp", "/hooks/whatsapp/status",
    ):  # fmt: skip
        assert words in decide


async def test_whatsapp_without_an_address_is_wrong(tmp_path: Path) -> None:
    found = await examine(settings(tmp_path), twilio(**ACCOUNT, twilio_api_url=NOWHERE))
    wrong = [finding.what for finding in found if finding.verdict == "wrong"]
    assert any("PUBLIC_URL" in what for what in wrong)


async def test_our_own_pages_are_known_by_their_answer(tmp_path: Path) -> None:
    async with answering({"/healthz": "ok"}) as url:
        (found,) = await of("Public address", tmp_path, {}, public_url=url)
        assert found.verdict == "ok"
    async with answering({"/healthz": "Welcome to nginx"}) as url:
        (found,) = await of("Public address", tmp_path, {}, public_url=url)
        assert found.verdict == "wrong"


async def test_an_address_that_is_not_https_is_wrong(tmp_path: Path) -> None:
    (found,) = await of("Public address", tmp_path, {}, public_url="http://clinic.example")
    assert found.verdict == "wrong"


@pytest.mark.parametrize(("account", "code"), [({}, 0), ({"whatsapp_from": "+1"}, 1)])
def test_the_exit_code_is_1_where_something_is_wrong_and_no_secret_is_printed(
    tmp_path: Path, account: dict[str, Any], code: int
) -> None:
    out = io.StringIO()
    given = settings(tmp_path, telegram_token=SecretStr(TOKEN), telegram_api_url=NOWHERE)
    assert (
        doctor(
            given,
            twilio(**{**account, "twilio_auth_token": SecretStr(SECRET)} if account else {}),
            out=out,
        )
        == code
    )
    for secret in (TOKEN, TOKEN.split(":")[1], SECRET):
        assert secret not in out.getvalue()


# ---- what lies on this machine -----------------------------------------------------------------


def house(folder: Path, **given: Any) -> Look:
    return Look(settings=settings(folder, **given), twilio=twilio(), http=httpx.AsyncClient())


def test_what_other_accounts_can_read_is_wrong_and_its_name_is_not_shown(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    key = data / "Petrova.key"
    key.write_bytes(b"x")
    key.chmod(0o600)
    assert [one.verdict for one in look_at_permissions(house(data))] == ["ok"]
    key.chmod(0o640)
    (found,) = look_at_permissions(house(data))
    assert found.verdict == "wrong"
    assert "chmod -R go-rwx" in found.do[0]
    assert "Petrova" not in repr(found)
    key.chmod(0o600)
    data.chmod(0o755)
    assert [one.verdict for one in look_at_permissions(house(data))] == ["wrong"]


def test_a_file_of_settings_that_others_can_read_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    env = tmp_path / ".env"
    env.write_text("TELEGRAM_TOKEN=")
    env.chmod(0o644)
    (found,) = look_at_permissions(house(tmp_path / "data"))
    assert (found.verdict, "chmod 600 .env" in found.do[0]) == ("wrong", True)
    env.chmod(0o600)
    assert [one.verdict for one in look_at_permissions(house(tmp_path / "data"))] == ["ok"]


@pytest.mark.parametrize(
    ("hours", "verdict"), [(3, "ok"), (25, "ok"), (27, "wrong"), (24 * 30, "wrong")]
)
def test_the_age_of_the_newest_backup_is_known(tmp_path: Path, hours: int, verdict: str) -> None:
    now = datetime(2026, 11, 26, 9, tzinfo=UTC)
    for age in (hours, hours + 24):
        moment = tmp_path / "backups" / f"{now - timedelta(hours=age):%Y-%m-%dT%H%M%S.%fZ}"
        moment.mkdir(parents=True)
        (moment / "manifest.json").write_text("{}")
    # One that is still being made is none.
    (tmp_path / "backups" / f"{now:%Y-%m-%dT%H%M%S.%fZ}").mkdir()
    look = house(tmp_path, backup_dir=tmp_path / "backups")
    found = look_at_backups(look, now)
    assert found[0].verdict == verdict
    assert f"{hours} hours old" in found[0].what
    if verdict == "ok":
        assert "same disk" in found[1].what


def test_no_backup_is_wrong_and_no_folder_is_to_be_decided(tmp_path: Path) -> None:
    assert [one.verdict for one in look_at_backups(house(tmp_path))] == ["decide"]
    (found,) = look_at_backups(house(tmp_path, backup_dir=tmp_path / "none"))
    assert (found.verdict, "BACKUP_DIR" in found.do[0]) == ("wrong", True)


async def test_a_real_backup_is_one_that_the_doctor_knows(tmp_path: Path) -> None:
    async with App.open(settings(tmp_path / "data")) as app:
        files = (app.files.blobs, app.files.partials)
        await backup(app.db, *files, tmp_path / "backups", app.clock)
    (found, _disk) = look_at_backups(house(tmp_path / "data", backup_dir=tmp_path / "backups"))
    assert found.verdict == "ok"


def test_what_travels_in_clear_is_wrong(tmp_path: Path) -> None:
    given = {"translate_url": "http://translate.example", "telegram_api_url": "http://8.8.8.8"}
    clear = look_at_secrets(house(tmp_path, **given))
    assert [one.verdict for one in clear] == ["wrong", "wrong"]
    near = {"translate_url": "http://127.0.0.1:5000", "telegram_api_url": "http://10.0.0.2:8081"}
    assert look_at_secrets(house(tmp_path, **near)) == ()
    (found,) = look_at_secrets(
        house(tmp_path, coordinators="Li <l@c.example>", desk_second_factor="off")
    )
    assert found.verdict == "decide"
