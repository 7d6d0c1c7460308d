"""The machines reach each other, and names lead where they should."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from hamn.readiness.evidence import Evidence
from hamn.readiness.rule import Finding, rule
from hamn.reports.report import Severity


@rule("machines-answer", Severity.ERROR, "both machines answer")
def machines_answer(evidence: Evidence) -> Iterator[Finding]:
    """A machine that can't be asked can't be made active in order, and nothing said of it below is known."""
    for side in evidence.sides:
        if side.seen.answers:
            yield side.ok(f"{side.name} answers")
        else:
            hint = side.seen.hint or f"see that {side.name} runs and `ssh {side.machine.address}` works"
            yield side.problem(f"{side.name} doesn't answer: {side.seen.why_not}", hint)


@rule("ssh-both-ways", Severity.ERROR, "each machine reaches the other over ssh, with no password")
def ssh_both_ways(evidence: Evidence) -> Iterator[Finding]:
    """Whichever machine survives is where the operator will sit. Requirement, set-up of the standby, step 10:
    "passwordless ssh authentication, and it should work in both directions"."""
    for side in evidence.sides:
        to = evidence.other(side).machine
        target = f"{to.user}@{to.address}"
        tried = side.inventory.ssh
        if tried is None:
            yield side.unknown("ssh", f"ssh from {side.name} to {to.name}")
        elif tried.works:
            yield side.ok(f"{side.name} reaches {target}")
        else:
            port = f" -p {to.port}" if to.port != 22 else ""
            hint = (
                f"on {side.name}: `ssh{port} {target} true` must need no password and ask nothing; its public key "
                f"belongs in {to.name}'s authorized_keys, {to.name}'s host key in its known_hosts"
            )
            yield side.problem(f"no ssh from {side.name} to {target}: {tried.said}", hint)


@rule("names-resolve", Severity.ERROR, "each machine knows the other by its name")
def names_resolve(evidence: Evidence) -> Iterator[Finding]:
    """Requirement, set-up of the standby, step 9: each "can resolve the hostname" of the other. A name that
    leads elsewhere is worse than none: file synchronisation and fencing go by it."""
    for side in evidence.sides:
        to = evidence.other(side).machine
        found = side.inventory.resolved.get(to.name)
        declared = _address(to.address)
        hint = f"on {side.name}: put `{to.address} {to.name}` into /etc/hosts"
        if found is None:
            yield side.unknown(f"resolve.{to.name}", f"the name {to.name}")
        elif not found:
            yield side.problem(f"{to.name} doesn't resolve on {side.name}", hint)
        elif declared is not None and declared not in [_address(text) for text in found]:
            yield side.problem(f"{to.name} is {', '.join(found)} on {side.name}, declared as {to.address}", hint)
        else:
            yield side.ok(f"{to.name} is {', '.join(found)} on {side.name}")


@rule("virtual-ip-name", Severity.ERROR, "the virtual IP's host name leads to it on both machines")
def virtual_ip_name(evidence: Evidence) -> Iterator[Finding]:
    """Requirement, set-up of the primary, step 3: the database and the management daemon are set up under the
    name that resolves to the virtual IP; on a machine where it leads elsewhere they fail after the move."""
    for ip in evidence.pair.virtual_ips:
        if ip.hostname is None:
            continue
        for side in evidence.sides:
            found = side.inventory.resolved.get(ip.hostname)
            hint = f"on {side.name}: put `{ip.address.ip} {ip.hostname}` into /etc/hosts"
            if found is None:
                yield side.unknown(f"resolve.{ip.hostname}", f"the name {ip.hostname}")
            elif ip.address.ip in [_address(text) for text in found]:
                yield side.ok(f"{ip.hostname} is {ip.address.ip} on {side.name}")
            else:
                where = ", ".join(found) or "nothing"
                yield side.problem(f"{ip.hostname} is {where} on {side.name}, not {ip.address.ip}", hint)


@rule("hosts-before-dns", Severity.WARNING, "names are looked up in /etc/hosts before DNS")
def hosts_before_dns(evidence: Evidence) -> Iterator[Finding]:
    """During a move no name server answers, ours being among what moves. Requirement, both set-up chapters,
    step 2: "hosts: files dns" in /etc/nsswitch.conf."""
    for side in evidence.sides:
        order = side.inventory.nsswitch
        if order is None:
            yield side.unknown("nsswitch", "the order of name look-ups")
            continue
        sources = order.split()
        if "files" in sources and ("dns" not in sources or sources.index("files") < sources.index("dns")):
            yield side.ok(f"hosts: {order}")
        else:
            hint = f"on {side.name}: write `hosts: files dns` into /etc/nsswitch.conf"
            yield side.problem(f"/etc/nsswitch.conf says `hosts: {order}`", hint)


@rule("resolver-asks-virtual-ip", Severity.WARNING, "both machines ask the name server at the virtual IP")
def resolver_asks_virtual_ip(evidence: Evidence) -> Iterator[Finding]:
    """Requirement, both set-up chapters, step 2: "Add the alias ip address into the /etc/resolv.conf as the
    nameserver"; the management commands look names up there. Only where the profile is xcat: another
    management stack may well have its name server elsewhere."""
    ips = [str(ip.address.ip) for ip in evidence.pair.virtual_ips]
    if evidence.pair.profile != "xcat" or not ips:
        return
    for side in evidence.sides:
        servers = side.inventory.nameservers
        if servers is None:
            yield side.unknown("nameservers", "the name servers")
        elif set(ips) & set(servers):
            yield side.ok(f"nameserver {' '.join(servers)}")
        else:
            hint = f"on {side.name}: put `nameserver {ips[0]}` into /etc/resolv.conf"
            yield side.problem(f"/etc/resolv.conf names {', '.join(servers) or 'no name server'}", hint)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """None for what is a name."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


RULES = (
    machines_answer,
    ssh_both_ways,
    names_resolve,
    virtual_ip_name,
    hosts_before_dns,
    resolver_asks_virtual_ip,
)
