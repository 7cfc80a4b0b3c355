"""The kinds of jobs there are, listed by hand, and how many of each run side by side."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.jobs import (
    copy,
    document_scan,
    draft,
    erase,
    fetch,
    index,
    machine_reading,
    missed,
    notify,
    package,
    plain_text,
    release,
    retain,
    sign_in,
    timer,
    unlock,
    unsay,
    uploaded,
    virus_scan,
    webhook,
)
from bot.jobs.children import PLACES
from bot.jobs.queue import NOTHING, Job, Outcome
from bot.jobs.shell import Shell

Run = Callable[[Shell, Job], Awaitable[Outcome]]
GiveUp = Callable[[Shell, Job, str], Awaitable[Outcome]]


async def _nothing(_shell: Shell, _job: Job, _reason: str) -> Outcome:
    return NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of job: what it does, and what follows when it is given up.

    It is given up after `attempts` failures, never where that is None, and at once when it can
    never succeed. A try that ended in `Later` is no failure.
    """

    run: Run
    give_up: GiveUp = _nothing
    attempts: int | None = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Kinds that share the same few places, so that slow work never holds up quick work."""

    name: str
    kinds: tuple[str, ...]
    places: int


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "timer": Kind(run=timer.run),
        "erase": Kind(run=erase.run),
        "fetch": Kind(run=fetch.run, give_up=fetch.give_up),
        # A file that kills its reader need not kill many.
        "index": Kind(run=index.run, give_up=index.give_up, attempts=3),
        # One that takes too long is too much for it; while nobody answers, it waits.
        "virus_scan": Kind(run=virus_scan.run, give_up=virus_scan.give_up, attempts=3),
        "document_scan": Kind(run=document_scan.run, give_up=document_scan.give_up, attempts=3),
        # What a patient has sent is told of, however long the disk is full.
        "uploaded": Kind(run=uploaded.run, attempts=None),
        "upload_progress": Kind(run=uploaded.run_progress, attempts=3),
        "unlock": Kind(run=unlock.run, give_up=unlock.give_up, attempts=3),
        "unsay": Kind(run=unsay.run),
        # A vendor must not keep what a patient has sent because it was out of reach for a day.
        "release": Kind(run=release.run, attempts=None),
        "missed": Kind(run=missed.run, attempts=None),
        "plain_text": Kind(run=plain_text.run, attempts=3),
        # A picture that kills its reader is left to people.
        "machine_reading": Kind(run=machine_reading.run, attempts=3),
        # A translator may ask for it again.
        "draft": Kind(run=draft.run, attempts=3),
        "copy": Kind(run=copy.run, give_up=copy.give_up, attempts=3),
        "retain": Kind(run=retain.run, attempts=None),
        "package": Kind(run=package.run, give_up=package.give_up),
        # A notice is light, and a coordinator must hear of a case after any outage.
        "notify": Kind(run=notify.run, attempts=None),
        # Nobody waits for a link for long, and can ask for another.
        "sign_in": Kind(run=sign_in.run, attempts=3),
        # It asks for itself again, and gives an event up by its age.
        "webhook": Kind(run=webhook.run, attempts=None),
    }
)

LANES = (
    Lane(
        name="quick",
        kinds=("timer", "erase", "notify", "unsay", "upload_progress", "sign_in", "retain"),
        places=8,
    ),
    # What asks a vendor, and may have to wait for it.
    Lane(name="vendors", kinds=("release", "missed"), places=2),
    # Systems of others, which may be slow or dead, and hold up nobody but themselves.
    Lane(name="webhooks", kinds=("webhook",), places=4),
    # A whole folder is copied once.
    Lane(name="uploads", kinds=("uploaded",), places=2),
    Lane(name="fetch", kinds=("fetch",), places=4),
    # A file is looked into by the process that reads it next.
    Lane(name="index", kinds=("virus_scan", "document_scan", "index"), places=PLACES),
    # Somebody waits for the answer, and must not wait for another patient's disc.
    Lane(name="unlock", kinds=("unlock",), places=1),
    # One child writes zips, a package or a patient's copy.
    Lane(name="package", kinds=("package", "copy"), places=1),
    Lane(name="texts", kinds=("plain_text",), places=1),
    # A minute for a long scan, and nobody waits for it.
    Lane(name="scans", kinds=("machine_reading",), places=1),
    # A machine takes its time over each page, and has one processor.
    Lane(name="drafts", kinds=("draft",), places=1),
)
