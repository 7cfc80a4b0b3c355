"""tg-auto-test plays a patient, and understands every call that the real program makes."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from telegram import InputFile, Update
from telegram.ext import Application, ApplicationBuilder, TypeHandler
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter
from tg_auto_test.test_utils.serverless_telegram_client import ServerlessTelegramClient

from tests import synthetic
from tests.running import Running

JSON = dict[str, Any]
TOKEN = "123:ABC"
_QUIET = 1.0


class Judge:
    """The judge behind an address: what a patient does is an update, what we call is judged."""

    def __init__(self) -> None:
        self.pending: list[JSON] = []
        self.faults: list[str] = []
        self.client = ServerlessTelegramClient(self._built)
        self.calls = self.client._request.calls

    def _built(self, builder: ApplicationBuilder[Any, Any, Any, Any, Any, Any]) -> Any:
        application: Application[Any, Any, Any, Any, Any, Any] = builder.build()
        application.add_handler(TypeHandler(Update, self._happens))
        return application

    async def _happens(self, update: Update, _context: object) -> None:
        """Give the program what the patient did, and wait until it has said all that it says."""
        before = self._said()
        self.pending.append(json.loads(update.to_json()))
        async with asyncio.timeout(60):
            while (seen := self._said()) == before:
                await asyncio.sleep(0.05)
            while True:
                await asyncio.sleep(_QUIET)
                if seen == (seen := self._said()):
                    break

    def _said(self) -> int:
        return sum(call.api_method.startswith("send") for call in self.calls)

    async def call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        given = {**request.query, **await request.post()}
        if method == "getUpdates":
            return web.json_response({"ok": True, "result": await self._updates(given)})
        data = RequestData([_parameter(name, value) for name, value in given.items()])
        url = f"https://judge/bot{TOKEN}/{method}"
        try:
            status, answer = await self.client._request.do_request(url, "POST", data)
        except AssertionError as fault:
            self.faults.append(str(fault))
            return web.json_response(
                {"ok": False, "error_code": 404, "description": ""}, status=404
            )
        return web.Response(body=answer, status=status, content_type="application/json")

    async def _updates(self, given: JSON) -> list[JSON]:
        offset = int(given.get("offset", 0))
        self.pending = [one for one in self.pending if one["update_id"] >= offset]
        for _ in range(20):
            if self.pending:
                break
            await asyncio.sleep(0.05)
        return self.pending

    async def file(self, request: web.Request) -> web.Response:
        url = f"https://judge{request.path}"
        status, body = await self.client._request.do_request(url, "GET")
        return web.Response(body=body, status=status)


def _parameter(name: str, value: Any) -> RequestParameter:
    if isinstance(value, web.FileField):
        return RequestParameter.from_input(
            name, InputFile(io.BytesIO(value.file.read()), filename=value.filename)
        )
    try:
        return RequestParameter(name, json.loads(value), None)
    except ValueError:
        return RequestParameter(name, value, None)


@pytest.fixture
async def judge(tmp_path: Path) -> AsyncIterator[Judge]:
    """With the program at work."""
    judge = Judge()
    app = web.Application(client_max_size=1 << 26)
    app.router.add_route("*", "/bot{token}/{method}", judge.call)
    app.router.add_get("/file/bot{token}/{path:.*}", judge.file)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = "http://{}:{}".format(*runner.addresses[0][:2])
    program = Running(tmp_path / "data", TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=address)
    await program.start()
    await judge.client.connect()
    yield judge
    await judge.client.disconnect()
    await program.kill()
    await runner.cleanup()


async def test_a_patient_begins_presses_and_sends_and_the_judge_understands_it_all(
    judge: Judge, tmp_path: Path
) -> None:
    async with judge.client.conversation("bot") as chat:
        await chat.send_message("/start")
        greeting = await chat.get_response()
        assert "Which language" in greeting.text
        await greeting.click(text="English")
        consent = await chat.get_response()
        assert "keep" in consent.text
        await consent.click(0)
        assert (await chat.get_response()).text
        disc = tmp_path / "disc.zip"
        disc.write_bytes(synthetic.disc(synthetic.ct_study()))
        await chat.send_file(disc, force_document=True)
        await chat.get_response()
        async with asyncio.timeout(60):
            while not any(call.api_method == "sendPhoto" for call in judge.calls):
                await asyncio.sleep(0.2)
    photo = next(call for call in judge.calls if call.api_method == "sendPhoto")
    assert photo.file.data.startswith(b"\xff\xd8")
    methods = {call.api_method for call in judge.calls}
    assert methods >= {"sendMessage", "sendPhoto", "answerCallbackQuery", "getFile"}
    assert judge.faults == []
