"""Ports that stay a test's own, also between two starts of the program that listens on them."""

from __future__ import annotations

import atexit
import socket

_held: list[socket.socket] = []


def own_port() -> int:
    """A port of this machine that nobody else is given for as long as the tests run.

    It is held by a socket that is bound and doesn't listen. The program, which allows itself to bind
    an address in use (SO_REUSEADDR), listens there beside it; nobody else is given the port.
    https://man7.org/linux/man-pages/man7/socket.7.html
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    _held.append(holder)
    return int(holder.getsockname()[1])


@atexit.register
def _let_go() -> None:
    for holder in _held:
        holder.close()
