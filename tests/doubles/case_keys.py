"""Keys of cases that several processes of a test derive alike, and of which some are destroyed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    id: str
    secret: bytes


@dataclass
class DerivedKeys:
    """No key is kept: each follows from its case. What is `destroyed` are ids of keys."""

    destroyed: set[str] = field(default_factory=set)
    made_for: list[str] = field(default_factory=list)

    async def for_case(self, case_id: str) -> Key:
        self.made_for.append(case_id)
        key_id = hashlib.sha256(case_id.encode()).hexdigest()[:16]
        return Key(id=key_id, secret=_secret(key_id))

    async def opened(self, key_id: str) -> bytes | None:
        return None if key_id in self.destroyed else _secret(key_id)

    async def destroy(self, case_id: str) -> None:
        self.destroyed.add((await self.for_case(case_id)).id)


def _secret(key_id: str) -> bytes:
    return hashlib.sha256(f"secret of {key_id}".encode()).digest()
