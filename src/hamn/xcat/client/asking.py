"""From the words on a command line to a request, as xCAT's own clients send it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence

from hamn.xcat.protocol import markup, request

BY_NODERANGE = frozenset(
    ("nodels", "nodech", "noderm", "tabgrep", "makehosts", "makedns", "makedhcp", "makeconservercf", "makegocons")
)
"""Their first word that is no option is a node range, and travels apart from the others."""
DEFINING = frozenset(("lsdef", "mkdef", "chdef", "rmdef"))
"""They have a place for what comes on standard input, empty or not."""

_LINE = re.compile(r"[^\n]*\n|[^\n]+")  # Python's own splitlines knows ten other ends of a line
_STANZA = re.compile(r"-[A-Za-z]*z[A-Za-z]*|--stanza")


class CannotAsk(Exception):
    """What is wrong with the words or the files they name: for standard output, as the real one has it; and the
    exit status."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class Question:
    """A request before it is XML: what a daemon gets, or the command itself in this process."""

    __slots__ = ("args", "command", "data", "noderange", "stdin", "table")

    def __init__(self, command: str, words: Sequence[str]) -> None:
        self.command = command
        self.args = list(words)
        self.noderange: str | None = None
        self.stdin: str | None = None
        self.table: str | None = None
        self.data: str | None = None
        if command in BY_NODERANGE:
            self._take_noderange()
        elif command in DEFINING:
            self.stdin = _stdin() if command in ("mkdef", "chdef") and any(map(_STANZA.fullmatch, words)) else ""
        elif command == "tabrestore":
            self._take_file()

    def _take_noderange(self) -> None:
        for number, word in enumerate(self.args):
            if not word.startswith("-"):
                self.noderange = self.args.pop(number)
                return

    def _take_file(self) -> None:
        """The file is this machine's: its lines travel. The table is named like the file."""
        files = [word for word in self.args if not word.startswith("-")]
        if not files:
            return
        path = files[-1]
        self.args.remove(path)
        self.args.append(path)
        try:
            with open(path, encoding=markup.ENCODING, errors=markup.ERRORS, newline="") as file:
                self.data = file.read()
        except OSError:
            raise CannotAsk(f"Error: Unable to open {path} for reading.", 3) from None
        self.table = os.path.basename(path).partition(".")[0]

    def written(self, environment: Mapping[str, str]) -> bytes:
        more: dict[str, Sequence[str]] = {}
        args = self.args
        if self.table is not None and self.data is not None:
            more = {"table": [self.table], "data": _LINE.findall(self.data)}
            args = args[:-1]
        return request.written(
            self.command,
            args,
            cwd=os.getcwd(),
            noderange=self.noderange,
            stdin=self.stdin,
            environment={name: value for name, value in environment.items() if name.startswith("XCAT_")},
            more=more,
        )


def _stdin() -> str:
    """All of it. Only asked for where the words say that definitions come this way: an idle pipe is nobody's
    input."""
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    return sys.stdin.buffer.read().decode(markup.ENCODING, markup.ERRORS)
