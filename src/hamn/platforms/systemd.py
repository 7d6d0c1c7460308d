"""systemd's half of a platform: systemctl(1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch

from hamn.model.command import Answer, Command
from hamn.model.step import Check
from hamn.platforms.answers import Unit

_PROPERTIES = "Names,LoadState,ActiveState,UnitFileState,WantedBy,MainPID,KillMode,ControlGroup"
_SUFFIXES = (".service", ".socket", ".timer", ".path", ".target", ".mount")
_RUNNING = ("active", "reloading", "activating", "deactivating")


@dataclass(frozen=True, slots=True)
class Systemd:
    """`roofs`: services that are an empty unit over the instances of a template, and nothing by themselves.

    systemctl waits only for the jobs of the units it was given. Debian's postgresql.service stops at once,
    while postgresql@15-main.service, which is the server, is still writing; so the instances are named too.
    """

    roofs: frozenset[str] = field(default=frozenset())
    units: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict, hash=False)
    """By service, what its family's own unit lacks for a role that moves: path and text of files."""
    name = "systemd"

    def start(self, service: str, *, limit_s: float) -> Command:
        return Command(("systemctl", "start", _unit(service)), timeout_s=limit_s)

    def stop(self, service: str, *, limit_s: float) -> Command:
        return Command(("systemctl", "stop", *self._parts(service)), timeout_s=limit_s)

    def reload(self, service: str) -> Command:
        return Command(("systemctl", "try-reload-or-restart", _unit(service)), timeout_s=30)

    def running(self, service: str) -> Check:
        """Asks for the instances of a roof: it is "active" itself when none of them could start."""
        unit = self._parts(service)[-1] if service in self.roofs else _unit(service)
        return Check(_show((unit,), "ActiveState"), r"^ActiveState=active$", patience_s=5)

    def stopped(self, service: str) -> Check:
        """Reads every part's state: no answer, as from a systemd that can't be reached, is not "stopped"."""
        pattern = r"\A\s*(?:ActiveState=(?:inactive|failed)\s*)+\Z"
        return Check(_show(self._parts(service), "ActiveState"), pattern, patience_s=5)

    def end_rest(self, service: str) -> tuple[Command, Check] | None:
        """An init script's unit (KillMode=process) stops its main process alone: a TFTP transfer to a node that
        has vanished goes on for half a minute and keeps the disk. Its control group goes with its last process."""
        unit = _unit(service)
        command = Command(("systemctl", "kill", "--signal=KILL", unit), timeout_s=10)
        return command, Check(_show((unit,), "ControlGroup"), r"\A\s*ControlGroup=\s*\Z", patience_s=5)

    def ask(self, services: Sequence[str]) -> tuple[Command, ...]:
        parts = dict.fromkeys(part for service in services for part in self._parts(service))
        return (_show(tuple(parts), _PROPERTIES),) if parts else ()

    def hear(self, services: Sequence[str], answers: Sequence[Answer]) -> dict[str, Unit]:
        blocks = [_properties(b) for answer in answers for b in re.split(r"\n\s*\n", answer.stdout)]
        return {service: self._hear_one(service, blocks) for service in services}

    def disable(self, service: str) -> tuple[Command, ...]:
        """Disabled, not masked: a masked unit couldn't be started by a move without being unmasked first, and
        an interrupted move would leave the one or the other. Package upgrades leave a disabled unit alone:
        deb-systemd-invoke(1p) starts no disabled unit, rpm's scriptlets only `try-restart` what runs."""
        parts = tuple(part for part in self._parts(service) if "*" not in part)
        return (Command(("systemctl", "disable", *parts), timeout_s=30),)

    def guard(self, service: str, mounts: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """A drop-in with a condition (systemd.unit(5)): without the mount a start does nothing, and says why. And
        what else the unit needs where it runs for a role."""
        conditions = "".join(f"ConditionPathIsMountPoint={mount}\n" for mount in mounts)
        text = f"# by hamn: only where the shared data is\n[Unit]\n{conditions}"
        files = (part.replace("@*", "@") for part in self._parts(service))
        guards = tuple((f"/etc/systemd/system/{unit}.d/hamn.conf", text) for unit in files)
        return (*self.units.get(service, ()), *guards)

    def _parts(self, service: str) -> tuple[str, ...]:
        """All units whose processes are this service's: what has to be stopped with it."""
        unit = _unit(service)
        if service in self.roofs:
            return (unit, f"{service}@*.service")
        if unit.endswith(".socket"):
            # The daemon that the socket has started outlives it, with its files open (in.tftpd: 15 minutes).
            return (unit, unit.removesuffix(".socket") + ".service")
        return (unit,)

    def _hear_one(self, service: str, blocks: Sequence[Mapping[str, str]]) -> Unit:
        head, *others = (
            [block for block in blocks if any(fnmatch(name, part) for name in block.get("Names", "").split())]
            for part in self._parts(service)
        )
        if not head:
            return Unit(service, "unknown", "unknown")
        rest = [block for found in others for block in found]
        states = [block.get("ActiveState", "unknown") for block in (rest if service in self.roofs else head)]
        active = next((state for state in states if state in _RUNNING), states[0] if states else "inactive")
        if active not in _RUNNING and any(block.get("ActiveState") in _RUNNING for block in rest):
            active = "deactivating"  # the socket is closed, the daemon it started still runs
        pids = [int(pid) for b in (*head, *rest) if (pid := b.get("MainPID", "")).isdecimal() and pid.isascii()]
        if active not in _RUNNING and any(map(_left, head)):
            active = "deactivating"
        leaves = any(block.get("KillMode") in ("process", "none") for block in head)
        return Unit(service, active, _enabled(head[0]), next((pid for pid in pids if pid), 0), leaves)


def _unit(service: str) -> str:
    return service if service.endswith(_SUFFIXES) else f"{service}.service"


def _show(units: Sequence[str], properties: str) -> Command:
    return Command(("systemctl", "show", "-p", properties, *units), timeout_s=10)


def _properties(block: str) -> dict[str, str]:
    return {key: value for key, found, value in (line.partition("=") for line in block.splitlines()) if found}


def _left(block: Mapping[str, str]) -> bool:
    """It is said to be stopped, and processes of it run on."""
    return block.get("KillMode") in ("process", "none") and bool(block.get("ControlGroup"))


def _enabled(block: Mapping[str, str]) -> str:
    load, file_state = block.get("LoadState", ""), block.get("UnitFileState", "")
    if load in ("not-found", "masked"):
        return "absent" if load == "not-found" else "masked"
    if file_state in ("", "generated"):
        # An init script (older systemd says "" of it): it starts at boot if a target wants it.
        return "generated-enabled" if block.get("WantedBy") else "disabled"
    if file_state == "masked-runtime":
        return "masked"
    return "disabled" if file_state == "indirect" else file_state
