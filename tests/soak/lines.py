"""Lines: how the driver of a soak reaches the program, one adapter for each channel and mode.

A new channel is a module with a class as in `line.py`, and an entry in `LINES`. A line speaks as many
patients, and spoils on its own account what its vendor may spoil: it repeats and swaps what is sent,
and answers the program with faults.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType

from tests.soak.line import Line
from tests.soak.telegram_line import telegram
from tests.soak.whatsapp_line import whatsapp

Opened = Callable[[random.Random], AbstractAsyncContextManager[Line]]

#: Every line there is, by its name.
LINES: Mapping[str, Opened] = MappingProxyType(
    {
        "telegram-polling": lambda dice: telegram(dice, webhook=False),
        "telegram-webhook": lambda dice: telegram(dice, webhook=True),
        "whatsapp": whatsapp,
    }
)
