"""The operator's key: what the key of each case is wrapped with, and where it comes from.

It is 32 random bytes in base64. Several may be given, the newest first: that one wraps, the others
only open what they have wrapped before. Whoever has a backup and not this key has nothing.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import hmac
import os
import secrets
import shlex
import subprocess
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

#: Bytes of every key here: AES-256.
LENGTH = 32
#: Bytes of a nonce, NIST SP 800-38D section 8.2.2: random, for fewer than 2**32 uses of one key.
NONCE = 12

#: What the key is called beside the database, where nobody has said another place.
FILE_NAME = "operator.key"

_COMMAND_SECONDS = 30


class OperatorKeyError(RuntimeError):
    """There is no key, or not the right one; the message says what to set."""


class DamagedKey(OperatorKeyError):
    """What an operator's key has wrapped is damaged, and nothing opens it any more."""


class OperatorKeys:
    """The operator's keys, the newest first."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take keys of `LENGTH` bytes; at least one."""
        if not keys or any(len(key) != LENGTH for key in keys):
            raise OperatorKeyError("an operator's key is 32 bytes in base64")
        self._given = tuple(keys)
        self._keys = {id_of(key): AESGCM(key) for key in keys}
        self.current = id_of(keys[0])

    @property
    def ids(self) -> tuple[str, ...]:
        """What they are called; it tells nothing of them."""
        return tuple(self._keys)

    def before(self, others: OperatorKeys) -> OperatorKeys:
        """These, and behind them others that only open."""
        return OperatorKeys((*self._given, *others._given))

    def wrap(self, secret: bytes, name: str, *, by: str = "") -> bytes:
        """A secret that only the newest key opens, or the one called `by`, and only under this name."""
        nonce = os.urandom(NONCE)
        return nonce + self._keys[by or self.current].encrypt(nonce, secret, name.encode())

    def unwrap(self, key_id: str, wrapped: bytes, name: str) -> bytes:
        """The secret. Raises KeyError for a key that isn't here, DamagedKey for what is broken."""
        try:
            return self._keys[key_id].decrypt(wrapped[:NONCE], wrapped[NONCE:], name.encode())
        except (InvalidTag, ValueError):
            raise DamagedKey(f"what the operator's key {key_id} wrapped is damaged") from None

    def mac(self, data: bytes, *, by: str) -> str:
        """What only who has this key can say of these bytes, and who has it can check."""
        return hmac.new(self._vouching(by), data, hashlib.sha256).hexdigest()

    def vouches(self, data: bytes, mac: str, *, by: str) -> bool:
        """Whether `mac` was said of these bytes by who has this key; not where it isn't here."""
        return by in self._keys and hmac.compare_digest(self.mac(data, by=by), mac)

    def _vouching(self, by: str) -> bytes:
        (key,) = {key for key in self._given if id_of(key) == by}
        return HKDFExpand(hashes.SHA256(), LENGTH, b"vouching").derive(key)


class KeySource(Protocol):
    """Where the operator's keys come from: a file, the environment, or whoever keeps secrets."""

    @property
    def where(self) -> str:
        """What an operator calls it: a path, or the name of a setting."""
        ...

    def load(self) -> OperatorKeys:
        """Ask for them. It is done again where a key is missed. Raises OperatorKeyError."""
        ...

    def first(self) -> OperatorKeys:
        """The same, for what nothing was sealed for yet: a key may be made. Raises OperatorKeyError."""
        ...


class KeyFile:
    """A file of keys, one a line, the newest first."""

    def __init__(self, path: Path, *, make: bool = True) -> None:
        """Take the path; with `make` a first key is made there for what was never sealed."""
        self.path = path
        self._make = make

    @property
    def where(self) -> str:
        """The path."""
        return str(self.path)

    def load(self) -> OperatorKeys:
        """Read it. None is made: who has lost a key must learn it, and not be given another."""
        try:
            return parsed(self.path.read_text("utf-8"))
        except OSError as error:
            raise OperatorKeyError(
                f"the operator's key {self.path} can't be read ({error.strerror}): bring it back "
                "from where you keep it, or set SEALING_KEY_FILE"
            ) from None

    def first(self) -> OperatorKeys:
        """Read it, made where there is none."""
        if self._make and not self.path.exists():
            with suppress(FileExistsError):  # Another process was faster: it is theirs.
                self._write_first()
        return self.load()

    def add(self, key: bytes) -> None:
        """Make this the newest key."""
        with self._alone():
            known = self.path.read_text("utf-8") if self.path.exists() else ""
            self._replace(f"{written(key)}\n{known}")

    def drop(self, key_ids: Collection[str]) -> int:
        """Forget these keys; how many it were. What came since, or is the last one, stays."""
        with self._alone():
            lines = self.path.read_text("utf-8").replace(",", " ").split()
            kept = [line for line in lines if id_of(read(line)) not in key_ids]
            if not kept or len(kept) == len(lines):
                return 0
            self._replace("".join(f"{line}\n" for line in kept))
            return len(lines) - len(kept)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else changes the file: of two who read it and write it anew one would lose a key.

        It is a file beside it that is locked, for the file itself is replaced.
        """
        beside = self.path.with_name(f".{self.path.name}.lock")
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _write_first(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        half = self.path.with_name(f".{self.path.name}-{secrets.token_hex(4)}")
        try:
            _write(half, f"{written(new_key())}\n")
            # A link fails where the file is there by now; a rename would take its place.
            os.link(half, self.path)
            _sync_folder(self.path.parent)
        finally:
            half.unlink(missing_ok=True)

    def _replace(self, text: str) -> None:
        half = self.path.with_name(f".{self.path.name}-{secrets.token_hex(4)}")
        _write(half, text)
        half.replace(self.path)
        _sync_folder(self.path.parent)


class KeyText:
    """Keys that were given as text, such as a variable of the environment."""

    def __init__(self, text: str) -> None:
        """Take keys with spaces between, the newest first."""
        self._text = text

    @property
    def where(self) -> str:
        """The setting."""
        return "SEALING_KEY"

    def first(self) -> OperatorKeys:
        """Read them."""
        return self.load()

    def load(self) -> OperatorKeys:
        """Read them."""
        return parsed(self._text)


class KeyCommand:
    """A command that prints the keys: how any keeper of secrets (a KMS, a vault) is asked."""

    def __init__(self, command: str) -> None:
        """Take a command line; it is run without a shell."""
        self._command = command

    @property
    def where(self) -> str:
        """The setting."""
        return "SEALING_KEY_COMMAND"

    def first(self) -> OperatorKeys:
        """Run it."""
        return self.load()

    def load(self) -> OperatorKeys:
        """Run it."""
        try:
            done = subprocess.run(
                shlex.split(self._command),
                capture_output=True,
                timeout=_COMMAND_SECONDS,
                check=True,
                text=True,
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise OperatorKeyError(
                f"SEALING_KEY_COMMAND gave no key ({type(error).__name__}): run it by hand"
            ) from None
        return parsed(done.stdout)


def usual_source(folder: Path | None) -> KeySource:
    """The environment's SEALING_KEY, else a file in this folder. Raises OperatorKeyError."""
    if given := os.environ.get("SEALING_KEY", ""):
        return KeyText(given)
    if folder is None:
        raise OperatorKeyError("set SEALING_KEY to the operator's key")
    return KeyFile(folder / FILE_NAME)


def new_key() -> bytes:
    """A key."""
    return secrets.token_bytes(LENGTH)


def id_of(key: bytes) -> str:
    """What a key is called: eight hexadecimal letters that tell nothing of it."""
    return hashlib.sha256(b"operator key" + key).hexdigest()[:8]


def written(key: bytes) -> str:
    """A key as text."""
    return base64.urlsafe_b64encode(key).decode()


def read(text: str) -> bytes:
    """A key from its text. Raises OperatorKeyError."""
    try:
        return base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise OperatorKeyError("an operator's key is 32 bytes in base64") from None


def parsed(text: str) -> OperatorKeys:
    """All keys of a text. Raises OperatorKeyError."""
    return OperatorKeys([read(word) for word in text.replace(",", " ").split()])


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
