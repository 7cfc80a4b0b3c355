"""The doctor's look at the operator's key, without which nothing that is stored can be read."""

from __future__ import annotations

from bot.doctor_finding import Finding, Look
from bot.key_source import key_source
from bot.store.operator_key import KeyFile, OperatorKeyError


def look_at_key(look: Look) -> tuple[Finding, ...]:
    """Whether the key is there, for its owner alone, and not only beside what it seals."""
    do: tuple[str, ...]
    source = key_source(look.settings)
    folder = look.settings.data_dir
    if isinstance(source, KeyFile) and not source.path.exists() and source.path.parent == folder:
        if any(folder.glob("*.db")):
            do = ("Bring it back from where you keep it; nothing that is sealed can be read.",)
            what = f"Sealing: the operator's key {source.path} is missing"
            return (Finding(verdict="wrong", what=what, do=do),)
        return (Finding(verdict="ok", what="Sealing: the first start makes the operator's key"),)
    try:
        source.load()
    except OperatorKeyError as error:
        do = ("Bring it back from where you keep it; nothing that is sealed can be read.",)
        return (Finding(verdict="wrong", what=f"Sealing: {error}", do=do),)
    if not isinstance(source, KeyFile):
        return (Finding(verdict="ok", what="Sealing: the operator's key is given by a setting"),)
    if source.path.stat().st_mode & 0o077:
        do = (f"chmod 600 {source.path}",)
        what = "Sealing: others of this machine can read the operator's key"
        return (Finding(verdict="wrong", what=what, do=do),)
    if source.path.parent.resolve() == folder.resolve():
        do = (
            "Keep a copy where no backup of the data lies: without it no backup can be read.",
            "Who gets this folder gets the key too: set SEALING_KEY_FILE to a place of its own,",
            "or SEALING_KEY_COMMAND to ask a keeper of secrets.",
        )
        what = f"Sealing: the operator's key {source.path} lies beside what it seals"
        return (Finding(verdict="decide", what=what, do=do),)
    return (Finding(verdict="ok", what="Sealing: the operator's key lies apart from the data"),)
