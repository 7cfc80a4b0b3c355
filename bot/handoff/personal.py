"""Personal notices: words for one coordinator alone, such as a sign-in link."""

from __future__ import annotations

from typing import Literal
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from bot.handoff import notices


async def send_to(
    kind: Literal["telegram", "mail"], address: str, text: str, *, settings: notices.NoticeSettings
) -> None:
    """Send words to one coordinator alone, by their Telegram number or their e-mail address.

    Mail goes by the first mail server in NOTIFY_URLS. Raises as `notices.send` does.
    """
    if kind == "telegram":
        if not settings.telegram_token.get_secret_value():
            raise notices.UnknownDestination("TELEGRAM_TOKEN is not set")
        body = {"chat_id": address, "text": text}
        # A bot can't begin a chat: https://core.telegram.org/bots/faq
        hint = "they must have written to the bot once"
        await notices.telegram("sendMessage", body, settings, hint=hint)
        return
    servers = [url for url in notices.urls(settings.notify_urls) if _is_mail(url)]
    if not servers:
        raise notices.UnknownDestination("no mail server (mailto://, mailtos://) is in NOTIFY_URLS")
    await notices.apprise_one(_to(servers[0], address), text)


def _is_mail(url: str) -> bool:
    return url.lower().startswith(("mailto://", "mailtos://"))


def _to(url: str, address: str) -> str:
    """The address of a mail server, for this recipient and for nobody else.

    https://github.com/caronc/apprise/wiki/Notify_email: recipients stand in the path and in `to`,
    `cc` and `bcc`.
    """
    parts = urlsplit(url)
    others = ("to", "cc", "bcc", "name")
    query = [(k, v) for k, v in parse_qsl(parts.query) if k.lower() not in others]
    if not any(key.lower() == "from" for key, _value in query):
        # Without one, Apprise takes the first recipient's host for the sender's.
        user = unquote(parts.username or "")
        sender = user if "@" in user else f"{user}@{parts.hostname}"
        query.append(("from", sender))
    return urlunsplit(parts._replace(path="", query=urlencode([*query, ("to", address)])))
