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
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from bot.store.operator_key import LENGTH, NONCE, KeySource, OperatorKeyError, OperatorKeys

#: How a sealed text begins. Behind it: the id of its key, a colon, and nonce and bytes in base64.
MARK: Final = "sealed:1:"

#: How many letters the id of a key has.
ID_LETTERS: Final = 16


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


class Keyring:
    """The keys that are known, and the operator's."""

    def __init__(self, source: KeySource) -> None:
        """Ask the source for the operator's keys. Raises OperatorKeyError."""
        self._source = source
        self.operator: OperatorKeys = source.load()
        self._secrets: dict[str, bytes] = {}
        self._boxes: dict[str, AESGCM] = {}
        self._current: dict[str, str] = {}
        self._gone: set[str] = set()
        self._lookup = b""
        self._not_had: set[str] = set()

    def must_ask_for(self, operator: str) -> bool:
        """Whether an operator's key is in use elsewhere that the source wasn't asked for yet."""
        return operator not in self.operator.ids and operator not in self._not_had

    def ask_for(self, operator: str) -> None:
        """Ask the source for it. Where it has none, what there is wraps on. Raises OperatorKeyError."""
        self.operator = self._source.load()
        if operator not in self.operator.ids:
            self._not_had.add(operator)

    def learn(self, keys: Iterable[WrappedKey]) -> None:
        """Take keys from their rows, in the order in which they were made. Raises OperatorKeyError."""
        for key in keys:
            if key.id not in self._secrets:
                self._secrets[key.id] = self.unwrap(key.operator, key.wrapped, key.id)
            self._current[key.case_id] = key.id

    def unwrap(self, operator: str, wrapped: bytes, name: str) -> bytes:
        """Open what an operator's key has wrapped; a new one is asked for where it isn't known."""
        if operator not in self.operator.ids:
            self.operator = self._source.load()
        if operator not in self.operator.ids:
            raise OperatorKeyError(
                f"the operator's key {operator} is missing: what is stored was sealed with it, and "
                f"{' '.join(self.operator.ids)} is what SEALING_KEY_FILE, SEALING_KEY or "
                "SEALING_KEY_COMMAND gives. Bring the file back, or copy it from the first machine"
            )
        return self.operator.unwrap(operator, wrapped, name)

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
            self._gone.add(key_id)
        self._current = {case: key for case, key in self._current.items() if key not in gone}

    # ---- for one transaction -------------------------------------------------------------------

    def current(self, case_id: str) -> str | None:
        """The id of the key by which this case is sealed."""
        return self._current.get(case_id)

    def secret(self, key_id: str) -> bytes | None:
        """The key, None for one that was destroyed. Raises KeyNeeded."""
        if key_id in self._secrets:
            return self._secrets[key_id]
        if key_id in self._gone:
            return None
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

    def make(self, case_id: str) -> WrappedKey:
        """A new key of a case, which is sealed by it from now on; its row is yet to be written."""
        key_id, secret = os.urandom(ID_LETTERS // 2).hex(), os.urandom(LENGTH)
        operator = self.ring.operator
        made = WrappedKey(
            id=key_id,
            case_id=case_id,
            operator=operator.current,
            wrapped=operator.wrap(secret, key_id),
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
