"""A double of Telegram's Bot API: the real one's promises and refusals, over HTTP on this machine.

It keeps an update until a getUpdates with a higher offset confirms it, as Telegram does, so a test
can tell what a crash would lose. A test talks to it through `TelegramDouble`'s methods; a program
in another process through its control routes (see the README beside it).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web

TOKEN = "42:double"
ME = {"id": 42, "is_bot": True, "first_name": "Double", "username": "double_bot"}
JSON = dict[str, Any]

_TOO_BIG = 20_000_000
_PHOTO_TOO_BIG = 10_000_000
_PIECE = 64 * 1024
# Telegram begins with a second, goes up to two minutes, and gives up after a day.
_FIRST_RETRY, _LONGEST_RETRY = 0.05, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to one call of a method instead of, or after, the usual.

    `delivered`: the call is carried out, and its answer comes `delay` seconds late (or never: the
    caller has given up). `cut` breaks the connection: in the middle of a file, of an update that is
    sent to the bot before its answer is read, of a call before or (`delivered`) after it is done.
    With a `chat` it only meets what is said to that one.
    """

    method: str
    code: int = 0
    description: str = "injected"
    parameters: JSON = field(default_factory=dict)
    delay: float = 0.0
    delivered: bool = False
    cut: bool = False
    chat: int = 0


class Cut(Exception):
    """The connection breaks here."""


class Refusal(Exception):
    """An error as the Bot API writes it."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


@dataclass(slots=True)
class Upload:
    """A file that a patient has sent; `body` of None stands for `size` zero bytes.

    `path` is what a local server claims, whatever is there.
    """

    size: int
    body: bytes | None = None
    path: Path | None = None


class TelegramDouble:
    """The server's state, and what a test does to it."""

    def __init__(self) -> None:
        self.url = ""
        self.pending: list[JSON] = []
        self.sent: list[JSON] = []
        self.calls: list[tuple[str, JSON]] = []
        self.answered: list[str] = []
        self.edited: list[JSON] = []
        self.deleted: list[tuple[int, int]] = []
        self.faults: list[Fault] = []
        # Asked at each call for what goes wrong with it, if anything, beside the faults in order.
        self.chance: Callable[[str], Fault | None] | None = None
        self.files: dict[str, Upload] = {}
        self.webhook = ""
        self.hook: JSON = {}
        self.hook_answers: list[int] = []
        self.hook_seconds: list[float] = []
        self.remembers_calls = True
        # Chats of patients who have blocked the bot: nothing gets through to them.
        self.blocked: set[int] = set()
        self.hook_error: JSON = {}
        self.paces: dict[str, float] = {}
        self.local: Path | None = None
        self.served = 0
        self._hooks: dict[int, asyncio.Task[None]] = {}
        self._changed = asyncio.Condition()
        self._poller = 0
        self._update_ids = itertools.count(1)
        self._message_ids = itertools.count(100)

    async def push(self, *updates: JSON) -> None:
        """A patient does something. An update without an update_id is given the next one."""
        for update in updates:
            self.pending.append({"update_id": next(self._update_ids), **update})
        self._start_hooks()
        await self._tell()

    def file(
        self,
        file_id: str,
        body: bytes | None = None,
        *,
        size: int | None = None,
        pace: float = 0.0,
        path: Path | None = None,
    ) -> None:
        """A file that can be fetched, at `pace` bytes a second where one is given."""
        size = len(body or b"") if size is None else size
        self.files[file_id] = Upload(size=size, body=body, path=path)
        self.paces[file_id] = pace

    async def blocks(self, person: JSON, *, told: bool = True) -> None:
        """A patient blocks the bot, of which Telegram tells it unless not `told`."""
        self.blocked.add(person["id"])
        if told:
            await self._changes(person, "member", "kicked")

    async def unblocks(self, person: JSON) -> None:
        """A patient lets the bot write again."""
        self.blocked.discard(person["id"])
        await self._changes(person, "kicked", "member")

    async def _changes(self, person: JSON, old: str, new: str) -> None:
        chat = {"id": person["id"], "first_name": person["first_name"], "type": "private"}
        changed = {
            "chat": chat,
            "from": person,
            "date": int(time.time()),
            "old_chat_member": {"user": ME, "status": old},
            "new_chat_member": {"user": ME, "status": new, "until_date": 0},
        }
        await self.push({"my_chat_member": changed})

    def fail(self, method: str, code: int = 0, **fault: Any) -> None:
        """The next call of this method, or download ("file"), goes wrong; in the order given."""
        self.faults.append(Fault(method=method, code=code, **fault))

    async def until(self, true: Callable[[], object], *, within: float = 10.0) -> None:
        """Wait until something is so; it is looked at whenever anything has happened here."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(true)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # ---- what a bot calls ----------------------------------------------------------------------

    async def call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"].lower()  # Telegram doesn't look at the case either.
        data = await _parameters(request)
        if self.remembers_calls:
            self.calls.append((method, data))
        try:
            if request.match_info["token"] != TOKEN:
                raise Refusal(401, "Unauthorized")
            result = await self._answer(method, data)
        except Cut:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        except Refusal as refusal:
            answer = {"ok": False, "error_code": refusal.code, "description": refusal.description}
            if refusal.parameters:
                answer["parameters"] = refusal.parameters
            return web.json_response(answer, status=refusal.code)
        finally:
            await self._tell()
        return web.json_response({"ok": True, "result": result})

    async def _answer(self, method: str, data: JSON) -> Any:
        fault = self._next_fault(method, str(data.get("chat_id", "")))
        if fault and not fault.delivered:
            await asyncio.sleep(fault.delay)
            if fault.code:
                raise Refusal(fault.code, fault.description, **fault.parameters)
            if fault.cut:
                raise Cut
        handler = _METHODS.get(method)
        if handler is None:
            raise Refusal(404, "Not Found")
        result = await handler(self, data)
        if fault and fault.delivered:
            await self._tell()
            await asyncio.sleep(fault.delay)
            if fault.cut:
                raise Cut
        return result

    def _next_fault(self, method: str, chat: str = "") -> Fault | None:
        found = next(
            (
                fault
                for fault in self.faults
                if fault.method.lower() == method and str(fault.chat or chat) == chat
            ),
            None,
        )
        if found:
            self.faults.remove(found)
        return found or (self.chance(method) if self.chance else None)

    async def get_me(self, data: JSON) -> JSON:
        return ME

    async def get_updates(self, data: JSON) -> list[JSON]:
        if self.webhook:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active")
        offset, wait = int(data.get("offset") or 0), float(data.get("timeout") or 0)
        # What lies before the offset is confirmed, and gone for good.
        if offset:
            self.pending = [update for update in self.pending if update["update_id"] >= offset]
        self._poller += 1
        me = self._poller
        await self._tell()
        until = time.monotonic() + wait
        while not self.pending and (left := until - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(left), self._changed:
                    await self._changed.wait()
            except TimeoutError:
                break
            if me != self._poller:
                raise Refusal(409, "Conflict: terminated by other getUpdates request")
        return self.pending[: int(data.get("limit") or 100)]

    # ---- updates that are sent to the bot ------------------------------------------------------

    async def set_webhook(self, data: JSON) -> bool:
        self.webhook, self.hook = str(data.get("url", "")), data
        if str(data.get("drop_pending_updates", "")).lower() == "true":
            self.pending.clear()
        self._start_hooks()
        return True

    async def delete_webhook(self, data: JSON) -> bool:
        return await self.set_webhook({**data, "url": ""})

    async def get_webhook_info(self, data: JSON) -> JSON:
        waiting = len(self.pending)
        known = {"has_custom_certificate": False, "pending_update_count": waiting}
        return {"url": self.webhook, **known, **self.hook_error}

    def _start_hooks(self) -> None:
        """One sender for each chat: in order within a chat, chats side by side, as Telegram does.

        https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/WebhookActor.cpp
        """
        for chat in {_chat_of(update) for update in self.pending} if self.webhook else ():
            if chat not in self._hooks:
                self._hooks[chat] = asyncio.create_task(self._send_chat(chat))

    async def _send_chat(self, chat: int) -> None:
        wait = _FIRST_RETRY
        async with ClientSession(timeout=ClientTimeout(total=10)) as session:
            while self.webhook and (mine := [u for u in self.pending if _chat_of(u) == chat]):
                if await self._send_hook(session, mine[0]):
                    self.pending.remove(mine[0])
                    wait = _FIRST_RETRY
                else:
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, _LONGEST_RETRY)
                await self._tell()
            # Before the session is closed, which takes a while: what comes then has a new sender.
            self._hooks.pop(chat, None)

    async def _send_hook(self, session: ClientSession, update: JSON) -> bool:
        """Send one update; whether it was answered with 2xx. What the answer asks for is done."""
        secret = str(self.hook.get("secret_token", ""))
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        fault = self._next_fault("hook")
        # Some of them reach the bot, and some don't.
        patience = ClientTimeout(total=0.004 if fault and fault.cut else 10)
        begin = time.perf_counter()
        try:
            async with session.post(
                self.webhook, json=update, headers=headers, timeout=patience
            ) as response:
                said = await response.read()
                status = response.status
        except (ClientError, TimeoutError):
            status, said = 0, b""
        if self.remembers_calls:
            self.hook_answers.append(status)
        self.hook_seconds += [time.perf_counter() - begin] * (status == 200)
        if not 200 <= status < 300:
            told = f"Wrong response from the webhook: {status}"
            self.hook_error = {"last_error_date": int(time.time()), "last_error_message": told}
            return False
        call = json.loads(said) if said else {}
        handler = _METHODS.get(str(call.pop("method", "")).lower())
        if handler is not None:
            await handler(self, call)
        return True

    async def stop(self) -> None:
        """Send nothing any more."""
        self.webhook = ""
        tasks = list(self._hooks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ---- files ---------------------------------------------------------------------------------

    async def get_file(self, data: JSON) -> JSON:
        upload = self.files.get(str(data.get("file_id")))
        if upload is None:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if upload.size > _TOO_BIG and self.local is None:
            raise Refusal(400, "Bad Request: file is too big")
        file_id = str(data["file_id"])
        return {
            "file_id": file_id,
            "file_unique_id": f"u{file_id}",
            "file_size": upload.size,
            "file_path": self._laid(file_id, upload) if self.local else f"documents/{file_id}",
        }

    def _laid(self, file_id: str, upload: Upload) -> str:
        """With `--local` the server has the file on its disk, brings it again where it is gone."""
        if upload.path is not None:
            return str(upload.path)
        assert self.local is not None
        path = self.local / TOKEN / "documents" / file_id
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            with path.open("wb") as file:
                if upload.body is None:
                    file.truncate(upload.size)
                else:
                    file.write(upload.body)
        return str(path.resolve())

    async def send_message(self, data: JSON) -> JSON:
        text = str(data.get("text", ""))
        if not text.strip():
            raise Refusal(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            raise Refusal(400, "Bad Request: message is too long")
        markup = json.loads(data.get("reply_markup") or "{}")
        for button in itertools.chain.from_iterable(markup.get("inline_keyboard", [])):
            if (
                "url" not in button
                and not 1 <= len(str(button.get("callback_data", "")).encode()) <= 64
            ):
                raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
        return self._sent("sendMessage", data, {"text": text}, markup)

    async def edit_message_text(self, data: JSON) -> JSON:
        number, text = int(data["message_id"]), str(data.get("text", ""))
        known = next((one for one in self.sent if one["message_id"] == number), None)
        if known is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        markup = json.loads(data.get("reply_markup") or "{}")
        shown = next((e for e in reversed(self.edited) if e["message_id"] == number), known)
        if (shown["text"], shown.get("inline_keyboard")) == (text, markup.get("inline_keyboard")):
            raise Refusal(400, "Bad Request: message is not modified")
        self.edited.append({"message_id": number, "text": text, **markup})
        return {"message_id": number, "text": text}

    async def send_document(self, data: JSON) -> JSON:
        document = {"file_id": "sent", "file_unique_id": "usent", **data["document"]}
        return self._sent("sendDocument", data, {"document": document}, {})

    async def send_photo(self, data: JSON) -> JSON:
        photo, caption = data.get("photo"), str(data.get("caption", ""))
        if not isinstance(photo, dict) or photo["file_size"] > _PHOTO_TOO_BIG:
            raise Refusal(400, "Bad Request: wrong file for a photo")
        if len(caption.encode("utf-16-le")) // 2 > 1024:
            raise Refusal(400, "Bad Request: message caption is too long")
        silent = str(data.get("disable_notification", "")).lower() == "true"
        shown = {"file_id": "p", "file_unique_id": "up", "width": 664, "height": 332}
        sent = self._sent("sendPhoto", data, {"caption": caption, "photo": [shown]}, {})
        self.sent[-1] |= {"silent": silent, "size": photo["file_size"]}
        return sent

    def _sent(self, method: str, data: JSON, content: JSON, markup: JSON) -> JSON:
        if int(data["chat_id"]) in self.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        message_id = next(self._message_ids)
        chat = {"id": int(data["chat_id"]), "type": "private"}
        self.sent.append(
            {"method": method, "message_id": message_id, "chat_id": chat["id"], **content, **markup}
        )
        return {"message_id": message_id, "date": int(time.time()), "chat": chat, **content}

    async def answer_callback_query(self, data: JSON) -> bool:
        self.answered.append(str(data.get("callback_query_id")))
        return True

    async def delete_message(self, data: JSON) -> bool:
        self.deleted.append((int(data["chat_id"]), int(data["message_id"])))
        return True

    async def taken(self, data: JSON) -> bool:
        """A call that changes nothing a test looks at."""
        return True

    async def download(self, request: web.Request) -> web.StreamResponse:
        upload = self.files.get(request.match_info["path"].rpartition("/")[2])
        if upload is None or request.match_info["token"] != TOKEN:
            return web.Response(status=404)
        fault = self._next_fault("file")
        if fault and fault.code:
            return web.Response(status=fault.code)
        response = web.StreamResponse(headers={"Content-Length": str(upload.size)})
        await response.prepare(request)
        for at in range(0, upload.size, _PIECE):
            if fault and fault.cut and at >= upload.size // 2:
                assert request.transport is not None
                request.transport.close()
                break
            piece = min(_PIECE, upload.size - at)
            body = bytes(piece) if upload.body is None else upload.body[at : at + piece]
            try:
                await response.write(body)
            except ConnectionResetError:  # The program has gone.
                break
            self.served += piece
            await self._tell()
            if pace := self.paces.get(request.match_info["path"].rpartition("/")[2]):
                await asyncio.sleep(piece / pace)
        return response

    # ---- what a test in another process calls --------------------------------------------------

    async def control_push(self, request: web.Request) -> web.Response:
        await self.push(*await request.json())
        return web.json_response({"pending": len(self.pending)})

    async def control_file(self, request: web.Request) -> web.Response:
        """The body of the request becomes a file; `?size=` makes one of zeros instead."""
        file_id, size = request.match_info["file_id"], request.query.get("size")
        if size is None:
            self.file(file_id, await request.read())
        else:
            self.file(file_id, size=int(size))
        return web.json_response({})

    async def control_fail(self, request: web.Request) -> web.Response:
        self.faults += [Fault(**fault) for fault in await request.json()]
        return web.json_response({})

    async def control_state(self, request: web.Request) -> web.Response:
        state = {
            "pending": self.pending,
            "sent": self.sent,
            "answered": self.answered,
            "calls": [method for method, _ in self.calls],
        }
        return web.json_response(state)


_METHODS = {
    "getme": TelegramDouble.get_me,
    "getupdates": TelegramDouble.get_updates,
    "setwebhook": TelegramDouble.set_webhook,
    "deletewebhook": TelegramDouble.delete_webhook,
    "getwebhookinfo": TelegramDouble.get_webhook_info,
    "getfile": TelegramDouble.get_file,
    "sendmessage": TelegramDouble.send_message,
    "editmessagetext": TelegramDouble.edit_message_text,
    "senddocument": TelegramDouble.send_document,
    "deletemessage": TelegramDouble.delete_message,
    "sendphoto": TelegramDouble.send_photo,
    "answercallbackquery": TelegramDouble.answer_callback_query,
    "sendchataction": TelegramDouble.taken,
    "setmycommands": TelegramDouble.taken,
}


def _chat_of(update: JSON) -> int:
    """Telegram keeps the updates of one chat in order, and sends those of several side by side."""
    body: JSON = next((b for k, b in update.items() if isinstance(b, dict)), {})
    return int((body.get("chat") or body.get("from") or {}).get("id", 0))


async def _parameters(request: web.Request) -> JSON:
    """The parameters of a call, however they were sent: in the address, as a form, JSON, parts."""
    data: JSON = dict(request.query)
    if request.content_type.startswith("multipart/"):
        async for part in await request.multipart():
            data |= await _part(part)
    elif request.content_type == "application/json":
        data |= await request.json()
    else:
        data |= dict(await request.post())
    return data


async def _part(part: Any) -> JSON:
    if not part.filename:
        return {part.name: await part.text()}
    size = 0
    while piece := await part.read_chunk(_PIECE):
        size += len(piece)
    return {part.name: {"file_name": part.filename, "file_size": size}}


@asynccontextmanager
async def telegram_double(port: int = 0) -> AsyncIterator[TelegramDouble]:
    """A double that listens on this machine; its `url` is what TELEGRAM_API_URL takes."""
    double = TelegramDouble()
    app = web.Application(client_max_size=1 << 31)
    app.router.add_route("*", "/bot{token}/{method}", double.call)
    app.router.add_get("/file/bot{token}/{path:.*}", double.download)
    app.router.add_post("/control/push", double.control_push)
    app.router.add_post("/control/file/{file_id}", double.control_file)
    app.router.add_post("/control/fail", double.control_fail)
    app.router.add_get("/control/state", double.control_state)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    host, bound = runner.addresses[0][:2]
    double.url = f"http://{host}:{bound}"
    try:
        yield double
    finally:
        await double.stop()
        await runner.cleanup()
