"""Many clients at once, some of which take a byte a second: who waits for whom."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hamn.xcat.protocol import request

MANY, SLOW = 500, 50
_BYTES = 2048
"""Of a slow client's receive buffer: what the daemon sends waits in the daemon."""
_END = b"<serverdone"


@dataclass(frozen=True)
class Daemon:
    """Where it listens, and the home of who asks."""

    port: int
    home: Path

    @property
    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(self.home / ".xcat/ca.pem")
        context.load_cert_chain(self.home / ".xcat/client-cred.pem")
        return context


def served(daemon: Daemon, count: int) -> tuple[int, float]:
    """How many of so many that came at once got all of `tabdump site`, and the seconds until the last had it."""
    began_s = time.monotonic()
    answers = asyncio.run(_all(daemon, count))
    return sum(_END in answer for answer in answers), time.monotonic() - began_s


async def _all(daemon: Daemon, count: int) -> list[bytes]:
    context = daemon.context
    return await asyncio.gather(*(_one(daemon, context) for _ in range(count)))


async def _one(daemon: Daemon, context: ssl.SSLContext) -> bytes:
    """Empty where it was refused."""
    said = b""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", daemon.port, ssl=context)
        writer.write(request.written("tabdump", ["site"], cwd="/"))
        while _END not in said and (more := await reader.read(1 << 16)):
            said += more
        writer.transport.abort()
    except OSError:
        return b""
    return said


@contextmanager
def slow_ones(daemon: Daemon, count: int = SLOW) -> Iterator[None]:
    """So many that have asked, and take a byte a second of the answer."""
    context, over = daemon.context, threading.Event()
    sockets = [_asked(daemon, context) for _ in range(count)]

    def take() -> None:
        while not over.wait(1):
            for one in sockets:
                with suppress(BlockingIOError, ConnectionError):
                    one.recv(1)

    taking = threading.Thread(target=take)
    taking.start()
    try:
        yield
    finally:
        over.set()
        taking.join()
        for one in sockets:
            one.close()


def _asked(daemon: Daemon, context: ssl.SSLContext) -> socket.socket:
    """The bare connection below TLS: what is read of it is what the network gives."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BYTES)
    plain.connect(("127.0.0.1", daemon.port))
    with context.wrap_socket(plain) as connection:
        connection.sendall(request.written("tabdump", ["site"], cwd="/"))
        below = socket.socket(fileno=connection.detach())
    below.setblocking(False)
    return below
