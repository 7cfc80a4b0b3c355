"""A signal wakes who listens, and is not lost on who is busy."""

from __future__ import annotations

import asyncio

from bot.signals import Signals


async def test_a_signal_wakes_everybody_who_watches_its_topic_and_nobody_else() -> None:
    signals = Signals()
    with signals.watch("a") as one, signals.watch("a", "b") as two, signals.watch("b") as other:
        signals.notify("a")
        assert [await watch.wait(0) for watch in (one, two, other)] == [True, True, False]


async def test_what_happens_while_the_listener_is_busy_wakes_it_once_afterwards() -> None:
    signals = Signals()
    with signals.watch("a") as watch:
        for _ in range(3):
            signals.notify("a")
        assert [await watch.wait(0), await watch.wait(0)] == [True, False]


async def test_a_listener_waits_no_longer_than_it_said() -> None:
    with Signals().watch("a") as watch:
        assert not await watch.wait(0.001)


async def test_a_sleeping_listener_is_woken() -> None:
    signals = Signals()
    with signals.watch("a") as watch:
        asyncio.get_running_loop().call_soon(signals.notify, "a")
        assert await watch.wait(10)


def test_who_has_stopped_listening_is_forgotten() -> None:
    signals = Signals()
    with signals.watch("a"):
        pass
    signals.notify("a")
    assert signals._watches == {}
