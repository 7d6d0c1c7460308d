"""From here to a daemon: TLS with this user's certificate, one request, and everything that is said back."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress

from hamn.xcat.protocol import frames, request

PORT = 3001
CONNECT_S = 15.0
"""As the real client. After that it waits as long as the command takes; TCP tells it when the server has died."""
_RESPONSE_BYTES = 1 << 30


class NoConnection(Exception):
    """Why, in the real client's words; `status` is the operating system's number for it, which scripts tell
    apart."""

    def __init__(self, why: str, status: int) -> None:
        super().__init__(why)
        self.status = status


class EndedEarly(Exception):
    """The server went away before it was done."""


def place(environment: Mapping[str, str]) -> tuple[str, int]:
    """XCATHOST: host, host:port, [IPv6]:port."""
    host, colon, port = (environment.get("XCATHOST") or "localhost").rpartition(":")
    if not colon or not port.isdecimal():
        host, port = host + colon + port, str(PORT)
    return host.strip("[]"), int(port)


def readable(home: str, name: str) -> str | None:
    """One of this user's files, if it is there for this user."""
    path = os.path.join(home, ".xcat", name)
    return path if os.access(path, os.R_OK) else None


class Connection:
    def __init__(self, host: str, port: int, certificate: str | None, authority: str | None) -> None:
        """Raises NoConnection. Whoever the cluster's authority calls a server is one, by whatever name it was
        reached: the virtual IP, a machine's own address, localhost. Without the authority nobody can be told
        apart, and without a certificate nothing is allowed that anybody may not do."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        try:
            if authority:
                context.load_verify_locations(authority)
            else:
                context.verify_mode = ssl.CERT_NONE
            if certificate:
                context.load_cert_chain(certificate)
        except (ssl.SSLError, OSError) as why:
            raise NoConnection(f"SSL: {certificate or authority} can't be used: {why}", 255) from None
        try:
            plain = socket.create_connection((host, port), timeout=CONNECT_S)
        except socket.gaierror as why:
            raise NoConnection(f"{host}: {why.strerror}", 255) from None
        except TimeoutError:
            raise NoConnection("connect: Connection timed out", 110) from None
        except OSError as why:
            raise NoConnection(f"connect: {why.strerror}", why.errno or 255) from None
        _notice_death(plain)
        try:
            self._socket = context.wrap_socket(plain)
        except ssl.SSLError as why:
            plain.close()
            raise NoConnection(f"SSL connect attempt failed error:{why.reason or why}", 255) from None
        except OSError as why:
            plain.close()
            raise NoConnection("SSL connect attempt failed", why.errno or 104) from None
        self._socket.settimeout(None)

    def ask(self, question: bytes) -> Iterator[bytes]:
        """The responses, each as soon as it is complete, until the server is done. Raises EndedEarly."""
        cut = frames.Frames(frames.RESPONSE, _RESPONSE_BYTES)
        try:
            self._socket.sendall(question)
            while data := self._socket.recv(1 << 18):
                for document in cut.feed(data):
                    yield document
                    if b"<serverdone" in document:  # no text can have this in it: its < would be &lt;
                        return
        except (OSError, frames.NotThis, frames.TooLong) as why:
            raise EndedEarly(str(why)) from None
        raise EndedEarly("")

    def abort(self) -> None:
        """The server stops what it does for us; if it can't be told, the end of the connection tells it."""
        with suppress(OSError):
            self._socket.sendall(request.ABORT)

    def close(self) -> None:
        self._socket.close()


def _notice_death(plain: socket.socket) -> None:
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for option, value in ((socket.TCP_KEEPIDLE, 30), (socket.TCP_KEEPINTVL, 10), (socket.TCP_KEEPCNT, 3)):
        plain.setsockopt(socket.IPPROTO_TCP, option, value)
