"""The doctor's checks of what lies on this machine: who may read it, and how old the newest backup is."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bot.carrying.moments import made_at, moments
from bot.doctor_asks import is_local
from bot.doctor_finding import Finding, Look

#: A backup a day, and an hour or two in which it is made.
_OLD: Final = timedelta(hours=26)
#: Files of a folder that are looked at; what is wrong there is wrong at the first of them.
_MOST: Final = 20_000
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def look_at_permissions(look: Look) -> tuple[Finding, ...]:
    """Whether other accounts of this machine can read what patients sent, or the secrets."""
    folder = look.settings.data_dir
    found = []
    open_ones = [path for path in _within(folder) if _is_open(path)] if folder.is_dir() else []
    if open_ones:
        named = open_ones[0].relative_to(folder.parent)
        # A file's name is an id here; one that somebody has put there may be anything.
        shown = named if named.parent == Path() else f"{named.parts[0]}/…"
        do = (f"Run: chmod -R go-rwx {folder.resolve()}",)
        what = f"Permissions: other accounts of this machine can read {len(open_ones)} in {shown}"
        found.append(Finding(verdict="wrong", what=what, do=do))
    env = Path(".env")
    if env.is_file() and _is_open(env):
        do = ("It holds tokens and passwords. Run: chmod 600 .env",)
        what = "Permissions: other accounts of this machine can read .env"
        found.append(Finding(verdict="wrong", what=what, do=do))
    if found:
        return tuple(found)
    return (Finding(verdict="ok", what="Permissions: what patients sent is for this user alone"),)


def _within(folder: Path) -> Iterator[Path]:
    yield folder
    for count, path in enumerate(folder.rglob("*")):
        if count >= _MOST:
            return
        yield path


def _is_open(path: Path) -> bool:
    """Whether others may do anything with it; a link is what it leads to."""
    try:
        return bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False


def look_at_backups(look: Look, now: datetime | None = None) -> tuple[Finding, ...]:
    """How old the newest moment of BACKUP_DIR is, and whether it lies on another disk."""
    folder = look.settings.backup_dir
    if folder is None:
        how = (
            "Make one each day with `second-opinion backup FOLDER` (deploy/ has a timer), and set",
            "BACKUP_DIR to that folder: then this says how old the newest is.",
        )
        return (Finding(verdict="decide", what="Backups: BACKUP_DIR is not set", do=how),)
    made = moments(folder)
    if not made:
        do = ("Run `second-opinion backup` to it, or correct BACKUP_DIR.",)
        return (Finding(verdict="wrong", what=f"Backups: there is none in {folder}", do=do),)
    age = (now or datetime.now(UTC)) - made_at(made[-1])
    hours = age.total_seconds() / 3600
    what = f"Backups: the newest of {len(made)} is {hours:.0f} hours old"
    if age > _OLD:
        do = ("Look at what should make them: systemctl status second-opinion-backup.timer",)
        return (Finding(verdict="wrong", what=what, do=do),)
    return (Finding(verdict="ok", what=what), *_on_one_disk(look, folder))


def _on_one_disk(look: Look, folder: Path) -> tuple[Finding, ...]:
    data = look.settings.data_dir
    if not data.is_dir() or data.stat().st_dev != folder.stat().st_dev:
        return ()
    do = ("A disk that dies takes both along. Put BACKUP_DIR on another one, or copy it there.",)
    what = "Backups: they lie on the same disk as the data"
    return (Finding(verdict="decide", what=what, do=do),)


def look_at_secrets(look: Look) -> tuple[Finding, ...]:
    """Whether what is secret can be guessed, or travels in clear."""
    settings, found = look.settings, []
    for name, address in (
        ("TRANSLATE_URL", settings.translate_url),
        ("TELEGRAM_API_URL", settings.telegram_api_url),
        ("TWILIO_API_URL", look.twilio.twilio_api_url),
    ):
        if address.startswith("http://") and not is_local(address):
            do = (f"Set {name} to an https address, or to a server on this machine.",)
            what = f"{name}: what patients wrote travels in clear"
            found.append(Finding(verdict="wrong", what=what, do=do))
    if settings.coordinators and settings.desk_second_factor == "off":
        do = ("Set DESK_SECOND_FACTOR to `optional` or `required`.",)
        what = "Desk: who has a coordinator's mail or phone comes in, for a second factor is off"
        found.append(Finding(verdict="decide", what=what, do=do))
    return tuple(found)
