"""The stream of what is new: ids that outlive the process, nothing twice, nothing passed over."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
import sqlalchemy as sa

from bot.store import messages, schema
from tests.web.conftest import House, begin, said, served


@dataclass
class Event:
    """One event as a browser would see it."""

    name: str
    data: str
    id: str


async def read(response: httpx.Response) -> AsyncIterator[Event]:
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if not line:
            if "data" in fields:
                yield Event(fields.get("event", "message"), fields["data"], fields.get("id", ""))
            fields = {}
        else:
            name, _, value = line.partition(": ")
            fields[name] = value


class Listener:
    """An open stream."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._events = read(response)

    async def until(self, wanted: Callable[[Event], bool]) -> Event:
        async with asyncio.timeout(10):
            async for event in self._events:
                if wanted(event):
                    return event
        raise AssertionError("the stream ended")

    async def bubble(self) -> dict[str, object]:
        event = await self.until(lambda event: event.name == "message")
        found: dict[str, object] = json.loads(event.data)
        assert str(found["id"]) == event.id
        return found


class Visitor:
    """A page with scripts."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    @asynccontextmanager
    async def listen(self, **headers: str) -> AsyncIterator[Listener]:
        params = {"locale": "en"}
        async with self.client.stream("GET", "/events", params=params, headers=headers) as response:
            yield Listener(response)


@asynccontextmanager
async def visit(house: House) -> AsyncIterator[Visitor]:
    async with served(house) as address, httpx.AsyncClient(base_url=address) as client:
        await begin(house, client)
        await house.answer(said("Welcome"))
        yield Visitor(client)


async def test_what_is_said_arrives_with_its_rows_id(house: House) -> None:
    """Both sides of the chat, in order, the patient's with the key that the page gave it."""
    async with visit(house) as visitor, visitor.listen() as listener:
        assert (await listener.bubble())["text"] == "Welcome"
        await visitor.client.post(
            "/send", files={"key": (None, "a1b2c3d4e5"), "text": (None, "Hi")}
        )
        await house.answer(said("What hurts?", expects="text"))
        mine, theirs = await listener.bubble(), await listener.bubble()
        assert (mine["sender"], mine["text"], mine["key"]) == ("you", "Hi", "a1b2c3d4e5")
        assert (theirs["sender"], theirs["text"], theirs["expects"]) == (
            "assistant",
            "What hurts?",
            "text",
        )


async def test_who_comes_back_gets_what_was_missed_and_nothing_twice(house: House) -> None:
    """The id is the row's, so another process goes on where the last one stopped."""
    async with visit(house) as visitor, visitor.listen() as listener:
        last = await listener.until(lambda event: event.name == "message")
    async with served(house) as address:
        again = Visitor(httpx.AsyncClient(base_url=address, cookies=visitor.client.cookies))
        async with again.client:
            await again.client.post("/send", files={"text": (None, "Hi")})
            await house.answer(said("Hello again"))
            async with again.listen(**{"last-event-id": last.id}) as listener:
                assert (await listener.bubble())["text"] == "Hi"
                assert (await listener.bubble())["text"] == "Hello again"


async def test_a_button_that_was_shown_before_keeps_its_label(house: House) -> None:
    """The stream starts in the middle, and knows what was pressed all the same."""
    async with visit(house) as visitor:
        await visitor.client.post("/send", files={"text": (None, "Hi")})
        await house.answer(said("May we?", ("yes", "Yes, I agree")))
        last = max(row.id for row in await house.rows(schema.message))
        async with visitor.listen(**{"last-event-id": str(last)}) as listener:
            await visitor.client.post("/send", files={"choice": (None, "consent:yes:3")})
            await house.answer(said("Thank you"))
            assert (await listener.bubble())["text"] == "Yes, I agree"


async def test_the_page_learns_of_another_language(house: House) -> None:
    """Its words and its direction, in the same stream."""
    async with visit(house) as visitor, visitor.listen() as listener:
        await visitor.client.post("/send", files={"text": (None, "العربية")})
        await house.answer(said("مرحبا", locale="ar"), locale="ar")
        event = await listener.until(lambda event: event.name == "words")
        spoken = json.loads(event.data)
        assert (spoken["locale"], spoken["direction"]) == ("ar", "rtl")
        assert spoken["words"]["send"]


async def test_a_page_forgets_what_the_patient_has_deleted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is gone from the store, so it must go from the screen, and at once."""
    monkeypatch.setattr("bot.web.chat_queries._LOOK_SECONDS", 600.0)
    async with visit(house) as visitor, visitor.listen() as listener:
        await listener.bubble()
        case_id = (await house.rows(schema.session))[0].case_id
        await house.db.write(lambda tx: messages.scrub(tx, case_id))
        await listener.until(lambda event: event.name == "gone")


async def test_the_page_is_told_when_an_answer_is_on_its_way(house: House) -> None:
    """Busy while something waits for its turn, and not any more after the answer."""
    async with visit(house) as visitor:
        await visitor.client.post("/send", files={"text": (None, "Hi")})
        async with visitor.listen() as listener:
            await listener.until(lambda event: (event.name, event.data) == ("busy", "yes"))
            await house.answer(said("What hurts?"))
            await listener.until(lambda event: (event.name, event.data) == ("busy", "no"))


async def test_a_stranger_is_told_not_to_come_back(house: House) -> None:
    """204 is how a stream says that there is nothing, and that there will be nothing."""
    async with served(house) as address, httpx.AsyncClient(base_url=address) as client:
        assert (await client.get("/events")).status_code == 204


async def test_an_open_page_does_not_hold_up_the_end(house: House) -> None:
    """The stream ends when the program is told to stop; alone it would go on for ever."""
    async with visit(house) as visitor:
        async with served(house) as address:
            client = httpx.AsyncClient(base_url=address, cookies=visitor.client.cookies)
            response = await client.send(client.build_request("GET", "/events"), stream=True)
            listener = Listener(response)
            await listener.bubble()
        # The server has ended although nobody had closed the stream on this side.
        with pytest.raises(AssertionError, match="the stream ended"):
            await listener.until(lambda event: False)
        await client.aclose()


async def test_one_chat_never_hears_another(house: House) -> None:
    """Whatever is asked for, a stream only ever holds the chat of its cookie."""
    async with visit(house) as visitor, served(house) as address:
        async with httpx.AsyncClient(base_url=address) as other:
            await begin(house, other)
            await house.answer(said("For the other one only"))
        await visitor.client.post("/send", files={"text": (None, "Hi")})
        await house.answer(said("For you"))
        async with visitor.listen() as listener:
            heard = [(await listener.bubble())["text"] for _ in range(3)]
        assert heard == ["Welcome", "Hi", "For you"]
        chats = sa.select(sa.func.count()).select_from(schema.session)
        assert (await house.db.read(lambda tx: tx.execute(chats))).scalar() == 2


async def test_a_page_on_which_nothing_was_said_yet_hears_its_first_answer(house: House) -> None:
    """There is no chat to listen to when the stream begins; the first message opens it."""
    async with served(house) as address, httpx.AsyncClient(base_url=address) as client:
        await client.get("/chat")
        async with Visitor(client).listen() as listener:
            await client.post("/send", files={"key": (None, "a1b2c3d4e5"), "text": (None, "Hi")})
            await house.answer(said("Welcome"))
            await house.answer(said("What hurts?"))
            heard = [(await listener.bubble())["text"] for _ in range(3)]
            assert heard == ["Welcome", "Hi", "What hurts?"]
