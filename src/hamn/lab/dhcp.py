"""The client's DHCP exchange (RFC 2131): discover, offer, request, acknowledge, with real packets.

One made-up hardware address, so that the server gives the same lease each time and its pool lasts.
Answers are asked for by broadcast (the flag of section 4.1), so no address is ever put on an interface.
"""

from __future__ import annotations

import os
import socket
import struct
import time

PATIENCE_S = 0.3
COOKIE = b"\x63\x82\x53\x63"
DISCOVER, OFFER, REQUEST, ACK = 1, 2, 3, 5
MESSAGE_TYPE, REQUESTED_ADDRESS, SERVER, END = 53, 50, 54, 255


class Asking:
    """A socket on the client's port of one interface. Raises OSError where that can't be had."""

    def __init__(self, interface: str, hardware: bytes = b"\x02\x68\x61\x6d\x6e\x01") -> None:
        self._hardware = hardware
        self.address = b""
        """The last lease's."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        self._socket.bind(("", 68))

    def ask(self) -> None:
        """One whole lease. Raises OSError (TimeoutError) when no server gives one."""
        transaction = os.urandom(4)
        offered, server = self._exchange(transaction, DISCOVER, OFFER, b"")
        wanted = bytes((REQUESTED_ADDRESS, 4)) + offered + bytes((SERVER, 4)) + server
        self.address, _ = self._exchange(transaction, REQUEST, ACK, wanted)

    def _exchange(self, transaction: bytes, sent: int, wanted: int, more: bytes) -> tuple[bytes, bytes]:
        message = struct.pack("!BBBB4sHH16x6s10x192x", 1, 1, 6, 0, transaction, 0, 0x8000, self._hardware)
        message += COOKIE + bytes((MESSAGE_TYPE, 1, sent)) + more + bytes((END,))
        self._socket.sendto(message.ljust(300, b"\0"), ("255.255.255.255", 67))
        deadline_s = time.monotonic() + PATIENCE_S
        while (left_s := deadline_s - time.monotonic()) > 0:
            self._socket.settimeout(left_s)
            answer = self._socket.recv(2048)
            found = options(answer[240:])
            if answer[4:8] == transaction and found.get(MESSAGE_TYPE) == bytes((wanted,)) and SERVER in found:
                return answer[16:20], found[SERVER]
        raise TimeoutError("no DHCP server answered")


def options(field: bytes) -> dict[int, bytes]:
    """Tag and value of each option; a torn last one is left out."""
    found: dict[int, bytes] = {}
    while len(field) > 1 and field[0] != END:
        if field[0] == 0:  # padding
            field = field[1:]
            continue
        length = field[1]
        found[field[0]] = field[2 : 2 + length]
        field = field[2 + length :]
    return found
