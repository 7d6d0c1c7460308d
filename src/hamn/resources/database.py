"""The management database: stopped before its filesystem goes, ready when a query is answered."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.facts.facts import MachineFacts
from hamn.model.command import Command
from hamn.model.pair import Database
from hamn.model.step import Check, Phase, Step
from hamn.resources.kind import WAITING, Hold, Kind, Site
from hamn.resources.service import hold_of_unit, look_command, resource_ips, stop_unit


class DatabaseKind(Kind[Database]):
    def _name(self, resource: Database, seen: MachineFacts) -> str:
        word = resource.service or resource.engine
        return seen.platform.service(word) if seen.platform else word

    def hold(self, resource: Database, seen: MachineFacts) -> Hold:
        if resource.engine == "sqlite":
            return Hold.STATELESS  # no server: whoever holds its filesystem holds it
        held = hold_of_unit(self._name(resource, seen), seen)
        if held is Hold.HELD and not seen.databases.get(resource.id):
            return Hold.PARTLY
        return held

    def prepare_give(self, resource: Database, site: Site) -> Iterator[Step]:
        command = site.platform.checkpoint(resource.engine)
        if command is None or self.hold(resource, site.seen) is not Hold.HELD:
            return
        yield site.step(
            resource.id,
            "checkpoint",
            command,
            "pages written now need not be written while nobody serves",
            phase=Phase.PREPARE,
            minor=True,
        )

    def give(self, resource: Database, site: Site) -> Iterator[Step]:
        if resource.engine != "sqlite":
            yield from stop_unit(resource.id, self._name(resource, site.seen), site, resource.stop_limit_s)

    def take(self, resource: Database, site: Site) -> Iterator[Step]:
        if resource.engine == "sqlite":
            return
        name = self._name(resource, site.seen)
        if self.hold(resource, site.seen) is Hold.HELD:
            yield site.skip(resource.id, "start", f"{name} already answers on {site.name}")
            return
        needs: frozenset[str] = frozenset()
        if resource.engine == "postgresql" and self.hold(resource, site.seen) is Hold.ABSENT:
            stale = site.step(
                resource.id,
                "stale-lock",
                Command(("hamn-local", "clear-stale-lock", resource.data), timeout_s=10),
                f"{site.other.name} may have left its postmaster.pid, naming a process that isn't here",
                takes=True,
            )
            yield stale
            needs = frozenset({stale.id})
        init = site.platform.init
        yield site.step(
            resource.id,
            "start",
            init.start(name, limit_s=resource.start_limit_s),
            f"{name} doesn't answer on {site.name}",
            check=site.platform.database_answers(resource.engine, patience_s=resource.start_limit_s),
            explain=WAITING,
            needs=needs,
            takes=True,
        )

    def look(self, resource: Database, site: Site, active: Site) -> Iterator[Step]:
        ips = resource_ips(active)
        if resource.port is None or not ips:
            return
        command = look_command(f"tcp:{resource.port}", ips[0])
        yield site.step(
            resource.id,
            "look",
            command,
            f"port {resource.port} must answer at {ips[0]}, asked from {site.name}",
            phase=Phase.SETTLE,
            check=Check(command, r"^answers"),
            minor=True,
        )
