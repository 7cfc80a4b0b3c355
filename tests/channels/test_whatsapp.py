"""Sending through Twilio and fetching from it, over HTTP against the double."""

import logging
import tracemalloc
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import Blocked, Knocks, Named, Rejected, Releases, Rendered, Retry, Unknown
from bot.channels.fit import fit
from bot.channels.twilio_media import file_name
from bot.channels.whatsapp import CAPABILITIES, WhatsAppChannel
from bot.channels.whatsapp_inbox import StoredContacts
from bot.channels.whatsapp_templates import Template, check, news_name, wanted
from bot.paths import load_languages
from bot.store import deliveries
from bot.store.db import Database
from tests.channels.conftest import Phonebook, account
from tests.doubles.twilio import SENDER, TOKEN, Fault, TwilioDouble

ANA, BOB = "ana", "bob"
NUMBER = "whatsapp:+15550007001"


def reply(text: str = "Do you have it?", *labels: str, locale: str = "en") -> Rendered:
    choices = tuple((f"imaging:{n}:4", label) for n, label in enumerate(labels))
    return Rendered(step="imaging", turn=4, text=text, locale=locale, choices=choices)


@pytest.fixture
def templates(twilio: TwilioDouble) -> TwilioDouble:
    """An account in which the templates are set up."""
    for template in wanted(load_languages(), load_languages().offered):
        twilio.contents.append({"sid": twilio.sid("HX"), **template.body()})
    return twilio


# ---- sending -----------------------------------------------------------------------------------


async def test_words_arrive_from_our_sender_and_twilio_is_told_where_to_report(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    sent = await whatsapp.send(ANA, reply("It *is* safe."), "k1")
    (got,) = twilio.sent
    assert (got["sid"], got["from"], got["to"]) == (sent.external_id, SENDER, NUMBER)
    assert got["body"] == "It *is* safe."
    assert got["status_callback"] == "https://opinion.example/hooks/whatsapp/status"


async def test_somebody_without_a_number_is_answered_by_the_id_that_whatsapp_gave(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    await whatsapp.send(BOB, reply(), "k1")
    assert twilio.sent[0]["to"] == "whatsapp:DE.9001"


async def test_a_messaging_service_sends_in_place_of_a_sender(twilio: TwilioDouble) -> None:
    from dataclasses import replace

    service = "MG" + "0" * 32
    channel = WhatsAppChannel(replace(account(twilio), sender=service), Phonebook())
    await channel.send(ANA, reply(), "k1")
    await channel.close()
    assert f"MessagingServiceSid={service}".encode() in twilio.calls[-1].body
    assert b"From=" not in twilio.calls[-1].body


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (("Yes", "No"), "buttons"),
        (("Yes", "No", "Later"), "buttons"),
        (("Yes, I have the scans", "No"), "list"),
        (tuple(f"Answer {n}" for n in range(10)), "list"),
    ],
)
async def test_choices_come_as_buttons_or_as_a_list(
    whatsapp: WhatsAppChannel, templates: TwilioDouble, labels: tuple[str, ...], kind: str
) -> None:
    asked = reply("Do you have it?", *labels)
    assert fit(asked, whatsapp.capabilities) == (asked,)
    await whatsapp.send(ANA, asked, "k1")
    (got,) = templates.sent
    assert (got["kind"], got["body"]) == (kind, "Do you have it?")
    expected = [(label, f"imaging:{n}:4") for n, label in enumerate(labels)]
    assert [tuple(one) for one in got["choices"]] == expected


async def test_without_templates_choices_are_numbered_lines(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    await whatsapp.send(ANA, reply("Do you have it?", "Yes", "No"), "k1")
    assert twilio.sent[0]["body"] == "Do you have it?\n\n1. Yes\n2. No"


async def test_a_template_that_twilio_refuses_costs_the_buttons_and_not_the_words(
    whatsapp: WhatsAppChannel, templates: TwilioDouble
) -> None:
    templates.fail("send", 400, code=21656)
    await whatsapp.send(ANA, reply("Do you have it?", "Yes", "No"), "k1")
    assert [one["body"] for one in templates.sent] == ["Do you have it?\n\n1. Yes\n2. No"]


async def test_templates_that_cannot_be_asked_for_cost_the_buttons_and_not_the_words(
    whatsapp: WhatsAppChannel, templates: TwilioDouble
) -> None:
    templates.fail("contents", 503)
    await whatsapp.send(ANA, reply("Do you have it?", "Yes", "No"), "k1")
    assert templates.sent[0]["kind"] == "text"


def parts(text: str, *labels: str) -> list[tuple[str, int]]:
    return [(one.text, len(one.choices)) for one in fit(reply(text, *labels), CAPABILITIES)]


def test_only_the_last_paragraph_stands_over_buttons() -> None:
    """Twilio takes no line break in a template's variable."""
    assert parts("Thank you.\n\nOne more thing.\n\nDo you have it?", "Yes", "No") == [
        ("Thank you.\n\nOne more thing.", 0),
        ("Do you have it?", 2),
    ]
    assert parts("Do you have it?", "Yes", "No") == [("Do you have it?", 2)]


def test_a_last_paragraph_of_several_lines_has_numbered_lines_under_it() -> None:
    assert parts("I have:\n• CT\n• MR", "Right", "Wrong") == [
        ("I have:\n• CT\n• MR\n\n1. Right\n2. Wrong", 0)
    ]


def test_a_long_question_is_cut_at_a_sentence_so_that_its_end_has_buttons() -> None:
    *before, (last, buttons) = parts("It is a long story. " * 90 + "Do you have it?", "Yes", "No")
    assert buttons == 2
    assert last.endswith("Do you have it?")
    assert len(last) <= 1024
    assert all(len(text) <= 1600 and text.endswith("story.") for text, _ in before)


def test_what_is_too_much_for_a_list_is_numbered_lines() -> None:
    eleven = [f"Answer {n}" for n in range(11)]
    assert parts("Which?", *eleven)[-1][0].endswith("11. Answer 10")
    assert parts("Which?", "A label of twenty-five ..", "No")[-1][1] == 0


async def test_words_of_every_kind_of_prompt_fit(
    whatsapp: WhatsAppChannel, templates: TwilioDouble
) -> None:
    asked = reply("Thank you.\n\n" + "They are long words. " * 200 + "Is it?", "Yes", "No")
    for n, part in enumerate(fit(asked, whatsapp.capabilities)):
        await whatsapp.send(ANA, part, f"k.{n}")
    assert templates.sent[-1]["kind"] == "buttons"
    assert all(len(one["body"]) <= 1600 for one in templates.sent)


# ---- what goes wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "expected", "reason"),
    [
        (429, 20429, Retry, "twilio_too_many"),
        (400, 63018, Retry, "twilio_too_many"),
        (401, 20003, Retry, "TWILIO_AUTH_TOKEN"),
        (400, 21610, Blocked, "twilio_21610"),
        (400, 63033, Blocked, "twilio_63033"),
        (400, 63014, Blocked, "twilio_63014"),
        (400, 21211, Blocked, "twilio_21211"),
        (400, 63003, Blocked, "twilio_63003"),
        (400, 63024, Blocked, "twilio_63024"),
        (400, 63016, Rejected, "outside_window"),
        (400, 63013, Rejected, "twilio_63013"),
        (400, 63032, Rejected, "twilio_63032"),
        (400, 63049, Rejected, "twilio_63049"),
        (400, 63015, Rejected, "twilio_63015"),
        (400, 21617, Rejected, "twilio_21617"),
        (404, 20404, Rejected, "twilio_20404"),
        (500, 20500, Unknown, "twilio_500"),
        (503, 0, Unknown, "twilio_503"),
    ],
)
async def test_a_refusal_says_what_it_means_for_the_message(
    whatsapp: WhatsAppChannel,
    twilio: TwilioDouble,
    status: int,
    code: int,
    expected: type[Exception],
    reason: str,
) -> None:
    twilio.fail("send", status, code=code)
    with pytest.raises(expected) as failure:
        await whatsapp.send(ANA, reply(), "k1")
    assert reason in str(failure.value)
    assert twilio.sent == []


async def test_a_post_is_never_repeated_by_itself(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    twilio.fail("send", 503)
    with pytest.raises(Unknown):
        await whatsapp.send(ANA, reply(), "k1")
    assert [call.method for call in twilio.calls].count("POST") == 1


@pytest.mark.parametrize("fault", [{"delay": 3.0}, {"status": 502}])
async def test_a_message_without_an_answer_is_looked_for_and_not_sent_twice(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble, fault: dict[str, Any]
) -> None:
    twilio.fail("send", delivered=True, **fault)
    sent = await whatsapp.send(ANA, reply(), "k1")
    assert [one["sid"] for one in twilio.sent] == [sent.external_id]


async def test_the_same_words_said_before_are_no_answer_to_what_became_of_them(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    await whatsapp.send(ANA, reply(), "k1")
    twilio.fail("send", 503)
    with pytest.raises(Unknown):
        await whatsapp.send(ANA, reply(), "k2")


async def test_nor_are_those_that_another_process_or_an_earlier_one_has_said(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    said = await whatsapp.send(ANA, reply(), "k1")
    afterwards = WhatsAppChannel(account(twilio), Phonebook(said.external_id), look=0.05)
    twilio.fail("send", 503)
    with pytest.raises(Unknown):
        await afterwards.send(ANA, reply(), "k2")
    await afterwards.close()


async def test_what_the_store_knows_as_sent_is_known(tmp_path: Path) -> None:
    async with await Database.open(tmp_path / "core.db") as db:
        store, sent = StoredContacts(db), partial(deliveries.sent, channel="whatsapp", at=1.0)
        await db.write(partial(sent, external_ids=["SM1"], message_id=1))
        # Twilio's report of it can come before the answer to the post.
        told = partial(deliveries.note, channel="whatsapp", state="sent", code="", at=1.0)
        await db.write(partial(told, external_id="SM2"))
        known = [await store.was_sent(sid) for sid in ("SM1", "SM2", "SM3")]
    assert known == [True, False, False]


async def test_the_time_out_is_real(whatsapp: WhatsAppChannel, twilio: TwilioDouble) -> None:
    twilio.fail("send", delay=30.0)
    twilio.fail("list", 503)
    begin = datetime.now(UTC)
    with pytest.raises(Unknown):
        await whatsapp.send(ANA, reply(), "k1")
    assert datetime.now(UTC) - begin < timedelta(seconds=5)


async def test_a_message_that_never_left_is_tried_again(twilio: TwilioDouble) -> None:
    from dataclasses import replace

    channel = WhatsAppChannel(replace(account(twilio), api_url="http://127.0.0.1:9"), Phonebook())
    with pytest.raises(Retry):
        await channel.send(ANA, reply(), "k1")
    await channel.close()


async def test_what_twilio_would_refuse_is_refused_before_it_is_sent(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    for refused in (reply("a" * 1601), reply(" \n"), reply("a" * 1025, "Yes")):
        with pytest.raises(Rejected):
            await whatsapp.send(ANA, refused, "k1")
    with pytest.raises(Blocked):
        await whatsapp.send("nobody", reply(), "k1")
    assert twilio.calls == []


async def test_a_knock_is_the_approved_words_in_the_patients_language(
    whatsapp: WhatsAppChannel, templates: TwilioDouble
) -> None:
    assert isinstance(whatsapp, Knocks)  # that is how the outbox knows
    await whatsapp.knock(ANA, "ru", "k1")
    named = {one["friendly_name"]: one for one in templates.contents}
    expected = named[news_name("ru")]["types"]["twilio/text"]["body"]
    assert templates.sent[0]["body"] == expected
    assert b"Body=" not in templates.calls[-1].body


async def test_a_knock_without_its_template_is_rejected_with_that_reason(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    with pytest.raises(Rejected, match="no_template"):
        await whatsapp.knock(ANA, "ru", "k1")


def test_a_template_whose_words_are_too_long_is_refused_by_name() -> None:
    long = Template(
        name="t1",
        language="en",
        types={
            "twilio/quick-reply": {
                "body": "?",
                "actions": [{"type": "QUICK_REPLY", "title": "A title of twenty-one", "id": "1"}],
            }
        },
        variables={},
    )
    with pytest.raises(ValueError, match="t1: the title of twilio/quick-reply has 21 letters"):
        check(long)


# ---- fetching ----------------------------------------------------------------------------------


def attached(whatsapp: WhatsAppChannel, form: dict[str, str]) -> str:
    said = whatsapp.parse({"contact": ANA, "form": form}, datetime(2026, 6, 1, tzinfo=UTC))
    assert said is not None
    return said.attachments[0].fetch_ref


async def fetched(whatsapp: WhatsAppChannel, ref: str) -> bytes:
    return b"".join([piece async for piece in whatsapp.fetch(ref)])


async def test_a_file_arrives_byte_for_byte_with_its_name(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    body = bytes(range(256)) * 5_000
    ref = attached(whatsapp, twilio.inbound_file(body, name="Bericht März.pdf"))
    coming = whatsapp.fetch(ref)
    assert b"".join([piece async for piece in coming]) == body
    assert isinstance(coming, Named)
    assert coming.name == "Bericht März.pdf"


async def test_the_login_goes_to_twilio_and_not_to_where_the_file_lies(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    await fetched(whatsapp, attached(whatsapp, twilio.inbound_file(b"abc")))
    (headers,) = twilio.cdn_headers
    assert "Authorization" in twilio.calls[-1].headers
    assert "authorization" not in {name.lower() for name in headers}


@pytest.mark.parametrize(
    "elsewhere",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://media.twiliocdn.com.evil.example/AC1/1",
        "https://evil.example/media.twiliocdn.com/AC1/1",
        "file:///etc/passwd",
    ],
)
async def test_a_redirect_leads_to_twilios_hosts_or_nowhere(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble, elsewhere: str
) -> None:
    twilio.redirect_to = elsewhere
    with pytest.raises(Rejected, match="elsewhere"):
        await fetched(whatsapp, attached(whatsapp, twilio.inbound_file(b"abc")))


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("https://media.twiliocdn.com/AC1/1?x-amz=1", True),
        ("https://mms.twiliocdn.com/AC1/1", True),
        ("https://s3-external-1.amazonaws.com/media.twiliocdn.com/AC1/1", True),
        ("https://s3-external-1.amazonaws.com/another.bucket/AC1/1", False),
        ("http://media.twiliocdn.com/AC1/1", False),
        ("https://media.twiliocdn.com:8443/AC1/1", False),
        ("https://ana@media.twiliocdn.com/AC1/1", False),
        ("https://twiliocdn.com.evil.example/AC1/1", False),
        ("https://127.0.0.1/AC1/1", False),
    ],
)
async def test_the_hosts_of_the_real_twilio_are_known_ones(
    twilio: TwilioDouble, url: str, known: bool
) -> None:
    from bot.channels.twilio_media import TwilioMedia

    media = TwilioMedia("https://api.twilio.com", ("AC1", "t"), timeout=1)
    if known:
        media._check(url, first=False)
    else:
        with pytest.raises(Rejected):
            media._check(url, first=False)
    with pytest.raises(Rejected):
        media._check(url, first=True)
    await media.aclose()


async def test_what_is_no_file_at_twilio_is_not_asked_for(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    for ref in ("http://169.254.169.254/latest", "https://evil.example/Media/ME1", "ME1"):
        with pytest.raises(Rejected, match="elsewhere"):
            await fetched(whatsapp, ref)
    assert twilio.calls == []


async def test_a_large_file_is_never_held_in_memory(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    ref = attached(whatsapp, twilio.inbound_file(None, size=16_000_000))
    total = 0
    tracemalloc.start()
    async for piece in whatsapp.fetch(ref):
        total += len(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 16_000_000
    assert peak < 4_000_000  # Of which the double, in the same process, has its share.


async def test_a_file_that_is_too_large_is_refused_before_its_bytes_come(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    ref = attached(whatsapp, twilio.inbound_file(None, size=101 * 1024 * 1024))
    with pytest.raises(Rejected, match="too_large"):
        await fetched(whatsapp, ref)
    assert twilio.served < 20_000_000  # What fits into the buffers on the way.


@pytest.mark.parametrize(
    ("what", "fault"),
    [
        ("media", {"status": 429}),
        ("media", {"status": 500}),
        ("file", {"status": 503}),
        ("file", {"cut": True}),
    ],
)
async def test_a_download_that_breaks_can_be_started_again(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble, what: str, fault: dict[str, Any]
) -> None:
    body = bytes(1_000_000)
    ref = attached(whatsapp, twilio.inbound_file(body))
    twilio.fail(what, **fault)
    with pytest.raises(Retry):
        await fetched(whatsapp, ref)
    assert await fetched(whatsapp, ref) == body


async def test_a_file_is_deleted_at_twilio_once_and_that_may_be_asked_twice(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    assert isinstance(whatsapp, Releases)  # that is how the jobs know
    ref = attached(whatsapp, twilio.inbound_file(b"abc"))
    (sid,) = twilio.files
    twilio.fail("delete", 503)
    with pytest.raises(Retry):
        await whatsapp.release(ref)
    await whatsapp.release(ref)
    await whatsapp.release(ref)
    assert twilio.deleted == [sid]
    with pytest.raises(Rejected, match="gone"):
        await fetched(whatsapp, ref)


async def test_a_password_is_taken_out_of_the_message_at_twilio(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    form = twilio.inbound("hunter2")
    await whatsapp.unsay(ANA, form["MessageSid"])
    assert twilio.messages[form["MessageSid"]]["body"] == ""
    await whatsapp.unsay(ANA, "SM" + "f" * 32)  # deleted meanwhile, and of no interest


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="ct.zip"', "ct.zip"),
        ("attachment; filename=ct.zip", "ct.zip"),
        ("attachment; filename*=UTF-8''%D0%A1%D0%BD%D0%B8%D0%BC%D0%BE%D0%BA.pdf", "Снимок.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('inline; filename="C:\\\\scans\\\\ct.zip"', "ct.zip"),
        ('attachment; filename="a\x00b.pdf"', "ab.pdf"),
        ("inline", ""),
        ("", ""),
        (";;;=", ""),
    ],
)
def test_a_files_name_is_its_own_and_no_path(disposition: str, name: str) -> None:
    assert file_name(disposition) == name


# ---- what was missed ---------------------------------------------------------------------------


async def test_the_list_tells_what_patients_wrote_oldest_first_with_their_files(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    first, second = twilio.inbound("one"), twilio.inbound_file(b"abc", words="two")
    await whatsapp.send(ANA, reply(), "k1")
    since = datetime.now(UTC) - timedelta(hours=1)
    listed = [one async for one in whatsapp.missed(since)]
    assert listed[0].external_id == first["MessageSid"]
    forms = [await one.form() for one in listed]
    assert [form["Body"] for form in forms] == ["one", "two"]
    assert forms[0]["MessageSid"] == first["MessageSid"]
    assert attached(whatsapp, forms[1]) == second["MediaUrl0"].replace(
        "https://api.twilio.com", twilio.url
    )
    assert await fetched(whatsapp, attached(whatsapp, forms[1])) == b"abc"


async def test_the_list_is_read_to_its_end_though_each_page_fails_at_first(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    for n in range(2_100):
        twilio.inbound(str(n))
    asked: list[str] = []

    def every_second(what: str) -> Fault | None:
        asked.append(what)
        return Fault(what=what, status=503) if len(asked) % 2 else None

    twilio.chance = every_second
    listed = [one async for one in whatsapp.missed(datetime.now(UTC) - timedelta(hours=1))]
    assert len({one.external_id for one in listed}) == 2_100
    assert asked == ["list"] * 6


async def test_a_message_that_was_deleted_meanwhile_stops_no_other(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    twilio.inbound_file(b"abc", words="one")
    twilio.inbound("two")
    twilio.fail("medialist", 404, code=20404)
    listed = [one async for one in whatsapp.missed(datetime.now(UTC) - timedelta(hours=1))]
    assert [(await one.form())["Body"] for one in listed] == ["one", "two"]
    for _ in range(3):
        twilio.fail("medialist", 503)
    with pytest.raises(Retry):
        await listed[0].form()


async def test_nothing_is_asked_of_a_file_that_is_only_listed(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    """Most that is listed was told by the webhook: to ask for each file again would never end."""
    for _ in range(3):
        twilio.inbound_file(b"abc")
    assert len([one async for one in whatsapp.missed(datetime.now(UTC) - timedelta(hours=1))]) == 3
    assert [call.path.rpartition("/")[2] for call in twilio.calls] == ["Messages.json"]


async def test_a_list_that_cannot_be_had_is_asked_for_again(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble
) -> None:
    for _ in range(3):
        twilio.fail("list", 503)
    with pytest.raises(Retry):
        [one async for one in whatsapp.missed(datetime.now(UTC))]


# ---- what stays out of logs and errors ---------------------------------------------------------


async def test_neither_token_nor_number_nor_words_are_in_a_log_or_an_error(
    whatsapp: WhatsAppChannel, twilio: TwilioDouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    errors = [repr(whatsapp.account)]
    for fault in ({"status": 400, "code": 21211}, {"status": 503}, {"delay": 2.0}):
        twilio.fail("send", **fault)
        with pytest.raises((Blocked, Unknown)) as failure:
            await whatsapp.send(ANA, reply("a secret word"), "k1")
        errors.append(repr(failure.value))
    await whatsapp.send(ANA, reply("a secret word"), "k1")
    await fetched(whatsapp, attached(whatsapp, twilio.inbound_file(b"abc")))
    written = caplog.text + "".join(errors)
    for secret in (TOKEN, "5550007001", "secret word"):
        assert secret not in written
