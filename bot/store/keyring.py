"""The key ring: the keys of all cases in memory, and what one transaction does to them.

Each case has a key of its own, wrapped by the operator's. Whatever a patient said or sent is sealed
with it, and says which key that was; so a chat takes along what was said in it to another case. With
the key destroyed all of it is gone, here and in every backup.

A transaction sees the ring through a `Keys` of its own. What it adds and destroys counts for others
once it is committed, and not at all otherwise.
"""

from __future__ import annotations

import base64
import hmac
import os
import time
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from bot.store.operator_key import (
    LENGTH,
    NONCE,
    DamagedKey,
    KeySource,
    OperatorKeyError,
    OperatorKeys,
)

#: How a sealed text begins. Behind it: the id of its key, a colon, and nonce and bytes in base64.
MARK: Final = "sealed:1:"

#: How many letters the id of a key has.
ID_LETTERS: Final = 16
#: A keeper of secrets is asked no more often than that for what it didn't have.
_ASKED_AGAIN_SECONDS: Final = 15.0


class BrokenSeal(Exception):
    """What was sealed is damaged, or was put in another's place."""


class KeyNeeded(Exception):
    """A key isn't in memory: of a case that is to be sealed for, by its id, or an operator's."""

    def __init__(self, *, case_id: str = "", key_id: str = "", operator: str = "") -> None:
        """Say which."""
        super().__init__("a key has to be looked up")
        self.case_id = case_id
        self.key_id = key_id
        self.operator = operator


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedKey:
    """The key of a case as it is stored: `wrapped` by the operator's key `operator`."""

    id: str
    case_id: str
    operator: str
    wrapped: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseKey:
    """The key of a case for what it is asked for: `id` names it, `secret` are 32 bytes."""

    id: str
    secret: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lack:
    """An operator's key that isn't here: why, and until when it isn't asked for again (monotonic).

    `failed` where whoever keeps it gave none at all.
    """

    until: float
    why: OperatorKeyError
    failed: bool


class Keyring:
    """The keys that are known, and the operator's.

    Nothing here waits for anybody but `ask_for` and the making of it, which are for a thread.
    """

    def __init__(self, source: KeySource, *, fresh: bool = False) -> None:
        """Ask the source for the operator's keys, which may make them where all is `fresh`.

        Raises OperatorKeyError.
        """
        self._source = source
        self.operator: OperatorKeys = source.first() if fresh else source.load()
        self._secrets: dict[str, bytes] = {}
        self._boxes: dict[str, AESGCM] = {}
        self._current: dict[str, str] = {}
        self._gone: set[str] = set()
        #: Keys of cases that an operator's key has wrapped which isn't here.
        self._shut: dict[str, WrappedKey] = {}
        self._broken: set[str] = set()
        self._lookup = b""
        self._lacking: dict[str, _Lack] = {}
        self._needed = ""

    # ---- the operator's keys -------------------------------------------------------------------

    def must_ask_for(self, operator: str) -> bool:
        """Whether an operator's key is in use that isn't here, and wasn't asked for just now."""
        return operator not in self.operator.ids and self._lately(operator) is None

    def _lately(self, operator: str) -> _Lack | None:
        lack = self._lacking.get(operator)
        return lack if lack is not None and time.monotonic() < lack.until else None

    def ask_for(self, operator: str) -> None:
        """Ask the source for it. Whether it is there, `lacks` says."""
        why = None
        try:
            self.operator = self._source.load()
        except OperatorKeyError as error:
            why = error
        for one in list(self._lacking):
            if one in self.operator.ids:
                del self._lacking[one]
        if operator not in self.operator.ids:
            until = time.monotonic() + _ASKED_AGAIN_SECONDS
            self._lacking[operator] = _Lack(
                until=until, why=why or self._missing(operator), failed=why is not None
            )

    def reload(self) -> None:
        """Ask the source for what it has by now. Raises OperatorKeyError."""
        self.operator = self._source.load()

    def lacks(self, operator: str) -> OperatorKeyError:
        """Why an operator's key isn't here. Raises KeyNeeded where that must be asked first."""
        lack = self._lately(operator)
        if lack is None:
            raise KeyNeeded(operator=operator)
        return OperatorKeyError(str(lack.why))

    def needs(self, operator: str) -> None:
        """It is this one that wraps what is new, so that without it this machine is not as it should be."""
        self._needed = operator

    @property
    def trouble(self) -> str:
        """What is wrong with the operator's keys, for the operator; "" for nothing.

        A key that only some cases need is none: the doctor says so, and all others go on.
        """
        whys = (
            str(lack.why)
            for operator, lack in list(self._lacking.items())
            if lack.failed or operator == self._needed
        )
        return "; ".join(dict.fromkeys(whys))

    def _missing(self, operator: str) -> OperatorKeyError:
        return OperatorKeyError(
            f"the operator's key {operator} is missing: what is stored was sealed with it, and "
            f"{self._source.where} gives {' '.join(self.operator.ids)}. Bring the file back, or copy "
            f"that key from the machine that has it: a line of its own in {self._source.where}"
        )

    def unwrap(self, operator: str, wrapped: bytes, name: str) -> bytes:
        """Open what an operator's key has wrapped.

        Raises KeyNeeded where that isn't known and must be asked for, OperatorKeyError where it isn't
        there, and DamagedKey.
        """
        if operator not in self.operator.ids:
            raise self.lacks(operator)
        return self.operator.unwrap(operator, wrapped, name)

    # ---- the keys of cases ---------------------------------------------------------------------

    def learn(self, keys: Iterable[WrappedKey]) -> None:
        """Take keys from their rows, in the order in which they were made.

        One that can't be opened is that of its case, and nobody else's affair: the case is sealed by a
        new one, so that what a patient writes is kept.
        """
        for key in keys:
            if key.id in self._secrets or self._open(key):
                self._current[key.case_id] = key.id

    def _open(self, key: WrappedKey) -> bool:
        if key.operator not in self.operator.ids:
            self._shut[key.id] = key
            return False
        self._shut.pop(key.id, None)
        try:
            self._secrets[key.id] = self.operator.unwrap(key.operator, key.wrapped, key.id)
        except DamagedKey:
            self._broken.add(key.id)
            return False
        self._broken.discard(key.id)
        return True

    def shut_by(self, missed: KeyNeeded) -> str:
        """The operator's key that a key needs which was missed; "" where it needs none."""
        wanted = (
            key.operator
            for key in self._shut.values()
            if key.id == missed.key_id or key.case_id == missed.case_id
        )
        return "" if self._current.get(missed.case_id) else next(wanted, "")

    def is_known(self, key_id: str) -> bool:
        """Whether a row of this key was seen, and it was not destroyed."""
        return key_id in self._secrets or self.is_useless(key_id)

    def is_useless(self, key_id: str) -> bool:
        """Whether a row of this key was seen that can't be opened now, or never."""
        return key_id in self._shut or key_id in self._broken

    def look_up_by(self, secret: bytes) -> None:
        """Take the key of all look-ups."""
        self._lookup = secret

    def is_gone(self, key_id: str) -> None:
        """There is no such key: its case was erased."""
        self._gone.add(key_id)

    def forget(self, key_ids: Iterable[str]) -> None:
        """Keys that were destroyed."""
        gone = set(key_ids)
        for key_id in gone:
            self._secrets.pop(key_id, None)
            self._boxes.pop(key_id, None)
            self._shut.pop(key_id, None)
            self._broken.discard(key_id)
            self._gone.add(key_id)
        self._current = {case: key for case, key in self._current.items() if key not in gone}

    # ---- for one transaction -------------------------------------------------------------------

    def current(self, case_id: str) -> str | None:
        """The id of the key by which this case is sealed."""
        return self._current.get(case_id)

    def secret(self, key_id: str) -> bytes | None:
        """The key, None for one that was destroyed.

        Raises KeyNeeded, BrokenSeal for one that is damaged, and OperatorKeyError where that isn't
        there by which it could be opened.
        """
        if key_id in self._secrets:
            return self._secrets[key_id]
        if key_id in self._gone:
            return None
        if key_id in self._broken:
            raise BrokenSeal("the key of a case is damaged")
        shut = self._shut.get(key_id)
        if shut is not None and (lack := self._lately(shut.operator)) is not None:
            raise OperatorKeyError(str(lack.why))
        raise KeyNeeded(key_id=key_id)

    def box(self, key_id: str) -> AESGCM | None:
        """What seals and opens texts with this key; None for one that was destroyed."""
        found = self._boxes.get(key_id)
        if found is None and (secret := self.secret(key_id)) is not None:
            found = self._boxes[key_id] = AESGCM(derived(secret, "texts"))
        return found

    def house_box(self, purpose: str) -> AESGCM:
        """What seals for one purpose by a key of the house, for all processes: what is stored nowhere."""
        return AESGCM(derived(self._lookup, purpose))

    def hashed(self, text: str) -> str:
        """What is stored of a text that must be found again, and not read."""
        return hmac.new(self._lookup, text.encode(), sha256).hexdigest()


@dataclass(slots=True)
class Keys:
    """The ring as one transaction sees it."""

    ring: Keyring
    #: The keys by which it has sealed and that others have made: they must still be there at its end.
    used_of_others: set[str] = field(default_factory=set)
    _made: dict[str, WrappedKey] = field(default_factory=dict)
    _fresh: dict[str, bytes] = field(default_factory=dict)
    _destroyed: set[str] = field(default_factory=set)

    def make(self, case_id: str, *, by: str = "") -> WrappedKey:
        """A new key of a case, which is sealed by it from now on; its row is yet to be written.

        It is wrapped with the newest of the operator's keys, or with the one called `by`.
        """
        key_id, secret = os.urandom(ID_LETTERS // 2).hex(), os.urandom(LENGTH)
        operator = self.ring.operator
        made = WrappedKey(
            id=key_id,
            case_id=case_id,
            operator=by or operator.current,
            wrapped=operator.wrap(secret, key_id, by=by),
        )
        self._made[case_id], self._fresh[key_id] = made, secret
        return made

    def made_for(self, case_id: str) -> str:
        """The id of the key that was made for this case in this transaction. Raises KeyError."""
        return self._made[case_id].id

    def destroy(self, key_ids: Iterable[str]) -> None:
        """Keys that are gone with this transaction."""
        self._destroyed.update(key_ids)

    def keep(self) -> None:
        """The transaction was committed."""
        self.ring.forget(self._destroyed)
        self.ring.learn(self._made.values())

    def seal(self, case_id: str, place: str, text: str) -> str:
        """A text of a case, for this place only (a column's name). Raises KeyNeeded."""
        made = self._made.get(case_id)
        key_id = made.id if made else self.ring.current(case_id)
        if key_id in self._destroyed:
            raise RuntimeError("nothing is sealed for a case whose keys this transaction destroyed")
        if key_id is None:
            raise KeyNeeded(case_id=case_id)
        box = AESGCM(derived(self._fresh[key_id], "texts")) if made else self.ring.box(key_id)
        if box is None:
            raise KeyNeeded(case_id=case_id)
        if made is None:
            self.used_of_others.add(key_id)
        nonce = os.urandom(NONCE)
        sealed = nonce + box.encrypt(nonce, text.encode("utf-8", "surrogatepass"), place.encode())
        return f"{MARK}{key_id}:{base64.b64encode(sealed).decode()}"

    def open(self, place: str, stored: str) -> str | None:
        """The text; None where its key was destroyed. Raises KeyNeeded, and BrokenSeal."""
        if not stored.startswith(MARK):
            # Of a version that sealed nothing.
            return stored
        key_id, _, sealed = stored[len(MARK) :].partition(":")
        if key_id in self._destroyed:
            return None
        fresh = self._fresh.get(key_id)
        box = AESGCM(derived(fresh, "texts")) if fresh else self.ring.box(key_id)
        if box is None:
            return None
        try:
            data = base64.b64decode(sealed, validate=True)
            opened = box.decrypt(data[:NONCE], data[NONCE:], place.encode())
        except (InvalidTag, ValueError):
            raise BrokenSeal(f"what is sealed in {place} is damaged") from None
        return opened.decode("utf-8", "surrogatepass")


def derived(secret: bytes, purpose: str) -> bytes:
    """A key for one purpose, made of that of a case (RFC 5869)."""
    return HKDFExpand(SHA256(), LENGTH, purpose.encode()).derive(secret)


def look_up(*parts: str) -> str:
    """What is stored of an address so that it is found again, and not read; in a transaction."""
    return KEYS.get().ring.hashed("\0".join(parts))


#: The keys of the transaction that runs, set by `Database`.
KEYS: ContextVar[Keys] = ContextVar("KEYS")
