"""A daemon in a process of its own, with a few commands that show what it does with them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from hamn.xcat.conversation import Answer, Request
from hamn.xcat.credentials import authority, first_rows, setup
from hamn.xcat.credentials.first_rows import Beginning
from hamn.xcat.credentials.identity import identities
from hamn.xcat.credentials.places import Places
from hamn.xcat.daemon.gate import Hosts
from hamn.xcat.daemon.log import Log, to_stderr
from hamn.xcat.daemon.main import main
from hamn.xcat.daemon.nodes import Nodes
from hamn.xcat.daemon.server import Credentials, Server
from hamn.xcat.daemon.service import Service
from hamn.xcat.protocol import frames, markup, request
from hamn.xcat.stores import locate, open_store
from hamn.xcat.stores.sqlite import SqliteStore

ME = pwd.getpwuid(os.getuid()).pw_name
NAME = "xcatmn"
PATIENCE_S = 0.2
AT_WORK = 8


def made(root: Path) -> Places:
    """Credentials and tables of a first day. Keys of a kind that takes no time to make: the others are for
    tests of credentials."""
    places = Places(root, ME)
    places.etc.mkdir(parents=True)
    names = ("mn", "localhost", "127.0.0.1")
    with mock.patch.object(authority, "KEY", ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")):
        one = authority.Authority(places)
        with one.held():
            one.make(setup.AUTHORITY)
            for identity in identities(places, "mn", names):
                identity.ensure(one, places)
    first_rows.ensure(SqliteStore(places.etc), Beginning("mn", "10.1.0.1"), "mn")
    return places


class Daemon:
    def __init__(self, places: Places, process: subprocess.Popen[str]) -> None:
        self.places, self.process = places, process
        assert process.stdout
        line = process.stdout.readline().split()
        assert line, "the daemon didn't start"
        self.port, self.nodes_port = map(int, line)

    @property
    def store(self) -> SqliteStore:
        return SqliteStore(self.places.etc)

    @property
    def log(self) -> Path:
        return self.places.root / "commands.log"

    @property
    def said(self) -> str:
        return (self.places.root / "stderr").read_text()

    def context(self, user: str | None = "root", authority: Path | None = None) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        home = self.places.root_home / ".xcat"
        context.load_verify_locations(authority or home / "ca.pem")
        if user:
            context.load_cert_chain(home / "client-cred.pem")
        return context

    def connect(self, user: str | None = "root") -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        return self.context(user).wrap_socket(plain)

    def ask(self, command: str, *args: str, user: str | None = "root") -> list[markup.Element]:
        with self.connect(user) as connection:
            connection.sendall(asked(command, *args))
            return responses(connection)

    def stop(self) -> float:
        """How long it took, in seconds."""
        began_s = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=10)
        return time.monotonic() - began_s


def asked(command: str, *args: str) -> bytes:
    return request.written(command, args, cwd="/root")


def responses(connection: socket.socket) -> list[markup.Element]:
    """Until the server is done, or ends it."""
    cut, found = frames.Frames(frames.RESPONSE, 1 << 28), list[markup.Element]()
    while not (found and found[-1].has("serverdone")):
        data = connection.recv(65536)
        if not data:
            break
        found += map(markup.read, cut.feed(data))
    return found


def texts(found: list[markup.Element], kind: str = "data") -> list[str]:
    return [text for one in found for text in one.texts(kind)]


@contextlib.contextmanager
def daemon(places: Places, cfgloc: str = "") -> Iterator[Daemon]:
    """`cfgloc`: where its tables are, if not in SQLite below `places`."""
    environment = {**os.environ, **({"XCATCFG": cfgloc} if cfgloc else {})}
    with (places.root / "stderr").open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.xcat.daemon.running", str(places.root)],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env=environment,
        )
    try:
        yield Daemon(places, process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


# -- inside that process --


def _echo(request: Request) -> Iterator[Answer]:
    for field in ("command", "args", "noderange", "stdin", "user", "host", "cwd"):
        yield Answer("data", f"{field}={getattr(request, field)!r}")


def _lines(request: Request) -> Iterator[Answer]:
    text = request.args[1] if len(request.args) > 1 else "line"
    for number in range(int(request.args[0])):
        yield Answer("info", f"{text} {number}")


def _slow(request: Request) -> Iterator[Answer]:
    yield Answer("info", "begun")
    until = Path(request.args[0])
    while not until.exists():
        time.sleep(0.02)
    yield Answer("info", "ended")


def _for_ever(request: Request) -> Iterator[Answer]:
    """Says so in a file when it was ended."""
    try:
        while True:
            yield Answer("info", "still here")
            time.sleep(0.01)
    finally:
        Path(request.args[0]).write_text("ended")


def _stuck(request: Request) -> Iterator[Answer]:
    time.sleep(600)
    yield Answer("info", "never")


def _wrong(request: Request) -> Iterator[Answer]:
    yield Answer("error", "that was wrong", errorcode=3)
    yield Answer("warning", "mind this")
    yield Answer("node", "down", node="n1", errorcode=4)
    yield Answer("node", "up", node="n2")


def _broken(request: Request) -> Iterator[Answer]:
    yield Answer("info", "begun")
    raise RuntimeError("a mistake of ours")


def _lsxcatd(request: Request) -> Iterator[Answer]:
    yield Answer("data", "Version 1")


def _getpostscript(request: Request) -> Iterator[Answer]:
    yield Answer("data", f"echo {request.noderange}\n#END OF SCRIPT")


COMMANDS = {
    "echo": _echo,
    "lines": _lines,
    "slow": _slow,
    "forever": _for_ever,
    "stuck": _stuck,
    "wrong": _wrong,
    "broken": _broken,
    "lsxcatd": _lsxcatd,
    "getpostscript": _getpostscript,
    **dict.fromkeys(("tabrestore", "nodels", "lsdef", "mkdef", "chdef"), _echo),
}


class _Here(Hosts):
    """The test is a node."""

    def of(self, address: str) -> str:
        return "n1" if address == "127.0.0.1" else super().of(address)


async def _main(root: Path) -> None:
    places = Places(root, ME)
    store = open_store(locate(os.environ)) if "XCATCFG" in os.environ else SqliteStore(places.etc, PATIENCE_S)
    log = Log(store, root / "commands.log", to_stderr)
    service = Service(NAME, store, COMMANDS, log, AT_WORK)
    server = Server(service, Nodes(store, COMMANDS, _Here(), log), Credentials(places.server), (0, 0))
    print(server.clients_port, server.nodes_port, flush=True)
    await server.run()
    os._exit(0)


if __name__ == "__main__":
    directory, *words = sys.argv[1:]
    if words:
        me = (sys.executable, __file__, directory)
        tables = SqliteStore(Places(Path(directory)).etc, PATIENCE_S)
        sys.exit(main(words, tables, COMMANDS, Path(directory, "log/commands.log"), me))
    asyncio.run(_main(Path(directory)))
