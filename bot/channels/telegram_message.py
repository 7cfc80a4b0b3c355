"""What a Telegram update says.

The raw JSON is read with python-telegram-bot's types when its turn comes, not when it is polled:
an update that they can't read is answered like any message that we can't read, and blocks nobody.
https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from telegram import Animation, Audio, Document, Message, Update, Video, VideoNote, Voice
from telegram.constants import ChatType, FileSizeLimit, MessageEntityType

from bot.channels.base import Raw
from handlers.codes import read_code
from handlers.updates import Attachment, InboundMessage

CHANNEL = "telegram"

#: The kinds of update that are asked for. Telegram remembers the list that was given last.
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")

#: https://core.telegram.org/bots/api#getfile
MAX_FILE = int(FileSizeLimit.FILESIZE_DOWNLOAD)
#: Through a Bot API server of one's own. It sets no limit; this is what most patients can send, and
#: those who pay twice as much. https://telegram.org/faq#q-what-can-i-send
MAX_FILE_LOCAL = 4_000_000_000

# What a patient may send that is no record, by its name in a message; `InboundMessage.unsupported`.
_UNSUPPORTED = ("sticker", "contact", "venue", "location", "poll", "dice", "story", "checklist")

# What a private chat says of itself. Nobody sent it, so nobody waits for an answer.
_SERVICE = frozenset(
    (
        "pinned_message",
        "message_auto_delete_timer_changed",
        "write_access_allowed",
        "chat_background_set",
        "boost_added",
        "video_chat_scheduled",
        "video_chat_started",
        "video_chat_ended",
    )
)


def storable(value: Any) -> Any:
    """The same JSON without what it may hold and no database takes: halves of surrogate pairs, NUL.

    One update that can't be kept would come again and again, and hold up everybody's. Raises
    RecursionError for what no update ever is.
    """
    if isinstance(value, str):
        text = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {storable(name): storable(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [storable(one) for one in value]
    return value


def address_of(raw: Raw) -> str:
    """The id of the private chat, or "" for groups, channels and what has no chat.

    It looks at the JSON itself, so that what can't be parsed can still be answered.
    """
    body = _body(raw)
    holder = _mapping(body.get("message")) if "callback_query" in raw else body
    # A button whose message has grown too old comes without it: a private chat has its owner's id.
    chat = _mapping(holder.get("chat")) or {
        **_mapping(body.get("from")),
        "type": ChatType.PRIVATE,
    }
    private = chat.get("type") == ChatType.PRIVATE and isinstance(chat.get("id"), int)
    return str(chat["id"]) if private else ""


def external_id(raw: Raw) -> str:
    """The same for every delivery of an update, and for no other update.

    An update_id alone could come again: after a quiet week it starts at a random number.
    """
    body = _body(raw)
    own = body.get("id") or body.get("message_id") or body.get("date") or ""
    return f"tg:{raw.get('update_id')}:{own}"


def message_id(external: str) -> int | None:
    """The id of the message within its chat, of an `external_id`; None where it is no message's."""
    own = external.rpartition(":")[2]
    return int(own) if own.isascii() and own.isdigit() else None


def callback_id(raw: Raw) -> str:
    """The id under which a pressed button waits for its answer, or ""."""
    own = _mapping(raw.get("callback_query")).get("id")
    return own if isinstance(own, str) else ""


def locale_hint(raw: Raw) -> str:
    """The language of the sender's phone, BCP 47, or ""."""
    code = _mapping(_body(raw).get("from")).get("language_code")
    return _locale(code) if isinstance(code, str) else ""


def parse(raw: Raw, received_at: datetime, *, max_file: int = MAX_FILE) -> InboundMessage | None:
    """What was said in a private chat, or None where nothing was said to the assistant.

    `unsupported` is `sticker`, `contact`, `venue`, `location`, `poll`, `dice`, `story` or
    `checklist`; `other` for what Telegram has invented since; `edited` for a change to an earlier
    message, whose words are left out; `unreadable`. Each part of an album is its own message.
    """
    address = address_of(raw)
    if not address:
        return None
    try:
        update = Update.de_json(dict(raw))
        return _said(update, raw, address, received_at, max_file)
    except Exception:  # Whatever a vendor may send one day: it is answered, and it never blocks.
        return _message(raw, address, received_at, unsupported="unreadable")


def _said(
    update: Update, raw: Raw, address: str, at: datetime, max_file: int
) -> InboundMessage | None:
    hint = locale_hint(raw)
    if (query := update.callback_query) is not None:
        pressed = str(query.message.message_id) if query.message else None
        return _message(
            raw, address, at, choice_id=query.data or "", reply_to=pressed, locale_hint=hint
        )
    if update.edited_message is not None:
        # Its words belong to an earlier question: they must not answer the one that stands now.
        return _message(raw, address, at, unsupported="edited", locale_hint=hint)
    if (message := update.message) is None or not _SERVICE.isdisjoint(_body(raw)):
        return None
    attachments = _attachments(message, max_file)
    text = _text(message)
    answered = message.reply_to_message
    return _message(
        raw,
        address,
        at,
        text=text,
        attachments=attachments,
        reply_to=str(answered.message_id) if answered else None,
        locale_hint=hint,
        unsupported="" if text or attachments else _unsupported(raw),
    )


def _message(
    raw: Raw,
    address: str,
    received_at: datetime,
    *,
    text: str = "",
    choice_id: str | None = None,
    attachments: tuple[Attachment, ...] = (),
    reply_to: str | None = None,
    locale_hint: str = "",
    unsupported: str = "",
) -> InboundMessage:
    return InboundMessage(
        channel=CHANNEL,
        external_id=external_id(raw),
        sender=address,
        received_at=received_at,
        text=text,
        choice_id=choice_id,
        attachments=attachments,
        reply_to=reply_to,
        locale_hint=locale_hint,
        unsupported=unsupported,
    )


def _text(message: Message) -> str:
    """The words or the caption; of a command, only the command, without the assistant's name.

    A code behind it stays: by it the chat goes on with a case.
    """
    command = next(
        (
            entity
            for entity in message.entities
            if entity.type == MessageEntityType.BOT_COMMAND and entity.offset == 0
        ),
        None,
    )
    if command is None:
        return message.text or message.caption or ""
    name = message.parse_entity(command)
    plain = name.partition("@")[0]
    whole = plain + (message.text or "").removeprefix(name)
    return whole if read_code(whole) else plain


_Media = Animation | Audio | Document | Video | VideoNote | Voice


def _attachments(message: Message, max_file: int) -> tuple[Attachment, ...]:
    # An animation comes as a document too: the first of these is the whole of it.
    media: _Media | None = (
        message.animation
        or message.document
        or message.audio
        or message.video
        or message.video_note
        or message.voice
    )
    if media is not None:
        name = getattr(media, "file_name", None) or ""
        kind = getattr(media, "mime_type", None) or ""
        return (_attachment(media.file_id, media.file_size, name, kind, max_file),)
    if message.photo:
        # The same picture in several sizes; a photographed report needs the largest.
        best = max(message.photo, key=lambda size: size.width * size.height)
        return (_attachment(best.file_id, best.file_size, "", "image/jpeg", max_file),)
    return ()


def _attachment(
    file_id: str, size: int | None, name: str, media_type: str, max_file: int
) -> Attachment:
    return Attachment(
        fetch_ref=file_id,
        filename=name,
        media_type=media_type,
        size=size,
        too_large=size is not None and size > max_file,
    )


def _unsupported(raw: Raw) -> str:
    body = _body(raw)
    return next((kind for kind in _UNSUPPORTED if kind in body), "other")


def _locale(language_code: str) -> str:
    """An IETF tag in the usual spelling: Telegram's clients write `zh-hans` and `pt-br`."""
    language, *rest = language_code.replace("_", "-").split("-")
    spelled = {2: str.upper, 4: str.title}
    return "-".join([language.lower(), *(spelled.get(len(p), str.lower)(p) for p in rest)])


def _body(raw: Raw) -> Mapping[str, Any]:
    for kind in ALLOWED_UPDATES:
        if kind in raw:
            return _mapping(raw[kind])
    return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
