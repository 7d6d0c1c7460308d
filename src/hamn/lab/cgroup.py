"""Control groups: whose process is whose, so that a machine can be frozen and killed whole.

What is running is read from the kernel, never remembered: a lab whose maker was killed is found again by name.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from hamn.reports.report import Exit, Stop, error

ROOT = "hamn-lab"

_JOIN = """\
import os, sys
with open(sys.argv[1], "w") as procs:
    procs.write("0")
os.execvp(sys.argv[2], sys.argv[2:])
"""


def hierarchy() -> Path:
    """Where this host has cgroup2 mounted: hosts that still use version 1 keep it in a corner. Raises Stop."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        place, _, kind = line.partition(" - ")
        if kind.startswith("cgroup2 "):
            return Path(place.split()[4])
    raise Stop(
        Exit.FAILED,
        [
            error(
                "lab-no-cgroup2", "no cgroup2 is mounted on this host", hint="mount -t cgroup2 none /sys/fs/cgroup"
            )
        ],
    )


class Cgroup:
    """A group of processes of the lab, with everything below it."""

    def __init__(self, *names: str) -> None:
        self.path = hierarchy().joinpath(ROOT, *names)

    def make(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)

    def joining(self, argv: Sequence[str]) -> list[str]:
        """The argv that joins the group and only then becomes `argv`: not even a program that forks at once can be
        missed by a freeze or a kill. In a frozen group it waits there for the thaw, as in a machine that hangs."""
        self.make()
        return [sys.executable, "-I", "-S", "-c", _JOIN, str(self.path / "cgroup.procs"), *argv]

    def pids(self) -> list[int]:
        found: list[int] = []
        for file in [self.path / "cgroup.procs", *self.path.rglob("cgroup.procs")] if self.path.is_dir() else []:
            try:
                found += [int(line) for line in file.read_text().split()]
            except OSError:  # the group went away, or this file is not for reading (threaded)
                continue
        return list(dict.fromkeys(found))

    def freeze(self, *, frozen: bool) -> None:
        """Returns when it is so."""
        (self.path / "cgroup.freeze").write_text("1" if frozen else "0")
        self._wait("frozen", "1" if frozen else "0")

    @property
    def is_frozen(self) -> bool:
        return self._event("frozen") == "1"

    def kill(self) -> None:
        """SIGKILL to every process, frozen or not; returns when the last is gone."""
        if not self.path.is_dir():
            return
        (self.path / "cgroup.kill").write_text("1")
        self._wait("populated", "0")

    def remove(self) -> None:
        """Kills and removes until nothing is left: somebody may be on the way in. Raises Stop if it stays busy."""
        deadline_s = time.monotonic() + 10.0
        while self.path.is_dir():
            self.kill()
            below = [path for path in self.path.rglob("*") if path.is_dir()]
            try:
                for path in [*sorted(below, key=lambda path: len(path.parts), reverse=True), self.path]:
                    path.rmdir()
            except OSError as why:
                if time.monotonic() > deadline_s:
                    what = f"can't be removed: {why.strerror}"
                    raise Stop(Exit.FAILED, [error("lab-cgroup-stuck", what, str(self.path))]) from None
                time.sleep(0.05)

    def _event(self, name: str) -> str:
        try:
            lines = (self.path / "cgroup.events").read_text().splitlines()
        except OSError:
            return "0"
        return dict(line.split() for line in lines).get(name, "0")

    def _wait(self, event: str, value: str, *, timeout_s: float = 30.0) -> None:
        deadline_s = time.monotonic() + timeout_s
        while self._event(event) != value:
            if time.monotonic() > deadline_s:
                raise Stop(
                    Exit.FAILED,
                    [error("lab-cgroup-stuck", f"{event} is not {value} after {timeout_s:.0f} s", str(self.path))],
                )
            time.sleep(0.005)
