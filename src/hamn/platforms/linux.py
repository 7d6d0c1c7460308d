"""What all Linux families say alike. debian, redhat and suse state only what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Interface, IPv6Interface
from types import MappingProxyType
from typing import TypeVar

from hamn.model.backup import Server
from hamn.model.command import Answer, Command, in_turn
from hamn.model.pair import Filesystem
from hamn.model.step import Check, all_of
from hamn.platforms import blockdev, dumps, engines, iproute, lvm, mountinfo
from hamn.platforms.answers import Address, Device, Group, Mount, System
from hamn.platforms.habits import Habits
from hamn.platforms.linux_habits import LinuxHabits
from hamn.platforms.packages import Packages
from hamn.platforms.platform import Init
from hamn.platforms.system import ask_system
from hamn.reports.report import Exit, Stop, error

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Linux:
    """One machine's way to say things: a `Platform` (see platform.py for what each method means).

    `names`: a service's own name by our word, where it isn't the word itself.
    """

    family: str
    init: Init
    packages: Packages
    names: Mapping[str, str]
    clients: engines.Argvs = field(default_factory=lambda: engines.CLIENTS)
    versions: engines.Argvs = field(default_factory=lambda: engines.VERSIONS)
    syncs_one: bool = True
    """`sync -f`, since coreutils 8.24: writes out one filesystem, where `sync` waits for all of them."""
    habits: Habits = field(default_factory=LinuxHabits)
    system: System | None = field(default=None, compare=False)

    def service(self, word: str) -> str:
        return self.names.get(word, word)

    # who are you
    def ask_system(self) -> Command:
        return ask_system()

    def ask_boot_id(self) -> Command:
        return Command(("cat", "/proc/sys/kernel/random/boot_id"), timeout_s=5)

    def hear_boot_id(self, answer: Answer) -> str:
        return answer.stdout.strip() if answer.ok else ""

    def fingerprint(self, path: str) -> Command:
        return Command(("sha256sum", path), timeout_s=5)

    # network
    def ask_addresses(self) -> Command:
        return iproute.ask()

    def hear_addresses(self, answer: Answer) -> tuple[Address, ...]:
        return iproute.addresses(answer.stdout)

    def add_address(self, address: IPv4Interface | IPv6Interface, interface: str) -> Command:
        return iproute.add(address, interface)

    def remove_address(self, address: IPv4Interface | IPv6Interface, interface: str) -> Command:
        return iproute.remove(address, interface)

    def put_first(
        self, address: IPv4Interface | IPv6Interface, interface: str
    ) -> tuple[tuple[Command, Check], ...]:
        return iproute.put_first(address, interface)

    def has_address(self, address: IPv4Interface | IPv6Interface, interface: str, *, wanted: bool) -> Check:
        return iproute.has(address, interface, wanted=wanted)

    def probe_address(self, interface: str, address: str, *options: str) -> Command:
        return Command(("hamn-local", "probe-address", interface, address, *options), timeout_s=5)

    def announce(self, interface: str, address: str, *options: str) -> Command | None:
        return Command(("hamn-local", "announce", interface, address, *options), timeout_s=10 if options else 5)

    # filesystems
    def ask_mounts(self) -> Command:
        return Command(("cat", mountinfo.PATH), timeout_s=5)

    def hear_mounts(self, answer: Answer) -> tuple[Mount, ...]:
        return mountinfo.mounts(answer.stdout)

    def mount(self, source: str, target: str, type_: str, options: str, *, guarded: bool = True) -> Command:
        """The limit leaves room for ext4's multiple-mount protection: 56 s were seen at its default interval."""
        return Command(("mount", "-t", type_, "-o", options, source, target), timeout_s=120)

    def bind(self, pairs: Sequence[tuple[str, str]]) -> Command:
        return Command(in_turn([("mount", "--bind", *pair) for pair in pairs]), timeout_s=10)

    def unmount(self, targets: Sequence[str], *, network: bool) -> Command:
        """In the order given. Neither -l (it only hides the mount, with its files still open) nor, for NFS,
        -f (it fails the writes that are under way, even where the server would still take them).

        A disk has to take all dirty pages within the limit, a file server answers or it doesn't.
        """
        return Command(("umount", *targets), timeout_s=60 if network else 120)

    def is_mounted(self, *targets: str, wanted: bool) -> Check:
        return Check(self.ask_mounts(), all_of(map(mountinfo.target_pattern, targets)), wanted)

    def flush(self, path: str) -> Command:
        return Command(("sync", "-f", path) if self.syncs_one else ("sync",), timeout_s=120)

    def ask_device(self, source: str) -> tuple[Command, ...]:
        return blockdev.ask(source)

    def hear_device(self, source: str, answers: Sequence[Answer]) -> Device | None:
        return blockdev.hear(source, answers)

    def device_free(self, source: str) -> Command:
        return Command(("hamn-local", "device-free", source), timeout_s=10)

    def clear_mark(self, source: str, type_: str) -> Command | None:
        return blockdev.clear_mmp(source) if type_ == "ext4" else None

    def holders(self, targets: Sequence[str]) -> Command:
        return Command(("hamn-local", "holders", *targets), timeout_s=10)

    def end_holders(self, names: Sequence[str], targets: Sequence[str]) -> Command:
        words = [word for name in names for word in ("--name", name)]
        return Command(("hamn-local", "end-holders", *words, *targets), timeout_s=15)

    # volume groups
    def ask_groups(self) -> Command:
        return lvm.ask()

    def ask_mapped(self) -> Command | None:
        return lvm.mapped()

    def hear_groups(self, answer: Answer, mapped: Answer | None = None) -> tuple[Group, ...]:
        return lvm.groups(answer.stdout, mapped.stdout if mapped is not None and mapped.ok else "")

    def assumed_group(self, group: str, holder: str, *, active: bool) -> Group:
        return Group(group, holder, int(active), 1)

    def free_group(self, group: Group) -> Command | None:
        return None

    def take_group(self, group: Group, *, former_system_id: str) -> Command:
        return lvm.take(group.name, former=former_system_id, own=self._system_id(group.name))

    def group_taken(self, group: str, filesystems: Sequence[Filesystem]) -> Check:
        return lvm.owned(group, own=self._system_id(group))

    def group_seen(self, group: str) -> Check:
        return lvm.seen(group)

    def activate_group(self, group: str) -> Command:
        return lvm.activate(group)

    def deactivate_group(self, group: Group) -> Command:
        return lvm.deactivate(group, own=self._system_id(group.name) if group.system_id else "")

    def group_active(self, group: str) -> Check:
        return lvm.active(group)

    def group_inactive(self, group: Group) -> Check:
        return lvm.inactive(group)

    def _system_id(self, group: str) -> str:
        """The machine's `uname -n`, as with lvm.conf's `system_id_source = "uname"`."""
        if self.system is not None and self.system.node:
            return self.system.node
        hint = "ask the machine which system it is before planning for it"
        raise Stop(Exit.FAILED, [error("system-id-unknown", "its LVM system id is not known", group, hint)])

    # NFS exports (exportfs(8))
    def export_all(self) -> Command:
        return Command(("exportfs", "-ra"), timeout_s=60)

    def unexport_all(self) -> Command:
        return Command(("exportfs", "-ua"), timeout_s=30)

    def exports_listed(self, *, wanted: bool) -> Check:
        return Check(Command(("exportfs",), timeout_s=10), r"^/", wanted)

    # databases
    def database_answers(self, engine: str, *, patience_s: float) -> Check:
        return engines.answers(engine, self.clients, patience_s=patience_s)

    def checkpoint(self, engine: str) -> Command | None:
        return engines.checkpoint(engine, self.clients)

    def dumps(self, engine: str) -> Server | None:
        return dumps.server(engine, self.clients)

    def database_version(self, engine: str) -> Command:
        return Command(self.versions[engine], timeout_s=10)

    # for the readiness rules
    def ask_packages(self, names: Sequence[str]) -> Command:
        return self.packages.ask(names)

    def hear_packages(self, answer: Answer) -> dict[str, str]:
        return self.packages.hear(answer.stdout)

    def ask_account(self, user: str) -> Command:
        return Command(("getent", "passwd", user), timeout_s=10)

    def hear_account(self, answer: Answer) -> tuple[int, int] | None:
        for line in answer.stdout.splitlines():
            match line.split(":"):
                case [_, _, uid, gid, *_] if all(i.isascii() and i.isdecimal() for i in (uid, gid)):
                    return int(uid), int(gid)
        return None

    def resolve(self, name: str) -> Command:
        return Command(("getent", "ahosts", name), timeout_s=10)

    def hear_resolved(self, answer: Answer) -> tuple[str, ...]:
        """In the resolver's order, each address once: ahosts lists it for each socket type."""
        lines = (line.split() for line in answer.stdout.splitlines()) if answer.ok else ()
        return tuple(dict.fromkeys(words[0] for words in lines if words))


# The words whose name is the same nearly everywhere; a family states the others, and where it differs.
NAMES: Mapping[str, str] = MappingProxyType({"console": "conserver", "dns": "named", "ssh": "sshd"})


def differing(base: Mapping[str, V], *parts: Mapping[str, V]) -> Mapping[str, V]:
    """`base` with what later parts say otherwise."""
    return MappingProxyType({word: name for part in (base, *parts) for word, name in part.items()})
