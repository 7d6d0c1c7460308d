"""The interface of every platform: commands out, answers in.

Two axes: the OS family (what things are called, which package tool) and the init system (how a service
is started, stopped, asked, kept from starting at boot). AIX is a family with an init of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Interface, IPv6Interface
from typing import Protocol

from hamn.model.backup import Server
from hamn.model.command import Answer, Command
from hamn.model.pair import Filesystem
from hamn.model.step import Check
from hamn.platforms.answers import Address, Device, Group, Mount, Unit
from hamn.platforms.habits import Habits

AnyAddress = IPv4Interface | IPv6Interface


class Init(Protocol):
    """The init system's half. Service names here are real ones, as `Family.service` gives them."""

    name: str

    def start(self, service: str, *, limit_s: float) -> Command: ...

    def stop(self, service: str, *, limit_s: float) -> Command: ...

    def reload(self, service: str) -> Command:
        """It reads its files again; who is connected stays so. One that doesn't run isn't started."""
        ...

    def running(self, service: str) -> Check:
        """Holds when the service runs."""
        ...

    def stopped(self, service: str) -> Check:
        """Holds when nothing of the service runs: neither starting, running nor stopping."""
        ...

    def end_rest(self, service: str) -> tuple[Command, Check] | None:
        """End what a stopped service left running, and nothing else. None where nobody keeps account of that."""
        ...

    def ask(self, services: Sequence[str]) -> tuple[Command, ...]:
        """As few commands as can be; answers go to `hear` in the same order."""
        ...

    def hear(self, services: Sequence[str], answers: Sequence[Answer]) -> dict[str, Unit]:
        """By the name asked for. An answer that can't be read gives active and enabled "unknown"."""
        ...

    def disable(self, service: str) -> tuple[Command, ...]:
        """Keep it from starting at boot, and from being started by a package upgrade where that can be."""
        ...

    def guard(self, service: str, mounts: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """Files, each with its content, that keep it from starting while these aren't mounted, whoever starts it.
        None where the init system has no such condition."""
        ...


class Platform(Protocol):
    """One machine's way to say things. Every method that returns a Command sets its limit."""

    @property
    def family(self) -> str: ...

    @property
    def init(self) -> Init: ...

    @property
    def habits(self) -> Habits: ...

    # names
    def service(self, word: str) -> str:
        """The service's own name for a word of ours: "dhcp", "dns", "console", "http", "tftp", "nfs",
        "time", "ssh", "mariadb", "mysql", "postgresql"; any other word is a name already."""
        ...

    # who are you
    def ask_system(self) -> Command: ...

    def ask_boot_id(self) -> Command: ...

    def hear_boot_id(self, answer: Answer) -> str:
        """Another one after each boot, in one word; "" where it isn't known."""
        ...

    def fingerprint(self, path: str) -> Command:
        """Prints the SHA-256 of the file's bytes, and its name."""
        ...

    # network
    def ask_addresses(self) -> Command: ...

    def hear_addresses(self, answer: Answer) -> tuple[Address, ...]: ...

    def add_address(self, address: AnyAddress, interface: str) -> Command: ...

    def remove_address(self, address: AnyAddress, interface: str) -> Command: ...

    def put_first(self, address: AnyAddress, interface: str) -> tuple[tuple[Command, Check], ...]:
        """That the machine speaks under this address, and keeps it when one that was there first goes: the last
        of these when it has the address."""
        ...

    def has_address(self, address: AnyAddress, interface: str, *, wanted: bool) -> Check: ...

    def probe_address(self, interface: str, address: str, *options: str) -> Command:
        """Prints "free", or "taken MAC" for each that has it. `options`: those of `hamn-local probe-address`."""
        ...

    def announce(self, interface: str, address: str, *options: str) -> Command | None:
        """Tell the neighbours. None where setting the address has told them."""
        ...

    # filesystems
    def ask_mounts(self) -> Command:
        """Reads a table; never touches a mounted filesystem, so a dead NFS server can't hang it."""
        ...

    def hear_mounts(self, answer: Answer) -> tuple[Mount, ...]: ...

    def mount(self, source: str, target: str, type_: str, options: str, *, guarded: bool = True) -> Command:
        """`guarded` False: under proof that no other machine has it mounted, whatever mark a crash has left."""
        ...

    def bind(self, pairs: Sequence[tuple[str, str]]) -> Command:
        """Each (source, target), in one command."""
        ...

    def unmount(self, targets: Sequence[str], *, network: bool) -> Command:
        """Innermost first, in one command; never lazy."""
        ...

    def is_mounted(self, *targets: str, wanted: bool) -> Check:
        """All of them."""
        ...

    def flush(self, path: str) -> Command:
        """Write the filesystem's dirty pages out."""
        ...

    def ask_device(self, source: str) -> tuple[Command, ...]: ...

    def hear_device(self, source: str, answers: Sequence[Answer]) -> Device | None:
        """None: there is no such device."""
        ...

    def device_free(self, source: str) -> Command:
        """Prints "free"; "none" where this machine has no such device; else why not."""
        ...

    def clear_mark(self, source: str, type_: str) -> Command | None:
        """Of a machine that had it mounted when it died. Only under proof that no other has (the caller's
        business). None where there is none, or the mount itself takes no notice of it."""
        ...

    def holders(self, targets: Sequence[str]) -> Command:
        """A line each, PID USER COMM PATH: whatever keeps what is mounted there busy."""
        ...

    def end_holders(self, names: Sequence[str], targets: Sequence[str]) -> Command:
        """End those of them that have one of the names, and no others."""
        ...

    # volume groups
    def ask_groups(self) -> Command: ...

    def ask_mapped(self) -> Command | None:
        """What of groups the kernel has active although their disks are gone. None where the groups' own answer
        says it."""
        ...

    def hear_groups(self, answer: Answer, mapped: Answer | None = None) -> tuple[Group, ...]: ...

    def assumed_group(self, group: str, holder: str, *, active: bool) -> Group:
        """As it would be heard of a healthy pair, for a plan on paper."""
        ...

    def free_group(self, group: Group) -> Command | None:
        """Break what a machine that died has left on its disks to keep others out. Only under proof (the
        caller's business). None where there is nothing such."""
        ...

    def take_group(self, group: Group, *, former_system_id: str) -> Command: ...

    def group_taken(self, group: str, filesystems: Sequence[Filesystem]) -> Check:
        """Holds when the group may be activated: its system id is this machine's; or, where no disk says whose it
        is, the machine knows these filesystems of it."""
        ...

    def group_seen(self, group: str) -> Check:
        """Holds when the machine has the group's disks, whosever system id it bears."""
        ...

    def activate_group(self, group: str) -> Command: ...

    def deactivate_group(self, group: Group) -> Command:
        """As it was seen: another machine may have taken it while its disks were gone, or they still are."""
        ...

    def group_active(self, group: str) -> Check: ...

    def group_inactive(self, group: Group) -> Check: ...

    # NFS exports
    def export_all(self) -> Command: ...

    def unexport_all(self) -> Command: ...

    def exports_listed(self, *, wanted: bool) -> Check:
        """Holds when the kernel exports something (or nothing)."""
        ...

    # databases
    def database_answers(self, engine: str, *, patience_s: float) -> Check:
        """Holds when a query gets its answer over the local socket as the engine's administrator."""
        ...

    def checkpoint(self, engine: str) -> Command | None:
        """Make a clean stop short: write dirty pages while it still serves. None: nothing to do."""
        ...

    def dumps(self, engine: str) -> Server | None:
        """How its server is asked for dumps; None where there is no server to ask."""
        ...

    def database_version(self, engine: str) -> Command: ...

    # for the readiness rules
    def ask_packages(self, names: Sequence[str]) -> Command: ...

    def hear_packages(self, answer: Answer) -> dict[str, str]:
        """Version by name, of those that are installed."""
        ...

    def ask_account(self, user: str) -> Command: ...

    def hear_account(self, answer: Answer) -> tuple[int, int] | None:
        """(uid, gid); None when there is no such account."""
        ...

    def resolve(self, name: str) -> Command: ...

    def hear_resolved(self, answer: Answer) -> tuple[str, ...]: ...
