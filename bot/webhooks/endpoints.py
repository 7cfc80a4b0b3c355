"""Endpoints: the addresses from the settings, by ids that can be written down and logged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where events go. The address may hold a secret of the receiver's: `host` is what is shown."""

    id: str
    url: str = field(repr=False)

    @property
    def host(self) -> str:
        """The host, for people to know it by."""
        return urlsplit(self.url).netloc


def endpoints_of(addresses: Iterable[str]) -> tuple[Endpoint, ...]:
    """The endpoints at these addresses."""
    return tuple(
        Endpoint(id=hashlib.sha256(url.encode()).hexdigest()[:16], url=url) for url in addresses
    )


def job_key(endpoint: str, case_id: str) -> str:
    """One job for each endpoint and case: so the events of a case come in order."""
    return f"webhook:{endpoint}:{case_id}"
