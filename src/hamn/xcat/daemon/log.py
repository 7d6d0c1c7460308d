"""Who asked for what: a line for the system's log, an entry in commands.log, a row in table auditlog.

Secrets stay out: what options and attributes named like a password say is starred, and of the tables' own contents
only the number of lines is kept.
"""

from __future__ import annotations

import os
import re
import sys
import syslog
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hamn.xcat.conversation import Answer
from hamn.xcat.daemon.asked import Asked
from hamn.xcat.policy import Decision
from hamn.xcat.stores import Store, StoreError
from hamn.xcat.tables import site

COMMANDS_LOG = Path("/var/log/xcat/commands.log")
KEPT_LINES = 200
"""Of what a command said; how many more there were is noted."""

_SHOWING = frozenset(("tabdump", "tabgrep", "gettab", "lsdef", "nodels"))
_SECRET = re.compile(
    r"(?<![\w.])([\w.]*(?:passw|secret|community|privkey)[\w.]*(?:==|=~|[+^-]?=|:))\S+", re.IGNORECASE
)
_ODD = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_LINE = 1_000

Say = Callable[[int, str], None]


def to_syslog(priority: int, text: str) -> None:
    syslog.syslog(priority | syslog.LOG_LOCAL4, text)


def to_stderr(priority: int, text: str) -> None:
    """For the journal: the first characters are the priority, as systemd reads it."""
    print(f"<{priority}>{text}", file=sys.stderr, flush=True)


def hidden(text: str) -> str:
    """One line of plain characters, not too long, without its secrets."""
    short = text if len(text) <= _LINE else f"{text[:_LINE]}... ({len(text)} characters)"
    return _ODD.sub("?", _SECRET.sub(r"\1******", short.replace("\n", "\\n")))


class Entry:
    """One command in commands.log, while it is at work. `heard` may be called from several threads, in turn."""

    def __init__(self, asked: Asked) -> None:
        self._asked, self._lines = asked, list[str]()
        self._more = 0
        self._shows = asked.request.command in _SHOWING
        self._began_s, self._moment = time.monotonic(), time.localtime()
        self.status = 0

    def heard(self, answer: Answer) -> None:
        self.status |= answer.errorcode
        if self._shows and answer.kind not in ("error", "warning"):
            self._more += 1 + answer.text.count("\n")
            return
        text = f"{answer.node}: {answer.text}" if answer.node else answer.text
        before = {"error": "Error: ", "warning": "Warning: "}.get(answer.kind, "")
        lines = [before + line for line in text.split("\n")]
        room = max(0, KEPT_LINES - len(self._lines))
        self._lines += lines[:room]
        self._more += len(lines[room:])

    def text(self) -> str:
        more = [f"({self._more} lines{' more' if self._lines else ''})"] if self._more else []
        return "\n".join(
            [
                "=" * 52,
                f"[Date]       {time.strftime('%Y-%m-%d %H:%M:%S', self._moment)}",
                f"[ClientType] {hidden(self._asked.client_type)} ",
                f"[Request]    {hidden(self._asked.line)} ",
                "[Response]",
                *map(hidden, self._lines),
                *more,
                f"[ElapsedTime] {time.monotonic() - self._began_s:.3f} s",
                "",
            ]
        )


class Log:
    """Writes; never fails. What can't be written is said where it can, once per cause."""

    def __init__(self, store: Store, path: Path = COMMANDS_LOG, say: Say = to_syslog) -> None:
        self._store, self._path, self.say = store, path, say
        self._trouble = ""

    def judged(self, asked: Asked, decision: Decision) -> None:
        word = "Allowing" if decision.is_allowed else "Denying"
        request = asked.request
        why = "" if decision.is_allowed else f": {decision.because}"
        line = f"{word} {hidden(asked.line)} for {hidden(request.user) or 'nobody'} from {request.host}{why}"
        self.say(syslog.LOG_INFO if decision.is_allowed else syslog.LOG_WARNING, line)

    def ended(self, asked: Asked, entry: Entry) -> None:
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "a", encoding="utf-8", errors="surrogateescape") as file:
                file.write(entry.text())
        except OSError as why:
            self.complain(f"{self._path}: {why.strerror}: commands are not logged there")
        self._audit(asked, entry)

    def _audit(self, asked: Asked, entry: Entry) -> None:
        """A row, unless site.auditskipcmds leaves this command out: on a fresh site it is ALL."""
        request = asked.request
        with suppress(StoreError):
            skipped = site.settings(self._store.read("site")).get("auditskipcmds", "ALL").split(",")
            if {"ALL", request.command, f"clienttype:{asked.client_type}"} & {word.strip() for word in skipped}:
                return
            row = {
                "audittime": time.strftime("%Y-%m-%d %H:%M:%S"),
                "userid": hidden(request.user),
                "clientname": request.host,
                "clienttype": hidden(asked.client_type),
                "command": hidden(request.command),
                "noderange": hidden(request.noderange or ""),
                "args": hidden(" ".join(request.args)),
                "status": "failed" if entry.status else "allowed",
            }
            with self._store.change(["auditlog"]) as change:
                change.insert("auditlog", [row])

    def complain(self, what: str) -> None:
        """Not twice in a row."""
        if what != self._trouble:
            self._trouble = what
            self.say(syslog.LOG_WARNING, what)
