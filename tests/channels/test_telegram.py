"""Sending to Telegram and fetching from it, over HTTP against the double."""

import logging
import tracemalloc

import pytest

from bot.channels.base import Blocked, Rejected, Rendered, Retry, ShowsPictures, Unknown
from bot.channels.pace import Pace
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_menu import menus
from bot.paths import load_languages
from tests.doubles.telegram import TOKEN, TelegramDouble

ANA = "7001"


def reply(text: str = "Do you have it?", *labels: str) -> Rendered:
    choices = tuple((f"imaging:{n}:4", label) for n, label in enumerate(labels))
    return Rendered(step="imaging", turn=4, text=text, locale="en", choices=choices)


# ---- sending -----------------------------------------------------------------------------------


async def test_a_reply_arrives_as_plain_text_with_its_buttons(
    channel: TelegramChannel, telegram: TelegramDouble
) -> None:
    sent = await channel.send(ANA, reply("Do <b>you</b> *have* _it_?", "I have it", "No"), "k1")
    (got,) = telegram.sent
    assert sent.external_id == str(got["message_id"])
    assert (got["chat_id"], got["text"]) == (7001, "Do <b>you</b> *have* _it_?")
    buttons = [(b["text"], b["callback_data"]) for row in got["inline_keyboard"] for b in row]
    assert buttons == [("I have it", "imaging:0:4"), ("No", "imaging:1:4")]
    asked = dict(telegram.calls)["sendmessage"]
    assert "parse_mode" not in asked
    assert asked["link_preview_options"] == '{"is_disabled": true}'


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        (("Yes", "No", "Skip"), [2, 1]),
        (("I have it", "I can get it later on"), [1, 1]),
        (("Yes", "I have it somewhere", "No", "Skip", "Help"), [1, 1, 2, 1]),
        (("我有这份报告", "我可以拿到"), [2]),
        (("我有这份检查报告了", "我可以拿到"), [1, 1]),
        ((), []),
    ],
)
async def test_buttons_stand_two_in_a_row_only_where_both_are_short(
    channel: TelegramChannel, telegram: TelegramDouble, labels: tuple[str, ...], rows: list[int]
) -> None:
    await channel.send(ANA, reply("Which?", *labels), "k1")
    assert [len(row) for row in telegram.sent[0].get("inline_keyboard", [])] == rows


async def test_a_password_is_taken_out_of_the_chat(
    channel: TelegramChannel, telegram: TelegramDouble
) -> None:
    """By the number of its message, which is the last of its id; a refusal is of no interest."""
    await channel.unsay(ANA, "tg:17:305")
    assert telegram.deleted == [(7001, 305)]
    telegram.fail("deleteMessage", 400, description="Bad Request: message can't be deleted")
    await channel.unsay(ANA, "tg:18:306")
    await channel.unsay(ANA, "tg:19:")
    telegram.fail("deleteMessage", 429, parameters={"retry_after": 7})
    with pytest.raises(Retry):
        await channel.unsay(ANA, "tg:20:307")
    assert telegram.deleted == [(7001, 305)]


async def test_flood_control_gives_the_message_back_with_the_pause_and_then_it_goes(
    channel: TelegramChannel, telegram: TelegramDouble
) -> None:
    telegram.fail("sendMessage", 429, parameters={"retry_after": 7})
    with pytest.raises(Retry) as failure:
        await channel.send(ANA, reply(), "k1")
    assert failure.value.after == 7
    # The chat is quiet until then, without another question to Telegram; others are not held up.
    with pytest.raises(Retry):
        await channel.send(ANA, reply(), "k1")
    await channel.send("7002", reply(), "k2")
    assert [one["chat_id"] for one in telegram.sent] == [7002]


async def test_after_the_pause_the_same_message_is_sent(
    channel: TelegramChannel, telegram: TelegramDouble
) -> None:
    telegram.fail("sendMessage", 429, parameters={"retry_after": 1})
    with pytest.raises(Retry):
        await channel.send(ANA, reply(), "k1")
    await channel.send(ANA, reply(), "k1")
    assert len(telegram.sent) == 1


@pytest.mark.parametrize(
    ("code", "description", "expected"),
    [
        (403, "Forbidden: bot was blocked by the user", Blocked),
        (403, "Forbidden: user is deactivated", Blocked),
        (400, "Bad Request: chat not found", Blocked),
        (400, "Bad Request: message text is empty", Rejected),
        (401, "Unauthorized", Retry),
        (500, "Internal Server Error", Retry),
        (502, "Bad Gateway", Retry),
    ],
)
async def test_a_refusal_says_what_it_means_for_the_message(
    channel: TelegramChannel,
    telegram: TelegramDouble,
    code: int,
    description: str,
    expected: type[Exception],
) -> None:
    telegram.fail("sendMessage", code, description=description)
    with pytest.raises(expected):
        await channel.send(ANA, reply(), "k1")
    assert telegram.sent == []


async def test_a_time_out_after_delivery_is_unknown_and_not_repeated(
    channel: TelegramChannel, telegram: TelegramDouble
) -> None:
    telegram.fail("sendMessage", delivered=True, delay=5)
    with pytest.raises(Unknown):
        await channel.send(ANA, reply(), "k1")
    assert len(telegram.sent) == 1


async def test_a_message_that_never_left_is_tried_again() -> None:
    channel = TelegramChannel(TOKEN, "http://127.0.0.1:9")  # Nobody listens on "discard".
    with pytest.raises(Retry):
        await channel.send(ANA, reply(), "k1")
    await channel.close()


async def test_what_telegram_would_refuse_is_refused_before_it_is_sent(
    channel: TelegramChannel, telegram: TelegramDouble
) -> None:
    long_button = Rendered(
        step="x", turn=1, text="?", locale="en", choices=((f"x:{'y' * 60}:10", "Yes"),)
    )
    for refused in (reply("a" * 4097), reply(" \n"), long_button):
        with pytest.raises(Rejected):
            await channel.send(ANA, refused, "k1")
    assert telegram.calls == []


# ---- pictures ----------------------------------------------------------------------------------

JPEG = b"\xff\xd8 and so on"


async def test_a_picture_arrives_with_its_words_and_without_a_sound(
    channel: TelegramChannel, telegram: TelegramDouble
) -> None:
    assert isinstance(channel, ShowsPictures)  # that is how the outbox knows
    await channel.show(ANA, JPEG, "This is what I received: CT")
    (got,) = telegram.sent
    assert (got["method"], got["caption"]) == ("sendPhoto", "This is what I received: CT")
    assert (got["silent"], got["size"]) == (True, len(JPEG))


async def test_words_for_a_picture_that_are_too_long_are_cut_where_a_reader_would_pause(
    channel: TelegramChannel, telegram: TelegramDouble
) -> None:
    await channel.show(ANA, JPEG, "A scan. " * 200)
    assert telegram.sent[0]["caption"].endswith("A scan.")


@pytest.mark.parametrize(
    ("code", "expected"), [(400, Rejected), (403, Blocked), (429, Retry), (500, Retry)]
)
async def test_a_picture_that_is_refused_says_so(
    channel: TelegramChannel, telegram: TelegramDouble, code: int, expected: type[Exception]
) -> None:
    telegram.fail("sendPhoto", code, parameters={"retry_after": 1} if code == 429 else {})
    with pytest.raises(expected):
        await channel.show(ANA, JPEG, "CT")
    assert telegram.sent == []


# ---- the pace ----------------------------------------------------------------------------------


def test_a_chat_gets_a_short_burst_and_then_a_message_a_second() -> None:
    pace = Pace(per_chat=1, overall=30, burst=3, patience=2, now=lambda: 100.0)
    assert [pace.reserve(ANA) for _ in range(5)] == [0, 0, 0, 1, 2]
    with pytest.raises(Retry) as failure:
        pace.reserve(ANA)
    assert failure.value.after == pytest.approx(3)


def test_all_chats_together_keep_to_thirty_a_second() -> None:
    pace = Pace(per_chat=1, overall=30, patience=10, now=lambda: 100.0)
    waits = [pace.reserve(str(chat)) for chat in range(90)]
    assert waits[:30] == pytest.approx([0.0] * 30)
    assert waits[-1] == pytest.approx(2.0)


def test_one_of_several_processes_keeps_to_its_part() -> None:
    """Three together send what one may send alone, and a chat is as fast as ever."""
    parts = [Pace(per_chat=1, overall=30, patience=10, now=lambda: 100.0) for _ in range(3)]
    for part in parts:
        part.share(3)
    waits = sorted(part.reserve(str(chat)) for chat in range(30) for part in parts)
    assert waits[:30] == pytest.approx([0.0] * 30)
    assert waits[-1] == pytest.approx(2.0)
    assert [parts[0].reserve("another") for _ in range(1)] == pytest.approx([2.1])
    alone = Pace(per_chat=1, overall=30, patience=10, now=lambda: 100.0)
    alone.share(40)
    alone.share(1)
    assert [alone.reserve(ANA) for _ in range(4)] == [0, 0, 0, 1]


def test_a_chat_that_was_paused_waits_and_another_does_not() -> None:
    pace = Pace(per_chat=1, overall=30, patience=10, now=lambda: 100.0)
    pace.pause(ANA, 5)
    assert pace.reserve(ANA) == pytest.approx(5)
    assert pace.reserve("7002") == 0


# ---- fetching ----------------------------------------------------------------------------------


async def fetched(channel: TelegramChannel, file_id: str) -> bytes:
    return b"".join([piece async for piece in channel.fetch(file_id)])


async def test_a_file_arrives_byte_for_byte(
    channel: TelegramChannel, telegram: TelegramDouble
) -> None:
    body = bytes(range(256)) * 5_000
    telegram.file("BQAC-1", body)
    assert await fetched(channel, "BQAC-1") == body


async def test_a_large_file_is_never_held_in_memory(
    channel: TelegramChannel, telegram: TelegramDouble
) -> None:
    telegram.file("BQAC-1", size=19_000_000)
    total = 0
    tracemalloc.start()
    async for piece in channel.fetch("BQAC-1"):
        total += len(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 19_000_000
    assert peak < 4_000_000  # Of which the double, in the same process, has its share.


async def test_a_file_that_turns_out_too_large_is_refused_with_that_reason(
    channel: TelegramChannel, telegram: TelegramDouble
) -> None:
    telegram.file("BQAC-1", size=20_000_001)
    with pytest.raises(Rejected, match="too_large"):
        await fetched(channel, "BQAC-1")
    assert telegram.served == 0


async def test_a_file_that_telegram_has_lost_is_gone(
    channel: TelegramChannel, telegram: TelegramDouble
) -> None:
    with pytest.raises(Rejected, match="gone"):
        await fetched(channel, "BQAC-none")
    telegram.file("BQAC-1", b"abc")
    telegram.fail("file", 404)
    with pytest.raises(Rejected, match="gone"):
        await fetched(channel, "BQAC-1")


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("getFile", {"code": 429, "parameters": {"retry_after": 1}}),
        ("getFile", {"code": 502}),
        ("getFile", {"delivered": True, "delay": 5}),
        ("file", {"code": 503}),
        ("file", {"cut": True}),
    ],
)
async def test_a_download_that_breaks_can_be_started_again(
    channel: TelegramChannel, telegram: TelegramDouble, method: str, fault: dict[str, object]
) -> None:
    body = bytes(1_000_000)
    telegram.file("BQAC-1", body)
    telegram.fail(method, **fault)  # type: ignore[arg-type]
    with pytest.raises(Retry):
        await fetched(channel, "BQAC-1")
    assert await fetched(channel, "BQAC-1") == body


# ---- what stays out of logs and errors ---------------------------------------------------------


async def test_the_token_is_in_no_log_and_no_error(
    telegram: TelegramDouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    channel = TelegramChannel("13:other", telegram.url)
    telegram.file("BQAC-1", b"abc")
    errors = []
    for call in (channel.send(ANA, reply(), "k1"), fetched(channel, "BQAC-1"), channel.updates(0)):
        with pytest.raises(Retry) as failure:
            await call
        errors.append(repr(failure.value))
    await channel.close()
    assert "13:other" not in caplog.text + "".join(errors)


async def test_the_emergency_is_the_first_command_of_the_menu_in_every_language(
    channel: TelegramChannel, telegram: TelegramDouble
) -> None:
    """It needs no message with buttons, and no consent; that Telegram has none ends nothing."""
    languages = load_languages()
    for code, commands in menus(languages):
        assert commands[0][0] == "emergency"
        assert "🆘" in commands[0][1]
        await channel.show_menu(code, commands)
    shown = [data for method, data in telegram.calls if method == "setmycommands"]
    assert len(shown) == len(languages.offered)
    assert len({data.get("language_code") for data in shown}) == len(shown)
    telegram.fail("setMyCommands", 502)
    await channel.show_menu("", commands)


async def test_patients_find_the_assistant_under_its_link(
    channel: TelegramChannel, telegram: TelegramDouble
) -> None:
    assert await channel.link() == "https://t.me/double_bot"
    telegram.fail("getMe", 502)
    assert await channel.link() == ""
