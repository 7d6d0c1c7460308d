"""The daemon's life: it looks at the tables, listens, says so, and at the word to stop is gone within two
seconds."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
import traceback
from asyncio.sslproto import SSLProtocol
from contextlib import suppress
from pathlib import Path

from hamn.xcat.daemon import notices
from hamn.xcat.daemon.boot_flow import BootFlow
from hamn.xcat.daemon.client import Client
from hamn.xcat.daemon.nodes import Nodes
from hamn.xcat.daemon.service import Service

HANDSHAKE_S = 10.0
CLOSING_S = 300.0
"""For a client to take the last of what it was told, when all is said."""
ENDING_S = 1.0
"""For commands at work, when the daemon stops; what they had not completed by then is undone."""
WRITING_S = 0.4
"""Then, for logs and for what nodes said last."""
QUEUE = 1024
READ_BYTES = 32 * 1024
"""For each client, for as long as it is there. Python's own 256 KiB would be 128 MB for 500 clients."""


class Credentials:
    """The server's certificate as it lies in its file now: one that was renewed is used from the next client
    on."""

    def __init__(self, directory: Path) -> None:
        """OSError, ssl.SSLError where there is none that can be used."""
        self._credential, self._authority = directory / "server-cred.pem", directory / "ca.pem"
        self._seen: tuple[object, ...] = ()
        self.context = self._context()

    def _context(self) -> ssl.SSLContext:
        self._seen = self._look()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._credential)
        context.load_verify_locations(self._authority)
        context.verify_mode = ssl.CERT_OPTIONAL  # who shows none is nobody; who shows a foreign one is refused
        context.sni_callback = self._choose
        return context

    def _choose(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        """Called in every handshake. A file that can't be read at this moment changes nothing."""
        with suppress(OSError, ssl.SSLError):
            if self._look() != self._seen:
                self.context = self._context()
            connection.context = self.context

    def _look(self) -> tuple[object, ...]:
        looks = [path.stat() for path in (self._credential, self._authority)]
        return tuple((look.st_ino, look.st_mtime_ns, look.st_size) for look in looks)


class Server:
    """Ports: of clients (TLS, and datagrams of nodes), of nodes. 0: any that is free; `clients_port` says
    which."""

    def __init__(self, service: Service, nodes: Nodes, credentials: Credentials, ports: tuple[int, int]) -> None:
        self._service, self._nodes, self._credentials = service, nodes, credentials
        self._sockets = [_listening(port) for port in ports]
        self.clients_port, self.nodes_port = (one.getsockname()[1] for one in self._sockets)
        self._clients: dict[asyncio.Task[None], Client] = {}
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Until `stop`, or SIGTERM, or SIGINT."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        clients, nodes = self._sockets
        SSLProtocol.max_size = READ_BYTES
        listeners = [
            await asyncio.start_server(
                self._client,
                sock=clients,
                ssl=self._credentials.context,
                ssl_handshake_timeout=HANDSHAKE_S,
                ssl_shutdown_timeout=CLOSING_S,
                backlog=QUEUE,
            ),
            await asyncio.start_server(self._nodes.converse, sock=nodes, backlog=QUEUE),
        ]
        datagrams, _ = await loop.create_datagram_endpoint(
            lambda: BootFlow(lambda: self._service.has_room), sock=_datagrams(clients)
        )
        writing = asyncio.create_task(self._nodes.write_statuses())
        notices.tell("READY=1", f"STATUS=port {self.clients_port}")
        await self._stopped.wait()
        notices.tell("STOPPING=1")
        for listener in listeners:
            listener.close()
        datagrams.close()
        writing.cancel()
        await self._end()

    def stop(self) -> None:
        self._stopped.set()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Client(self._service, reader, writer)
        task = asyncio.create_task(client.converse())
        self._clients[task] = client
        try:
            await asyncio.wait([task])
        finally:
            del self._clients[task]
        if not task.cancelled() and (mistake := task.exception()):  # of ours: it ends this conversation alone
            self._service.log.complain("".join(traceback.format_exception(mistake)))

    async def _end(self) -> None:
        for task, client in self._clients.items():
            client.is_last = True
            if not client.is_at_work:
                task.cancel()
        at_work = [task for task, client in self._clients.items() if client.is_at_work]
        if at_work:
            await asyncio.wait(at_work, timeout=ENDING_S)
        await asyncio.wait([*self._service.logging, asyncio.create_task(self._nodes.end())], timeout=WRITING_S)


def _listening(port: int) -> socket.socket:
    """On every address, the virtual one too whenever it comes. OSError where another has the port."""
    if socket.has_dualstack_ipv6():
        one = socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=QUEUE)
    else:
        one = socket.create_server(("", port), backlog=QUEUE)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # inherited; else every answer waits for 40 ms
    return one


def _datagrams(clients: socket.socket) -> socket.socket:
    """The datagram port of the same number."""
    one = socket.socket(clients.family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    if clients.family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    one.bind(("", clients.getsockname()[1]))
    return one
