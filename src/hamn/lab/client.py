"""A client of the cluster: works through the virtual IP without pause and says what it saw.

    python3 -m hamn.lab.client --services database,dns,http,dhcp,ping --every-ms 10
    python3 -m hamn.lab.client --verify < what-it-printed

It prints JSON lines: `ready` when every service has answered once, `lost` and `back` for each absence, one
`row` for each acknowledged row, and on SIGTERM (or SIGINT) one `hamn.client/1` document with, for each service,
attempts, successes and the longest gap between two consecutive successes.

What is measured is the service's absence, not TCP's patience: a SYN that is lost while the address moves is
sent again by the kernel only after 1 s, so every connection attempt is given up after 0.1 s and made anew.
A row is acknowledged when its commit has returned, no earlier. A row whose commit got no answer is never tried
again under its number, so "acknowledged" and "found" can be compared one by one.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TextIO

from hamn.lab import dhcp
from hamn.lab.daemon import Daemon
from hamn.lab.rows import CONNECT_S, PASSWORD_FILE, READ_S, NoAnswer, Rows, open_rows

SERVICES = ("database", "dns", "http", "dhcp", "lsdef", "ping")
PATIENCE_S = 0.1
VERIFY_S = 60.0


@dataclass
class Absence:
    """What one service's successes say. Times are seconds of one monotonic clock.

    A gap runs from one success to the next; the last one runs to `end`, so that a service which never
    comes back isn't told as one that did.
    """

    attempts: int = 0
    successes: int = 0
    first_s: float | None = None
    last_s: float = 0.0
    longest_s: float = 0.0
    longest_from_s: float | None = None

    def success(self, now_s: float) -> None:
        self.successes += 1
        self._gap_to(now_s)
        self.first_s = now_s if self.first_s is None else self.first_s
        self.last_s = now_s

    def end(self, now_s: float) -> None:
        self._gap_to(now_s)

    def _gap_to(self, now_s: float) -> None:
        if self.first_s is not None and now_s - self.last_s > self.longest_s:
            self.longest_s, self.longest_from_s = now_s - self.last_s, self.last_s

    def document(self) -> dict[str, Any]:
        """`longest_gap_s` is null for a service that never answered."""
        return {
            "attempts": self.attempts,
            "successes": self.successes,
            "longest_gap_s": None if self.first_s is None else round(self.longest_s, 4),
            "longest_gap_from_s": self.longest_from_s,
        }


@dataclass
class Record:
    """What was seen, told line by line as it happens. Methods are called from every service's thread."""

    services: tuple[str, ...]
    out: TextIO
    seen: dict[str, Absence] = field(default_factory=dict)
    rows: int = 0
    _lost: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.seen = {service: Absence() for service in self.services}

    def attempt(self, service: str) -> None:
        self.seen[service].attempts += 1

    def success(self, service: str, *, row: int | None = None) -> None:
        with self._lock:
            now_s, absence = time.monotonic(), self.seen[service]
            first, gap_s = absence.first_s is None, now_s - absence.last_s
            absence.success(now_s)
            if row is not None:
                self.rows += 1
                self._say({"row": row, "at_s": now_s})
            if service in self._lost:
                self._lost.discard(service)
                self._say({"event": "back", "service": service, "at_s": now_s, "gap_s": None if first else gap_s})
            if first and all(one.first_s is not None for one in self.seen.values()):
                self._say({"event": "ready", "at_s": now_s})

    def failure(self, service: str, why: str) -> None:
        with self._lock:
            if service not in self._lost:
                self._lost.add(service)
                self._say({"event": "lost", "service": service, "at_s": time.monotonic(), "why": why})

    def end(self) -> None:
        with self._lock:
            now_s = time.monotonic()
            for absence in self.seen.values():
                absence.end(now_s)
            self._say(
                {
                    "schema": "hamn.client/1",
                    "services": {name: absence.document() for name, absence in self.seen.items()},
                    "rows_acknowledged": self.rows,
                }
            )

    def _say(self, line: dict[str, Any]) -> None:
        self.out.write(json.dumps(line) + "\n")
        self.out.flush()


def resolve(server: str, name: str) -> None:
    """Ask `server` for the A record of `name` (RFC 1035). Raises OSError when it isn't given one."""
    number = os.urandom(2)
    labels = b"".join(struct.pack("B", len(label)) + label.encode("ascii") for label in name.split("."))
    query = number + struct.pack("!HHHHH", 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(PATIENCE_S)
        asking.connect((server, 53))  # so that "nobody listens" is told at once
        asking.send(query)
        answer = asking.recv(4096)
    flags, _, answers = struct.unpack("!HHH", answer[2:8])
    if answer[:2] != number or flags & 0x800F != 0x8000 or not answers:
        raise OSError(f"{name}: no address in the answer (flags {flags:#06x}, {answers} answers)")


def fetch(server: str, path: str) -> None:
    """Raises OSError when the file isn't given whole."""
    connection = http.client.HTTPConnection(server, timeout=CONNECT_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        if answer.status != 200 or not answer.read():
            raise OSError(f"{path}: status {answer.status}")
    except http.client.HTTPException as error:
        raise OSError(f"{path}: {type(error).__name__}") from None
    finally:
        connection.close()


def define(daemon: Daemon, node: str) -> None:
    """Ask the management daemon for a node's definition. Raises OSError when it isn't given."""
    lines = daemon.ask("lsdef", "-t", "node", "-o", node)
    if f"Object name: {node}" not in lines:
        raise OSError(f"{node}: {lines}")


def checksum(packet: bytes) -> int:
    """RFC 1071."""
    total: int = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def ping(address: str, every_s: float, record: Record, ended: threading.Event) -> None:
    """Echo requests at a steady beat, whether answered or not; each answer is a success when it arrives."""
    mine = os.getpid() & 0xFFFF
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as wire:
        due_s = time.monotonic()
        for sequence in itertools.count():
            if ended.is_set():
                return
            record.attempt("ping")
            body = struct.pack("!HH", mine, sequence & 0xFFFF) + bytes(24)
            packet = struct.pack("!BBH", 8, 0, checksum(b"\x08\0\0\0" + body)) + body
            try:
                wire.sendto(packet, (address, 0))
            except OSError as error:
                record.failure("ping", str(error))
            due_s = max(due_s + every_s, time.monotonic())
            while (left_s := due_s - time.monotonic()) > 0:
                wire.settimeout(left_s)
                try:
                    answer = wire.recv(256)
                except OSError:
                    continue  # the beat is over, or the network says that nobody is there
                if answer[20] == 0 and answer[24:26] == struct.pack("!H", mine):
                    record.success("ping")
            if time.monotonic() - record.seen["ping"].last_s > 3 * every_s:
                record.failure("ping", "no answer")


def repeat(
    service: str, do: Callable[[], int | None], every_s: float, record: Record, ended: threading.Event
) -> None:
    """Do it again and again: at its beat while it works, at once (within 5 ms) when it doesn't."""
    while not ended.is_set():
        began_s = time.monotonic()
        record.attempt(service)
        try:
            row = do()
        except (OSError, NoAnswer) as error:
            record.failure(service, str(error) or type(error).__name__)
            ended.wait(0.005)
        else:
            record.success(service, row=row)
            ended.wait(max(0.0, began_s + every_s - time.monotonic()))


def inserting(rows: Rows) -> Callable[[], int]:
    # Nanoseconds of the wall clock: a number nobody used before, whichever client it was.
    numbers: Iterator[int] = itertools.count(time.time_ns())

    def insert() -> int:
        number = next(numbers)
        rows.insert(number)
        return number

    return insert


def work(options: argparse.Namespace, ended: threading.Event) -> None:
    """Every service in a thread of its own until `ended`; a record on stdout."""
    record = Record(tuple(options.services), sys.stdout)
    every_s = options.every_ms / 1000
    address = options.address
    threads: list[threading.Thread] = []

    def go(service: str, do: Callable[[], int | None], least_s: float) -> None:
        arguments = (service, do, max(every_s, least_s), record, ended)
        threads.append(threading.Thread(target=repeat, args=arguments, daemon=True))

    for service in options.services:
        match service:
            case "database":
                rows = open_rows(options.database, address, options.password_file)
                patiently(rows.create)
                go(service, inserting(rows), 0.0)
            case "dns":
                go(service, lambda: resolve(address, options.name), 0.0)
            case "http":
                go(service, lambda: fetch(address, options.path), 0.0)
            case "dhcp":
                lease = dhcp.Asking(options.interface)
                go(service, lease.ask, 0.25)
            case "lsdef":
                node = options.name.partition(".")[0]
                ask = partial(define, Daemon(address, connect_s=CONNECT_S, read_s=2 * READ_S), node)
                go(service, ask, 0.1)  # each connection costs both sides a handshake
            case "ping":
                arguments = (address, every_s, record, ended)
                threads.append(threading.Thread(target=ping, args=arguments, daemon=True))
    for thread in threads:
        thread.start()
    ended.wait()
    for thread in threads:
        thread.join(2)
    record.end()


def patiently(do: Callable[[], Any]) -> Any:
    """The database may be on its way: asked again for a minute. Raises NoAnswer after that."""
    deadline_s = time.monotonic() + VERIFY_S
    while True:
        try:
            return do()
        except NoAnswer:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.05)


def verify(rows: Rows, lines: TextIO) -> dict[str, Any]:
    """Which acknowledged rows of a client's own record the database doesn't have. Raises NoAnswer."""
    acknowledged = {line["row"] for line in map(json.loads, filter(str.strip, lines)) if "row" in line}
    missing = sorted(acknowledged - set(patiently(rows.numbers)))
    return {
        "schema": "hamn.client-verify/1",
        "rows_acknowledged": len(acknowledged),
        "rows_missing": len(missing),
        "missing": missing[:100],
    }


def end_with_stdin(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hamn-lab-client", description="a client of the lab's cluster")

    def services(text: str) -> list[str]:
        names = text.split(",")
        if unknown := set(names) - set(SERVICES):
            raise argparse.ArgumentTypeError(
                f"no such service: {', '.join(sorted(unknown))} (of {', '.join(SERVICES)})"
            )
        return names

    parser.add_argument("--services", type=services, default=list(SERVICES))
    parser.add_argument("--every-ms", type=float, default=10.0, help="the beat; DHCP's is never below 250 ms")
    parser.add_argument("--address", default="10.77.0.10", help="the virtual IP")
    parser.add_argument("--interface", default="eth0", help="where to ask for a lease")
    parser.add_argument("--database", default="mariadb", help="mariadb, postgresql or sqlite")
    parser.add_argument("--password-file", default=PASSWORD_FILE)
    parser.add_argument(
        "--name", default="node0001.cluster.test", help="what to resolve, and whose definition to ask for"
    )
    parser.add_argument("--path", default="/install/hello.txt", help="what to fetch")
    parser.add_argument("--until-eof", action="store_true", help="end also when stdin is closed")
    parser.add_argument("--verify", action="store_true", help="read a client's record on stdin; look its rows up")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    if options.until_eof:
        threading.Thread(target=end_with_stdin, args=(ended,), daemon=True).start()
    try:
        if not options.verify:
            work(options, ended)
            return 0
        found = verify(open_rows(options.database, options.address, options.password_file), sys.stdin)
    except (OSError, ValueError, NoAnswer) as error:
        print(f"hamn-lab-client: {options.address}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(found))
    return 1 if found["rows_missing"] else 0


if __name__ == "__main__":
    sys.exit(main())
