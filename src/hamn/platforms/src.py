"""AIX's half of a platform that starts and stops: the System Resource Controller (startsrc, stopsrc, lssrc).

A daemon of the role is a subsystem, or a group of them ("group:nfs"). What SRC doesn't start isn't its business at
boot: that is /etc/inittab's and /etc/rc.tcpip's. Source: AIX Commands Reference; docs/aix.md has the table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from hamn.model.command import Answer, Command
from hamn.model.step import Check
from hamn.platforms.answers import Unit

GROUP = "group:"
STOP_S = 120.0
"""stopsrc comes back when it has asked, by SIGTERM or the subsystem's own way. A database takes its time."""

# Subsystem, group and PID where there are any, and the status, which is all that is always there.
_ROW = re.compile(
    r"^ ?(?P<name>\S+)[ \t]+(?:(?P<group>[^\s\d]\S*)[ \t]+)??(?:(?P<pid>\d+)[ \t]+)?"
    r"(?P<status>active|inoperative|warned to stop|stopping|stop requested)[ \t]*$",
    re.MULTILINE,
)
_ALL_INOPERATIVE = r"\A\s*Subsystem\b.*\n(?:.*[ \t]inoperative[ \t]*\n?)+\Z"
_STATES = MappingProxyType({"active": "active", "inoperative": "inactive"})

# Who starts a group at boot, where it isn't an entry of its own name.
_BOOTED_BY: Mapping[str, str] = MappingProxyType({"nfs": "rcnfs"})


@dataclass(frozen=True, slots=True)
class Src:
    name = "src"

    def start(self, service: str, *, limit_s: float) -> Command:
        return Command(("startsrc", *_named(service)), timeout_s=limit_s)

    def stop(self, service: str, *, limit_s: float) -> Command:
        """Without -f and -c: a subsystem is asked, never cut off."""
        return Command(("stopsrc", *_named(service)), timeout_s=limit_s)

    def reload(self, service: str) -> Command:
        return Command(
            ("refresh", *_named(service))
            if service.startswith(GROUP)
            else ("hamn-local", "refresh-subsystem", service),
            timeout_s=30,
        )

    def running(self, service: str) -> Check:
        return Check(_ask(service), r"[ \t]active[ \t]*$", patience_s=5)

    def stopped(self, service: str) -> Check:
        """Every row: one that was changed while it ran is listed twice, and the old one may run on (lssrc)."""
        return Check(_ask(service), _ALL_INOPERATIVE, patience_s=STOP_S)

    def end_rest(self, service: str) -> tuple[Command, Check] | None:
        return None

    def ask(self, services: Sequence[str]) -> tuple[Command, ...]:
        """All subsystems, and what starts at boot."""
        if not services:
            return ()
        boot = (("lsitab", "-a"), ("cat", "/etc/rc.tcpip"))
        return (Command(("lssrc", "-a"), timeout_s=10), *(Command(argv, timeout_s=5) for argv in boot))

    def hear(self, services: Sequence[str], answers: Sequence[Answer]) -> dict[str, Unit]:
        if len(answers) != 3 or not answers[0].ok:
            return {service: Unit(service, "unknown", "unknown") for service in services}
        rows = [row.groupdict() for row in _ROW.finditer(answers[0].stdout)]
        return {service: _unit(service, rows, *answers[1:]) for service in services}

    def disable(self, service: str) -> tuple[Command, ...]:
        """As the requirement does: the entry of /etc/inittab is turned off and stays; a line of /etc/rc.tcpip
        becomes a comment (chrctcp -d). What isn't there needs neither."""
        name = service.removeprefix(GROUP)
        entry = Command(("hamn-local", "inittab-off", _BOOTED_BY.get(name, name)), timeout_s=10)
        if service.startswith(GROUP):
            return (entry,)
        return (entry, Command(("chrctcp", "-d", name), timeout_s=30))

    def guard(self, service: str, mounts: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """SRC knows no condition."""
        return ()


def _named(service: str) -> tuple[str, str]:
    return ("-g", service.removeprefix(GROUP)) if service.startswith(GROUP) else ("-s", service)


def _ask(service: str) -> Command:
    return Command(("lssrc", *_named(service)), timeout_s=10)


def _unit(service: str, rows: Sequence[Mapping[str, str | None]], inittab: Answer, tcpip: Answer) -> Unit:
    key, name = ("group", service.removeprefix(GROUP)) if service.startswith(GROUP) else ("name", service)
    own = [row for row in rows if row[key] == name]
    if not own:
        return Unit(service, "inactive", "absent")
    states = [_STATES.get(row["status"] or "", "deactivating") for row in own]
    # Some of a group's members only run where they are used (gssd): it runs when any of it does.
    active = next((state for state in ("deactivating", "active") if state in states), "inactive")
    pid = next((int(row["pid"]) for row in own if row["pid"]), 0)
    return Unit(service, active, _enabled(name, inittab, tcpip), pid)


def _enabled(name: str, inittab: Answer, tcpip: Answer) -> str:
    if not (inittab.ok and tcpip.ok):
        return "unknown"
    word = re.escape(name)
    entry = re.escape(_BOOTED_BY.get(name, name))
    # Identifier:RunLevel:Action:Command; "off" and a comment (a colon before the identifier) start nothing.
    starts = rf"^(?:{entry}:[^:]*:(?!off:)|[^:\s][^:]*:[^:]*:(?!off:).*startsrc\s+-[sg]\s*{word}\b)"
    started = rf"^\s*start\s+\S*/{word}\s"
    found = re.search(starts, inittab.stdout, re.MULTILINE) or re.search(started, tcpip.stdout, re.MULTILINE)
    return "enabled" if found else "disabled"
