"""What the driver of a soak asks of a line: of one channel in one mode, with its vendor's double."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Protocol

#: Of so many calls one goes wrong in a certain way, while there is trouble.
RARE, OFTEN = 0.005, 0.05
#: Of so many messages one comes twice, or after the next.
REPEATED, SWAPPED = 0.05, 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A message that reached a patient's phone; `external_id` is what the vendor calls it."""

    external_id: str
    patient: int
    text: str


class Line(Protocol):
    """One channel with its vendor's double at the far end."""

    #: The channel's name in the store.
    channel: str
    #: How many answers a second may leave on it.
    a_second: float
    #: Seconds after which a message without an answer is stuck.
    patience: float
    #: How often each kind of trouble was made.
    troubles: Counter[str]
    #: Whether trouble is made, and whether some of it is to wait for half a minute in vain.
    rough: bool
    slow: bool

    def settings(self, program_url: str) -> dict[str, str]:
        """What the program is started with."""
        ...

    async def say(self, patient: int, number: int, text: str) -> None:
        """A patient writes their message of this number."""
        ...

    async def send_file(
        self, patient: int, number: int, name: str, body: bytes, *, pace: float = 0.0
    ) -> None:
        """A patient sends a file, which is to be had at `pace` bytes a second where one is given."""
        ...

    async def flush(self, patient: int) -> None:
        """What was held back so as to come late is sent."""
        ...

    def heard(self, patient: int) -> int:
        """How many messages have reached a patient."""
        ...

    def delivered(self) -> list[Delivered]:
        """What has reached whom, in its order."""
        ...

    def acknowledged(self) -> list[float]:
        """The seconds in which the webhook answered; none where there is no webhook."""
        ...

    def faults(self) -> list[str]:
        """What is not as it must be at the vendor's, in words."""
        ...
