"""Taking and giving back the shared data: the one place that writes the owner record.

Invariant: the epoch never goes back and grows by one at each taking; a record names at most one holder, and
only that holder, or somebody with proof that it is out of action (`accept`), can change it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from hamn.local.file import write
from hamn.model.owner import OwnerRecord

MEND = (
    "if this is the pair's disk, put in its place the copy of the machine that held it last: owner.json in hamn's "
    "state directory there"
)
"""A record is written whole or not at all, so a torn one is the disk's doing, and a person's to judge."""


class Refused(Exception):
    """It would break the invariant; one line for an operator."""


@dataclass(frozen=True, slots=True)
class Claim:
    """`at_least`: the highest epoch that the pair knows of; a record below it is not the pair's live data.

    `unshared`: the pair has no shared data, so each machine keeps a record of its own, which catches up when
    the machine takes the role."""

    pair: str
    machine: str
    operation: str
    boot_id: str
    accept: Collection[str] = ()
    at_least: int = 0
    mount: str = ""
    unshared: bool = False

    def record(self, epoch: int) -> OwnerRecord:
        return OwnerRecord(
            self.pair, epoch, self.machine, self.boot_id, operation=self.operation, mount=self.mount
        )


def taken(now: OwnerRecord | None, claim: Claim) -> OwnerRecord:
    """The record after the claim: `now` itself when this very claim was carried out before. Raises Refused."""
    if claim.unshared and (now is None or now.epoch < claim.at_least):
        return claim.record(claim.at_least + 1)
    if now is None:
        if claim.at_least > 0:
            raise Refused(
                f"no owner record, but this pair has reached epoch {claim.at_least}: not the pair's shared data"
            )
        return claim.record(1)
    if now.pair != claim.pair:
        raise Refused(f"belongs to another pair, {now.pair}")
    if now.epoch < claim.at_least:
        seen = f"epoch {now.epoch} is older than what this pair last saw, {claim.at_least}"
        raise Refused(f"{seen}: another disk, or an old copy")
    if now.machine is not None and now.machine != claim.machine and now.machine not in claim.accept:
        raise Refused(f"held by {now.machine} (epoch {now.epoch})")
    if (now.machine, now.operation, now.boot_id) == (claim.machine, claim.operation, claim.boot_id):
        return now
    return claim.record(now.epoch + 1)


def released(now: OwnerRecord | None, machine: str, operation: str) -> OwnerRecord:
    """The record after `machine` gave the data back. Raises Refused."""
    if now is None:
        raise Refused(f"no owner record: nothing that {machine} could give back")
    if now.machine is None and now.released_by == machine:
        return now
    if now.machine != machine:
        raise Refused(f"held by {now.machine or 'nobody'} (epoch {now.epoch}), not by {machine}")
    return replace(now, machine=None, boot_id="", released_by=machine, operation=operation)


def _change(path: str, memory: str | None, change: Callable[[OwnerRecord | None], OwnerRecord]) -> int:
    """The shared record first: what a machine remembers never runs ahead of it."""
    try:
        now = _read(path)
        record = change(now)
    except Refused as refusal:
        print(f"{path}: {refusal}", file=sys.stderr)
        return 3
    if record != now:
        record = replace(record, at=datetime.now(UTC).isoformat(timespec="milliseconds"))
        write(path, record.text().encode(), 0o644)
    if memory:
        _remember(memory, record)
    print(record.text(), end="")
    return 0


def _remember(memory: str, record: OwnerRecord) -> None:
    """A copy on this machine's own disk. A failing disk is a reason to leave: it keeps nobody there."""
    try:
        Path(memory).parent.mkdir(0o700, parents=True, exist_ok=True)
        write(memory, record.text().encode(), 0o600)
    except OSError as error:
        print(f"{memory}: not kept up: {error.strerror}", file=sys.stderr)


def _read(path: str) -> OwnerRecord | None:
    try:
        return OwnerRecord.from_text(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise Refused(f"{error}; {MEND}") from None


def take_ownership(words: Sequence[str]) -> int:
    """take-ownership: raises the epoch in the machine's name, or refuses with exit status 3."""
    parser = argparse.ArgumentParser(prog="hamn-local take-ownership")
    for option in ("--pair", "--machine", "--operation", "--boot-id"):
        parser.add_argument(option, required=True)
    parser.add_argument("--accept", action="append", default=[], metavar="MACHINE")
    parser.add_argument("--at-least", type=int, required=True, metavar="EPOCH")
    parser.add_argument("--unshared", action="store_true", help="the record is this machine's own")
    parser.add_argument("--memory", metavar="PATH", help="also written, on this machine's own disk")
    parser.add_argument("path")
    a = parser.parse_args(words)
    mount = "" if a.unshared else str(Path(a.path).parent)
    claim = Claim(a.pair, a.machine, a.operation, a.boot_id, frozenset(a.accept), a.at_least, mount, a.unshared)
    if a.unshared:  # the first that is written on this machine; on shared data a missing directory is a wrong disk
        Path(a.path).parent.mkdir(0o700, parents=True, exist_ok=True)
    return _change(a.path, a.memory, lambda now: taken(now, claim))


def release_ownership(words: Sequence[str]) -> int:
    """release-ownership: nobody holds the data any more, at the same epoch."""
    parser = argparse.ArgumentParser(prog="hamn-local release-ownership")
    parser.add_argument("--machine", required=True)
    parser.add_argument("--operation", required=True)
    parser.add_argument("--memory", metavar="PATH", help="also written, on this machine's own disk")
    parser.add_argument("path")
    a = parser.parse_args(words)
    return _change(a.path, a.memory, lambda now: released(now, a.machine, a.operation))
