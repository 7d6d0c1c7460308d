"""The questions of a readiness check to one machine, and how their answers are heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from textwrap import shorten

from hamn.facts.facts import MachineFacts, remembered_path
from hamn.local.network_files import NETWORK_FILES
from hamn.model.command import Answer, Command
from hamn.model.pair import Configuration, Database, Machine, Pair, ServiceNodes, VolumeGroup
from hamn.model.step import Check
from hamn.planning.backup import list_backups
from hamn.planning.drift import ask_listing, hear_listing
from hamn.planning.move import fence_command
from hamn.planning.tasks import tasks
from hamn.platforms.answers import Device, Group, Line, System
from hamn.platforms.detect import hear_system
from hamn.platforms.platform import Platform
from hamn.platforms.schedule import schedule_of
from hamn.readiness import heard
from hamn.readiness.inventory import Clock, Inventory, Tried
from hamn.reports.report import Stop
from hamn.resources.accounts import accounts_of
from hamn.resources.configuration import generate_command, of_pair
from hamn.resources.service_nodes import on_nodes

PACKAGES = (
    *("xCAT", "xCAT-server", "xcat", "xcat-server"),
    *("bind9", "bind", "isc-dhcp-server", "dhcp-server", "kea", "conserver", "conserver-server", "goconserver"),
    *("nfs-kernel-server", "nfs-utils", "tftpd-hpa", "tftp-server", "apache2", "httpd", "nginx"),
    *("e2fsprogs", "xfsprogs", "lvm2", "openssh-server", "rsync"),
)

TIME_SERVICES = ("chrony", "chronyd", "ntpsec", "ntp", "ntpd", "systemd-timesyncd", "openntpd", "ptp4l")

AUTOFS_FILES = ("/etc/auto.*", "/etc/auto.master.d/*", "/etc/autofs/*")


CLOCK = Command(("hamn-local", "clock"), timeout_s=5)


def hear_clock(answer: Answer, *, asked_s: float, heard_s: float) -> Clock | None:
    """`asked_s` and `heard_s`: monotonic seconds of whoever asked; the machine read its clock between them."""
    try:
        epoch_s = float(answer.stdout) if answer.ok else None
    except ValueError:
        epoch_s = None
    if epoch_s is None:
        return None
    return Clock(epoch_s - (asked_s + heard_s) / 2, (heard_s - asked_s) / 2)


@dataclass(frozen=True, slots=True)
class Survey:
    """What to ask one machine, all at once; only looks, but for a file without a name that tells whether the
    shared data takes a write. A path of the shared data is touched where it is known to be bare, or mounted, and
    with a limit: a dead file server must not hold up the rest."""

    pair: Pair
    machine: str
    platform: Platform
    seen: MachineFacts

    @property
    def _other(self) -> Machine:
        return self.pair.other(self.machine)

    @property
    def _targets(self) -> tuple[str, ...]:
        return tuple(target for filesystem in self.pair.filesystems for target in filesystem.targets)

    @property
    def _moving(self) -> tuple[str, ...]:
        """Where something is mounted only while the role is here."""
        exclusive = (f for f in self.pair.filesystems if f.access == "exclusive")
        return tuple(target for filesystem in exclusive for target in filesystem.targets)

    @property
    def _bare(self) -> tuple[str, ...]:
        return tuple(target for target in self._targets if self.seen.mounted(target) is False)

    @property
    def _names(self) -> tuple[str, ...]:
        names = [self._other.name, *(ip.hostname for ip in self.pair.virtual_ips if ip.hostname)]
        return tuple(dict.fromkeys(names))

    @property
    def _groups(self) -> tuple[str, ...]:
        return tuple(r.group for r in self.pair.resources if isinstance(r, VolumeGroup))

    @property
    def _own_groups(self) -> tuple[Group, ...]:
        return tuple(group for group in self.seen.groups or () if group.name in self._groups)

    @property
    def _local_devices(self) -> dict[str, str]:
        return {f.id: f.source for f in self.pair.filesystems if not f.on_network}

    @property
    def _seen_devices(self) -> dict[str, str]:
        """Those of which this system's kernel tells what stands behind them, where they are there."""
        if self.platform.family == "aix":
            return {}
        active = {group.name for group in self._own_groups if group.active_volumes}
        groups = {r.id: r.group for r in self.pair.resources if isinstance(r, VolumeGroup)}
        return {
            f.id: f.source
            for f in self.pair.filesystems
            if not f.on_network and all(groups[id_] in active for id_ in f.needs if id_ in groups)
        }

    def commands(self) -> dict[str, Command]:
        """By question; `hear` takes the answers under the same names."""
        platform = self.platform
        ask = {
            "system": platform.ask_system(),
            "packages": platform.ask_packages(PACKAGES),
            "links": platform.habits.ask_links(),
            "nsswitch": platform.habits.ask_sources(),
            "nameservers": Command(("cat", "/etc/resolv.conf"), timeout_s=5),
            "container": Command(("systemd-detect-virt", "--container"), timeout_s=5),
            "ssh": ssh_command(self._other),
            "space": Command(("df", "-Pk", *_upwards(self.pair.state)), timeout_s=5),
            "fstab": platform.habits.ask_boot_mounts(),
            "autofs": Command(_find(AUTOFS_FILES, ("cat", "--")), timeout_s=5),
        }
        if self.pair.databases:
            ask["backups"] = list_backups(self.pair.backup.directory)
        for database in self.pair.databases:
            ask[f"version.{database.id}"] = platform.database_version(database.engine)
        for name in self._names:
            ask[f"resolve.{name}"] = platform.resolve(name)
        for name in accounts_of(self.pair):
            ask[f"account.{name}"] = platform.ask_account(name)
        for number, command in enumerate(platform.init.ask(TIME_SERVICES)):
            ask[f"time.{number}"] = command
        for id_, source in self._local_devices.items():
            for number, command in enumerate(platform.ask_device(source)):
                ask[f"device.{id_}.{number}"] = command
        for id_, source in self._seen_devices.items():
            ask[f"paths.{id_}"] = Command(("hamn-local", "paths", source), timeout_s=8)
        ask["hardware"] = Command(("hamn-local", "hardware"), timeout_s=5)
        for resource in self.pair.resources:
            if isinstance(resource, ServiceNodes) and self.seen.owns:
                ask[f"nodes.{resource.id}"] = on_nodes(resource, self.pair, ("true",))
        if self._groups:
            ask["autoactivation"] = platform.habits.ask_boot_groups(self._groups)
        for group in self._own_groups:
            if (reserve := platform.habits.ask_reserve(group)) is not None:
                ask[f"reserve.{group.name}"] = reserve
        return ask | self._network() | self._paths() | self._management_node() | self._files() | self._fence()

    def _network(self) -> dict[str, Command]:
        ask: dict[str, Command] = {}
        for ip in self.pair.virtual_ips:
            where, address = ip.interface.get(self.machine, ""), str(ip.address.ip)
            ask[f"probe.{ip.id}"] = self.platform.probe_address(where, address)
        if self.pair.virtual_ips:
            words = [word for ip in self.pair.virtual_ips for word in ("-e", str(ip.address.ip))]
            # grep and not cat: these files hold secrets of the network's, which are none of our business.
            find = _find(NETWORK_FILES, ("grep", "-HniF", *words, "--"))
            ask["persistent"] = Command(find, timeout_s=5)
        return ask

    def _paths(self) -> dict[str, Command]:
        ask: dict[str, Command] = {}
        if self._moving and self.platform.init.name == "systemd":
            units = [heard.unit_name(t, kind) for t in self._moving for kind in ("mount", "automount")]
            show = ("systemctl", "show", "-p", "Id,UnitFileState,WantedBy,RequiredBy", "--", *units)
            ask["mount-units"] = Command(show, timeout_s=5)
        if self._bare:
            ask["mount-points"] = self.platform.habits.ask_file_types(self._bare)
        since = remembered_path(self.pair)
        for target in self._bare:
            words = ("-xdev", "-mindepth", "1", "-newer", since, "-print", "-quit")
            ask[f"beneath.{target}"] = Command(("find", target, *words), timeout_s=5)
        for filesystem in self.pair.filesystems:
            if self.seen.mounted(filesystem.mount) and not filesystem.read_only:
                write = ("hamn-local", "takes-writes", filesystem.mount)
                ask[f"writes.{filesystem.id}"] = Command(write, timeout_s=5)
        mounted = [target for target in self._targets if self.seen.mounted(target)]
        if mounted:
            data = [r.data for r in self.pair.databases if _below(r, mounted)]
            top = ("-xdev", "-maxdepth", "1", "-printf", r"%U %G %u %p\n")
            ask["owned"] = Command(("find", *dict.fromkeys((*mounted, *data)), *top), timeout_s=5)
        return ask

    def _management_node(self) -> dict[str, Command]:
        """Of one whose files are generated here. Certificates are looked at where they are mounted."""
        ask: dict[str, Command] = {}
        for resource in self.pair.resources:
            if isinstance(resource, Configuration) and not resource.generate:
                compare = generate_command(self.pair, resource, "--compare", "--json")
                ask["generated"] = replace(compare, timeout_s=60)
        holder = self.pair.owner_filesystem
        if ask and holder is not None and self.seen.mounted(holder.mount):
            argv = ("hamn", "xcat", "init", *of_pair(self.pair), "--check", "--json")
            ask["certificates"] = Command(argv, timeout_s=20)
        return ask

    def _scheduled(self) -> dict[str, Check]:
        init = self.platform.init
        found = {task.name: schedule_of(task, init) for task in tasks(self.pair, self.platform)}
        return {name: each.check for name, each in found.items() if each is not None and each.check is not None}

    def _files(self) -> dict[str, Command]:
        ask = {f"scheduled.{name}": check.command for name, check in self._scheduled().items()}
        listing = ask_listing(self.pair, self.platform)
        return ask | ({"listing": listing} if listing is not None else {})

    def _fence(self) -> dict[str, Command]:
        """Each machine asks for the other: that is who would switch it off, with the password file that it has."""
        device = self._other.fence
        return {"fence": replace(fence_command(device, "status"), timeout_s=15)} if device else {}

    def hear(self, answers: Mapping[str, Answer], clock: Clock | None) -> Inventory:
        """Never raises: an answer that can't be read is a fact not known."""
        platform = self.platform
        ok = {name: answer for name, answer in answers.items() if answer.ok}
        units = [answers[name] for name in answers if name.startswith("time.")]
        known = {name: answer for name, answer in answers.items() if answer.known}
        return Inventory(
            machine=self.machine,
            unheard=self._unheard(answers),
            clock=clock,
            system=_system(known.get("system")),
            # A package tool fails for each name that it doesn't know: what it does know still counts.
            packages=platform.hear_packages(known["packages"]) if _ran(known.get("packages")) else None,
            databases={
                name.removeprefix("version."): heard.first_line(answer.stdout)
                for name, answer in ok.items()
                if name.startswith("version.")
            },
            resolved={
                name.removeprefix("resolve."): platform.hear_resolved(answer)
                for name, answer in known.items()
                if name.startswith("resolve.") and _ran(answer)
            },
            links=platform.habits.hear_links(ok["links"]) if "links" in ok else None,
            probes={
                name.removeprefix("probe."): macs
                for name, answer in known.items()
                if name.startswith("probe.") and (macs := heard.probe(answer.stdout)) is not None
            },
            hardware=heard.hardware(ok["hardware"].stdout) if "hardware" in ok else None,
            persistent=self._persistent(known),
            nsswitch=platform.habits.hear_sources(ok["nsswitch"]) if "nsswitch" in ok else None,
            nameservers=heard.nameservers(ok["nameservers"].stdout) if "nameservers" in ok else None,
            devices=self._devices(known),
            paths={
                name.removeprefix("paths."): behind
                for name, answer in ok.items()
                if name.startswith("paths.") and (behind := heard.behind(answer.stdout)) is not None
            },
            boot_mounts=self._boot_mounts(known),
            autoactivation=platform.habits.hear_boot_groups(ok["autoactivation"], self._groups)
            if "autoactivation" in ok
            else None,
            unreserved={
                group.name: disks
                for group in self._own_groups
                if (answer := ok.get(f"reserve.{group.name}")) is not None
                and (disks := platform.habits.hear_reserve(answer, group)) is not None
            },
            mount_points=self._mount_points(known),
            beneath={
                name.removeprefix("beneath."): heard.first_line(answer.stdout)
                for name, answer in ok.items()
                if name.startswith("beneath.")
            },
            writes={
                name.removeprefix("writes."): Tried(answer.ok, answer.complaint)
                for name, answer in answers.items()
                if name.startswith("writes.") and not answer.lost
            },
            owned=heard.owned(known["owned"].stdout) if _ran(known.get("owned")) else None,
            accounts={
                name.removeprefix("account."): platform.hear_account(answer)
                for name, answer in known.items()
                if name.startswith("account.") and _ran(answer)
            },
            service_nodes={
                name.removeprefix("nodes."): Tried(answer.ok, answer.complaint)
                for name, answer in known.items()
                if name.startswith("nodes.") and _ran(answer)
            },
            time_service=heard.running(platform.init.hear(TIME_SERVICES, units)),
            container=heard.first_line(ok["container"].stdout) if "container" in ok else "",
            ssh=Tried(known["ssh"].ok, known["ssh"].complaint) if "ssh" in known else None,
            fence=self._fence_heard(answers.get("fence")),
            space=heard.space(known["space"].stdout) if "space" in known else None,
            backups=heard.backups(ok["backups"].stdout) if "backups" in ok else None,
            generated=heard.generated(known["generated"].stdout) if "generated" in known else None,
            listing=hear_listing(ok["listing"]) if "listing" in ok else None,
            scheduled={
                name: holds
                for name, check in self._scheduled().items()
                if (answer := answers.get(f"scheduled.{name}")) is not None
                and (holds := check.holds(answer)) is not None
            },
            certificates=heard.certificates(known["certificates"].stdout) if "certificates" in known else None,
        )

    def _unheard(self, answers: Mapping[str, Answer]) -> dict[str, str]:
        asked = self.commands()
        return {
            name: f"`{shorten(str(asked[name]), 70, placeholder=' …')}` said: {answer.complaint}"
            for name, answer in answers.items()
            if not answer.ok and name in asked
        }

    def _persistent(self, known: Mapping[str, Answer]) -> tuple[Line, ...] | None:
        if not self.pair.virtual_ips:
            return ()
        answer = known.get("persistent")
        # grep exits 1 when it finds nothing; a real failure says something.
        if answer is None or answer.exit_status not in (0, 1) or answer.stderr.strip():
            return None
        addresses = [str(ip.address.ip) for ip in self.pair.virtual_ips]
        return heard.persistent(answer.stdout, addresses)

    def _devices(self, known: Mapping[str, Answer]) -> dict[str, Device | None]:
        devices: dict[str, Device | None] = {}
        for id_, source in self._local_devices.items():
            asked = self.platform.ask_device(source)
            answers = [known.get(f"device.{id_}.{number}") for number in range(len(asked))]
            ended = [answer for answer in answers if answer is not None]
            # The first finds the device; a tool for what it isn't (tune2fs where all is xfs) may be missing.
            if len(ended) == len(asked) and _ran(answers[0]):
                devices[id_] = self.platform.hear_device(source, ended)
        return devices

    def _boot_mounts(self, known: Mapping[str, Answer]) -> tuple[Line, ...] | None:
        if not self._moving:
            return ()
        units = self.platform.init.name == "systemd"
        told = [known.get(name) for name in ("autofs", *(("mount-units",) if units else ()))]
        if not all(answer is not None and answer.ok for answer in told) or not _read(known.get("fstab")):
            return None
        sources = [f.source for f in self.pair.filesystems if f.access == "exclusive"]
        lines = self.platform.habits.hear_boot_mounts(known["fstab"], self._moving, sources)
        lines += heard.autofs(known["autofs"].stdout, self._moving)
        return (*lines, *heard.mount_units(known["mount-units"].stdout)) if units else lines

    def _mount_points(self, known: Mapping[str, Answer]) -> dict[str, str] | None:
        if self.seen.mounts is None:
            return None
        if not self._bare:
            return {}
        answer = known.get("mount-points")
        return self.platform.habits.hear_file_types(answer, self._bare) if _ran(answer) and answer else None

    def _fence_heard(self, answer: Answer | None) -> Tried | None:
        """An agent that doesn't answer in time doesn't work: that is known."""
        if answer is None or answer.lost:
            return None
        state = heard.fence_state(answer.stdout)
        if state:
            return Tried(True, state)
        return Tried(False, answer.complaint)


def ssh_command(to: Machine) -> Command:
    """What every operation does to reach the other machine: no password, no unknown host key."""
    options = ("-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=3")
    return Command(("ssh", *options, "-p", str(to.port), f"{to.user}@{to.address}", "true"), timeout_s=8)


def _read(answer: Answer | None) -> bool:
    """A file was read, or isn't there to be read."""
    return answer is not None and (answer.ok or "No such file" in answer.stderr)


def _system(answer: Answer | None) -> System | None:
    try:
        return hear_system(answer) if answer is not None else None
    except Stop:
        return None  # one that nobody taught us: the declaration says its family


def _find(paths: tuple[str, ...], words: tuple[str, ...]) -> tuple[str, ...]:
    """Run `words` over the files that match; none is no error."""
    either = [word for path in paths for word in ("-o", "-path", path)][1:]
    return ("find", "/etc", "-xdev", "-maxdepth", "3", "(", *either, ")", "-type", "f", "-exec", *words, "{}", "+")


def _upwards(path: str) -> tuple[str, ...]:
    """The path and all above it, so that one that isn't there yet is judged by where it will be."""
    parts = [part for part in path.split("/") if part]
    return tuple("/" + "/".join(parts[:count]) for count in range(len(parts), -1, -1))


def _below(database: Database, targets: list[str]) -> bool:
    return any((database.data + "/").startswith(target.rstrip("/") + "/") for target in targets)


def _ran(answer: Answer | None) -> bool:
    """It came to its own end, and it is there to be run at all."""
    return answer is not None and answer.known and answer.exit_status not in (126, 127)
