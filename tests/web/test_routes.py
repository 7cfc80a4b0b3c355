"""Every address of the program's own router, asked by everybody: headers, and who is let in."""

from __future__ import annotations

import asyncio
import re

import pytest

from bot.web.pages import STATIC
from tests.web.asked import (
    DOCUMENT,
    EVERYBODY,
    PATIENTS,
    Answers,
    Asked,
    ask_everything,
    table,
)

TEMPLATES = STATIC.parent / "templates"

#: What every answer says, to everybody; a page may say less of itself, and never more.
ALWAYS = {
    "x-content-type-options": {"nosniff"},
    # Nothing to any other host. `no-referrer` would take away the `Origin` of our own forms.
    "referrer-policy": {"same-origin", "no-referrer"},
    "x-frame-options": {"DENY"},
    "cross-origin-opener-policy": {"same-origin"},
    "cross-origin-resource-policy": {"same-origin"},
    "strict-transport-security": {"max-age=31536000"},
    "x-robots-tag": {"noindex, nofollow"},
}
WITHOUT_PATIENTS = ("/static",)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Everything is asked once, for all tests here."""
    return asyncio.run(ask_everything(tmp_path_factory.mktemp("asked")))


def each(answers: Answers) -> list[tuple[Asked, tuple[str, str, str, int]]]:
    return [
        (one, (one.address.method, one.address.path, one.who, one.status))
        for one in (*answers.asked, *answers.odd)
    ]


def test_every_answer_to_everybody_has_the_headers(answers: Answers) -> None:
    """Also the pages for what isn't there, what isn't allowed, and errors of ours."""
    assert {one.status for one in answers.odd} >= {404, 405, 500}
    for one, told in each(answers):
        for name, values in ALWAYS.items():
            assert one.headers.get(name) in values, (told, name)


def test_no_answer_lets_a_page_run_or_load_anything_but_our_own_files(answers: Answers) -> None:
    ours = {"'none'", "'self'"}
    for one, told in each(answers):
        policy = {
            words[0]: set(words[1:])
            for part in one.headers["content-security-policy"].split(";")
            if (words := part.split())
        }
        assert policy["default-src"] == {"'none'"}, told
        assert policy["frame-ancestors"] == {"'none'"}, told
        assert all(values <= ours for values in policy.values()), told
        assert "sandbox" in policy or policy["base-uri"] == {"'none'"}, told


def test_no_answer_gives_a_page_the_camera_or_the_place(answers: Answers) -> None:
    for one, told in each(answers):
        for feature in ("camera", "microphone", "geolocation", "payment", "usb"):
            assert f"{feature}=()" in one.headers["permissions-policy"], told


def test_nothing_but_static_files_is_kept_by_a_browser_or_a_proxy(answers: Answers) -> None:
    for one, told in each(answers):
        if one.address.path.startswith(WITHOUT_PATIENTS) and one.status == 200:
            assert one.headers["cache-control"] == "public, max-age=31536000, immutable", told
        else:
            assert "no-store" in one.headers["cache-control"], told


def test_no_page_holds_a_script_or_a_style_of_its_own() -> None:
    """A policy without 'unsafe-inline' would not let them run."""
    inline = re.compile(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", re.I)
    found = [
        (path.name, hit[0])
        for path in TEMPLATES.glob("*.html")
        for hit in inline.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
    assert inline.search('<p onclick="x()">')
    assert inline.search("<script>x()</script>")
    assert not inline.search('<script src="/static/chat.js" defer></script>')


def test_cookies_are_kept_from_scripts_other_sites_and_plain_http(answers: Answers) -> None:
    given = [
        cookie.lower()
        for one, _told in each(answers)
        for cookie in one.headers.get_list("set-cookie")
        if "max-age=0" not in cookie.lower()
    ]
    assert given
    for cookie in given:
        assert {"httponly", "samesite=lax", "secure"} <= set(cookie.split("; ")), cookie


def test_no_cookie_is_ever_set_for_the_path_of_downloads(answers: Answers) -> None:
    """Nor for all addresses: each is confined to those that need it."""
    paths = {
        found[1]
        for one, _told in each(answers)
        for cookie in one.headers.get_list("set-cookie")
        if "max-age=0" not in cookie.lower()
        and (found := re.search(r"; path=([^;]*)", cookie, re.I))
    }
    assert paths >= {"/chat", "/send", "/upload"}
    assert all(path.count("/") == 1 and path not in ("/", "/saved") for path in paths), paths


# ---- who is let in -----------------------------------------------------------------------------


def test_every_address_answers_everybody_as_the_table_says(answers: Answers) -> None:
    """No address is without a line: `python -m tests.web.asked` writes them anew, to be read."""
    assert DOCUMENT.read_text(encoding="utf-8") == table(answers)
    assert {one.who for one in answers.asked} == set(EVERYBODY)


def test_no_patient_or_system_comes_in_at_the_desk(answers: Answers) -> None:
    for one, told in each(answers):
        if one.address.door is not None and one.who not in one.address.door:
            assert one.came_in in ("sign in", "no"), told
        if one.address.path.startswith("/desk/cases/") and one.who in PATIENTS:
            assert one.came_in == "sign in", told


def test_a_picture_is_for_the_patient_whose_it_is(answers: Answers) -> None:
    got = {
        one.who: one.status for one in answers.asked if one.address.path == "/pictures/{record_id}"
    }
    assert got == {who: 200 if who == "patient" else 404 for who in EVERYBODY}


def test_no_cookie_opens_the_api_and_no_token_the_pages(answers: Answers) -> None:
    for one, told in each(answers):
        path = one.address.path
        if path.startswith("/api/v1/cases") and not one.who.startswith("API"):
            assert one.status == 401, told
        if one.who.startswith("API") and one.address.door is not None:
            assert one.came_in == "sign in", told
