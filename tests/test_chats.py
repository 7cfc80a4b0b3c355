"""One case in several chats, in the store: codes are safe, and no chat loses anything by joining."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.store import cases, desk_rows, inbox
from bot.store.schema import (
    case_key,
    chat_code,
    chat_try,
    desk_row,
    file,
    handoff,
    message,
    session,
)
from bot.store.schema import cases as case_table
from bot.store.schema import inbox as inbox_table
from handlers import conversation
from handlers.codes import LETTERS, new_code, new_secret, read_code
from handlers.updates import Attachment, CoordinatorActed
from tests.engine import Engine, Wire, opened
from tests.player import Player

pytestmark = pytest.mark.usefixtures("both")

BEGIN = ("hello", "English", "yes", "I am the patient", "Ana Petrova")


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """The real conversation on two wires; Ann has begun a case on the first."""
    other = Wire(name="other")
    async with opened(tmp_path, others={"other": other}, script=conversation.advance) as engine:
        for text in BEGIN:
            await engine.hear(text)
            await settle(engine)
        yield engine


async def settle(engine: Engine) -> None:
    for _ in range(2):
        await engine.settle()


async def code_of(engine: Engine, who: str = "I will") -> str:
    for text in ("/continue", who):
        await engine.hear(text)
        await settle(engine)
    found = re.search(f"[{LETTERS}]{{4}} [{LETTERS}]{{4}}", engine.wire.texts("ann")[-1])
    assert found is not None
    return found[0]


async def write(engine: Engine, text: str, address: str = "zoe", **raw: Any) -> str:
    """Something arrives on the other wire; what is answered there last."""
    count = len(await engine.rows(inbox_table))
    await inbox.add(
        engine.db,
        channel="other",
        external_id=f"o{count}",
        address=address,
        raw={"id": f"o{count}", "from": address, "text": text, **raw},
        received_at=engine.clock(),
    )
    await settle(engine)
    said = engine.others["other"].texts(address)
    return said[-1] if said else ""


async def join(
    engine: Engine, code: str, *answers: str, then: Sequence[str] = (), address: str = "zoe"
) -> str:
    """Join by a code, saying who writes, agreeing, and `then` what is asked; what is said at last."""
    said = ""
    for text in (code, *(answers or ("I am the patient",)), "yes", *then):
        said = await write(engine, text, address)
    return said


#: What a helper says before the yes, and after it.
HELPER = ("English", "I help a patient")
WHO = ("Ivan Petrov", "Daughter or son")


async def chats(engine: Engine) -> dict[str, Any]:
    return {row.address: row for row in await engine.rows(session)}


async def test_a_code_joins_another_chat_to_the_case_and_leaves_no_case_behind(
    engine: Engine,
) -> None:
    said = await join(engine, await code_of(engine))
    assert "You are now in this case" in said
    assert "When were you born?" in said
    rows = await chats(engine)
    assert rows["zoe"].case_id == rows["ann"].case_id
    assert rows["zoe"].writer == "patient"
    assert len(await engine.rows(case_table)) == 1
    assert {row.case_id for row in await engine.rows(message)} == {rows["ann"].case_id}
    assert "Your code was used" in engine.wire.texts("ann")[-1]
    await write(engine, "12 April 1980")
    case = await cases.find(engine.db, rows["ann"].case_id)
    assert case is not None
    assert case.answer("birth_date") is not None


async def test_the_list_of_the_desk_forgets_the_case_that_a_chat_has_left(engine: Engine) -> None:
    """Its line would lead nowhere, and keep where the patient writes after an erasure."""
    for text in ("hello", "English", "yes"):
        await write(engine, text)
    await desk_rows.catch_up(engine.db, engine.catalog, "now")
    assert len(await engine.rows(desk_row)) == 2
    await join(engine, await code_of(engine))
    await desk_rows.catch_up(engine.db, engine.catalog, "now")
    listed = {row.case_id for row in await engine.rows(desk_row)}
    assert listed == {row.id for row in await engine.rows(case_table)}
    assert len(listed) == 1


async def test_the_codes_of_a_chat_end_with_the_case_that_it_leaves(engine: Engine) -> None:
    for text in ("hello", "English", "yes", "/continue"):
        await write(engine, text)
    found = re.search(f"[{LETTERS}]{{4}} [{LETTERS}]{{4}}", await write(engine, "I will"))
    assert found is not None
    await write(engine, "Go on here")
    await join(engine, await code_of(engine))
    assert "does not work" in await write(engine, found[0], "eve")


async def test_a_code_works_once(engine: Engine) -> None:
    code = await code_of(engine)
    await write(engine, code)
    assert "does not work" in await write(engine, code, "eve")


async def test_a_code_ends_after_a_quarter_of_an_hour(engine: Engine) -> None:
    code = await code_of(engine)
    engine.clock.move(15 * 60)
    assert "does not work" in await write(engine, code)
    assert await engine.rows(chat_code) == []


async def test_a_code_is_ended_by_asking_for_another(engine: Engine) -> None:
    code = await code_of(engine)
    await engine.hear("/continue")
    await settle(engine)
    assert await engine.rows(chat_code) == []
    assert "does not work" in await write(engine, code)


async def test_no_code_is_stored_in_clear_where_it_is_found_by(engine: Engine) -> None:
    code = await code_of(engine)
    (row,) = await engine.rows(chat_code)
    assert code.replace(" ", "") not in repr(row)


async def test_who_tries_codes_is_stopped_even_with_the_right_one(engine: Engine) -> None:
    code = await code_of(engine)
    for n in range(5):
        assert "does not work" in await write(engine, f"/continue WRONG{n}")
    assert "too many wrong codes" in await write(engine, code)
    engine.clock.move(2)
    assert "Your code works" in await write(engine, code, "zoe's other phone")


async def test_who_tries_codes_from_ever_new_chats_is_stopped(engine: Engine) -> None:
    code = await code_of(engine)
    for n in range(60):
        await write(engine, f"/continue WRONG{n}", f"robot {n}")
    assert "too many wrong codes" in await write(engine, code)
    engine.clock.move(61)
    assert "Your code works" in await write(engine, code)
    engine.clock.move(3600)
    await write(engine, "/continue WRONG", "robot")
    assert len(await engine.rows(chat_try)) == 1


async def test_a_chat_with_answers_of_its_own_keeps_them(engine: Engine) -> None:
    for text in BEGIN:
        await write(engine, text)
    before = (await chats(engine))["zoe"].case_id
    code = await code_of(engine)
    assert "I don't mix two cases" in await write(engine, code)
    assert (await chats(engine))["zoe"].case_id == before
    assert len(await engine.rows(chat_code)) == 1
    await write(engine, "/delete")
    await write(engine, "yes")
    assert "You are now in this case" in await join(engine, code)


async def test_a_chat_with_files_on_their_way_keeps_them(engine: Engine) -> None:
    for text in ("English", "yes"):
        await write(engine, text)
    engine.others["other"].files["scan"] = ConnectionError()
    await write(engine, "", files=["scan"])
    assert len(await engine.rows(file)) == 1
    assert "I don't mix two cases" in await write(engine, f"/continue {await code_of(engine)}")
    assert Attachment(fetch_ref="scan").fetch_ref in engine.others["other"].fetched


async def test_a_chat_can_not_join_its_own_case(engine: Engine) -> None:
    code = await code_of(engine)
    await engine.hear(code)
    await settle(engine)
    assert "is part of that case already" in engine.wire.texts("ann")[-1]
    assert "You are now in this case" in await join(engine, code)


async def test_what_was_sent_right_behind_the_yes_goes_to_the_new_case(engine: Engine) -> None:
    for text in (await code_of(engine), "I am the patient"):
        await write(engine, text)
    for n, text in enumerate(("yes", "12 April 1980")):
        await inbox.add(
            engine.db, channel="other", external_id=f"q{n}", address="zoe",
            raw={"id": f"q{n}", "from": "zoe", "text": text}, received_at=engine.clock(),
        )  # fmt: skip
    await settle(engine)
    rows = await chats(engine)
    assert {row.state for row in await engine.rows(inbox_table)} == {"done"}
    assert {row.case_id for row in await engine.rows(inbox_table)} == {rows["ann"].case_id}
    # It was written before the question was seen, so it is heard after "you are now in this case".
    texts = engine.others["other"].texts("zoe")
    assert sum("You are now in this case" in text for text in texts) == 1


async def test_a_person_who_was_asked_for_is_still_wanted_after_joining(engine: Engine) -> None:
    await write(engine, "human")
    assert len(await engine.rows(handoff)) >= 1
    await join(engine, await code_of(engine))
    case_id = (await chats(engine))["ann"].case_id
    assert {row.case_id for row in await engine.rows(handoff)} == {case_id}


async def test_coordinators_write_to_where_the_patient_wrote_last_and_not_to_the_helper(
    engine: Engine,
) -> None:
    await join(engine, await code_of(engine, "Somebody who helps"), *HELPER, then=WHO)
    assert (await chats(engine))["zoe"].writer == "helper"
    engine.clock.move(5)
    await write(engine, "12 April 1980")
    case_id = (await chats(engine))["ann"].case_id
    act = CoordinatorActed(action="message", coordinator="Li Wei", text="Good morning")
    await engine.db.write(lambda tx: inbox.add_update(tx, case_id=case_id, key="a", update=act))
    await settle(engine)
    assert "Good morning" in engine.wire.texts("ann")[-1]


async def test_erasing_the_case_in_one_chat_erases_it_in_all(engine: Engine) -> None:
    await join(engine, await code_of(engine))
    case_id = (await chats(engine))["ann"].case_id
    await write(engine, "/delete")
    await write(engine, "yes")
    assert "that this chat was part of is erased" in engine.wire.texts("ann")[-1]
    assert {row.body for row in await engine.rows(message) if row.id < 20} == {None}
    assert (await chats(engine))["ann"].case_id != case_id
    await engine.hear("hello")
    await settle(engine)
    assert "Which language" in engine.wire.texts("ann")[-1]


# ---- what was answered in another chat ---------------------------------------------------------


def test_a_file_that_is_read_while_the_review_stands_is_no_other_chat_s(player: Player) -> None:
    """What a chat's own turns change is not taken for another's: a yes is still a yes."""
    for text in BEGIN:
        player.say(text)
    for text in ("12 April 1980", "Kazakhstan", "A headache", "brain", "remote"):
        player.say(text)
    while player.session.step != "review":
        player.say("skip" if player.session.step != "translation" else "no")
    sheet = Attachment(fetch_ref=str(player.fixtures("lab_sheet.pdf")), filename="lab_sheet.pdf")
    player.hear(player._message(attachments=(sheet,)))
    assert len(player.case.records) == 1
    player.press("review:yes")
    assert player.case.submitted_at is not None


# ---- what a code looks like --------------------------------------------------------------------


def test_no_code_is_a_word_and_every_code_is_read_again() -> None:
    import itertools

    count = itertools.count()
    codes = {new_code(lambda: str(next(count))) for _ in range(2000)}
    assert len(codes) == 2000
    for code in codes:
        assert set(code) <= set(LETTERS)
        assert set(code) & set("3479")
        for typed in (code, f"{code[:4]} {code[4:]}", code.lower(), f"{code[:4]}-{code[4:]}"):
            assert read_code(typed) == read_code(f"/continue {typed}") == code


@pytest.mark.parametrize(
    "words", ["FERNANDA", "KATHARINA", "MARCH 1974", "12 April 1980", "/start", "/start hello", ""]
)
def test_a_name_and_a_date_are_no_codes(words: str) -> None:
    assert read_code(words) == ""


def test_a_link_s_secret_is_only_read_after_the_command() -> None:
    secret = new_secret(lambda: "x")
    assert read_code(f"/continue {secret}") == secret
    assert read_code(f"/start {secret}") == secret
    assert read_code(secret) == ""


async def test_an_erasure_destroys_the_key_of_the_case_from_which_a_chat_came_too(
    engine: Engine,
) -> None:
    """Backups hold what was said there before it joined, and are to forget that as well."""
    for text in ("hello", "English"):
        await write(engine, text)
    joined = (await chats(engine))["zoe"].case_id
    (theirs,) = await engine.rows(case_key, case_key.c.case_id == joined)
    await join(engine, await code_of(engine))
    assert (await chats(engine))["zoe"].case_id != joined
    # As yet nothing is lost: a backup from before can be restored.
    assert await engine.rows(case_key, case_key.c.key_id == theirs.key_id)
    for text in ("/delete", "yes"):
        await engine.hear(text)
        await settle(engine)
    assert not await engine.rows(case_key, case_key.c.key_id == theirs.key_id)
