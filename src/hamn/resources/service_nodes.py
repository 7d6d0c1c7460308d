"""The xcatd of service nodes: it reads the same database, over the network.

Nothing can be seen of it from here but by asking each node, which may be dead; so it is stopped and begun anew by
whoever has the role, and nobody waits for a node that doesn't answer: it is named, and the move goes on.
Source: the requirement, "Take down the Current Primary Management Node", the note of step 2.
"""

from __future__ import annotations

from collections.abc import Iterator

from hamn.facts.facts import MachineFacts
from hamn.model.command import Command
from hamn.model.pair import Pair, ServiceNodes
from hamn.model.step import Phase, Step
from hamn.resources.kind import Hold, Kind, Site

RESTART = ("/opt/xcat/sbin/restartxcatd",)
"""On every system that xCAT knows: it stops what runs, and defines AIX's subsystem first where it isn't."""
TABLES_S = 20.0
"""To read who they are, beside the nodes' own limit."""


class ServiceNodesKind(Kind[ServiceNodes]):
    def hold(self, resource: ServiceNodes, seen: MachineFacts) -> Hold:
        return Hold.STATELESS

    def give(self, resource: ServiceNodes, site: Site) -> Iterator[Step]:
        if not site.seen.owns:
            yield site.skip(resource.id, "stop", f"{site.name} doesn't hold the role")
            return
        stop = resource.stop or site.platform.init.stop(site.platform.service("xcatd"), limit_s=0).argv
        reason = "what they run reads the database that is going to stop"
        yield site.step(resource.id, "stop", on_nodes(resource, site.pair, stop), reason, minor=True)

    def settle(self, resource: ServiceNodes, site: Site) -> Iterator[Step]:
        """Begun anew and not only started: after a failover it runs still, without its database."""
        command = on_nodes(resource, site.pair, resource.start or RESTART)
        reason = "what they run finds the database at its new place"
        yield site.step(resource.id, "restart", command, reason, phase=Phase.SETTLE, minor=True)


def on_nodes(resource: ServiceNodes, pair: Pair, argv: tuple[str, ...]) -> Command:
    """For the active machine, which can read the tables."""
    named = ("--nodes", ",".join(resource.nodes)) if resource.nodes else ("--but", ",".join(_ours(pair)))
    words = ("xcat", "on-service-nodes", *named, "--limit-s", f"{resource.limit_s:g}", "--", *argv)
    return Command(("hamn", *words), timeout_s=resource.limit_s + TABLES_S)


def _ours(pair: Pair) -> Iterator[str]:
    """Names in the tables that mean the management node itself."""
    for machine in pair.machines:
        yield from dict.fromkeys((machine.name, machine.address))
    for ip in pair.virtual_ips:
        yield from (word for word in (str(ip.address.ip), ip.hostname) if word)
