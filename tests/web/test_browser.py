"""The chat page in a real browser against the real program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.web.phone import IN_EVERY_LIGHT, Phone, past, slow_down, text_file
from tests.web.program import Program, program

pytestmark = pytest.mark.browser


# ---- the conversation --------------------------------------------------------------------------


def test_the_conversation_is_live(phone: Phone) -> None:
    """Buttons and words go out, answers come in, the newest is in view, no page is loaded anew."""
    phone.page.evaluate("window.samePage = true")
    phone.begin()
    phone.press("I am the patient")
    phone.say("Peter <b>Ivanov</b>")
    assert phone.sees(phone.log().last)
    assert phone.log("you").all_inner_texts()[-1].splitlines()[1] == "Peter <b>Ivanov</b>"
    expect(phone.page.locator("#text")).to_be_focused()
    expect(phone.page.locator("#typing")).to_be_hidden()
    assert phone.page.evaluate("window.samePage")


def test_the_live_page_and_the_page_loaded_anew_are_the_same(phone: Phone) -> None:
    """Two ways to build a bubble, one result."""

    def log() -> str:
        return re.sub(
            ' class="(\\w+) new"', r' class="\1"', phone.page.locator("#log").inner_html()
        )

    phone.begin()
    phone.page.locator("#files").set_input_files([text_file("a b.txt", b"x" * 5000)])
    expect(phone.page.locator("#log li[data-id] .files")).to_have_count(1)
    expect(phone.log("assistant").last).to_contain_text("a b.txt")
    phone.page.locator(".menu summary").click()
    phone.page.get_by_role("button", name="Help", exact=True).click()
    expect(phone.page.locator("#log > ol > li:not([data-id])")).to_have_count(0)
    expect(phone.page.locator("#typing")).to_be_hidden()
    live, choices = log(), phone.page.locator("#choices form").inner_text()
    phone.page.reload()
    assert log() == live
    assert phone.page.locator("#choices form").inner_text() == choices


def test_the_beginning_of_a_long_answer_is_in_view(phone: Phone) -> None:
    """Nobody should have to scroll up to start reading."""
    expect(phone.log("assistant")).to_have_count(1)
    phone.press("English")
    top = phone.log().last.evaluate("(node) => node.getBoundingClientRect().top")
    head = phone.page.locator(".top").evaluate("(node) => node.getBoundingClientRect().bottom")
    assert head <= top <= head + 40


def test_an_answer_with_many_choices_is_in_view(phone: Phone) -> None:
    """The choices make the page longer before the answer is shown; nobody has read further up."""
    phone.begin()
    phone.press("I am the patient")
    for answer in ("Anna", "12 April 1980", "Russia", "My head hurts."):
        phone.say(answer)
    expect(phone.page.locator("#choices button")).to_have_count(8)
    assert phone.sees(phone.log().last)
    expect(phone.page.locator("#jump")).to_be_hidden()


def test_a_reader_further_up_is_not_pulled_down(phone: Phone) -> None:
    """What is new is announced by a button instead."""
    phone.begin()
    phone.press("I am the patient")
    for answer in ("Anna", "12 April 1980", "Russia"):
        phone.say(answer)
    other = phone.open()
    phone.page.bring_to_front()
    phone.page.evaluate("scrollTo(0, 0)")
    other.locator("#text").fill("from another tab")
    other.locator(".send").click()
    expect(phone.page.locator("#jump")).to_be_visible()
    assert phone.page.evaluate("scrollY") == 0
    phone.page.locator("#jump").click()
    expect(phone.page.locator("#jump")).to_be_hidden()
    assert phone.page.evaluate("scrollY") > 0


#: Whether the button for what is new lies over a button or over words, at any place of the page.
COVERED = """async () => {
    const jump = document.querySelector("#jump");
    const over = [];
    for (let at = 0; at <= document.documentElement.scrollHeight; at += 30) {
        scrollTo(0, at);
        await new Promise(requestAnimationFrame);
        const mine = jump.getBoundingClientRect();
        if (!mine.height) continue;
        const x = (mine.left + mine.right) / 2;
        // What would be touched there, were the button not: nothing of the page's own.
        jump.style.visibility = "hidden";
        for (const y of [mine.top + 2, (mine.top + mine.bottom) / 2, mine.bottom - 2])
            if (document.elementFromPoint(x, y)?.closest("main")) over.push([at, y]);
        jump.style.visibility = "";
    }
    return over;
}"""


@pytest.mark.parametrize(
    ("language", "label"), [("Русский", "Да, стереть всё"), ("العربية", "نعم، امحُ كل شيء")]
)
def test_the_button_for_what_is_new_covers_no_button_and_no_words(
    phone: Phone, language: str, label: str
) -> None:
    phone.begin(language)
    phone.page.locator("#choices button").first.click()
    expect(phone.page.locator("#typing")).to_be_hidden()
    other = phone.open()
    phone.page.bring_to_front()
    phone.page.evaluate("scrollTo(0, 0)")
    other.locator("#text").fill("/delete")
    other.locator(".send").click()
    expect(phone.page.locator("#jump")).to_be_visible()
    assert phone.page.evaluate(COVERED) == []
    # Whoever has scrolled down by hand has seen it, and the button has nothing more to say.
    phone.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(phone.page.locator("#jump")).to_be_hidden()
    answers = phone.page.locator("#choices button")
    assert all(phone.sees(answers.nth(n)) for n in range(answers.count()))
    answers.first.click(trial=True)
    assert answers.first.inner_text() == label


def test_another_language_turns_the_page_at_once(phone: Phone) -> None:
    """Its direction and all its words, without loading it anew."""
    expect(phone.log("assistant")).to_have_count(1)
    phone.press("العربية")
    page = phone.page
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    head, name = page.locator(".emergency"), page.locator(".name")
    assert head.bounding_box()["x"] < name.bounding_box()["x"]  # type: ignore[index]
    live = page.locator("header").inner_text()
    page.reload()
    assert page.locator("header").inner_text() == live


def test_emergency_is_one_tap_away(phone: Phone) -> None:
    """In the head of the page, whatever is being asked."""
    phone.begin()
    answers = phone.log("assistant").count()
    phone.page.locator(".emergency button").click()
    expect(phone.log("assistant")).to_have_count(answers + 1)
    expect(phone.page.locator(".emergency button")).to_be_in_viewport(ratio=1)


def test_the_page_is_used_with_a_keyboard(phone: Phone) -> None:
    """Skip link, menu, Escape, Enter, and a line break with Shift."""
    phone.begin()
    page = phone.page
    page.reload()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.locator(".menu summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Privacy")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Privacy")).to_be_hidden()
    expect(page.locator(".menu summary")).to_be_focused()
    page.locator("#text").focus()
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    expect(phone.log("you").last).to_contain_text("one\ntwo")


def test_a_press_on_a_button_leaves_the_reader_where_the_answers_are(phone: Phone) -> None:
    """The pressed button is gone; whoever reads by ear must not be thrown to the top."""
    expect(phone.log("assistant")).to_have_count(1)
    phone.page.locator("#choices button").first.focus()
    phone.page.keyboard.press("Enter")
    expect(phone.log("assistant")).to_have_count(2)
    assert phone.page.evaluate("document.activeElement.id") in ("choices", "text", "")


# ---- without scripts ---------------------------------------------------------------------------


def test_everything_works_without_scripts(chromium: Browser, alive: Program) -> None:
    """Buttons, words, files and the menu are plain forms."""
    phone = Phone(chromium, alive.address, java_script_enabled=False)
    page = phone.page
    # A press doesn't wait for the page that it leads to: the answer must be there before the next.
    page.get_by_role("button", name="English").click()
    expect(phone.log("assistant").last).to_contain_text("May I keep your records")
    page.locator("#choices button").first.click()
    page.get_by_role("button", name="I am the patient").click()
    expect(phone.log("assistant").last).to_contain_text("full name")
    page.locator("#text").fill("Peter Ivanov")
    page.locator(".send").click()
    expect(phone.log("you").last).to_contain_text("Peter Ivanov")
    page.locator("#files").set_input_files([text_file("letter.txt", b"Dear colleague")])
    page.locator(".send").click()
    expect(phone.log("assistant").last).to_contain_text("letter.txt")
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Help", exact=True).click()
    expect(phone.log("you").last).to_contain_text("Help")
    page.locator(".emergency button").click()
    expect(phone.log("you").last).to_contain_text("Emergency")
    phone.close()


# ---- for everybody -----------------------------------------------------------------------------


@pytest.mark.parametrize(("locale", "scheme"), IN_EVERY_LIGHT)
def test_the_page_is_open_to_everybody(
    chromium: Browser, alive: Program, locale: str, scheme: str
) -> None:
    """axe in every language, light and dark: the question, an answer, a file, the menu, trouble."""
    phone = Phone(chromium, alive.address, locale=locale, color_scheme=scheme, bypass_csp=True)
    page = phone.page
    expect(phone.log("assistant")).to_have_count(1)
    phone.check_access()
    page.locator(f"#choices button[value^='language:{locale}:']").click()
    expect(phone.log("assistant")).to_have_count(2)
    page.locator("#choices button").first.click()
    expect(phone.log("assistant")).to_have_count(3)
    page.locator("#files").set_input_files(
        [
            text_file("снимок مرحبا 1.txt", b"x" * 2000),
            text_file("empty.txt", b""),
        ]
    )
    expect(page.locator("#notice")).to_contain_text("empty.txt")
    expect(phone.log("assistant")).to_have_count(4)
    page.locator(".menu summary").click()
    phone.check_access()
    page.goto(f"{alive.address}/nowhere")
    phone.check_access()
    phone.complaints.clear()
    phone.close()


@pytest.mark.parametrize(
    ("width", "height"), [(320, 256), (180, 370), (360, 300), (740, 360), (1280, 800)]
)
def test_the_page_fits_every_screen(
    chromium: Browser, alive: Program, width: int, height: int
) -> None:
    """Small, enlarged to 200 %, with a keyboard open, on its side, at a desk."""
    phone = Phone(
        chromium, alive.address, viewport={"width": width, "height": height}, bypass_csp=True
    )
    phone.begin()
    phone.check_access()
    emergency = phone.page.locator(".emergency button").bounding_box()
    assert emergency is not None
    assert emergency["y"] >= 0
    assert emergency["y"] + emergency["height"] <= height
    phone.page.locator("#text").scroll_into_view_if_needed()
    phone.write("It fits")
    expect(phone.log("you").last).to_contain_text("It fits")
    phone.close()


# ---- files -------------------------------------------------------------------------------------


def test_files_wait_in_the_browser_until_the_patient_agrees(phone: Phone) -> None:
    """What is not to be kept yet doesn't leave the phone, and need not be chosen twice."""
    sent: list[str] = []
    phone.page.on("request", lambda request: sent.append(request.method))
    expect(phone.log("assistant")).to_have_count(1)
    phone.page.locator("#files").set_input_files([text_file("letter.txt", b"Dear colleague")])
    expect(phone.log("you").last).to_contain_text("as soon as you agree")
    assert "POST" not in sent
    phone.press("English")
    phone.say("my mother has a tumor")
    expect(phone.log("you").filter(has_text="not kept")).to_have_count(1)
    expect(phone.page.get_by_text("my mother has a tumor")).to_have_count(0)
    expect(phone.log("you").filter(has_text="as soon as you agree")).to_have_count(1)
    phone.page.locator("#choices").get_by_role("button", name="Yes, I agree").click()
    expect(phone.log("assistant").filter(has_text="I have received 1 file")).to_have_count(1)
    expect(phone.page.get_by_text("as soon as you agree")).to_have_count(0)


def test_several_files_are_one_message_and_one_receipt(phone: Phone) -> None:
    """However many are chosen at once."""
    phone.begin()
    letters = [text_file(f"letter{n}.txt", b"Dear %d" % n) for n in range(6)]
    phone.page.locator("#files").set_input_files(letters)
    receipt = phone.log("assistant").filter(has_text="letter5.txt")
    expect(receipt).to_have_count(1)
    expect(phone.page.locator("#log .you .files")).to_have_count(1)
    expect(phone.page.locator("#log .you .files li")).to_have_count(6)


def test_a_large_file_shows_how_far_it_is_and_can_be_stopped(phone: Phone, tmp_path: Path) -> None:
    """And is offered again afterwards."""
    phone.begin()
    path = tmp_path / "disc.zip"
    path.write_bytes(b"x" * 20_000_000)
    # So slow that it can be stopped in time on a busy machine too.
    slow_down(phone, 400_000)
    page = phone.page
    page.locator("#files").set_input_files(path)
    bar = page.locator("#log progress")
    expect(bar).to_be_visible()
    past(bar, 5)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#log progress")).to_have_count(0)


def test_what_is_too_large_is_said_before_it_is_sent(chromium: Browser, tmp_path: Path) -> None:
    """On a slow network it would be an hour lost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAX_FILE_BYTES", "1000000")
        with program(tmp_path) as small:
            phone = Phone(chromium, small.address)
            phone.begin()
            path = tmp_path / "disc.iso"
            path.write_bytes(b"x" * 1_000_001)
            phone.page.locator("#files").set_input_files(path)
            notice = phone.page.locator("#notice")
            expect(notice).to_contain_text("disc.iso")
            expect(notice).to_contain_text("1 MB")
            assert phone.page.locator("#log progress").count() == 0
            phone.close()


def test_the_number_of_the_patients_country_is_one_tap_away_at_once(phone: Phone) -> None:
    """Before a country is known the line says so; when it is told, the page need not be loaded anew."""
    call = phone.page.locator(".urgent a")
    expect(call).to_have_attribute("href", "tel:112")
    phone.begin()
    phone.press("I am the patient")
    for words in ("Ana Petrova", "12 April 1980", "Kazakhstan"):
        phone.say(words)
    expect(call).to_have_attribute("href", "tel:103")
    expect(call).to_contain_text("103")
    expect(call).to_be_in_viewport(ratio=1)
    phone.page.reload()
    expect(call).to_have_attribute("href", "tel:103")
