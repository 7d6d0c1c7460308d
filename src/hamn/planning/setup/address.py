"""A management node's own address becomes the virtual IP: all who know it go on finding the role there."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_interface

from hamn.model.pair import VirtualIp
from hamn.model.step import Phase, Step
from hamn.planning.setup.desk import Desk


def own_address_steps(desk: Desk) -> Iterator[Step]:
    """The machine has an address of its own beside the one that it gives away, before anything else: the other
    machine comes in by it."""
    site = desk.site
    known = [address.address.ip for address in site.seen.addresses or ()]
    own = ip_address(site.machine.address)
    for ip in _taken(desk):
        if own not in ip.address.network or own in known[: known.index(ip.address.ip)]:
            continue
        interface, address = ip.interface[site.name], ip_interface(f"{own}/{ip.address.network.prefixlen}")
        added = site.step(
            ip.id,
            "own-address",
            site.platform.add_address(address, interface),
            f"{ip.address.ip}, by which {site.name} was known, becomes the virtual IP; {own} is its own",
            phase=Phase.PREPARE,
            check=site.platform.has_address(address, interface, wanted=True),
        )
        yield added
        reason = f"{site.name} goes on under {own} when {ip.address.ip}, which was there first, goes with the role"
        for number, (command, check) in enumerate(site.platform.put_first(address, interface)):
            yield site.step(
                ip.id,
                f"own-first:{number}",
                command,
                reason,
                phase=Phase.PREPARE,
                check=check,
                needs=frozenset({added.id}),
            )
        return


def give_address_steps(desk: Desk, after: frozenset[str]) -> Iterator[Step]:
    """No boot sets the virtual IP any more, and the database is found by it. `after`: nobody uses either now."""
    pair, own = desk.pair, ip_address(desk.site.machine.address)
    for ip in pair.virtual_ips:
        if own.version != ip.address.version:
            continue
        words = ("own-address", str(ip.address.ip), str(own))
        reason = f"{desk.site.name} comes up under {own}; {ip.address.ip} goes with the role"
        yield desk.duty(ip.id, "boot-address", words, reason, phase=Phase.HAND_OVER, needs=after)
    if pair.virtual_ips and pair.databases:
        names = [word for machine in pair.machines for word in (machine.name, machine.address)]
        yield desk.duty(
            pair.databases[0].id,
            "cfgloc",
            ("cfgloc-host", str(pair.virtual_ips[0].address.ip), *names),
            "the database is where the virtual IP is, on whichever machine",
            phase=Phase.HAND_OVER,
            needs=after,
        )


def _taken(desk: Desk) -> list[VirtualIp]:
    """Virtual IPs that the machine has, be it as its own address or for the role."""
    known = {address.address.ip for address in desk.site.seen.addresses or ()}
    return [ip for ip in desk.pair.virtual_ips if ip.address.ip in known]
