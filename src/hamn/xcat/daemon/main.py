"""`xcatd`: from its words to a daemon that is at work, or to one clear line why it can't be."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import resource
import signal
import socket
import ssl
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from hamn.xcat import policy
from hamn.xcat.daemon import background, notices
from hamn.xcat.daemon.log import COMMANDS_LOG, Log, to_stderr, to_syslog
from hamn.xcat.daemon.nodes import Nodes
from hamn.xcat.daemon.server import Credentials, Server
from hamn.xcat.daemon.service import Command, Service
from hamn.xcat.stores import Store, StoreError
from hamn.xcat.tables import site

PATIENCE_S = 200
"""For a database that is starting. Tables that nobody set up, or that aren't mounted, don't come by waiting."""
SWITCHING_S = 0.0005
"""A command that computes lets others in so often: with Python's own 5 ms a short one takes 0.1 s beside it."""
_COMES_BACK = ("store-unreachable", "store-locked")


class CannotServe(Exception):
    """What, and what to do next."""


def main(
    argv: Sequence[str],
    store: Store,
    commands: Mapping[str, Command],
    log_file: Path = COMMANDS_LOG,
    program: Sequence[str] = (),
) -> int:
    """Until it is told to stop, then it ends the process. 1, after one clear line, where it can't serve."""
    words = _parser().parse_args(argv)
    try:
        if not words.f:
            background.start(["-p", str(words.p)] if words.p else [], program)
            return 0
        _serve(_server(store, commands, log_file), words.p)
    except (CannotServe, background.NotStarted) as why:
        print(f"xcatd: {why}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="xcatd", description="serves xCAT's commands on 3001/tcp")
    parser.add_argument("-f", action="store_true", help="stay in the foreground")
    parser.add_argument("-p", metavar="FILE", type=Path, help="keep the process id there")
    return parser


def _serve(server: Server, pid_file: Path | None) -> NoReturn:
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    sys.setswitchinterval(SWITCHING_S)
    gc.freeze()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a terminal that goes, a logrotate that means well
    if pid_file:
        try:
            pid_file.write_text(f"{os.getpid()}\n", encoding="ascii")
        except OSError as why:
            raise CannotServe(f"{pid_file}: can't be written: {why.strerror}") from None
    asyncio.run(_run(server, pid_file))


async def _run(server: Server, pid_file: Path | None) -> NoReturn:
    await server.run()
    _leave(pid_file)


def _leave(pid_file: Path | None) -> NoReturn:
    """Threads that wait for a lock or a program, and clients that take their time, keep nobody: what commands
    had not completed is undone."""
    if pid_file:
        pid_file.unlink(missing_ok=True)
    sys.stderr.flush()
    os._exit(0)


def _server(store: Store, commands: Mapping[str, Command], log_file: Path) -> Server:
    settings = _settings(store)
    with suppress(OSError):  # the log says it
        log_file.parent.mkdir(mode=0o700, exist_ok=True)
    log = Log(store, log_file, say=to_stderr if "JOURNAL_STREAM" in os.environ else to_syslog)
    with suppress(StoreError):  # they can be read a moment later; each request says if not
        for report in policy.complaints(store.read("policy")):
            log.complain(str(report))
    name = socket.gethostname().partition(".")[0]
    service = Service(name, store, commands, log, _number(settings, "xcatmaxconnections"))
    nodes = Nodes(store, commands, service.hosts, log)
    directory = Path(settings["xcatconfdir"]) / "cert"
    try:
        credentials = Credentials(directory)
    except (OSError, ssl.SSLError) as why:
        raise CannotServe(f"{directory}: no certificate that can be used: {why} (run `hamn xcat init`)") from None
    ports = _number(settings, "xcatdport"), _number(settings, "xcatiport")
    try:
        return Server(service, nodes, credentials, ports)
    except OSError as why:
        which = " or ".join(map(str, ports))
        raise CannotServe(f"port {which}: {why.strerror} (`ss -ltnp` says who has it: another xcatd?)") from None


def _settings(store: Store) -> Mapping[str, str]:
    """Table site, as soon as it can be read."""
    waited_s = 0
    while True:
        try:
            rows = store.read("site")
            break
        except StoreError as why:
            if why.report.code not in _COMES_BACK or waited_s >= PATIENCE_S:
                raise CannotServe(str(why)) from None
            notices.tell(f"STATUS=waiting for the tables: {why}", "EXTEND_TIMEOUT_USEC=10000000")
        time.sleep(1)
        waited_s += 1
    if not any(row.get("key") == "xcatdport" for row in rows):
        raise CannotServe("ERROR: Need xcatdport defined in site table, try chtab key=xcatdport site.value=3001")
    return site.settings(rows)


def _number(settings: Mapping[str, str], key: str) -> int:
    text = settings[key]
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotServe(
            f"site.{key} is {text!r}, which is no number that it can be (chtab key={key} site.value=...)"
        )
    return int(text)
