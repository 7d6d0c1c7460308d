"""What the role runs: kept from starting at boot, guarded against starting without the shared data, stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from hamn.facts.questions import service_names
from hamn.model.command import Command
from hamn.model.pair import Database, Exports, Filesystem, Pair, Resource, Service
from hamn.model.step import Check, Phase, Step
from hamn.planning.order import dependencies, in_order
from hamn.planning.setup.desk import Desk
from hamn.resources.kind import Hold
from hamn.resources.service import hold_of_unit, stop_unit

BOOT = "boot"


def boot_steps(desk: Desk) -> Iterator[Step]:
    """Requirement, set-up of the primary, steps 10 and 11, of the standby 12 and 13; and its note on upgrades:
    what a package starts all the same doesn't run on a machine that has no shared data."""
    init, seen = desk.site.platform.init, desk.site.seen
    for name in service_names(desk.pair, desk.site.platform):
        unit = seen.units.get(name)
        if unit is None or unit.enabled == "absent":
            yield desk.site.skip(BOOT, f"disable:{name}", f"{desk.site.name} has no service {name}", Phase.PREPARE)
        elif not unit.starts_at_boot:
            yield desk.site.skip(BOOT, f"disable:{name}", "doesn't start at boot", Phase.PREPARE)
        else:
            for number, command in enumerate(init.disable(name)):
                action = f"disable:{name}" + (f":{number}" if number else "")
                reason = f"{name} must not serve by itself on a machine that comes back"
                yield desk.site.step(BOOT, action, command, reason, phase=Phase.PREPARE)
    yield from _guards(desk)


def _guards(desk: Desk) -> Iterator[Step]:
    """systemd's own condition: without the mount a start does nothing, and says so."""
    init = desk.site.platform.init
    written = set()
    for service, mounts in _guarded(desk.pair, desk):
        for path, text in init.guard(service, mounts):
            reason = f"{service} starts as the role needs it, and only where {mounts[0]} is mounted"
            step = desk.duty(BOOT, f"guard:{path}", ("content", path, "644"), reason, stdin=text)
            written.add(step.id)
            yield step
    if written:
        units = [service for service, _ in _guarded(desk.pair, desk)]
        show = Command(("systemctl", "show", "-p", "NeedDaemonReload", *units), timeout_s=10)
        yield desk.site.step(
            BOOT,
            "reload",
            Command(("systemctl", "daemon-reload"), timeout_s=60),
            "systemd reads the guards",
            phase=Phase.PREPARE,
            check=Check(show, r"^NeedDaemonReload=yes$", wanted=False),
            needs=frozenset(written),
        )


def _guarded(pair: Pair, desk: Desk) -> list[tuple[str, tuple[str, ...]]]:
    """Each service that needs shared data which moves, with the mount points of that."""
    below = dependencies(pair)
    found = []
    for resource in pair.resources:
        name = _service_of(resource, desk)
        moving = [r for r in pair.filesystems if r.id in below[resource.id] and r.access == "exclusive"]
        if name and moving:
            found.append((name, tuple(filesystem.mount for filesystem in moving)))
    return found


def _service_of(resource: Resource, desk: Desk) -> str:
    platform = desk.site.platform
    if isinstance(resource, Service):
        return platform.service(resource.service)
    if isinstance(resource, Database) and resource.engine != "sqlite":
        return platform.service(resource.service or resource.engine)
    return ""


def stop_steps(desk: Desk, wanted: Callable[[Resource], bool] = lambda _: True) -> Iterator[Step]:
    """In the order of giving back: whoever uses a thing before the thing."""
    order = list(reversed(in_order(desk.pair)))
    below = dependencies(desk.pair)
    stopped: dict[str, list[str]] = {}
    for resource in order:
        name = _service_of(resource, desk)
        if not name or isinstance(resource, Exports | Filesystem) or not wanted(resource):
            continue
        if hold_of_unit(name, desk.site.seen) is Hold.ABSENT:
            continue
        limit_s = getattr(resource, "stop_limit_s", 60.0)
        users = [id_ for other, ids in stopped.items() if resource.id in below[other] for id_ in ids]
        steps = list(stop_unit(resource.id, name, desk.site, limit_s))
        for step in steps:
            yield replace(step, needs=step.needs | frozenset(users))
        stopped[resource.id] = [step.id for step in steps]
