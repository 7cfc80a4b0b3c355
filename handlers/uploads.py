"""What comes by private links: files, word of how far they are, and that there is no room."""

from __future__ import annotations

from checklist.text import Text, _, _n
from handlers.effects import Effect, NoticeReason, NotifyCoordinators, RecordAudit
from handlers.receipts import take_files
from handlers.step import View
from handlers.turn import reply_of
from handlers.updates import FilesUploaded, NoRoom, UploadProgress

_MEGABYTE = 1_000_000


def files_uploaded(view: View, update: FilesUploaded) -> tuple[View, tuple[Effect, ...]]:
    """Take the files; the receipt follows once they are read. Who sent them is said at once."""
    if not view.case.consented:
        # Where the consent was taken back the patient learns that somebody has sent in vain. What a
        # coordinator sent is not theirs to answer for.
        tells = view.case.withdrawn and not update.by_coordinator
        said = reply_of(view, (_NOT_TAKEN,), ask=False) if tells else ()
        return view, (RecordAudit(actor="sender", action="files.not_taken"), *said)
    effects: tuple[Effect, ...] = ()
    if update.attachments:
        view, effects = take_files(
            view,
            update.attachments,
            view.ids(),
            item=update.item,
            sender=update.sender,
            by_coordinator=update.by_coordinator,
        )
    words: list[Text] = []
    if update.by_coordinator:
        words.append(_("{name}, a coordinator, adds files to your case.", name=update.sender))
    elif update.sender:
        words.append(_("{name} has sent files for you by the link.", name=update.sender))
    if update.lost:
        words.append(
            _n(
                "{n} file could not be stored. Please open the page again and send it once more.",
                "{n} files could not be stored. Please open the page again and send them once more.",
                update.lost,
            )
        )
    if update.came < update.announced:
        words.append(
            _(
                "{came} of the {announced} files of the folder have come. "
                "To send the others, please open the page again and choose the same folder.",
                came=update.came,
                announced=update.announced,
            )
        )
    return view, (*effects, *reply_of(view, tuple(words), ask=False))


def upload_progress(view: View, update: UploadProgress) -> tuple[View, tuple[Effect, ...]]:
    """Say how far an upload is."""
    if not view.case.consented:
        return view, ()
    words = _(
        "Your files are on their way: {done} MB of {total} MB.",
        done=update.received // _MEGABYTE,
        total=-(-update.total // _MEGABYTE),
    )
    return view, reply_of(view, (words,), ask=False)


def no_room(view: View, update: NoRoom) -> tuple[View, tuple[Effect, ...]]:
    """The truth for the patient, and a notice for those who can do something about it."""
    words = _SOON if update.of == "case_soon" else _NO_ROOM
    reason: NoticeReason = "no_room" if update.of == "disk" else "case_full"
    notice = NotifyCoordinators(reason=reason, key=update.key)
    return view, (notice, *reply_of(view, (words,), ask=False))


_NO_ROOM = _(
    "There is not enough room for your files just now. I told the coordinators. "
    "Please try again later. What you sent before is safe."
)
_SOON = _(
    "You have sent a lot, and there is room for only a little more. What you sent is safe. "
    "I told the coordinators, who can make more room."
)
_NOT_TAKEN = _("I can't take files before you agree again. I kept nothing of them.")
