"""What is known of the two machines at one moment. None means: not known, which is not the same as no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cmp_to_key
from typing import Any

from hamn.model.owner import OwnerRecord
from hamn.model.pair import Pair
from hamn.platforms.answers import Address, Group, Mount, System, Unit
from hamn.platforms.platform import Platform

SPEAKS = frozenset(("old-hamn", "no-hamn", "key-refused", "host-key-changed", "host-key-unknown"))
"""Codes of `ports.Unreachable` that only a running machine can bring about."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What a machine's journal says of an operation that was begun on `machine`."""

    id: str
    verb: str
    goal: str
    machine: str
    user: str
    begun: str
    active: str | None
    """Who shall be active at its end; None for one that only gives back."""
    only: str | None
    epoch: int
    """The shared data's when it began; 0 where nobody could know it (the machine that knew was silent)."""
    running: bool
    """Somebody is at it now (the machine's lock is held by it)."""
    open: bool = True
    """Something of it may be half done, as far as that journal knows."""
    outcome: str = ""
    left: str | None = None
    """Who was active at its end."""
    declaration: str = ""
    """Fingerprint of the one that it went by."""
    named: tuple[str, ...] = ()
    """Resources that its first plan was about."""

    @property
    def sets_up(self) -> bool:
        """No move of the role: the same words again go on with it, `resume` doesn't."""
        return self.verb.startswith(("setup ", "disks ", "restore "))

    def is_finished_by(self, later: Operation) -> bool:
        """Whether the role is whole again since that later one: where it left nobody active, only what wanted the
        very same thing given back is over."""
        whole = later.left is not None or (later.active, later.only) == (self.active, self.only)
        return later.is_later_than(self) and later.outcome in ("done", "degraded") and whole

    def is_later_than(self, other: Operation) -> bool:
        """By what was known when each began: the machines' clocks, which ids begin with, may be an hour apart."""
        if self.epoch and other.epoch and self.epoch != other.epoch:
            return self.epoch > other.epoch
        return self.id > other.id

    def is_left_behind(self, record: OwnerRecord) -> bool:
        """The role has moved on from it: somebody else has taken the data since."""
        if record.epoch <= self.epoch or record.operation == self.id:
            return False
        return bool(self.epoch) or record.operation > self.id


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """One machine's answers, or why there are none."""

    name: str
    answers: bool
    why_not: str = ""
    code: str = ""
    """`ports.Unreachable.code` when it doesn't answer."""
    hint: str = ""
    platform: Platform | None = None
    system: System | None = None
    boot_id: str = ""
    blind: str = ""
    """Why it can't be asked what it holds, though it answers: what the first such question came to."""
    version: str = ""
    fingerprint: str = ""
    """Of the declaration on that machine; "" when it has none."""
    addresses: tuple[Address, ...] | None = None
    mounts: tuple[Mount, ...] | None = None
    units: Mapping[str, Unit] = field(default_factory=dict)
    groups: tuple[Group, ...] | None = None
    databases: Mapping[str, bool | None] = field(default_factory=dict)
    """By resource id: a query was answered."""
    hooks: Mapping[str, bool | None] = field(default_factory=dict)
    exporting: bool | None = None
    owner: OwnerRecord | None = None
    """As read from the shared data; only where it is mounted."""
    owner_trouble: str = ""
    """Why a record that should be readable isn't."""
    disk_hangs: bool = False
    """The shared data is mounted there and gave no answer in time."""
    remembered: OwnerRecord | None = None
    """What this machine last wrote or saw, on its own disk."""
    operations: tuple[Operation, ...] = ()
    stuck: str = ""
    """Commands of an operation that can't be ended there: what they do may still happen. "" without any."""

    @property
    def owns(self) -> bool:
        """It holds the role, since before anybody could have rebooted it: the shared data says so."""
        return self.owner is not None and (self.owner.machine, self.owner.boot_id) == (self.name, self.boot_id)

    @property
    def lives(self) -> bool:
        """Somebody is at home there, though it can't be asked what it holds: a machine that speaks ssh is no dead
        one."""
        return self.answers or self.code in SPEAKS

    def mounted(self, target: str) -> bool | None:
        if self.mounts is None:
            return None
        return any(mount.target == target for mount in self.mounts)


@dataclass(frozen=True, slots=True)
class Facts:
    """Both machines at one moment."""

    machines: Mapping[str, MachineFacts]

    def __getitem__(self, name: str) -> MachineFacts:
        return self.machines[name]

    @property
    def epoch(self) -> int:
        """The highest epoch that anybody answering has seen; 0 for a pair that never was active."""
        records = [r for m in self.machines.values() for r in (m.owner, m.remembered) if r is not None]
        return max((record.epoch for record in records), default=0)

    @property
    def known_epoch(self) -> int:
        """`epoch` where it is certain: the shared data itself was read, or everybody who may have written it
        answers. Else 0."""
        certain = self.owner is not None or all(seen.answers for seen in self.machines.values())
        return self.epoch if certain else 0

    @property
    def owner(self) -> OwnerRecord | None:
        """The record on the shared data, where somebody has it mounted and can read it."""
        seen = [m.owner for m in self.machines.values() if m.owner is not None]
        return max(seen, key=lambda record: record.epoch, default=None)

    @property
    def last_known(self) -> OwnerRecord | None:
        """The record with the highest epoch, on the shared data or remembered."""
        seen = [r for m in self.machines.values() for r in (m.owner, m.remembered) if r is not None]
        return max(seen, key=lambda record: (record.epoch, record.machine is None), default=None)

    @property
    def open_operations(self) -> tuple[Operation, ...]:
        """Newest last. Not those that the role has moved on from since, by the record's epoch or by what another
        journal knows (their machine was off then, so nobody could write an end into its own)."""
        known = [operation for seen in self.machines.values() for operation in seen.operations]
        if not any(operation.open for operation in known):
            return ()
        last = self.last_known
        return tuple(
            operation
            for operation in sorted(known, key=cmp_to_key(_by_knowledge))
            if operation.open
            and (last is None or not operation.is_left_behind(last))
            and not any(operation.is_finished_by(later) for later in known)
        )


def _by_knowledge(one: Operation, other: Operation) -> int:
    return one.is_later_than(other) - other.is_later_than(one)


def remembered_path(pair: Pair) -> str:
    return f"{pair.state}/owner.json"


def document(facts: Facts) -> dict[str, Any]:
    """For the journal and a support archive: who answered, who held what record."""
    return {
        name: {
            "answers": seen.answers,
            "why_not": seen.why_not,
            "boot_id": seen.boot_id,
            "version": seen.version,
            "owner": seen.owner.text().strip() if seen.owner else None,
            "remembered": seen.remembered.text().strip() if seen.remembered else None,
        }
        for name, seen in facts.machines.items()
    }
