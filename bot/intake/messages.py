"""What a patient reads about a file that can't be used, or not fully: what it is, what to do."""

from __future__ import annotations

from bot.intake.limits import Reason
from checklist.findings import Finding, FindingCode, Severity
from checklist.text import Text, _, _n

_CODES: dict[Reason, FindingCode] = {
    "empty": "empty",
    "encrypted_archive": "encrypted",
    "encrypted_document": "encrypted",
    "no_directory": "damaged_archive",
    "cut_off": "damaged_archive",
    "damaged_archive": "damaged_archive",
    "cut_archive": "damaged_archive",
    "not_an_archive": "not_an_archive",
    "damaged_member": "damaged_archive",
    "damaged_instance": "unreadable_instance",
    "damaged_document": "unreadable_document",
    "truncated_instance": "truncated_instance",
    "bomb": "unsafe_archive",
    "too_many_files": "too_large",
    "too_large": "too_large",
    "too_deep": "nested_archive",
    "unsafe_names": "unsafe_names",
    "too_slow": "too_large",
    "other_archive": "unsupported",
    "other_compression": "unsupported",
    "program": "unsupported",
    "media": "unsupported",
    "web_page": "unsupported",
    "unknown_kind": "unsupported",
    "not_a_file": "unsupported",
    "unsafe_name": "unsafe_names",
}

#: Reasons to say something of a part that was read all the same.
NOTES: frozenset[Reason] = frozenset(
    {"unsafe_name", "unsafe_names", "truncated_instance", "cut_archive", "cut_off"}
)

#: Reasons for which the original is not kept: it is of no use, and may be meant to do harm.
NOT_KEPT: frozenset[Reason] = frozenset({"bomb", "program", "empty", "not_a_file"})

_REFUSALS: dict[Reason, Text] = {
    "empty": _("This file is empty. Please send it once more."),
    "encrypted_archive": _(
        "This file is locked with a password, so I can't look inside. "
        "Please unlock it and send it again, or ask the hospital for a copy without a password."
    ),
    "encrypted_document": _(
        "This document is locked with a password. "
        "Please open it, save it without the password, and send it again."
    ),
    "no_directory": _(
        "The end of this file is missing, so it can't be opened. "
        "It may have been cut off on the way. Please make the zip again and send it once more."
    ),
    "damaged_archive": _(
        "This file is damaged and can't be opened. "
        "Please copy the CD again, make a new zip of it, and send it once more."
    ),
    "not_an_archive": _(
        "The name of this file says that it is a packed file or a copy of a CD, but it is something "
        "else. Please check that it opens on your side, and send it once more."
    ),
    "damaged_member": _("This file is damaged. Please copy it again and send it once more."),
    "damaged_instance": _(
        "This looks like a picture from a scan, but it is damaged and can't be read. "
        "Please copy it again from the CD and send it once more."
    ),
    "damaged_document": _(
        "This document is damaged and can't be opened. "
        "Please send it again, or send a photo of each page."
    ),
    "bomb": _(
        "This file unpacks to far more than a CD can hold, so I stopped for safety. "
        "Please make a new zip of the CD and send that."
    ),
    "too_many_files": _("There are too many files in here. Please send one CD at a time."),
    "too_large": _("This file is too large for me. Please send one CD at a time."),
    "too_deep": _(
        "There is a zip inside a zip inside a zip here. Please unpack it and send the files."
    ),
    "too_slow": _("This file took too long to read. Please send one CD at a time."),
    "other_archive": _(
        "I can't open this kind of packed file yet. "
        "Please unpack it, and send the files or a zip of them."
    ),
    "other_compression": _("I can't unpack this kind of zip. Please make an ordinary zip of it."),
    "program": _(
        "This is a program, not a record, so I did not keep it. "
        "If it came from a CD, please send a zip of everything on the CD."
    ),
    "media": _(
        "I can't use sound or video here. "
        "If it shows a scan, please ask the hospital for the DICOM files."
    ),
    "web_page": _("This is a web page. Please save it as a PDF, or send a photo of it."),
    "unknown_kind": _(
        "I don't know this kind of file. "
        "Please send scans as DICOM files or a zip of the CD, and papers as PDF or photos."
    ),
    "not_a_file": _("This file can't be read. Please send it once more."),
}

NOTHING_INSIDE = Finding(
    code="empty",
    severity="error",
    message=_("There are no files in here. Please check it and send it once more."),
)


def code_of(reason: Reason) -> FindingCode:
    """The code of the finding that a reason comes to."""
    return _CODES[reason]


def refusal(reason: Reason, path: str = "") -> Finding:
    """Why a whole file can't be used."""
    message = _REFUSALS.get(reason, _REFUSALS["unknown_kind"])
    return Finding(code=_CODES[reason], severity="error", message=message, path=path)


def problem(reason: Reason, n: int, path: str) -> Finding:
    """Why `n` parts of what was sent can't be used; `path` is the first of them."""
    quiet = reason in ("empty", "unsafe_names", "unsafe_name")
    severity: Severity = "info" if quiet else "warning"
    return Finding(code=_CODES[reason], severity=severity, message=_part(reason, n), path=path)


def cut(n: int, path: str) -> Finding:
    """The end of an archive is missing, or its directory; `n` files in it could be read."""
    message = _n(
        "This file is damaged, and I could read only {n} file in it. Others may be missing. "
        "Please copy the CD again, make a new zip of it, and send it once more.",
        "This file is damaged. I could read {n} files in it, and others may be missing. "
        "Please copy the CD again, make a new zip of it, and send it once more.",
        n,
    )
    return Finding(code="damaged_archive", severity="warning", message=message, path=path)


def _part(reason: Reason, n: int) -> Text:
    if reason == "too_slow":
        return _left_out(reason, n)
    if reason == "unsafe_names":
        return _("Some things in it are not files but links to other places. I left them out.")
    match _CODES[reason]:
        case "unsafe_names":
            return _n(
                "{n} file in it has a name that could do harm. I kept it under a safe name.",
                "{n} files in it have names that could do harm. I kept them under safe names.",
                n,
            )
        case "empty":
            return _n("{n} file in it is empty.", "{n} files in it are empty.", n)
        case "encrypted":
            return _n(
                "{n} file in it is locked with a password. Please send it again without one.",
                "{n} files in it are locked with a password. Please send them again without one.",
                n,
            )
        case "unsafe_archive" | "too_large":
            return _left_out(reason, n)
        case (
            "damaged_archive" | "truncated_instance" | "unreadable_instance" | "unreadable_document"
        ):
            return _damaged_part(reason, n)
        case _:
            return _n(
                "{n} file in it is of a kind that I can't read.",
                "{n} files in it are of a kind that I can't read.",
                n,
            )


def _left_out(reason: Reason, n: int) -> Text:
    if reason == "too_slow":
        return _n(
            "{n} file in it was left out, because reading it all took too long. "
            "Please send one CD at a time.",
            "{n} files in it were left out, because reading them all took too long. "
            "Please send one CD at a time.",
            n,
        )
    return _n(
        "{n} file in it is too large to unpack, so I left it out.",
        "{n} files in it are too large to unpack, so I left them out.",
        n,
    )


def _damaged_part(reason: Reason, n: int) -> Text:
    match _CODES[reason]:
        case "damaged_archive" if reason == "cut_off":
            return _(
                "The end of it is missing. I kept everything that is whole. "
                "Please copy the CD once more and send it again."
            )
        case "truncated_instance":
            return _n(
                "{n} picture is cut off: part of it is missing. Please copy the CD once more.",
                "{n} pictures are cut off: parts of them are missing. "
                "Please copy the CD once more.",
                n,
            )
        case _:
            return _n(
                "{n} file in it is damaged and can't be read. Please copy the CD once more.",
                "{n} files in it are damaged and can't be read. Please copy the CD once more.",
                n,
            )


# ---- what is wrong with the images -------------------------------------------------------------

NO_IMAGES = Finding(
    code="viewer_without_images",
    severity="warning",
    message=_(
        "This looks like a hospital CD, but there are no scan pictures on it. "
        "Please ask the hospital for the pictures as DICOM files."
    ),
)
LOCALIZER_ONLY = Finding(
    code="only_localizers",
    severity="warning",
    message=_(
        "These are only the small overview pictures made before the scan. "
        "Please send the whole CD, with all pictures."
    ),
)
SECONDARY_CAPTURE_ONLY = Finding(
    code="only_secondary_capture",
    severity="warning",
    message=_(
        "These are only screenshots of the scan, not the scan itself. "
        "Please ask the hospital for the original DICOM pictures."
    ),
)
FILM_PHOTO = Finding(
    code="film_photo",
    severity="warning",
    message=_(
        "These are photos or scans of a printed film or a screen. "
        "The specialist sees more in the original pictures. "
        "Please ask the hospital for the DICOM files."
    ),
)
EXPORTED = Finding(
    code="exported_pictures",
    severity="warning",
    message=_(
        "These are copies that a viewer saved as ordinary pictures. They lose much of the scan. "
        "Please send everything on the CD, or ask the hospital for the DICOM files."
    ),
)
REPORTS_ONLY = Finding(
    code="reports_only",
    severity="warning",
    message=_(
        "These are written reports of a scan, without its pictures. "
        "Please send the whole CD, or ask the hospital for the pictures as DICOM files."
    ),
)
STRUCTURED_ONLY = Finding(
    code="reports_only",
    severity="warning",
    message=_(
        "These files hold measurements and notes about a scan, but not its pictures. "
        "Please send the whole CD, or ask the hospital for the pictures as DICOM files."
    ),
)
LOSSY = Finding(
    code="lossy",
    severity="info",
    message=_(
        "Pictures of this scan were made smaller, and lost a little detail. "
        "If you can, ask the hospital for the pictures as they were taken."
    ),
)
CHARSET_GUESS = Finding(
    code="charset_guess",
    severity="info",
    message=_(
        "The name on this scan is stored in an unusual way, and I may have read it wrongly. "
        "A coordinator will check it."
    ),
)
TWO_PATIENTS = Finding(
    code="several_patients",
    severity="warning",
    message=_(
        "There are scans of more than one person in here. "
        "Please check that you sent the right CD. A coordinator will look at it too."
    ),
)
ACTIVE_CONTENT = Finding(
    code="active_content",
    severity="info",
    message=_("This document holds a small program. I kept it, and nobody will run it."),
)


def missing(n: int, path: str, *, certain: bool) -> Finding:
    """`n` pictures of a study are missing, for certain or perhaps."""
    sure = _n(
        "{n} picture of this scan is missing. Please copy the whole CD once more and send it.",
        "{n} pictures of this scan are missing. Please copy the whole CD once more and send it.",
        n,
    )
    unsure = _n(
        "{n} picture of this scan may be missing. If you can, copy the whole CD once more.",
        "{n} pictures of this scan may be missing. If you can, copy the whole CD once more.",
        n,
    )
    return Finding(
        code="missing_instances",
        severity="warning" if certain else "info",
        message=sure if certain else unsure,
        path=path,
    )


def not_sent(n: int, path: str) -> Finding:
    """The table of contents of a disc names `n` pictures of a study that is not there at all."""
    return Finding(
        code="dicomdir_missing_files",
        severity="warning",
        message=_n(
            "The list on this CD names {n} picture of another scan that did not come with it. "
            "Please copy the whole CD once more and send it.",
            "The list on this CD names {n} pictures of another scan that did not come with it. "
            "Please copy the whole CD once more and send it.",
            n,
        ),
        path=path,
    )


def listed_absent(n: int, path: str) -> Finding:
    """The table of contents of a disc names `n` more pictures of a study than there are."""
    return Finding(
        code="dicomdir_missing_files",
        severity="warning",
        message=_n(
            "The list on this CD names {n} more picture of this scan that did not come with it. "
            "Please copy the whole CD once more and send it.",
            "The list on this CD names {n} more pictures of this scan that did not come with it. "
            "Please copy the whole CD once more and send it.",
            n,
        ),
        path=path,
    )


def none_of_the_listed(n: int) -> Finding:
    """The table of contents of a disc names `n` pictures, and not one of them is there."""
    return Finding(
        code="dicomdir_missing_files",
        severity="warning",
        message=_n(
            "The list on this CD names {n} picture, but it did not come with the list. "
            "Please copy the whole CD with all its folders and send it.",
            "The list on this CD names {n} pictures, but none of them came with it. "
            "Please copy the whole CD with all its folders and send it.",
            n,
        ),
    )


def differing(n: int, path: str) -> Finding:
    """`n` pictures of a study came again under the same number, with other bytes."""
    return Finding(
        code="duplicates",
        severity="info",
        message=_n(
            "{n} picture came twice, and the two are not quite the same. I keep both.",
            "{n} pictures came twice, and are not quite the same each time. I keep them all.",
            n,
        ),
        path=path,
    )


def duplicates(n: int, path: str) -> Finding:
    """`n` pictures of a study were there more than once."""
    return Finding(
        code="duplicates",
        severity="info",
        message=_n(
            "{n} picture was in it twice. I count it once.",
            "{n} pictures were in it twice. I count them once.",
            n,
        ),
        path=path,
    )
