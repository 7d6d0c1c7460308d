"""The lab's stand-in for a management daemon. It is NOT xcatd, and speaks nothing of xcatd's protocol.

It listens where such a daemon does (3001/tcp) and keeps numbered rows in the role's database, so that
the lab has a daemon which needs the database and the address. One request a line, one answer a line:

    ping        ok
    insert N    ok N            after the transaction is committed
    count       ok COUNT
    rows        ok N N N ...

What can't be done answers `error WHY`; a database that isn't there yet is asked again at the next request.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import socketserver
import sys
from collections.abc import Callable
from types import FrameType

from hamn.lab.rows import PASSWORD_FILE, STANDIN_PORT, NoAnswer, Rows, open_rows


def answer(line: str, rows: Rows) -> str:
    """The answer to one request; never raises for what a client or the database can do."""
    try:
        match line.split():
            case ["ping"]:
                return "ok"
            case ["insert", number] if number.isdecimal():
                rows.insert(int(number))
                return f"ok {int(number)}"
            case ["count"]:
                return f"ok {len(rows.numbers())}"
            case ["rows"]:
                return " ".join(["ok", *map(str, rows.numbers())])
    except NoAnswer as error:
        return f"error {error}"
    return "error no such request: ping, insert N, count, rows"


class Standin(socketserver.ThreadingTCPServer):
    """One thread and one database connection a client."""

    allow_reuse_address = True
    daemon_threads = True  # a client that stays connected doesn't keep us from ending
    block_on_close = False

    def __init__(self, address: tuple[str, int], open_: Callable[[], Rows]) -> None:
        self.open_rows = open_
        super().__init__(address, Conversation)


class Conversation(socketserver.StreamRequestHandler):
    server: Standin

    def handle(self) -> None:
        rows = self.server.open_rows()
        try:
            for line in self.rfile:
                self.wfile.write((answer(line.decode("ascii", "replace"), rows) + "\n").encode("ascii", "replace"))
        except OSError:
            pass  # the client went away, or its network did
        finally:
            rows.close()


def notify_ready() -> None:
    """sd_notify(3), where an init that wants to know started us."""
    path = os.environ.get("NOTIFY_SOCKET")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as message:
            message.sendto(b"READY=1", "\0" + path[1:] if path.startswith("@") else path)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="hamn-lab-standin", description="the lab's stand-in daemon")
    parser.add_argument("--database", default="mariadb", help="mariadb, postgresql or sqlite:PATH")
    parser.add_argument("--password-file", default=PASSWORD_FILE)
    parser.add_argument("--address", default="0.0.0.0")  # noqa: S104 - the virtual IP comes and goes
    parser.add_argument("--port", type=int, default=STANDIN_PORT)
    options = parser.parse_args(argv)

    def open_() -> Rows:
        return open_rows(options.database, "127.0.0.1", options.password_file)

    def end(_number: int, _frame: FrameType | None) -> None:
        sys.exit(0)  # what was answered is committed; what wasn't, nobody was promised

    signal.signal(signal.SIGTERM, end)
    try:
        open_()
    except (OSError, ValueError) as error:
        parser.error(str(error))
    with Standin((options.address, options.port), open_) as server:
        notify_ready()
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
