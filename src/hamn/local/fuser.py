"""Who keeps a filesystem busy, where /proc doesn't tell it (AIX): fuser gives the processes, ps their names."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

TERM_S = 3.0
EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Holder:
    pid: int
    user: str
    comm: str
    path: str

    @property
    def line(self) -> str:
        return f"{self.pid} {self.user} {self.comm} {self.path}"


def find(paths: Iterable[str]) -> list[Holder]:
    """-c: whatever of the whole filesystem; -x: programs and libraries that run from it, too. This process and the
    one that asks are left out."""
    found = []
    for path in paths:
        said = subprocess.run(["fuser", "-cux", path], capture_output=True, text=True, check=False)
        pids = [int(word) for word in said.stdout.split() if word.isdecimal()]  # names and users are on stderr
        found += [Holder(pid, *named, path) for pid, named in _named(pids).items() if pid != os.getpid()]
    return found


def _named(pids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """By pid, user and name, of those that are still there."""
    if not pids:
        return {}
    asked = ["ps", "-o", "pid=,user=,comm=", "-p", ",".join(map(str, pids))]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    rows = (line.split(None, 2) for line in said.splitlines())
    return {int(row[0]): (row[1], row[2].strip()) for row in rows if len(row) == 3 and row[0].isdecimal()}


def fuser_holders(words: Sequence[str]) -> int:
    """fuser-holders PATH...: a line each, PID USER COMM PATH."""
    parser = argparse.ArgumentParser(prog="hamn-local fuser-holders")
    parser.add_argument("paths", nargs="+")
    for holder in find(parser.parse_args(words).paths):
        print(holder.line)
    return 0


def end_fuser_holders(words: Sequence[str]) -> int:
    """end-fuser-holders --name COMM... PATH...: SIGTERM, then SIGKILL, to those of that name alone."""
    parser = argparse.ArgumentParser(prog="hamn-local end-fuser-holders")
    parser.add_argument("--name", action="append", default=[], metavar="COMM")
    parser.add_argument("paths", nargs="+")
    arguments = parser.parse_args(words)
    left = _left(arguments.paths, arguments.name)
    for number, patience_s in ((signal.SIGTERM, TERM_S), (signal.SIGKILL, 1.0)):
        for holder in left:
            with suppress(ProcessLookupError):
                os.kill(holder.pid, number)
        until_s = time.monotonic() + patience_s
        while left and time.monotonic() < until_s:
            time.sleep(EVERY_S)
            left = _left(arguments.paths, arguments.name)
    for holder in left:
        print(f"still there: {holder.line}", file=sys.stderr)
    return 1 if left else 0


def _left(paths: Iterable[str], names: Collection[str]) -> list[Holder]:
    """Looked at anew each time: a number may be another process's by now."""
    return [holder for holder in find(paths) if holder.comm in names]
