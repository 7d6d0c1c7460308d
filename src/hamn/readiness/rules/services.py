"""The role's services can start on both machines, and run on none but the active one."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.facts.questions import service_names
from hamn.model.pair import Filesystem
from hamn.platforms.answers import Unit
from hamn.readiness.evidence import Evidence, Side
from hamn.readiness.rule import Finding, rule
from hamn.reports.report import Severity
from hamn.resources.kind import Hold


def _units(evidence: Evidence, side: Side) -> Iterator[tuple[str, Unit | None]]:
    """None: not known. On a machine that doesn't answer the names aren't known either."""
    if side.seen.platform is None:
        yield "the role's services", None
        return
    for name in service_names(evidence.pair, side.seen.platform):
        unit = side.seen.units.get(name)
        yield name, None if unit is None or unit.enabled == "unknown" else unit


def _has_services(evidence: Evidence) -> bool:
    return any(r.kind == "service" for r in evidence.pair.resources) or any(
        database.engine != "sqlite" for database in evidence.pair.databases
    )


@rule("services-installed", Severity.ERROR, "every service of the role is installed on both machines")
def services_installed(evidence: Evidence) -> Iterator[Finding]:
    """Requirement, "File Synchronization": keep the standby "as an identical clone". Failure modes 21 and 25."""
    for side in evidence.sides if _has_services(evidence) else ():
        for name, unit in _units(evidence, side):
            if unit is None:
                yield side.unknown("units.0", f"{name} on {side.name}")
            elif unit.enabled == "absent":
                hint = f"on {side.name}: install it, or correct its name in the declaration"
                yield side.problem(f"{side.name} has no service {name}", hint)
            elif unit.enabled.startswith("masked"):
                hint = f"on {side.name}: `systemctl unmask {name}`; hamn only needs it disabled"
                yield side.problem(f"{name} is masked on {side.name} and can't be started", hint)
            else:
                yield side.ok(f"{side.name} has {name}")


@rule("services-not-at-boot", Severity.ERROR, "no service of the role starts at boot")
def services_not_at_boot(evidence: Evidence) -> Iterator[Finding]:
    """A crashed machine that comes back must not serve beside the other one. Requirement, both set-up chapters,
    "Stop the xcatd daemon and some related network services from starting on reboot"; failure modes 14, 15."""
    for side in evidence.sides if _has_services(evidence) else ():
        for name, unit in _units(evidence, side):
            if unit is None:
                yield side.unknown("units.0", f"{name} on {side.name}")
            elif unit.starts_at_boot:
                platform = side.seen.platform
                fix = platform.init.disable(name) if platform is not None else ()
                typed = "; ".join(str(command) for command in fix)
                hint = f"`hamn check --fix`, or on {side.name}: `{typed}`"
                yield side.problem(f"{name} starts at boot on {side.name}", hint, fix)
            else:
                yield side.ok(f"{name} doesn't start at boot on {side.name}")


@rule("standby-idle", Severity.ERROR, "the standby holds and runs nothing of the role")
def standby_idle(evidence: Evidence) -> Iterator[Finding]:
    """A second DHCP or name server answers with old data, a second database ruins the files. Requirement, set-up
    of the standby, steps 1, 12, 13 and 16; failure modes 8, 12, 14 and 43."""
    for side in evidence.standbys:
        held = {resource.id: side.holds(resource) for resource in evidence.pair.resources}
        for resource in evidence.pair.resources:
            hold = held[resource.id]
            parallel = isinstance(resource, Filesystem) and resource.access == "parallel"
            if hold is Hold.UNKNOWN:
                yield side.unknown("units.0", f"{resource.id} on {side.name}")
            elif not hold.nothing and not parallel:
                hint = f"on {side.name}: `hamn deactivate` gives back whatever it holds"
                yield side.problem(f"{resource.id} is {hold} on {side.name}, which is not the active one", hint)
        if all(hold.nothing for hold in held.values()):
            yield side.ok(f"{side.name} holds nothing")


RULES = (services_installed, services_not_at_boot, standby_idle)
