"""A double of Twilio: the real one's promises and refusals, over HTTP on this machine.

It takes messages and says later what became of them, keeps what patients wrote until it is asked for,
gives out files behind a login and a redirect, and signs what it posts. Files lie on a second port,
so that they are another origin, as at Twilio. A test talks to it through `TwilioDouble`'s methods.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import formatdate, parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from aiohttp import web

SID = "AC" + "a1" * 16
TOKEN = "double-auth-token-of-twilio"
SENDER = "whatsapp:+14155550100"
PUBLIC = "https://opinion.example"
JSON = dict[str, Any]

_ACCOUNT = f"/2010-04-01/Accounts/{SID}"
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to one call instead of, or after, the usual.

    `delivered`: the call is carried out, and its answer comes `delay` seconds late (or never: the
    caller has given up). `cut` breaks the connection: in the middle of a file, or of a call before
    or (`delivered`) after it is done.
    """

    what: str
    status: int = 500
    code: int = 0
    delay: float = 0.0
    delivered: bool = False
    cut: bool = False


class Cut(Exception):
    """The connection breaks here."""


class Refusal(Exception):
    """An error as Twilio writes it. https://www.twilio.com/docs/usage/twilios-response#exceptions"""

    def __init__(self, status: int, code: int, message: str = "injected") -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(slots=True)
class File:
    """A file that a patient has sent; `body` of None stands for `size` zero bytes.

    It comes at `pace` bytes a second where one is given.
    """

    message: str
    kind: str
    name: str
    size: int
    body: bytes | None = None
    pace: float = 0.0


@dataclass(slots=True, kw_only=True)
class Call:
    """One call to the API, for an independent judge of its shape."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class TwilioDouble:
    """The server's state, and what a test does to it. `program` is where our own program listens."""

    url: str = ""
    cdn: str = ""
    program: str = ""
    token: str = TOKEN
    redirect_to: str = ""
    messages: dict[str, JSON] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    contents: list[JSON] = field(default_factory=list)
    approvals: dict[str, JSON] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    cdn_headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[int, float]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    # Asked at each call for what goes wrong with it, if anything, beside the faults in order.
    chance: Callable[[str], Fault | None] | None = None
    remembers_calls: bool = True
    sent: list[JSON] = field(default_factory=list)
    #: What was fetched of us, by its address.
    fetched: dict[str, httpx.Response] = field(default_factory=dict)
    _fetches: set[asyncio.Task[None]] = field(default_factory=set)
    served: int = 0
    poster: httpx.AsyncClient | None = None
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    # ---- what a test does ----------------------------------------------------------------------

    def sid(self, kind: str) -> str:
        """A new id: two letters and 32 hexadecimal digits."""
        return f"{kind}{next(self._numbers):032x}"

    def fail(self, what: str, status: int = 500, **fault: Any) -> None:
        """The next call of `send`, `list`, `media`, `file`, `delete` ... goes wrong, in this order."""
        self.faults.append(Fault(what=what, status=status, **fault))

    def inbound(self, body: str = "", sender: str = "whatsapp:+15550007001", **fields: str) -> JSON:
        """A patient writes. Twilio has it from now on; the form is what its webhook is posted."""
        sid = fields.pop("MessageSid", "") or self.sid("SM")
        form = {
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "ProfileName": "Ana",
            "MessageType": "text",
            "SmsSid": sid,
            "SmsStatus": "received",
            "Body": body,
            "To": SENDER,
            "NumSegments": "1",
            "ReferralNumMedia": "0",
            "MessageSid": sid,
            "AccountSid": SID,
            "From": sender,
            "ApiVersion": "2010-04-01",
            **fields,
        }
        self._keep(sid, "inbound", SENDER, sender, body, num_media=int(form["NumMedia"]))
        return form

    def inbound_file(
        self,
        body: bytes | None,
        *,
        kind: str = "application/pdf",
        name: str = "",
        size: int | None = None,
        words: str = "",
        pace: float = 0.0,
        **fields: str,
    ) -> JSON:
        """A patient sends a file."""
        sid, media = self.sid("MM"), self.sid("ME")
        length = len(body or b"") if size is None else size
        self.files[media] = File(sid, kind, name, length, body, pace)
        return self.inbound(
            words,
            MessageSid=sid,
            NumMedia="1",
            MessageType="document",
            MediaContentType0=kind,
            MediaUrl0=f"https://api.twilio.com{_ACCOUNT}/Messages/{sid}/Media/{media}",
            **fields,
        )

    async def post(self, form: JSON, path: str = "/hooks/whatsapp", **changed: Any) -> int:
        """Post a form to the program's webhook, signed as Twilio signs; the answer's status."""
        headers = {"X-Twilio-Signature": sign(self.token, PUBLIC + path, form), **changed}
        assert self.poster is not None
        begin = time.perf_counter()
        answer = await self.poster.post(
            self.program + path,
            content=urlencode(form),
            headers={"Content-Type": "application/x-www-form-urlencoded", **headers},
        )
        self.answers.append((answer.status_code, time.perf_counter() - begin))
        assert answer.status_code != 204 or not answer.content
        return answer.status_code

    async def writes(self, body: str = "", **fields: str) -> int:
        """A patient writes, and the webhook is told."""
        return await self.post(self.inbound(body, **fields))

    async def presses(self, sent: JSON, label: str, **fields: str) -> int:
        """A patient presses a button, or picks from a list."""
        own = dict(sent["choices"])[label]
        kind = {"buttons": "button", "list": "interactive"}[sent["kind"]]
        pressed = (
            {"ButtonPayload": own, "ButtonText": label}
            if kind == "button"
            else {"ListId": own, "ListTitle": label}
        )
        return await self.writes(label, MessageType=kind, **pressed, **fields)

    async def becomes(self, sid: str, status: str, error: str = "") -> int:
        """Tell the program what became of a message."""
        message = self.messages[sid]
        form = {
            "MessageSid": sid,
            "SmsSid": sid,
            "AccountSid": SID,
            "From": message["from"],
            "To": message["to"],
            "MessageStatus": status,
            "SmsStatus": status,
            "ApiVersion": "2010-04-01",
            **({"ErrorCode": error} if error else {}),
        }
        return await self.post(form, urlsplit(message["status_callback"]).path)

    def pass_time(self, seconds: float) -> None:
        """Let what was written be so many seconds older."""
        for message in self.messages.values():
            for name in ("date_created", "date_sent", "date_updated"):
                at = parsedate_to_datetime(message[name]).timestamp() - seconds
                message[name] = formatdate(at, usegmt=True)

    async def until(self, true: Callable[[], object], *, within: float = 15.0) -> None:
        """Wait until something is so; it is looked at whenever anything has happened here."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(true)

    # ---- messages ------------------------------------------------------------------------------

    async def create(self, request: web.Request) -> JSON:
        form = dict(await request.post())
        to, body = str(form.get("To", "")), str(form.get("Body", ""))
        if not to.startswith("whatsapp:"):
            raise Refusal(400, 21211, f"The 'To' number {to} is not a valid phone number.")
        if not form.get("From") and not form.get("MessagingServiceSid"):
            raise Refusal(400, 21603, "A 'From' is required.")
        shown: JSON = {"kind": "text", "choices": []}
        if "ContentSid" in form:
            shown = self._filled(str(form["ContentSid"]), str(form.get("ContentVariables", "{}")))
            body = shown["body"]
        pictures = [str(url) for url in (await request.post()).getall("MediaUrl", [])]
        if not body and not pictures:
            raise Refusal(400, 21619, "A text message body or media urls must be specified.")
        if len(body) > 1600:
            raise Refusal(400, 21617, "The concatenated message body exceeds 1600.")
        sid = self.sid("SM")
        made = self._keep(sid, "outbound-api", to, str(form.get("From", "")), body)
        made |= {"kind": shown["kind"], "choices": shown["choices"], "status": "queued"}
        made |= {"status_callback": str(form.get("StatusCallback", ""))}
        made |= {"media_urls": pictures}
        self.sent.append(made)
        for url in pictures:
            self._fetches.add(task := asyncio.create_task(self._fetch(sid, url)))
            task.add_done_callback(self._fetches.discard)
        return made

    async def _fetch(self, message: str, url: str) -> None:
        """Twilio looks at what is sent, fetches it, and keeps it until it is told to delete it.

        https://www.twilio.com/docs/messaging/guides/accepted-mime-types
        """
        if not self.program:  # Nobody is there who could be asked.
            self.files[self.sid("ME")] = File(message, "image/jpeg", "", 2, b"\xff\xd8")
            return await self._tell()
        assert self.poster is not None
        if not url.startswith(PUBLIC):
            return await self._failed(message, "12300")
        where = self.program + url.removeprefix(PUBLIC)
        looked, got = await self.poster.head(where), await self.poster.get(where)
        self.fetched[url] = got
        kind = got.headers.get("content-type", "")
        if not looked.is_success or not got.is_success:
            return await self._failed(message, "63019")
        if kind not in ("image/jpeg", "image/png") or len(got.content) > 5 * 1024 * 1024:
            return await self._failed(message, "63021")
        self.files[self.sid("ME")] = File(message, kind, "", len(got.content), got.content)
        self.messages[message]["num_media"] = "1"
        await self._tell()

    async def _failed(self, message: str, error: str) -> None:
        self.messages[message] |= {"status": "undelivered", "error_code": int(error)}
        await self.becomes(message, "undelivered", error)
        await self._tell()

    def _keep(
        self, sid: str, direction: str, to: str, sender: str, body: str, num_media: int = 0
    ) -> JSON:
        now = formatdate(usegmt=True)
        self.messages[sid] = {
            "sid": sid,
            "account_sid": SID,
            "api_version": "2010-04-01",
            "body": body,
            "date_created": now,
            "date_sent": now,
            "date_updated": now,
            "direction": direction,
            "error_code": None,
            "error_message": None,
            "from": sender,
            "messaging_service_sid": None,
            "num_media": str(num_media),
            "num_segments": "1",
            "price": None,
            "price_unit": None,
            "status": "received",
            "subresource_uris": {"media": f"{_ACCOUNT}/Messages/{sid}/Media.json"},
            "to": to,
            "uri": f"{_ACCOUNT}/Messages/{sid}.json",
        }
        return self.messages[sid]

    def _filled(self, content_sid: str, variables: str) -> JSON:
        """A template with its places filled. https://www.twilio.com/docs/api/errors/21656"""
        content = next((one for one in self.contents if one["sid"] == content_sid), None)
        if content is None:
            raise Refusal(400, 21655, "The ContentSid is invalid.")
        given = json.loads(variables)
        if any(not value or re.search(r"[\n\t]| {5}", value) for value in given.values()):
            raise Refusal(400, 21656, "The ContentVariables Parameter is invalid.")

        def fill(words: str) -> str:
            return re.sub(r"\{\{(\w+)\}\}", lambda found: str(given.get(found[1], "")), words)

        ((kind, laid_down),) = content["types"].items()
        body = fill(laid_down["body"])
        rows = [(fill(r["title"]), fill(r["id"])) for r in laid_down.get("actions", ())]
        rows += [(fill(r["item"]), fill(r["id"])) for r in laid_down.get("items", ())]
        if kind != "twilio/text" and len(body) > 1024:
            raise Refusal(400, 21658, "Parameter exceeded character limit")
        most = 20 if kind == "twilio/quick-reply" else 24
        if any(len(label) > most for label, _ in rows) or len({label for label, _ in rows}) < len(
            rows
        ):
            raise Refusal(400, 21658, "Parameter exceeded character limit")
        shown = {"twilio/quick-reply": "buttons", "twilio/list-picker": "list"}.get(kind, "text")
        return {"body": body, "kind": shown, "choices": rows, "opener": laid_down.get("button", "")}

    async def list(self, request: web.Request) -> JSON:
        query, size = request.query, int(request.query.get("PageSize", 50))
        page = int(query.get("Page", 0))
        wanted = ("To", "to"), ("From", "from")
        since = _since(query.get("DateSent>", ""))
        found = [
            one
            for one in reversed(self.messages.values())
            if all(name not in query or one[key] == query[name] for name, key in wanted)
            and (not since or parsedate_to_datetime(one["date_sent"]).timestamp() >= since)
        ]
        shown = found[page * size : (page + 1) * size]
        asked = {name: value for name, value in query.items() if name not in ("Page", "PageSize")}
        more = f"{_ACCOUNT}/Messages.json?" + urlencode(
            {"PageSize": size, "Page": page + 1, **asked}
        )
        last = len(found) <= (page + 1) * size
        return {
            "messages": [_public(one) for one in shown],
            "page": page,
            "page_size": size,
            "next_page_uri": None if last else more,
            "uri": request.path_qs,
            "first_page_uri": "",
            "previous_page_uri": None,
            "start": 0,
            "end": len(shown),
        }

    async def update(self, request: web.Request) -> JSON:
        message = self._message(request)
        message["body"] = str((await request.post()).get("Body", message["body"]))
        return _public(message)

    def _message(self, request: web.Request) -> JSON:
        found = self.messages.get(request.match_info["message"])
        if found is None:
            raise Refusal(404, 20404, "The requested resource was not found")
        return found

    # ---- files ---------------------------------------------------------------------------------

    async def media_list(self, request: web.Request) -> JSON:
        message = request.match_info["message"]
        found = [
            {
                "sid": sid,
                "account_sid": SID,
                "parent_sid": message,
                "content_type": file.kind,
                "date_created": formatdate(usegmt=True),
                "date_updated": formatdate(usegmt=True),
                "uri": f"{_ACCOUNT}/Messages/{message}/Media/{sid}.json",
            }
            for sid, file in self.files.items()
            if file.message == message
        ]
        return {"media_list": found, "next_page_uri": None, "uri": request.path_qs, "page": 0}

    async def media(self, request: web.Request) -> web.StreamResponse:
        """Where a file lies, for those who may know; for a while, at a host of its own."""
        sid = request.match_info["media"]
        if sid not in self.files:
            raise Refusal(404, 20404, "The requested resource was not found")
        where = self.redirect_to or f"{self.cdn}/{SID}/{sid}?signature=x"
        return web.Response(status=307, headers={"Location": where})

    async def file(self, request: web.Request) -> web.StreamResponse:
        if self.remembers_calls:
            self.cdn_headers.append(dict(request.headers))
        file = self.files.get(request.match_info["media"])
        fault = self._fault("file")
        if file is None:
            return web.Response(status=404)
        if fault and not fault.cut:
            return web.Response(status=fault.status)
        headers = {"Content-Length": str(file.size), "Content-Type": file.kind}
        if file.name:
            headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        for at in range(0, file.size, _PIECE):
            if fault and fault.cut and at >= file.size // 2:
                assert request.transport is not None
                request.transport.close()
                break
            piece = min(_PIECE, file.size - at)
            try:
                await response.write(
                    bytes(piece) if file.body is None else file.body[at : at + piece]
                )
            except ConnectionError:  # Whoever asked has heard enough.
                break
            self.served += piece
            if file.pace:
                await asyncio.sleep(piece / file.pace)
        return response

    async def media_delete(self, request: web.Request) -> web.StreamResponse:
        sid = request.match_info["media"]
        if self.files.pop(sid, None) is None:
            raise Refusal(404, 20404, "The requested resource was not found")
        self.deleted.append(sid)
        return web.Response(status=204)

    # ---- templates -----------------------------------------------------------------------------

    async def content_list(self, request: web.Request) -> JSON:
        meta = {"key": "contents", "page": 0, "page_size": 50, "next_page_url": None}
        return {"contents": self.contents, "meta": meta}

    async def content_create(self, request: web.Request) -> JSON:
        made = {"sid": self.sid("HX"), "account_sid": SID, **await request.json()}
        self.contents.append(made)
        return made

    async def approval_create(self, request: web.Request) -> JSON:
        asked = await request.json()
        approval = {**asked, "status": "received", "rejection_reason": ""}
        self.approvals[request.match_info["content"]] = approval
        return approval

    async def approval(self, request: web.Request) -> JSON:
        sid = request.match_info["content"]
        return {"sid": sid, "account_sid": SID, "whatsapp": self.approvals.get(sid)}

    # ---- the API around them -------------------------------------------------------------------

    def route(
        self, what: str, handler: Callable[[web.Request], Any], status: int = 200
    ) -> Callable[[web.Request], Any]:
        """A call of the API: it is written down, its login looked at, and faults come in."""

        async def answered(request: web.Request) -> web.StreamResponse:
            try:
                body = await request.read()
            except ConnectionError:  # The program was killed.
                return web.Response()
            headers = dict(request.headers)
            call = Call(
                method=request.method,
                path=request.path,
                query=request.rel_url.raw_query_string,
                headers=headers,
                body=body,
            )
            if self.remembers_calls:
                self.calls.append(call)
            try:
                answer = await self._carried_out(what, request, handler)
            except Cut:
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            except Refusal as refused:
                error = {"code": refused.code, "message": refused.message, "status": refused.status}
                return web.json_response(error, status=refused.status)
            finally:
                await self._tell()
            if isinstance(answer, web.StreamResponse):
                return answer
            return web.json_response(answer, status=status)

        return answered

    async def _carried_out(
        self, what: str, request: web.Request, handler: Callable[[web.Request], Any]
    ) -> Any:
        login = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {login}":
            raise Refusal(401, 20003, "Authenticate")
        fault = self._fault(what)
        if fault and not fault.delivered:
            await asyncio.sleep(fault.delay)
            if fault.cut:
                raise Cut
            raise Refusal(fault.status, fault.code)
        answer = await handler(request)
        if fault:
            await self._tell()
            await asyncio.sleep(fault.delay)
            if fault.cut:
                raise Cut
            if not fault.delay:
                raise Refusal(fault.status, fault.code)
        return answer

    def _fault(self, what: str) -> Fault | None:
        found = next((fault for fault in self.faults if fault.what == what), None)
        if found:
            self.faults.remove(found)
        return found or (self.chance(what) if self.chance else None)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


def sign(token: str, url: str, form: JSON, how: Any = hashlib.sha1) -> str:
    """Twilio's signature: the address, and all fields by their names, the empty ones too.

    https://www.twilio.com/docs/usage/webhooks/webhooks-security#how-twilio-signs-requests
    """
    signed = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), how).digest()).decode()


def _since(given: str) -> float:
    return datetime.fromisoformat(given).timestamp() if given else 0.0


def _public(message: JSON) -> JSON:
    own = ("kind", "choices", "status_callback", "media_urls")
    return {name: value for name, value in message.items() if name not in own}


def _routes(double: TwilioDouble) -> web.Application:
    app = web.Application(client_max_size=1 << 24)
    add, message = app.router.add_route, f"{_ACCOUNT}/Messages/{{message}}"
    add("POST", f"{_ACCOUNT}/Messages.json", double.route("send", double.create, 201))
    add("GET", f"{_ACCOUNT}/Messages.json", double.route("list", double.list))
    add("POST", f"{message}.json", double.route("update", double.update))
    add("GET", f"{message}/Media.json", double.route("medialist", double.media_list))
    add("DELETE", f"{message}/Media/{{media}}.json", double.route("delete", double.media_delete))
    add("GET", f"{message}/Media/{{media}}", double.route("media", double.media))
    add("GET", "/v1/Content", double.route("contents", double.content_list))
    add("POST", "/v1/Content", double.route("content", double.content_create, 201))
    approvals = "/v1/Content/{content}/ApprovalRequests"
    add("GET", approvals, double.route("approval", double.approval))
    add("POST", f"{approvals}/whatsapp", double.route("approve", double.approval_create, 201))
    return app


@asynccontextmanager
async def twilio_double() -> AsyncIterator[TwilioDouble]:
    """A double that listens on this machine; its `url` is what TWILIO_API_URL takes."""
    double = TwilioDouble()
    files = web.Application()
    files.router.add_get("/{account}/{media}", double.file)
    runners = [
        web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        for app in (_routes(double), files)
    ]
    addresses = []
    for runner in runners:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, bound = runner.addresses[0][:2]
        addresses.append(f"http://{host}:{bound}")
    double.url, double.cdn = addresses
    try:
        # Each post on a connection of its own, as it must be after the program was killed.
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(limits=limits) as double.poster:
            yield double
    finally:
        for runner in runners:
            await runner.cleanup()
