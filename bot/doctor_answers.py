"""The doctor's look at what patients usually ask: what only the operator knows, and has not said."""

from __future__ import annotations

from bot.answers import AnswersError, answers_of, missing_answers
from bot.doctor_finding import Finding, Look
from bot.paths import load_faq, load_languages


def look_at_answers(look: Look) -> tuple[Finding, ...]:
    """Which of the usual questions can't be answered, and in which language."""
    offered = load_languages().offered
    try:
        faq = answers_of(look.settings, load_faq(), offered)
    except AnswersError as error:
        mend = ("Correct the file, or take ANSWERS_FILE away.",)
        return (Finding(verdict="wrong", what=f"Answers: {error}", do=mend),)
    missing = missing_answers(faq, offered)
    if not missing:
        return (Finding(verdict="ok", what="Answers: all usual questions can be answered"),)
    lines = tuple(
        f"  [{entry}] {', '.join(tags)}{'' if entry in faq.needed else ' (said too where it is there)'}"
        for entry, tags in missing.items()
    )
    do: tuple[str, ...] = (
        "Patients ask for these, and only you know the answer. Without it each question goes to a",
        "coordinator. Write them into a TOML file, and name it in ANSWERS_FILE:",
        *lines,
    )
    return (Finding(verdict="decide", what="Answers: some usual questions have none", do=do),)
