"""The doctor's checks that ask somebody: ourselves from outside, Telegram, Twilio."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.doctor_finding import Finding, Look
from bot.outward import json_of

_LOCAL = ("localhost", "")


def is_local(address: str) -> bool:
    """Whether an address only works on this machine or network."""
    host = urlsplit(address).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host in _LOCAL or host.endswith((".localhost", ".local"))


# ---- the public address ------------------------------------------------------------------------


async def ask_public_address(look: Look) -> tuple[Finding, ...]:
    """Whether patients reach the pages: the private links of every channel lead there."""
    address = look.settings.public_url
    if not address:
        return (_no_address(look),)
    if urlsplit(address).scheme != "https" and not is_local(address):
        return (
            Finding(
                verdict="wrong",
                what=f"Public address: {address} is not https",
                do=(
                    "What patients send would travel in clear. Set PUBLIC_URL to an https address.",
                ),
            ),
        )
    answer = await look.ask(f"{address.rstrip('/')}/healthz")
    if isinstance(answer, str):
        hints = (
            "Start `second-opinion serve` and the proxy before it, then run this again.",
            "Some networks can't reach their own public address: then try it on a phone.",
        )
        what = f"Public address: {address} could not be asked ({answer})"
        return (Finding(verdict="unasked", what=what, do=hints),)
    if answer.status_code == 200 and answer.text == "ok":
        return (Finding(verdict="ok", what=f"Public address: {address} answers"),)
    what = f"Public address: {address} answers, but not as this program does ({answer.status_code})"
    do = ("Let the proxy pass everything on to HOST and PORT, or mend PUBLIC_URL.",)
    return (Finding(verdict="wrong", what=what, do=do),)


def _no_address(look: Look) -> Finding:
    what = "Public address: PUBLIC_URL is not set"
    if look.twilio.any_given:
        needs = "WhatsApp needs it: Twilio sends messages to it, and signs them for it."
        return Finding(verdict="wrong", what=what, do=(needs,))
    why = (
        "Patients outside of this machine can't open the web chat, and no chat can hand out a",
        "private link: whole CDs can't be sent. Set it to the https address of your proxy.",
    )
    return Finding(verdict="decide", what=what, do=why)


# ---- Telegram ----------------------------------------------------------------------------------


async def ask_telegram(look: Look) -> tuple[Finding, ...]:
    """Whether the token is good, and whether updates come to us."""
    token = look.settings.telegram_token.get_secret_value()
    if not token:
        do = ("To have it, make a bot with @BotFather and set TELEGRAM_TOKEN.",)
        return (Finding(verdict="ok", what="Telegram: off, TELEGRAM_TOKEN is not set", do=do),)
    base = f"{look.settings.telegram_api_url.rstrip('/')}/bot{token}"
    answer = await look.ask(f"{base}/getMe")
    if isinstance(answer, str):
        return (Finding(verdict="unasked", what=f"Telegram: could not be asked ({answer})"),)
    if answer.status_code in (401, 404):
        do = ("Copy TELEGRAM_TOKEN again from @BotFather.",)
        return (Finding(verdict="wrong", what="Telegram: the token is not known", do=do),)
    me = _result(answer)
    if me is None:
        what = f"Telegram: could not be asked (it answered {answer.status_code})"
        return (Finding(verdict="unasked", what=what),)
    ok = Finding(verdict="ok", what=f"Telegram: the bot @{me.get('username', '?')} answers")
    hook = await look.ask(f"{base}/getWebhookInfo")
    info = None if isinstance(hook, str) else _result(hook)
    if info is None:
        return ok, Finding(verdict="unasked", what="Telegram: its webhook could not be asked")
    return ok, *_webhook(look, info)


def _webhook(look: Look, info: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Where updates go. The path of a webhook may be a secret, so only its host is named."""
    there = str(info.get("url") or "")
    host, ours = urlsplit(there).netloc, urlsplit(look.settings.public_url).netloc
    by_webhook = getattr(look.settings, "telegram_mode", "polling") == "webhook"
    waiting = int(info.get("pending_update_count") or 0)
    if by_webhook and host != ours:
        do = ("Start `second-opinion serve`, which sets it; or mend PUBLIC_URL.",)
        what = f"Telegram: its webhook leads to {host or 'nowhere'}, not to {ours or 'PUBLIC_URL'}"
        return (Finding(verdict="wrong", what=what, do=do),)
    if there and not by_webhook:
        do = ("Remove it with deleteWebhook, or let this program use it (TELEGRAM_MODE).",)
        what = f"Telegram: a webhook to {host} takes the updates that this program polls for"
        return (Finding(verdict="wrong", what=what, do=do),)
    if waiting > 100:
        do = ("Is `second-opinion serve` running? Telegram keeps them for a day.",)
        return (Finding(verdict="wrong", what=f"Telegram: {waiting} messages wait", do=do),)
    way = "by webhook" if by_webhook else "by polling"
    return (Finding(verdict="ok", what=f"Telegram: messages come {way}, {waiting} wait"),)


def _result(answer: httpx.Response) -> Mapping[str, Any] | None:
    try:
        found = json_of(answer)
    except ValueError:
        return None
    result = found.get("result") if isinstance(found, dict) and found.get("ok") else None
    return result if isinstance(result, dict) else None


# ---- Twilio ------------------------------------------------------------------------------------


async def ask_twilio(look: Look) -> tuple[Finding, ...]:
    """Whether the account is there and active."""
    twilio = look.twilio
    if not twilio.any_given or twilio.missing:
        return ()
    sid = twilio.twilio_account_sid
    base = twilio.twilio_api_url.rstrip("/")
    auth = (sid, twilio.twilio_auth_token.get_secret_value())
    answer = await look.ask(f"{base}/2010-04-01/Accounts/{sid}.json", auth=auth)
    if isinstance(answer, str):
        return (Finding(verdict="unasked", what=f"Twilio: could not be asked ({answer})"),)
    if answer.status_code in (401, 403, 404):
        do = ("Copy both again from the Twilio Console, Account info.",)
        what = "Twilio: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN don't belong together"
        return (Finding(verdict="wrong", what=what, do=do),)
    if not answer.is_success:
        what = f"Twilio: could not be asked (it answered {answer.status_code})"
        return (Finding(verdict="unasked", what=what),)
    status = _status(answer)
    if status == "active":
        return (Finding(verdict="ok", what="Twilio: the account is active"),)
    do = ("Look into the Twilio Console: a suspended account sends nothing.",)
    return (Finding(verdict="wrong", what=f"Twilio: the account is {status or 'odd'}", do=do),)


def _status(answer: httpx.Response) -> str:
    try:
        found = json_of(answer)
    except ValueError:
        return ""
    return str(found.get("status", "")) if isinstance(found, dict) else ""
