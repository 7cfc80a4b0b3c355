"""The channels there are keep to the same protocol."""

import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.base import Channel, Rejected, Rendered, Sent
from bot.channels.fit import fit
from bot.channels.plain import PlainFile, raw_message
from bot.channels.registry import NAMES, open_channels
from bot.channels.twilio_account import Account
from handlers.updates import Attachment, InboundMessage
from tests.channels.conftest import Phonebook
from tests.doubles.telegram import TOKEN

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FOLDER = Path(__file__).parent.parent.parent / "bot" / "channels"


class Uploads:
    """What the web page has received."""

    async def open(self, blob_id: str) -> AsyncIterator[bytes]:
        if blob_id == "none":
            raise FileNotFoundError
        yield b"bytes of "
        yield blob_id.encode()


@pytest.fixture
async def channels() -> AsyncIterator[dict[str, Channel]]:
    opened = open_channels(
        uploads=Uploads(),
        telegram_token=TOKEN,
        telegram_api_url="http://127.0.0.1:9",
        whatsapp=Account(sid="AC1", token="t", sender="whatsapp:+15550000001"),
        contacts=Phonebook(),
    )
    yield dict(opened)
    for channel in opened.values():
        await channel.close()


def test_every_channel_is_in_the_registry(channels: dict[str, Channel]) -> None:
    assert set(channels) == set(NAMES)
    assert all(channel.name == name for name, channel in channels.items())
    assert all((FOLDER / f"{name}.py").exists() for name in NAMES)


def test_telegram_is_only_there_with_a_token() -> None:
    assert set(open_channels(uploads=Uploads())) == {"web", "terminal"}


@pytest.mark.parametrize("name", ["web", "terminal"])
async def test_what_our_own_channels_write_they_read_again(
    channels: dict[str, Channel], name: str
) -> None:
    raw = raw_message(
        external_id="e1",
        address="a1",
        text="from 2023",
        files=[PlainFile(ref="r1", name="ct.zip", media_type="application/zip", size=9)],
        locale_hint="ru",
    )
    channel = channels[name]
    assert channel.address(raw) == "a1"
    assert channel.parse(raw, NOW) == InboundMessage(
        channel=name,
        external_id="e1",
        sender="a1",
        received_at=NOW,
        text="from 2023",
        attachments=(
            Attachment(fetch_ref="r1", filename="ct.zip", media_type="application/zip", size=9),
        ),
        locale_hint="ru",
    )
    pressed = raw_message(external_id="e2", address="a1", choice="consent:yes:4")
    said = channel.parse(pressed, NOW)
    assert said is not None
    assert (said.choice_id, said.opened) == ("consent:yes:4", False)
    opened = channel.parse(raw_message(external_id="e3", address="a1", opened=True), NOW)
    assert opened is not None
    assert opened.opened


@pytest.mark.parametrize("name", ["web", "terminal"])
async def test_our_own_channels_read_the_message_table_so_sending_twice_is_harmless(
    channels: dict[str, Channel], name: str
) -> None:
    reply = Rendered(
        step="s", turn=1, text="Hello. " * 2_000, locale="en", choices=(("s:a:1", "A"),) * 99
    )
    channel = channels[name]
    assert channel.capabilities.idempotent
    # Nothing is cut for them, so one message is one line of the transcript.
    assert len(fit(reply, channel.capabilities)) == 1
    assert await channel.send("a1", reply, "k") == await channel.send("a1", reply, "k") == Sent()


async def test_a_web_upload_is_read_from_the_store(channels: dict[str, Channel]) -> None:
    pieces = [piece async for piece in channels["web"].fetch("blob:b1")]
    assert pieces == [b"bytes of ", b"b1"]
    with pytest.raises(Rejected, match="gone"):
        await anext(channels["web"].fetch("blob:none"))


async def test_a_file_named_in_the_terminal_is_read_in_pieces(
    channels: dict[str, Channel], tmp_path: Path
) -> None:
    path = tmp_path / "ct.zip"
    path.write_bytes(bytes(2_500_000))
    sizes = [len(piece) async for piece in channels["terminal"].fetch(str(path))]
    assert (len(sizes), sum(sizes)) == (3, 2_500_000)
    with pytest.raises(Rejected, match="gone"):
        await anext(channels["terminal"].fetch(str(tmp_path / "none")))


def test_who_has_no_whatsapp_pays_nothing_for_twilios_library(tmp_path: Path) -> None:
    """It is the start of every command."""
    code = (
        "import sys, asyncio, pathlib, bot.cli, bot.serve\n"
        "from bot.app import App\n"
        "from bot.settings import Settings\n"
        "from bot.web.site import site\n"
        "async def start():\n"
        "    async with App.open(Settings(data_dir=pathlib.Path(sys.argv[1]))) as app:\n"
        "        site(app)\n"
        "asyncio.run(start())\n"
        "print([name for name in sys.modules if name.partition('.')[0] == 'twilio'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
