"""Files of other daemons that come from the management database: hosts, DNS, DHCP, consoles.

hamn's own generators keep the standby's files warm: they are made there from the active machine's tables before
anybody is disturbed, and once more when the role has come, where a file that is right already costs a look at it.
An operator's own command knows nothing of this and runs afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hamn.facts.facts import MachineFacts
from hamn.model.command import Command
from hamn.model.pair import Configuration, Pair, Service
from hamn.model.step import Phase, Step
from hamn.resources.kind import Hold, Kind, Site

READ_BY = {"dns": "dns", "dhcp": "dhcp", "consoles": "console"}
"""Part to the service that reads it; one that a pair doesn't have gets no files."""
DEFAULT_SOURCE = "/etc/hamn/pair.toml"
WARM_S = 60.0
"""No move is held up for longer by what is only made beforehand: the active machine's tables may not answer."""


def generate_command(pair: Pair, resource: Configuration, *more: str) -> Command:
    """For either machine: it finds out where the tables are."""
    services = {r.service for r in pair.resources if isinstance(r, Service)}
    parts = [part for part in resource.makes if READ_BY.get(part, "") in services or part not in READ_BY]
    argv = ("hamn", "xcat", "generate", *of_pair(pair), "--only", ",".join(parts), *more)
    return Command(argv, timeout_s=resource.limit_s)


def of_pair(pair: Pair) -> tuple[str, ...]:
    """The option that names the declaration, where it isn't in its usual place."""
    return () if pair.source in ("", DEFAULT_SOURCE) else ("--pair", pair.source)


def _tells(site: Site) -> bool:
    """Whether the other machine serves the tables. They may be reached through a virtual IP."""
    other = site.other
    here = {address.address for address in other.addresses or ()}
    owns = other.owner is not None and other.owner.machine == other.name
    return owns and all(other.databases.values()) and all(ip.address in here for ip in site.pair.virtual_ips)


class ConfigurationKind(Kind[Configuration]):
    def hold(self, resource: Configuration, seen: MachineFacts) -> Hold:
        return Hold.STATELESS

    def prepare_take(self, resource: Configuration, site: Site) -> Iterator[Step]:
        """Only while the other machine can tell the tables: at a resume its database may be stopped already."""
        if resource.generate or not site.other_gives or not _tells(site):
            return
        yield site.step(
            resource.id,
            "warm",
            replace(generate_command(site.pair, resource), timeout_s=min(resource.limit_s, WARM_S)),
            f"{site.name} has its files ready before anybody is disturbed",
            phase=Phase.PREPARE,
            minor=True,
        )

    def settle(self, resource: Configuration, site: Site) -> Iterator[Step]:
        own = Command(resource.generate, timeout_s=resource.limit_s)
        yield site.step(
            resource.id,
            "generate",
            own if resource.generate else generate_command(site.pair, resource),
            f"{resource.name} files name this machine's view of the cluster",
            phase=Phase.SETTLE,
            minor=True,
        )
