"""AIX 7: a platform of its own. Each command after IBM's documentation: docs/aix.md says which, and how tested."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from hamn.model.backup import Server
from hamn.model.command import Answer, Command
from hamn.model.pair import Filesystem
from hamn.model.step import Check, all_of
from hamn.platforms import dumps, engines, ifconfig, varyon, vfs, volume
from hamn.platforms.aix_habits import AixHabits
from hamn.platforms.answers import Address, Device, Group, Mount, System
from hamn.platforms.habits import Habits
from hamn.platforms.packages import Lslpp, Packages
from hamn.platforms.platform import AnyAddress, Init
from hamn.platforms.src import GROUP, Src

# A database has no subsystem of its own on AIX: mkssys makes one (docs/aix.md), under the engine's name.
# The TFTP server is one of inetd's.
_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "console": "conserver",
        "dhcp": "dhcpsd",
        "dns": "named",
        "http": "httpd",
        "mariadb": "mysql",
        "nfs": f"{GROUP}nfs",
        "ssh": "sshd",
        "tftp": "inetd",
        "time": "xntpd",
    }
)
# There is no runuser; su runs a shell.
_CLIENTS: engines.Argvs = MappingProxyType(
    {**engines.OLD_CLIENTS, "postgresql": ("hamn-local", "as-user", "postgres", "psql")}
)
_VERSIONS: engines.Argvs = MappingProxyType({**engines.VERSIONS, "mariadb": ("mysqld", "--version")})


@dataclass(frozen=True, slots=True)
class Aix:
    """A `Platform` (see platform.py for what each method means)."""

    family: str = "aix"
    init: Init = field(default_factory=Src)
    packages: Packages = field(default_factory=Lslpp)
    habits: Habits = field(default_factory=AixHabits)
    system: System | None = field(default=None, compare=False)

    def service(self, word: str) -> str:
        return _NAMES.get(word, word)

    # who are you
    def ask_system(self) -> Command:
        """Technology level and service pack: "7200-05-03-2148"."""
        return Command(("oslevel", "-s"), timeout_s=30)

    def ask_boot_id(self) -> Command:
        """AIX numbers no boots: the minute of the last one tells them apart, for each takes longer."""
        return Command(("who", "-b"), timeout_s=5)

    def hear_boot_id(self, answer: Answer) -> str:
        found = re.search(r"system boot\s+(\S.*\S)", answer.stdout) if answer.ok else None
        return "-".join(found[1].split()) if found else ""

    def fingerprint(self, path: str) -> Command:
        return Command(("hamn-local", "fingerprint", path), timeout_s=5)

    # network
    def ask_addresses(self) -> Command:
        return ifconfig.ask()

    def hear_addresses(self, answer: Answer) -> tuple[Address, ...]:
        return ifconfig.addresses(answer.stdout)

    def add_address(self, address: AnyAddress, interface: str) -> Command:
        return ifconfig.add(address, interface)

    def remove_address(self, address: AnyAddress, interface: str) -> Command:
        return ifconfig.remove(address, interface)

    def put_first(self, address: AnyAddress, interface: str) -> tuple[tuple[Command, Check], ...]:
        return ()

    def has_address(self, address: AnyAddress, interface: str, *, wanted: bool) -> Check:
        return ifconfig.has(address, interface, wanted=wanted)

    def probe_address(self, interface: str, address: str, *options: str) -> Command:
        return Command(("hamn-local", "ping-address", interface, address, *options), timeout_s=10)

    def announce(self, interface: str, address: str, *options: str) -> Command | None:
        """ifconfig has done it."""
        return None

    # filesystems
    def ask_mounts(self) -> Command:
        return vfs.ask()

    def hear_mounts(self, answer: Answer) -> tuple[Mount, ...]:
        return vfs.mounts(answer.stdout)

    def mount(self, source: str, target: str, type_: str, options: str, *, guarded: bool = True) -> Command:
        return vfs.mount(source, target, type_, options, guarded=guarded)

    def bind(self, pairs: Sequence[tuple[str, str]]) -> Command:
        return vfs.overlay(pairs)

    def unmount(self, targets: Sequence[str], *, network: bool) -> Command:
        return vfs.unmount(targets, network=network)

    def is_mounted(self, *targets: str, wanted: bool) -> Check:
        return Check(self.ask_mounts(), all_of(map(vfs.target_pattern, targets)), wanted)

    def flush(self, path: str) -> Command:
        return Command(("sync",), timeout_s=120)

    def ask_device(self, source: str) -> tuple[Command, ...]:
        return volume.ask(source)

    def hear_device(self, source: str, answers: Sequence[Answer]) -> Device | None:
        return volume.hear(source, answers)

    def device_free(self, source: str) -> Command:
        return Command(("hamn-local", "volume-free", source), timeout_s=10)

    def clear_mark(self, source: str, type_: str) -> Command | None:
        """JFS2's mount guard is overridden by the mount itself."""
        return None

    def holders(self, targets: Sequence[str]) -> Command:
        return Command(("hamn-local", "fuser-holders", *targets), timeout_s=20)

    def end_holders(self, names: Sequence[str], targets: Sequence[str]) -> Command:
        words = [word for name in names for word in ("--name", name)]
        return Command(("hamn-local", "end-fuser-holders", *words, *targets), timeout_s=20)

    # volume groups
    def ask_groups(self) -> Command:
        return varyon.ask()

    def ask_mapped(self) -> Command | None:
        return None

    def hear_groups(self, answer: Answer, mapped: Answer | None = None) -> tuple[Group, ...]:
        return varyon.groups(answer.stdout)

    def assumed_group(self, group: str, holder: str, *, active: bool) -> Group:
        return Group(group, "", int(active), 1, (f"A-DISK-OF-{group.upper()}",))

    def free_group(self, group: Group) -> Command | None:
        return varyon.break_reserve(group.disks) if group.disks else None

    def take_group(self, group: Group, *, former_system_id: str) -> Command:
        return varyon.learn(group.name, group.disks)

    def group_taken(self, group: str, filesystems: Sequence[Filesystem]) -> Check:
        return vfs.known(filesystems)

    def group_seen(self, group: str) -> Check:
        return varyon.seen(group)

    def activate_group(self, group: str) -> Command:
        return varyon.vary_on(group)

    def deactivate_group(self, group: Group) -> Command:
        return varyon.vary_off(group.name)

    def group_active(self, group: str) -> Check:
        return varyon.active(group, wanted=True)

    def group_inactive(self, group: Group) -> Check:
        return varyon.active(group.name, wanted=False)

    # NFS exports
    def export_all(self) -> Command:
        return Command(("exportfs", "-a"), timeout_s=60)

    def unexport_all(self) -> Command:
        return Command(("exportfs", "-ua"), timeout_s=30)

    def exports_listed(self, *, wanted: bool) -> Check:
        return Check(Command(("exportfs",), timeout_s=10), r"^/", wanted)

    # databases
    def database_answers(self, engine: str, *, patience_s: float) -> Check:
        return engines.answers(engine, _CLIENTS, patience_s=patience_s)

    def checkpoint(self, engine: str) -> Command | None:
        return engines.checkpoint(engine, _CLIENTS)

    def dumps(self, engine: str) -> Server | None:
        return dumps.server(engine, _CLIENTS)

    def database_version(self, engine: str) -> Command:
        return Command(_VERSIONS[engine], timeout_s=10)

    # for the readiness rules
    def ask_packages(self, names: Sequence[str]) -> Command:
        return self.packages.ask(names)

    def hear_packages(self, answer: Answer) -> dict[str, str]:
        return self.packages.hear(answer.stdout)

    def ask_account(self, user: str) -> Command:
        """Whatever registry knows it: files, LDAP."""
        return Command(("id", user), timeout_s=10)

    def hear_account(self, answer: Answer) -> tuple[int, int] | None:
        found = re.match(r"uid=(\d{1,10})\b.*?\bgid=(\d{1,10})\b", answer.stdout, re.ASCII) if answer.ok else None
        return (int(found[1]), int(found[2])) if found else None

    def resolve(self, name: str) -> Command:
        """host goes by /etc/netsvc.conf, as every program's resolver does."""
        return Command(("host", name), timeout_s=10)

    def hear_resolved(self, answer: Answer) -> tuple[str, ...]:
        """NAME is ADDRESS, Aliases: ..."""
        found = re.match(r"\S+ is ([0-9a-fA-F.:]+(?:, [0-9a-fA-F.:]+)*)", answer.stdout) if answer.ok else None
        return tuple(dict.fromkeys(word for word in found[1].split(", ") if word)) if found else ()


def aix(_init: str, system: System | None = None) -> Aix:
    return Aix(system=system)
