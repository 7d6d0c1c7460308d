"""Outside programs, called one way: words apart, nothing on standard input but what is given, a limit."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hamn.reports.report import error
from hamn.xcat.generators.written import Refused

LIMIT_S = 60.0
"""For a checker that reads 100,000 hosts, a daemon that writes its leases before it stops."""
NOT_THERE = 127
_SHOWN = 3  # of what a program said: its last lines


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status` as a shell gives it: NOT_THERE for a program that isn't installed."""

    status: int
    output: str = ""

    @property
    def is_good(self) -> bool:
        return self.status == 0

    @property
    def last_words(self) -> str:
        said = [line.strip() for line in self.output.splitlines() if line.strip()]
        return "; ".join(said[-_SHOWN:]) or f"exit status {self.status}"


class Programs(Protocol):
    def run(self, *argv: str) -> Outcome:
        """Never raises for what a program does, or for one that isn't there."""
        ...


class HostPrograms:
    """This machine's."""

    def run(self, *argv: str) -> Outcome:
        try:
            done = subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=LIMIT_S,
                text=True,
                errors="replace",
            )
        except FileNotFoundError:
            return Outcome(NOT_THERE, f"{argv[0]}: not installed")
        except PermissionError:
            return Outcome(126, f"{argv[0]}: not permitted")
        except subprocess.TimeoutExpired:
            return Outcome(124, f"{argv[0]}: did not end within {LIMIT_S:g} s")
        return Outcome(done.returncode, done.stdout)


class NoPrograms:
    """Those of a machine that doesn't run, whose files are made all the same."""

    def run(self, *argv: str) -> Outcome:
        return Outcome(NOT_THERE, f"{argv[0]}: not here")


def check(programs: Programs, what: str, *argv: str) -> None:
    """The daemon's own checker on a file that isn't in place yet. Refused (making-check) with its last words.

    A checker that isn't installed checks nothing: its daemon isn't there either, as on a machine that only keeps
    files ready.
    """
    found = programs.run(*argv)
    if found.status not in (0, NOT_THERE):
        hint = f"nothing was replaced; see `{' '.join(argv[:2])}`"
        raise Refused(error("making-check", f"{argv[0]} doesn't take it: {found.last_words}", what, hint))


def do(programs: Programs, *argv: str) -> Outcome:
    """For what has to work. Refused (making-program) with the program's last words."""
    found = programs.run(*argv)
    if not found.is_good:
        raise Refused(error("making-program", f"`{' '.join(argv)}` failed: {found.last_words}", argv[0]))
    return found


def is_active(programs: Programs, unit: str) -> bool:
    return programs.run("systemctl", "is-active", "--quiet", unit).is_good


def hang_up(programs: Programs, unit: str) -> None:
    """SIGHUP to a unit's main process: it reads its configuration again. One that hasn't set up its signals yet
    would end by it, and is restarted: conserver takes a second for each 16 consoles before it has."""
    found = programs.run("systemctl", "show", "--property=MainPID", "--value", unit)
    if _catches_hang_up(found.output.strip()):
        do(programs, "systemctl", "kill", "--kill-whom=main", "--signal=HUP", unit)
    else:
        do(programs, "systemctl", "restart", unit)


def _catches_hang_up(pid: str) -> bool:
    """Source: proc(5), SigCgt of /proc/PID/status."""
    try:
        text = Path("/proc", pid, "status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    caught = next((line.split()[1] for line in text.splitlines() if line.startswith("SigCgt:")), "0")
    return bool(int(caught, 16) >> (signal.SIGHUP - 1) & 1)
