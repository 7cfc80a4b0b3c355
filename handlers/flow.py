"""Flow: which step comes next, computed from the case: files and answers may come in any order."""

from __future__ import annotations

from checklist.case import Case
from checklist.catalog import Catalog
from checklist.progress import scope_of

BEFORE_ITEMS = (
    "language",
    "consent",
    "role",
    "name",
    "birth_date",
    "country",
    "problem",
    "case_type",
    "case_kind",
    "review_mode",
)
AFTER_ITEMS = ("translation", "review", "done")


def steps_of(case: Case, catalog: Catalog) -> tuple[str, ...]:
    """The steps of this case, in order; items that don't apply to its type are left out."""
    scope = scope_of(case, catalog)
    before = tuple(s for s in BEFORE_ITEMS if s != "case_kind" or _has_kinds(case, catalog))
    items = tuple(item.id for item in catalog.items if item.applies(scope))
    return (*before, *items, *AFTER_ITEMS)


def _has_kinds(case: Case, catalog: Catalog) -> bool:
    """Whether it is asked which kind it is: not of one that was handed over before that was asked."""
    asked = case.submitted_at is None or case.answer("case_kind") is not None
    return asked and bool(catalog.kinds_of(case.choice("case_type")))


def next_step(case: Case, catalog: Catalog) -> str:
    """The first step that still needs an answer; `done` once the case was handed over."""
    for step in steps_of(case, catalog):
        if not is_answered(case, step):
            return step
    return "done"


def changeable_steps(case: Case, catalog: Catalog) -> tuple[str, ...]:
    """The steps whose answers can be changed from a list: all but the fixed ones, if answered or items."""
    fixed = ("language", "consent", "review", "done")
    return tuple(
        step
        for step in steps_of(case, catalog)
        if step not in fixed and (catalog.item(step) is not None or is_answered(case, step))
    )


def is_answered(case: Case, step: str) -> bool:
    """Whether a step needs no answer any more. Putting off and skipping are answers."""
    match step:
        case "consent":
            return case.consented
        case "role":
            answer = case.answer("role")
            return answer is not None and (answer.choice == "patient" or bool(answer.value))
        case "review":
            return case.submitted_at is not None
        case "done":
            return False
        case "name" | "problem" | "country" | "birth_date" | "translation":
            return case.answer(step) is not None
        case _:
            return case.choice(step) is not None
