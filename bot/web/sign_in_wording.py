"""What the pages say on the way into the desk, and the page of one's own account."""

from __future__ import annotations

from collections.abc import Mapping

from bot.store.coordinators import Role
from bot.store.desk_sessions import Way
from checklist.text import Text, _, _c

SIGN_IN: Mapping[str, Text] = {
    "who": _("Your e-mail address, Telegram number or name"),
    "who_why": _(
        "If you work at this desk, a sign-in link comes to your own Telegram or e-mail. "
        "It works once, for 15 minutes."
    ),
    "send_link": _c("button", "Send me a link"),
    "asked_title": _("Look into your Telegram or e-mail"),
    "asked": _(
        "If somebody at this desk is known by what you wrote, a link is on its way. "
        "None after two minutes? Ask your lead, or who runs the assistant."
    ),
    "by_provider": _c("desk", "Sign in with {provider}", provider="{provider}"),
    "or": _("or"),
    "own_title": _("Sign in to the desk"),
    "own": _("You sign in as {name}.", name="{name}"),
    "another": _c("button", "Ask for another link"),
    "used_why": _("A link works once and for a short time. Ask for another one."),
    "code_title": _("One more step"),
    "code": _("Code of your authenticator app"),
    "code_why": _(
        "Six digits. If you have lost the app, enter one of your recovery codes. "
        "If you have none, ask who runs the assistant."
    ),
    "code_wrong": _("This code is not right. Wait for the next one and try again."),
    "code_send": _c("button", "Go on"),
    "provider_title": _("Signing in did not work"),
    "provider": _(
        "The sign-in of your organisation did not answer as it should. Try again. "
        "If it happens again, tell who runs the assistant: the reason is in its log."
    ),
    "unknown_title": _("You are not on the list of this desk"),
    "unknown": _(
        "Your organisation knows you, but nobody has let you in here yet. "
        "Ask your lead or who runs the assistant. They need the e-mail address of your account."
    ),
    "try_again": _c("button", "Try again"),
}

ACCOUNT: Mapping[str, Text] = {
    "account": _("My account"),
    "roles": _("Roles"),
    "sessions": _("Where you are signed in"),
    "sessions_of_all": _("Who is signed in"),
    "this_one": _("this browser"),
    "since": _("since"),
    "seen": _("last seen"),
    "end": _c("button", "Sign out there"),
    "end_others": _c("desk", "Sign out everywhere else"),
    "ended": _("Signed out there."),
    "second": _("Second factor"),
    "second_on": _("On. You are asked for a code of your app when you sign in."),
    "second_left": _("Recovery codes left: {left}", left="{left}"),
    "second_off": _(
        "Off. With an authenticator app on your phone, a stolen link is of no use to anybody."
    ),
    "second_needed": _("This desk asks everybody for a second factor. Set it to go on."),
    "second_scan": _("Scan this with an authenticator app, or type the key into it:"),
    "second_code": _("The code that the app shows"),
    "second_set": _c("button", "Turn on"),
    "second_wrong": _("This code is not right. Wait for the next one and try again."),
    "second_forget": _c("button", "Turn off"),
    "second_forget_code": _("A code of the app, or a recovery code"),
    "second_done": _("The second factor is on."),
    "recovery": _("Recovery codes"),
    "recovery_why": _(
        "Each works once in place of a code of the app. Write them down now and keep them safe: "
        "they are not shown again."
    ),
    "second_elsewhere": _("Your way in has no second factor here."),
    "colleagues": _("Who works here"),
    "nobody_yet": _("Nobody is on the list yet. They are let in on the command line: {command}"),
    "no_way": _("no way to send a link"),
}

ROLE: Mapping[Role, Text] = {
    "coordinator": _c("role", "Coordinator"),
    "translator": _c("role", "Translator"),
    "lead": _c("role", "Lead"),
}

WAY: Mapping[Way, Text] = {
    "operator": _c("way in", "by the operator's link"),
    "link": _c("way in", "by a link"),
    "oidc": _c("way in", "by your organisation"),
}
