"""SysV init's half of a platform: service(8) with chkconfig(8) (RHEL 6, SLES 11) or update-rc.d(8) (Debian)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hamn.model.command import Answer, Command
from hamn.model.step import Check
from hamn.platforms.answers import Unit

# service(8) itself says this, on stdout or stderr, when there is no such script in /etc/init.d.
_NO_SUCH = re.compile(r"unrecognized service|no such service", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sysv:
    """An init script's `status` speaks by its exit status alone; what it prints differs with each script.

    0 runs, 1 dead with its pid file left, 2 dead with its lock file left, 3 doesn't run, 4 not known
    (LSB Core 5.0, "Init Script Actions").
    """

    registry: Literal["chkconfig", "update-rc.d"]
    name = "sysv"

    def start(self, service: str, *, limit_s: float) -> Command:
        return Command(("service", service, "start"), timeout_s=limit_s)

    def stop(self, service: str, *, limit_s: float) -> Command:
        return Command(("service", service, "stop"), timeout_s=limit_s)

    def reload(self, service: str) -> Command:
        return Command(("service", service, "reload"), timeout_s=30)

    def running(self, service: str) -> Check:
        return Check(_exit_status(service), r"^0$", patience_s=5)

    def stopped(self, service: str) -> Check:
        return Check(_exit_status(service), r"^[123]$", patience_s=5)

    def end_rest(self, service: str) -> tuple[Command, Check] | None:
        return None

    def ask(self, services: Sequence[str]) -> tuple[Command, ...]:
        if not services:
            return ()
        asked = (Command(("service", service, "status"), timeout_s=10) for service in services)
        return (*asked, self._ask_enabled())

    def hear(self, services: Sequence[str], answers: Sequence[Answer]) -> dict[str, Unit]:
        if len(answers) != len(services) + 1:
            return {service: Unit(service, "unknown", "unknown") for service in services}
        *states, registered = answers
        return {
            service: self._hear_one(service, state, registered)
            for service, state in zip(services, states, strict=True)
        }

    def disable(self, service: str) -> tuple[Command, ...]:
        """Package upgrades leave it so: chkconfig and update-rc.d keep what an administrator has set."""
        if self.registry == "chkconfig":
            return (Command(("chkconfig", service, "off"), timeout_s=30),)
        return (Command(("update-rc.d", service, "disable"), timeout_s=30),)

    def guard(self, service: str, mounts: Sequence[str]) -> tuple[tuple[str, str], ...]:
        return ()

    def _ask_enabled(self) -> Command:
        if self.registry == "chkconfig":
            return Command(("chkconfig", "--list"), timeout_s=10)
        # update-rc.d can't list; the links themselves are the truth, in the runlevels that serve.
        levels = tuple(f"/etc/rc{level}.d/" for level in "2345")
        return Command(("find", *levels, "-name", "S*"), timeout_s=10)

    def _hear_one(self, service: str, state: Answer, registered: Answer) -> Unit:
        if state.known and state.exit_status != 0 and _NO_SUCH.search(state.stdout + state.stderr):
            return Unit(service, "inactive", "absent")
        active = "unknown"
        if state.known:
            active = {0: "active", 1: "failed", 2: "failed", 3: "inactive"}.get(state.exit_status or 0, "unknown")
        pid = re.search(r"\(pid\s+([0-9]{1,9})", state.stdout) if active == "active" else None
        return Unit(service, active, self._hear_enabled(service, registered), int(pid[1]) if pid else 0)

    def _hear_enabled(self, service: str, registered: Answer) -> str:
        if not registered.known:
            return "unknown"
        name = re.escape(service)
        on = rf"/etc/rc[2345]\.d/S\d\d{name}$"
        if self.registry == "chkconfig":
            on = rf"^{name}\s.*\b[2345]:on\b"
        return "enabled" if re.search(on, registered.stdout, re.MULTILINE) else "disabled"


def _exit_status(service: str) -> Command:
    """hamn-local prints the command's exit status, since a check reads only what is printed."""
    return Command(("hamn-local", "exit-status", "service", service, "status"), timeout_s=15)
