"""The management daemon asked as its real clients ask: TLS with a certificate of its own, one request at a time.

With the limits of a client that measures: what is lost while the role moves is given up at once and asked anew.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from pathlib import Path

from hamn.xcat.client.connection import PORT
from hamn.xcat.protocol import frames, markup, request

CREDENTIALS = Path("/root/.xcat")


class Daemon:
    """Every method raises OSError when there is no whole answer in time, or when the answer is no."""

    def __init__(self, host: str, *, connect_s: float, read_s: float, credentials: Path = CREDENTIALS) -> None:
        self._host, self._connect_s, self._read_s, self._credentials = host, connect_s, read_s, credentials

    def ask(self, command: str, *args: str, table: str = "", data: Sequence[str] = ()) -> list[str]:
        """The lines it says."""
        more = {"table": [table], "data": list(data)} if table else {}
        said: list[str] = []
        wrong: list[str] = []
        with self._connected() as connection:
            connection.sendall(request.written(command, args, cwd="/", more=more))
            cut = frames.Frames(frames.RESPONSE, 1 << 24)
            while received := connection.recv(1 << 16):
                for document in cut.feed(received):
                    response = markup.read(document)
                    wrong += response.texts("error")
                    said += [one.text for one in response.children if one.name in ("info", "data")]
                    if response.has("serverdone"):
                        if wrong:
                            raise OSError(wrong[0])
                        return [line for text in said for line in text.splitlines()]
        raise OSError("the connection ended in the middle")

    def _connected(self) -> ssl.SSLSocket:
        # made anew each time: the certificates may be others when the role has moved
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(self._credentials / "ca.pem")
        context.load_cert_chain(self._credentials / "client-cred.pem")
        plain = socket.create_connection((self._host, PORT), timeout=self._connect_s)
        plain.settimeout(self._read_s)
        try:
            return context.wrap_socket(plain)
        except BaseException:
            plain.close()
            raise
