"""Configuration generated from the database by a command: makedns, makedhcp -a, makeconservercf."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.facts.facts import MachineFacts
from hamn.model.command import Command
from hamn.model.pair import Configuration
from hamn.model.step import Phase, Step
from hamn.resources.kind import Hold, Kind, Site


class ConfigurationKind(Kind[Configuration]):
    def hold(self, resource: Configuration, seen: MachineFacts) -> Hold:
        return Hold.STATELESS

    def settle(self, resource: Configuration, site: Site) -> Iterator[Step]:
        yield site.step(
            resource.id,
            "generate",
            Command(resource.generate, timeout_s=resource.limit_s),
            f"{resource.name} files name this machine's view of the cluster",
            phase=Phase.SETTLE,
            minor=True,
        )
