"""STEPS, ASIDES and COMMANDS, listed by hand: to add one, write its module and add its line."""

from __future__ import annotations

from collections.abc import Mapping

from checklist.catalog import Catalog
from handlers.asides import (
    advice,
    agree,
    basis,
    chats,
    elsewhere,
    emergency,
    erasure,
    letter,
    nudge,
    opinion,
    opt_in,
    parcel,
    password,
    privacy,
    request,
    whose,
    withdraw,
)
from handlers.asides import share as share_aside
from handlers.asides import status as status_aside
from handlers.command import Command
from handlers.commands import ask, back, delete, export, help, human, share, start, upload
from handlers.commands import chats as chats_command
from handlers.commands import done as done_command
from handlers.commands import elsewhere as elsewhere_command
from handlers.commands import emergency as emergency_command
from handlers.commands import language as language_command
from handlers.commands import letter as letter_command
from handlers.commands import parcel as parcel_command
from handlers.commands import privacy as privacy_command
from handlers.commands import questions as questions_command
from handlers.commands import reminders as reminders_command
from handlers.commands import status as status_command
from handlers.commands import withdraw as withdraw_command
from handlers.entries_step import EntriesStep
from handlers.faq_menu import ASIDE as FAQ
from handlers.pass_on import ASIDE as PASS_ON
from handlers.records_step import RecordsStep
from handlers.step import Step
from handlers.steps import (
    birth_date,
    case_kind,
    case_type,
    consent,
    country,
    declined,
    done,
    joining,
    language,
    medications,
    name,
    problem,
    questions,
    review,
    review_mode,
    role,
    stopped,
    timeline,
    translation,
)

STEPS: Mapping[str, Step] = {
    step.id: step
    for step in (
        language.STEP,
        consent.STEP,
        declined.STEP,
        joining.STEP,
        stopped.STEP,
        role.STEP,
        name.STEP,
        birth_date.STEP,
        country.STEP,
        problem.STEP,
        case_type.STEP,
        case_kind.STEP,
        review_mode.STEP,
        medications.STEP,
        timeline.STEP,
        questions.STEP,
        translation.STEP,
        review.STEP,
        done.STEP,
    )
}

ASIDES: Mapping[str, Step] = {
    aside.id: aside
    for aside in (
        emergency.ASIDE,
        advice.ASIDE,
        status_aside.ASIDE,
        erasure.ASIDE,
        share_aside.ASIDE,
        elsewhere.ASIDE,
        chats.ASIDE,
        password.ASIDE,
        whose.ASIDE,
        request.ASIDE,
        opinion.ASIDE,
        opinion.QUESTIONS,
        FAQ,
        PASS_ON,
        letter.ASIDE,
        nudge.ASIDE,
        opt_in.ASIDE,
        parcel.ASIDE,
        agree.ASIDE,
        basis.ASIDE,
        privacy.ASIDE,
        withdraw.ASIDE,
        language.STEP,
    )
}

COMMANDS: Mapping[str, Command] = {
    command.id: command
    for command in (
        start.COMMAND,
        status_command.COMMAND,
        help.COMMAND,
        language_command.COMMAND,
        back.COMMAND,
        questions_command.COMMAND,
        human.COMMAND,
        privacy_command.COMMAND,
        export.COMMAND,
        withdraw_command.COMMAND,
        upload.COMMAND,
        share.COMMAND,
        letter_command.COMMAND,
        reminders_command.COMMAND,
        elsewhere_command.COMMAND,
        chats_command.COMMAND,
        parcel_command.COMMAND,
        delete.COMMAND,
        done_command.COMMAND,
        emergency_command.COMMAND,
        ask.COMMAND,
    )
}


def step_for(step_id: str, catalog: Catalog) -> Step | None:
    """The step of this id. An item of the catalog without a module of its own is asked generically."""
    if step_id in STEPS:
        return STEPS[step_id]
    item = catalog.item(step_id)
    if item is None:
        return None
    return RecordsStep(id=item.id) if item.collects == "records" else EntriesStep(id=item.id)
