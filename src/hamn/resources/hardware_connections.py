"""DFM's connections to service processors (CECs and frames), and the network manager of a Power 775.

They are made and removed by xCAT's own commands, through xcatd and hdwr_svr: removed before these stop, made when
they run. A frame that doesn't answer holds no move up.
Source: the requirement, "Take down", step 1, and "Bring up", step 6; mkhwconn(1), rmhwconn(1), lshwconn(1).
"""

from __future__ import annotations

from collections.abc import Iterator

from hamn.facts.facts import MachineFacts
from hamn.model.command import Command
from hamn.model.pair import HardwareConnections
from hamn.model.step import Check, Phase, Step
from hamn.resources.kind import Hold, Kind, Site

NETWORK_MANAGER = ("-T", "fnm")
Asked = tuple[str, tuple[str, ...], str]
"""Action, words, and why."""
CONNECTS_S = 60.0
"""mkhwconn comes back when it has asked; a line is up some seconds later."""


class HardwareConnectionsKind(Kind[HardwareConnections]):
    def hold(self, resource: HardwareConnections, seen: MachineFacts) -> Hold:
        return Hold.STATELESS

    def give(self, resource: HardwareConnections, site: Site) -> Iterator[Step]:
        if not site.seen.owns:
            yield site.skip(resource.id, "disconnect", f"{site.name} doesn't hold the role")
            return
        remove = ("rmhwconn", resource.objects)
        steps: list[Asked] = [
            ("disconnect", remove, f"only the active machine has connections to {resource.objects}")
        ]
        if resource.network_manager:
            steps.append(("disconnect-network", (*remove, *NETWORK_MANAGER), "the network manager's as well"))
            steps.append(("stop-network", ("chnwm", "-d"), "the network manager runs where the role is"))
        yield from _in_turn(resource, site, steps, Phase.HAND_OVER)

    def settle(self, resource: HardwareConnections, site: Site) -> Iterator[Step]:
        make = ("mkhwconn", resource.objects, "-t")
        steps: list[Asked] = [("connect", make, f"{site.name} controls {resource.objects} now")]
        if resource.network_manager:
            steps.append(("connect-network", (*make, *NETWORK_MANAGER), "the network manager's as well"))
            steps.append(("start-network", ("chnwm", "-a"), "the network manager runs where the role is"))
        yield from _in_turn(resource, site, steps, Phase.SETTLE)


def _in_turn(resource: HardwareConnections, site: Site, steps: list[Asked], phase: Phase) -> Iterator[Step]:
    needs: frozenset[str] = frozenset()
    for action, argv, reason in steps:
        command = Command(argv, timeout_s=resource.limit_s)
        check = connected(resource) if action == "connect" else None
        yield site.step(resource.id, action, command, reason, phase=phase, check=check, needs=needs, minor=True)
        needs = frozenset({site.id(resource.id, action)})


def connected(resource: HardwareConnections) -> Check:
    """Each object has a connection, and one is up: a second service processor's may be down for good."""
    listed = Command(("lshwconn", resource.objects), timeout_s=resource.limit_s)
    return Check(
        listed,
        r"\A(?![\s\S]*Connection not found)[\s\S]*?(?:LINE UP|state=Connected)",
        patience_s=CONNECTS_S,
    )
