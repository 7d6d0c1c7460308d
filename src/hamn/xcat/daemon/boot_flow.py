"""3001/udp: nodes that boot ask whether there is room for one more before they ask for anything bigger."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

ASKS, HEARD, ROOM = b"resourcerequest: xcatd", b"ackresourcerequest\n", b"resourcerequest: ok\n"


class BootFlow(asyncio.DatagramProtocol):
    """Whoever hears nothing more than that it was heard asks again. Discovery packets are left unanswered."""

    def __init__(self, has_room: Callable[[], bool]) -> None:
        self._has_room = has_room

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, peer: tuple[str | int, ...]) -> None:
        if data.rstrip() == ASKS:
            self._transport.sendto(HEARD, peer)
            if self._has_room():
                self._transport.sendto(ROOM, peer)
