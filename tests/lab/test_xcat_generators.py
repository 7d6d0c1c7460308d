"""The daemons' own checkers, inside a machine of the lab, on files generated for 1,000 nodes; and on broken ones,
so that a checker which takes anything is noticed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import chain

import pytest

from hamn.lab.lab import Lab
from hamn.xcat.generators import bindings, conserver, dhcpd, entries, hosts, kea, leases, named, subnets, zones
from tests.xcat.generators import clusters
from tests.xcat.generators.clusters import MN

pytestmark = pytest.mark.lab

WHERE, PLACE = "mn1", "/root/generated"


def files() -> dict[str, str]:
    """Name to content; every kind of row is among the nodes, the bad ones too."""
    cluster = clusters.many(1000)
    own = list(entries.from_tables(cluster.hosts, cluster.nics, cluster.networks, entries.Style()).good)
    before = [
        "127.0.0.1 localhost\n",
        "10.1.0.1 mn.cluster.test mn\n",
        "10.1.0.9 a.cluster.test a b c_d n000001\n",
    ]
    lines = list(hosts.text(before, own, MN))
    everybody = list(entries.from_lines(lines))
    addresses = entries.addresses(everybody)
    bound = bindings.bindings(cluster.mac, cluster.noderes, addresses, cluster.networks, MN).good
    assert len(bound) == 1000
    served = subnets.subnets(cluster.networks, MN, addresses).good
    made = zones.zones(everybody, cluster.networks, MN).good
    consoles = conserver.consoles(cluster.nodehm, cluster.site, MN).good
    found: dict[str, Iterable[str]] = {
        "named.conf": named.conf(made, cluster.site, cluster.key, named.Paths("", PLACE)),
        "dhcpd.conf": dhcpd.conf(served, cluster.site, cluster.key, (each.name for each in bound)),
        "dhcpd.leases": chain(
            ["authoring-byte-order little-endian;\n"],
            leases.Leases("").text(leases.declarations(bound, cluster.site)),
        ),
        "kea-dhcp4.conf": kea.dhcp4(served, bound, cluster.site, cluster.key),
        "kea-dhcp-ddns.conf": kea.ddns(served, cluster.key),
        "conserver.cf": conserver.text(conserver.read(""), consoles, cluster.site, MN),
        **{zone.file: zones.text(zone, 2026112200, MN) for zone in made},
    }
    return {name: "".join(chunks) for name, chunks in found.items()}


CHECKS: Mapping[str, tuple[str, ...]] = {
    "named.conf": ("named-checkconf", "-z", f"{PLACE}/named.conf"),
    "dhcpd.conf": ("dhcpd", "-t", "-cf", f"{PLACE}/dhcpd.conf"),
    "dhcpd.leases": ("dhcpd", "-T", "-cf", f"{PLACE}/dhcpd.conf", "-lf", f"{PLACE}/dhcpd.leases"),
    "kea-dhcp4.conf": ("kea-dhcp4", "-t", f"{PLACE}/kea-dhcp4.conf"),
    "kea-dhcp-ddns.conf": ("kea-dhcp-ddns", "-t", f"{PLACE}/kea-dhcp-ddns.conf"),
    "conserver.cf": ("conserver", "-S", "-C", f"{PLACE}/conserver.cf"),
    "db.cluster.test": ("named-checkzone", "-i", "local", "cluster.test", f"{PLACE}/db.cluster.test"),
    "db.10.1": ("named-checkzone", "1.10.in-addr.arpa", f"{PLACE}/db.10.1"),
}
BREAK: Mapping[str, Callable[[str], str]] = {
    "named.conf": lambda text: text.replace("};", "}", 1),
    "dhcpd.conf": lambda text: text.replace("range dynamic-bootp", "range dynamic", 1),
    "dhcpd.leases": lambda text: text.replace("  fixed-address", "  fixed", 1),
    "kea-dhcp4.conf": lambda text: text.replace('"hw-address"', '"hw"', 1),
    "kea-dhcp-ddns.conf": lambda text: text.replace('"key-name"', '"key"', 1),
    "conserver.cf": lambda text: text.replace("type exec", "type no", 1),
    "db.cluster.test": lambda text: text + "n000001 IN CNAME other\n",
    "db.10.1": lambda text: text.replace("SOA", "SO", 1),
}


@pytest.fixture(scope="module")
def written(session_lab: Lab) -> Mapping[str, str]:
    found = files()
    made = session_lab.run(WHERE, ["mkdir", "-p", PLACE, "/run/kea", "/opt/xcat/share/xcat/cons"])
    assert made.returncode == 0, made.stderr
    for name, content in found.items():
        put(session_lab, name, content)
    return found


def put(lab: Lab, name: str, content: str) -> None:
    assert lab.run(WHERE, ["dd", f"of={PLACE}/{name}"], stdin=content).returncode == 0


def complaint(lab: Lab, name: str) -> str:
    """What the checker has against that file: dhcpd ends with 0 whatever is in the leases file."""
    found = lab.run(WHERE, ["timeout", "60", *CHECKS[name]])
    said = found.stdout + found.stderr
    assert found.returncode != 127, f"{CHECKS[name][0]} is not in the base system of the lab"
    told = [line for line in said.splitlines() if re.search(r"line \d+|ERROR|error|failed|ignored", line)]
    return "\n".join(told) or ("" if found.returncode == 0 else f"exit {found.returncode}: {said}")


@pytest.mark.parametrize("name", CHECKS)
def test_the_daemons_checker_takes_it(session_lab: Lab, written: Mapping[str, str], name: str) -> None:
    assert complaint(session_lab, name) == ""


@pytest.mark.parametrize("name", CHECKS)
def test_the_checker_would_have_said_so(session_lab: Lab, written: Mapping[str, str], name: str) -> None:
    broken = BREAK[name](written[name])
    assert broken != written[name]
    put(session_lab, name, broken)
    try:
        assert complaint(session_lab, name)
    finally:
        put(session_lab, name, written[name])
