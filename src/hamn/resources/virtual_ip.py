"""An address that moves: probed before it is taken (RFC 5227), announced when it is, watched afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.facts.facts import MachineFacts
from hamn.model.pair import VirtualIp
from hamn.model.step import Check, Phase, Step
from hamn.resources.kind import Hold, Kind, Site


def _macs(ip: VirtualIp, seen: MachineFacts) -> set[str]:
    """The MACs of the interfaces that hold the address there."""
    address = ip.address.ip
    return {a.mac.lower() for a in seen.addresses or () if a.address.ip == address and a.mac}


class VirtualIpKind(Kind[VirtualIp]):
    def hold(self, resource: VirtualIp, seen: MachineFacts) -> Hold:
        if seen.addresses is None:
            return Hold.UNKNOWN
        address = resource.address.ip
        return Hold.HELD if any(a.address.ip == address for a in seen.addresses) else Hold.ABSENT

    def _probe(self, ip: VirtualIp, site: Site, action: str, reason: str, phase: Phase) -> Step:
        """Fails when anybody answers for the address who isn't one of our two machines' holding interfaces."""
        ours = _macs(ip, site.seen) | _macs(ip, site.other)
        where = ip.interface[site.name], str(ip.address.ip)
        command = site.platform.probe_address(*where, "--count", "3", "--wait-ms", "100")
        known = "|".join(sorted(ours))
        # The positive word: a probe that couldn't be made proves nothing.
        nobody_else = rf"\A(?:free|taken (?:{known}))(?:\ntaken (?:{known}))*\s*\Z" if known else r"\Afree\s*\Z"
        check = Check(command, nobody_else)
        return site.step(ip.id, action, command, reason, phase=phase, check=check)

    def _last_probe(self, ip: VirtualIp, site: Site, phase: Phase) -> Step:
        return self._probe(
            ip, site, "last-probe", f"nobody may answer for {ip.address.ip} before it is taken", phase
        )

    def prepare_take(self, resource: VirtualIp, site: Site) -> Iterator[Step]:
        if self.hold(resource, site.seen) is Hold.HELD or self.hold(resource, site.other) is not Hold.HELD:
            return  # without a holder to recognise, `take` probes right before
        yield self._probe(
            resource,
            site,
            "probe",
            f"nobody but {site.other.name} may answer for {resource.address.ip}",
            Phase.PREPARE,
        )

    def prove(self, resource: VirtualIp, site: Site) -> Iterator[Step]:
        """Beside the look whether the machine is silent: later, clients would wait for it."""
        if self.hold(resource, site.seen) is not Hold.HELD:
            yield self._last_probe(resource, site, Phase.PROVE)

    def give(self, resource: VirtualIp, site: Site) -> Iterator[Step]:
        if self.hold(resource, site.seen) is Hold.ABSENT:
            yield site.skip(resource.id, "remove", f"{resource.address.ip} is not on {site.name}")
            return
        interface = resource.interface[site.name]
        held_on = {a.interface for a in site.seen.addresses or () if a.address.ip == resource.address.ip} or {
            interface
        }
        for number, where in enumerate(sorted(held_on)):
            yield site.step(
                resource.id,
                "remove" if number == 0 else f"remove:{where}",
                site.platform.remove_address(resource.address, where),
                f"{resource.address.ip} is on {site.name}",
                check=site.platform.has_address(resource.address, where, wanted=False),
            )

    def take(self, resource: VirtualIp, site: Site) -> Iterator[Step]:
        ip = resource.address.ip
        interface = resource.interface[site.name]
        if self.hold(resource, site.seen) is Hold.HELD:
            yield site.skip(resource.id, "add", f"{ip} is already on {site.name}")
            return
        needs: frozenset[str] = frozenset()
        given = site.other_gives and self.hold(resource, site.other) is Hold.HELD
        proven = site.proven_dead and not site.other_gives
        if not given and not proven:
            probe = self._last_probe(resource, site, Phase.HAND_OVER)
            yield probe
            needs = frozenset({probe.id})
        add = site.step(
            resource.id,
            "add",
            site.platform.add_address(resource.address, interface),
            f"{ip} is not on {site.name}",
            check=site.platform.has_address(resource.address, interface, wanted=True),
            needs=needs,
            takes=True,
        )
        yield add
        announce = site.platform.announce(interface, str(ip))
        if announce is not None:
            reason = f"neighbours must learn where {ip} is now"
            yield site.step(resource.id, "announce", announce, reason, needs=frozenset({add.id}), minor=True)

    def settle(self, resource: VirtualIp, site: Site) -> Iterator[Step]:
        interface, ip = resource.interface[site.name], str(resource.address.ip)
        announce = site.platform.announce(interface, ip, "--count", "3", "--every-ms", "300")
        needs: frozenset[str] = frozenset()
        if announce is not None:
            reason = "a switch or a neighbour may have missed the first announcement"
            again = site.step(resource.id, "announce-again", announce, reason, phase=Phase.SETTLE, minor=True)
            yield again
            needs = frozenset({again.id})
        command = site.platform.probe_address(interface, ip)
        yield site.step(
            resource.id,
            "rival",
            command,
            f"nobody else may answer for {ip}",
            phase=Phase.SETTLE,
            check=Check(command, r"\Afree\s*\Z"),
            needs=needs,
            minor=True,
        )
