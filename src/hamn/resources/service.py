"""A daemon of the role."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.facts.facts import MachineFacts
from hamn.model.command import Command
from hamn.model.pair import Service
from hamn.model.step import Check, Phase, Step
from hamn.resources.kind import WAITING, Hold, Kind, Site


def hold_of_unit(name: str, seen: MachineFacts) -> Hold:
    unit = seen.units.get(name)
    if unit is None or unit.active == "unknown":
        return Hold.UNKNOWN
    if unit.active == "active":
        return Hold.HELD
    return Hold.PARTLY if unit.running else Hold.ABSENT


def stop_unit(id_: str, name: str, site: Site, limit_s: float) -> Iterator[Step]:
    """Skipped only when it is certain that nothing of it runs."""
    if hold_of_unit(name, site.seen) is Hold.ABSENT:
        yield site.skip(id_, "stop", f"{name} doesn't run on {site.name}")
        return
    init = site.platform.init
    stop = init.stop(name, limit_s=limit_s)
    reason = f"{name} runs on {site.name}"
    yield site.step(id_, "stop", stop, reason, check=init.stopped(name), explain=WAITING)
    unit, rest = site.seen.units.get(name), init.end_rest(name)
    if unit is not None and unit.leaves and rest is not None:
        end, ended = rest
        needs = frozenset({site.id(id_, "stop")})
        yield site.step(
            id_, "end-rest", end, f"{name} leaves processes of its own behind", check=ended, needs=needs
        )


class ServiceKind(Kind[Service]):
    def _name(self, resource: Service, seen: MachineFacts) -> str:
        return seen.platform.service(resource.service) if seen.platform else resource.service

    def hold(self, resource: Service, seen: MachineFacts) -> Hold:
        return hold_of_unit(self._name(resource, seen), seen)

    def give(self, resource: Service, site: Site) -> Iterator[Step]:
        yield from stop_unit(resource.id, self._name(resource, site.seen), site, resource.stop_limit_s)

    def take(self, resource: Service, site: Site) -> Iterator[Step]:
        name = self._name(resource, site.seen)
        if self.hold(resource, site.seen) is Hold.HELD:
            yield site.skip(resource.id, "start", f"{name} already runs on {site.name}")
            return
        init = site.platform.init
        ran = site.other_gives and self.hold(resource, site.other) is Hold.HELD
        yield site.step(
            resource.id,
            "start",
            init.start(name, limit_s=resource.start_limit_s),
            f"{name} doesn't run on {site.name}",
            check=init.running(name),
            explain=WAITING,
            takes=True,
            minor=not (site.strict and ran),
        )

    def look(self, resource: Service, site: Site, active: Site) -> Iterator[Step]:
        ips = resource_ips(active)
        if resource.probe is None or not ips:
            return
        command = look_command(resource.probe, ips[0])
        yield site.step(
            resource.id,
            "look",
            command,
            f"{resource.probe} must answer at {ips[0]}, asked from {site.name}",
            phase=Phase.SETTLE,
            check=Check(command, r"^answers"),
            minor=True,
        )


def resource_ips(site: Site) -> list[str]:
    return [str(ip.address.ip) for ip in site.pair.virtual_ips]


def look_command(probe: str, address: str) -> Command:
    """`probe` as in the declaration: "tcp:PORT", "xcat:PORT", "dns:NAME", "http:PORT/PATH", "tftp:FILE"."""
    how, _, what = probe.partition(":")
    if how == "http":
        port, _, path = what.partition("/")
        words: tuple[str, ...] = (port or "80", "/" + path)
    else:
        words = (what,)
    return Command(("hamn-local", "look", how, address, *words, "--within-s", "10"), timeout_s=15)
