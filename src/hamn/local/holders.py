"""Who keeps a filesystem busy: every process, swap, loop device, export and mount that still needs it.

The filesystem itself is never touched, so that one whose server or disk is dead hangs nobody.
"""

from __future__ import annotations

import argparse
import os
import pwd
import signal
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hamn.local import mounts
from hamn.local.mounts import Mounted

WITHIN_S = 5.0
"""For one look at all of /proc."""
TERM_S = 3.0
EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Holding:
    """One process and one thing that it holds. `born` tells it from a later process of the same number."""

    pid: int
    born: str
    comm: str
    path: str

    @property
    def line(self) -> str:
        return f"{self.pid} {_user(self.pid)} {self.comm} {self.path}"


class Search:
    """One look at /proc for whoever needs what is mounted at `paths`."""

    def __init__(self, paths: Collection[str]) -> None:
        self.paths = {os.path.normpath(path) for path in paths}
        self.own = mounts.read()
        self.deadline_s = time.monotonic() + WITHIN_S
        self.complete = True
        """False when the time was over before everything was looked at."""
        self._namespace = os.readlink("/proc/self/ns/mnt")
        self._tables: dict[str, list[Mounted]] = {self._namespace: self.own}
        self._members: dict[str, int] = {}
        self._read_namespaces()
        tables = self._tables.values()
        self.devices = mounts.devices(self.paths, self.own) or {
            device for table in tables for device in mounts.devices(self.paths, table)
        }
        """Where it is mounted no more here, what somebody else still has mounted there."""

    def _read_namespaces(self) -> None:
        for pid in _pids():
            with suppress(OSError):
                namespace = os.readlink(f"/proc/{pid}/ns/mnt")
                if namespace not in self._tables:
                    self._tables[namespace] = mounts.read(pid)
                    self._members[namespace] = pid

    def processes(self) -> Iterator[Holding]:
        """One for each thing that each process holds; this one and its own left out."""
        for pid in _pids():
            if time.monotonic() > self.deadline_s:
                self.complete = False
                return
            if pid == os.getpid():
                continue
            with suppress(OSError):  # it ended while we looked
                yield from self._held_by(pid)

    def _held_by(self, pid: int) -> Iterator[Holding]:
        table = self._tables.get(os.readlink(f"/proc/{pid}/ns/mnt"), [])
        born, comm = _identity(pid)
        told = set()
        for path in self._links(pid, table):
            if path not in told:
                told.add(path)
                yield Holding(pid, born, comm, path)

    def _links(self, pid: int, table: list[Mounted]) -> Iterator[str]:
        for name in ("cwd", "root", "exe"):
            path = _link(f"/proc/{pid}/{name}")
            if path and self._is_ours(path, table):
                yield path
        for name in os.listdir(f"/proc/{pid}/fd"):
            path = _link(f"/proc/{pid}/fd/{name}")
            if path.startswith("/") and self._is_ours(path, table):
                yield path
        with open(f"/proc/{pid}/maps", encoding="utf-8", errors="surrogateescape") as maps:
            for line in maps:
                words = line.rstrip("\n").split(maxsplit=5)
                if len(words) == 6 and words[5].startswith("/") and self._is_ours(words[5], table):
                    yield words[5]

    def _is_ours(self, path: str, table: list[Mounted]) -> bool:
        mounted = mounts.covering(path, table)
        return mounted is not None and mounted.device in self.devices

    def kernel(self) -> Iterator[str]:
        """Lines for what holds it without being a process."""
        for what, path in _backed():
            if self._is_ours(path, self.own):
                yield f"- kernel {what} {path}"
        for path in self.paths:
            for mounted in self.own:
                if mounted.target not in self.paths and mounts.is_below(mounted.target, path):
                    yield f"- kernel mount {mounted.target}"
        for namespace, pid in self._members.items():
            for mounted in self._tables[namespace]:
                if mounted.device in self.devices and not self._follows(mounted):
                    with suppress(OSError):
                        comm = _identity(pid)[1]
                        yield f"{pid} {_user(pid)} {comm} {mounted.target} (mounted in its own namespace)"

    def _follows(self, mounted: Mounted) -> bool:
        """A copy that goes when ours is unmounted, as systemd's services have: it holds nothing."""
        return any(own.sends in mounted.hears for own in self.own if own.device == mounted.device)


def _pids() -> list[int]:
    return sorted(int(name) for name in os.listdir("/proc") if name.isdecimal())


def _link(path: str) -> str:
    """What a link of /proc names, "" when it can't be told: a kernel thread, or gone."""
    try:
        return os.readlink(path).removesuffix(" (deleted)")
    except OSError:
        return ""


def _identity(pid: int) -> tuple[str, str]:
    """(start time, comm). Source: proc(5), /proc/pid/stat fields 22 and 2. Raises OSError when it is gone."""
    stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    comm, _, rest = stat.partition("(")[2].rpartition(")")
    return rest.split()[19], comm


def _user(pid: int) -> str:
    try:
        owner = Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        return "?"
    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        return str(owner)


def _backed() -> Iterator[tuple[str, str]]:
    """(what, path): swap files, loop devices, NFS exports."""
    with suppress(OSError):
        for line in Path("/proc/swaps").read_text().splitlines()[1:]:
            yield "swap", line.split()[0]
    for backing in Path("/sys/block").glob("loop*/loop/backing_file"):
        with suppress(OSError):
            yield backing.parts[3], backing.read_text().strip().removesuffix(" (deleted)")
    with suppress(OSError):
        for line in Path("/proc/fs/nfsd/exports").read_text().splitlines():
            if line.startswith("/"):
                yield "nfsd", line.split("\t")[0]


def holders(words: Sequence[str]) -> int:
    """holders PATH...: a line each, PID USER COMM PATH, whatever keeps what is mounted there busy."""
    parser = argparse.ArgumentParser(prog="hamn-local holders")
    parser.add_argument("paths", nargs="+")
    search = Search(parser.parse_args(words).paths)
    for holding in search.processes():
        print(holding.line, flush=True)
    for line in search.kernel():
        print(line)
    if not search.complete:
        print(f"(not everything: the look at /proc ended after {WITHIN_S:g} s)")
    return 0


def end_holders(words: Sequence[str]) -> int:
    """end-holders --name COMM... PATH...: TERM, then KILL, to those named and to no others; prints what it ended.

    Exit status 1 when one of them is still there.
    """
    parser = argparse.ArgumentParser(prog="hamn-local end-holders")
    parser.add_argument("--name", action="append", required=True, metavar="COMM")
    parser.add_argument("paths", nargs="+")
    arguments = parser.parse_args(words)
    search = Search(arguments.paths)
    left = {holding.pid: holding for holding in search.processes() if holding.comm in arguments.name}
    for holding in left.values():
        print(f"ended {holding.line}")
    for number, patience_s in ((signal.SIGTERM, TERM_S), (signal.SIGKILL, 1.0)):
        for holding in left.values():
            _signal(holding, number)
        until_s = time.monotonic() + patience_s
        while left and time.monotonic() < until_s:
            left = {pid: holding for pid, holding in left.items() if _is_there(holding)}
            time.sleep(EVERY_S if left else 0)
    for holding in left.values():
        print(f"still there: {holding.line}", file=sys.stderr)
    return 1 if left else 0


def _is_there(holding: Holding) -> bool:
    """Alive and the same; one that only waits to be reaped holds nothing any more."""
    try:
        stat = Path(f"/proc/{holding.pid}/stat").read_text(errors="replace")
        return _identity(holding.pid) == (holding.born, holding.comm) and stat.rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _signal(holding: Holding, number: signal.Signals) -> None:
    """Through a descriptor of the process, so that it can't be another of the same number by now."""
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(holding.pid)
        try:
            if _is_there(holding):
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)
