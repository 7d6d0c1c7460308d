"""A machine of the lab that runs out of something, by the control groups of the host."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hamn.lab.cgroup import Cgroup, hierarchy
from hamn.lab.lab import Lab

FIRST_VERSION = Path("/sys/fs/cgroup/pids")
"""Where a host that still uses version 1 for its controllers has this one."""


@contextmanager
def process_slots(lab: Lab, machine: str, spare: int) -> Iterator[None]:
    """No more than `spare` processes can be started on it beside those it has. What a test runs there by the lab's
    own way in isn't counted where the host has this controller in version 1."""
    cgroup = lab.machine(machine).cgroup
    group = _first_version(lab, machine, cgroup) if FIRST_VERSION.is_dir() else _second_version(cgroup)
    current = int((group / "pids.current").read_text())
    (group / "pids.max").write_text(str(current + spare))
    try:
        yield
    finally:
        (group / "pids.max").write_text("max")
        if FIRST_VERSION in group.parents:
            _leave(group)


def _first_version(lab: Lab, machine: str, cgroup: Cgroup) -> Path:
    group = FIRST_VERSION / f"hamn-test-{lab.name}-{machine}"
    group.mkdir(exist_ok=True)
    for _ in range(2):  # one that was forked meanwhile is there the second time
        _move(cgroup.pids(), group / "cgroup.procs")
    return group


def _second_version(cgroup: Cgroup) -> Path:
    for parent in (hierarchy(), cgroup.path.parents[1], cgroup.path.parent):
        (parent / "cgroup.subtree_control").write_text("+pids")
    return cgroup.path


def _move(pids: list[int], procs: Path) -> None:
    for pid in pids:
        try:
            procs.write_text(str(pid))
        except ProcessLookupError:
            continue


def _leave(group: Path) -> None:
    """The group goes when the last of it has been moved out, or has ended with its machine."""
    while group.is_dir():
        _move([int(pid) for pid in (group / "cgroup.procs").read_text().split()], FIRST_VERSION / "cgroup.procs")
        try:
            group.rmdir()
        except OSError:
            time.sleep(0.02)
