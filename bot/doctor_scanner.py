"""The doctor's look at the virus scanner: whether it answers, and with which signatures."""

from __future__ import annotations

from bot import clamd
from bot.doctor_finding import Finding, Look


def look_at_scanner(look: Look) -> tuple[Finding, ...]:
    """Whether clamd is there. Without it nothing is called clean, and no package waits."""
    address = look.settings.clamd_address
    if not address:
        how = ("Files are marked as not scanned. To have them scanned, set CLAMD_ADDRESS.",)
        what = "Virus scanner: none, CLAMD_ADDRESS is not set"
        return (Finding(verdict="ok", what=what, do=how),)
    try:
        version = clamd.version(address)
    except clamd.Unreachable as error:
        do = (
            "Start clamd, or mend CLAMD_ADDRESS: until it answers, packages wait for it.",
            "On Debian: /run/clamav/clamd.ctl, of the package clamav-daemon.",
        )
        what = f"Virus scanner: nobody answers at {address} ({error})"
        return (Finding(verdict="wrong", what=what, do=do),)
    most = look.settings.clamd_max_bytes
    do = (
        f"It is given files of up to {most:,} bytes. To have larger ones scanned, raise",
        "StreamMaxLength, MaxFileSize and MaxScanSize in clamd.conf, and then CLAMD_MAX_BYTES.",
    )
    return (Finding(verdict="ok", what=f"Virus scanner: {version}", do=do),)
