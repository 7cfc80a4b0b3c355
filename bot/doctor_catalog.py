"""The doctor's look at the checklist: whether an operator's own file can be used, and who has signed."""

from __future__ import annotations

from bot.catalog_check import check
from bot.doctor_finding import Finding, Look
from bot.paths import load_catalog
from checklist.catalog import CatalogError


def look_at_catalog(look: Look) -> tuple[Finding, ...]:
    """What `second-opinion catalog check` would find, in short."""
    path = look.settings.catalog_file
    try:
        catalog = load_catalog(path)
        wrong = [fault for fault in check(path) if fault.severity == "wrong"]
    except CatalogError as error:
        mend = ("Correct CATALOG_FILE. All of it: `second-opinion catalog check`.",)
        return (Finding(verdict="wrong", what=f"Checklist: {error}", do=mend),)
    if wrong:
        see = (f"The first: {wrong[0]}.", "All of them: `second-opinion catalog check`.")
        what = f"Checklist: faults in {path or 'the built-in one'}: {len(wrong)}"
        return (Finding(verdict="wrong", what=what, do=see),)
    signed = [bool(one.reviewed_by) for one in catalog.items]
    signed += [bool(one.reviewed_by) for one in catalog.needs]
    unsigned = signed.count(False)
    what = f"Checklist: {path or 'the built-in one'}"
    if not unsigned:
        return (Finding(verdict="ok", what=f"{what}, signed off"),)
    do = (
        f"No clinician has signed off {unsigned} of {len(signed)} entries. Have one read",
        "`second-opinion catalog preview --list`, and write reviewed_by into CATALOG_FILE.",
    )
    return (Finding(verdict="decide", what=what, do=do),)
