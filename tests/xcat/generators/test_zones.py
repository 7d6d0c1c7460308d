"""Zones: every name and address in the right one, and nothing that named would refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.generators import entries, named, reverse, zones
from hamn.xcat.generators.cluster import Cluster
from hamn.xcat.generators.complaints import Fault, Judged
from hamn.xcat.generators.entries import Entry, Style
from hamn.xcat.generators.server import Server
from hamn.xcat.generators.zones import Zone, next_serial
from tests.xcat.generators.clusters import KEY, MN, NETWORK, SITE, known, made

Row = Mapping[str, str]
IB = {"netname": "ib", "net": "10.2.0.0", "mask": "255.255.0.0", "domain": "ib.test"}


def of(cluster: Cluster, more: Sequence[str] = ()) -> Judged[Zone]:
    return zones.zones([*known(cluster), *entries.from_lines(more)], cluster.networks, MN)


def by_name(found: Judged[Zone]) -> dict[str, list[zones.Record]]:
    return {zone.name: zone.records for zone in found.good}


def test_name_server_and_responsible_are_the_virtual_ips_name() -> None:
    zone = Zone("cluster.test", "db.cluster.test")
    text = "".join(zones.text(zone, 2026112203, Server("mn", "cluster.test", {"eth0": ["10.1.0.1"]}, ["mn2"])))
    assert text == (
        "$TTL 86400\n@ IN SOA mn.cluster.test. root.mn.cluster.test. ( 2026112203 10800 3600 604800 86400 )\n"
        "  IN NS  mn.cluster.test.\n"
    )


def test_each_domain_is_a_zone_and_each_name_is_in_its_own() -> None:
    cluster = made(
        {"n01": {"hosts.ip": "10.1.1.1", "hosts.otherinterfaces": "-ib0:10.2.1.1"}},
        networks=[NETWORK, {**IB, "ddnsdomain": "dyn.test"}],
    )
    assert by_name(of(cluster)) == {
        "1.10.IN-ADDR.ARPA.": [("1.1", "PTR", "n01.cluster.test.")],
        "2.10.IN-ADDR.ARPA.": [("1.1", "PTR", "n01-ib0.ib.test.")],
        "cluster.test": [("n01", "A", "10.1.1.1"), ("mn", "A", "10.1.0.1")],
        "dyn.test": [],
        "ib.test": [("n01-ib0", "A", "10.2.1.1")],
    }


def test_a_domain_within_a_domain() -> None:
    cluster = made({}, networks=[NETWORK, {**IB, "domain": "ib.cluster.test"}])
    found = by_name(of(cluster, ["10.2.0.1 a.ib.cluster.test a", "10.1.0.2 b.c.cluster.test b", "10.1.0.3 d"]))
    assert found["ib.cluster.test"] == [("a", "A", "10.2.0.1")]
    assert ("b.c", "A", "10.1.0.2") in found["cluster.test"]
    assert ("d", "A", "10.1.0.3") in found["cluster.test"]


def test_aliases_and_those_that_would_break_a_zone() -> None:
    nodes = {
        "n01": {
            "hosts.ip": "10.1.1.1",
            "hosts.hostnames": "web n02 n01-ib0 www.cluster.test x.other.test cluster.test",
        },
        "n02": {"hosts.ip": "10.1.1.2", "hosts.hostnames": "web b_d N01"},
        "n01-ib0": {"hosts.ip": "10.1.1.3"},
    }
    found = of(made(nodes))
    aliases = [record for record in by_name(found)["cluster.test"] if record[1] == "CNAME"]
    assert aliases == [("web", "CNAME", "n01.cluster.test."), ("www", "CNAME", "n01.cluster.test.")]
    assert [(wrong.fault, wrong.name, wrong.value) for wrong in found.complaints] == [
        (Fault.SAME_NAME, "n01", "n02"),
        (Fault.SAME_NAME, "n01", "n01-ib0"),
        (Fault.SAME_NAME, "n02", "web"),
        (Fault.NOT_FOR_DNS, "n02", "b_d"),
        (Fault.SAME_NAME, "n02", "N01"),
    ]


def test_a_name_with_an_underscore_is_left_out_and_said() -> None:
    found = of(made({"n_1": {"hosts.ip": "10.1.1.1"}, "n2": {"hosts.ip": "10.1.1.2"}}))
    assert [zone.records for zone in found.good] == [
        [("2.1", "PTR", "n2.cluster.test.")],
        [("n2", "A", "10.1.1.2"), ("mn", "A", "10.1.0.1")],
    ]
    assert [(wrong.fault, wrong.name) for wrong in found.complaints] == [(Fault.NOT_FOR_DNS, "n_1")]


def test_an_address_of_two_nodes_points_to_the_first() -> None:
    found = of(made({"n01": {"hosts.ip": "10.1.1.1"}, "n02": {"hosts.ip": "10.1.1.1"}}))
    assert by_name(found)["1.10.IN-ADDR.ARPA."] == [("1.1", "PTR", "n01.cluster.test.")]
    assert ("n02", "A", "10.1.1.1") in by_name(found)["cluster.test"]
    assert [(w.fault, w.name, w.other) for w in found.complaints] == [
        (Fault.SAME_ADDRESS, "n02", "n01.cluster.test")
    ]


def test_an_address_in_no_network_is_said_only_of_nodes() -> None:
    found = of(made({"n01": {"hosts.ip": "172.16.1.1"}}), ["127.0.0.1 localhost", "172.16.0.9 printer"])
    assert [(wrong.fault, wrong.name, wrong.value) for wrong in found.complaints] == [
        (Fault.NO_NETWORK, "n01", "172.16.1.1")
    ]


@pytest.mark.parametrize(
    ("said", "served"),
    [("10.1.0.1", True), ("9.9.9.9,10.1.0.1", True), ("<xcatmaster>", True), ("mn", True), ("9.9.9.9", False)],
)
def test_a_network_whose_nodes_ask_somebody_else_gets_no_zone(said: str, served: bool) -> None:
    cluster = made({"n01": {"hosts.ip": "10.2.0.9"}}, networks=[NETWORK, {**IB, "nameservers": said}])
    names = [zone.name for zone in of(cluster).good]
    assert ("2.10.IN-ADDR.ARPA." in names) == ("ib.test" in names) == served


@pytest.mark.parametrize(
    ("block", "names"),
    [
        ("10.0.0.0/8", ["10.IN-ADDR.ARPA."]),
        ("10.4.0.0/14", ["4.10", "5.10", "6.10", "7.10"]),
        ("10.1.0.0/16", ["1.10"]),
        ("10.1.2.0/23", ["2.1.10", "3.1.10"]),
        ("10.1.2.0/24", ["2.1.10"]),
        ("10.1.2.64/26", ["2.1.10"]),
        ("10.1.2.3/32", ["2.1.10"]),
        ("fd55::/64", ["0.0.0.0.0.0.0.0.0.0.0.0.5.5.d.f"]),
        ("fd55::/63", ["0.0.0.0.0.0.0.0.0.0.0.0.5.5.d.f", "1.0.0.0.0.0.0.0.0.0.0.0.5.5.d.f"]),
    ],
)
def test_reverse_zones_of_a_prefix(block: str, names: list[str]) -> None:
    network = ip_network(block)
    tail = ".IN-ADDR.ARPA." if network.version == 4 else ".IP6.ARPA."
    assert reverse.names(network) == [name.removesuffix(tail) + tail for name in names]
    assert all(reverse.file_name(name).startswith("db.") for name in reverse.names(network))


@given(st.ip_addresses(v=4), st.integers(1, 32))
def test_every_ipv4_address_is_in_exactly_one_of_its_networks_reverse_zones(address: object, prefix: int) -> None:
    _check_reverse(str(address), prefix)


@given(st.ip_addresses(v=6), st.integers(16, 128))
def test_every_ipv6_address_is_in_exactly_one_of_its_networks_reverse_zones(address: object, prefix: int) -> None:
    _check_reverse(str(address), prefix)


def _check_reverse(address: str, prefix: int) -> None:
    found = reverse.names(ip_network(f"{address}/{prefix}", strict=False))
    pointer = reverse.pointer(address, ip_address(address).packed)
    assert pointer == ip_address(address).reverse_pointer
    assert len([name for name in found if f"{pointer}.".endswith(f".{name.lower()}")]) == 1
    assert len(set(map(reverse.file_name, found))) == len(found)


names = st.sampled_from(["n01", "N01", "n02", "web", "n01-ib0", "a_b", "mn", "cluster"])
long_names = st.builds(
    str.__add__, names, st.sampled_from(["", ".cluster.test", ".sub.cluster.test", ".other.test"])
)
addresses = st.sampled_from(["10.1.1.1", "10.1.1.2", "10.1.0.1", "10.2.0.1", "fd55::1", "172.16.0.1"])
hosts_lines = st.builds(
    lambda a, many: " ".join([a, *many]), addresses, st.lists(long_names, min_size=1, max_size=4)
)


@given(st.lists(hosts_lines, max_size=8))
def test_whatever_is_in_the_hosts_file_named_would_take_the_zones(lines: list[str]) -> None:
    networks = [NETWORK, IB, {"netname": "six", "net": "fd55::", "mask": "/64"}]
    found = zones.zones(entries.from_lines(lines), made({}, networks=networks).networks, MN)
    for zone in found.good:
        owners: dict[str, set[str]] = {}
        for owner, kind, _ in zone.records:
            owners.setdefault(owner.lower(), set()).add(kind)
        for owner, kinds in owners.items():
            assert kinds == {"CNAME"} or "CNAME" not in kinds, owner
        aliases = [owner.lower() for owner, kind, _ in zone.records if kind == "CNAME"]
        assert len(aliases) == len(set(aliases))
        assert not any("_" in owner for owner in owners)
        pointers = [owner for owner, kind, _ in zone.records if kind == "PTR"]
        assert len(pointers) == len(set(pointers))
    assert any(record[0] == "mn" for zone in found.good for record in zone.records)


@given(st.lists(st.builds(Entry, addresses, names, long_names, st.just(()), st.just(""))))
def test_the_same_entries_make_the_same_zones(many: list[Entry]) -> None:
    networks = made({}).networks
    assert zones.zones(many, networks, MN) == zones.zones(list(many), networks, MN)


# -- serials


@pytest.mark.parametrize(
    ("before", "serial"),
    [
        (None, 2026112200),
        (2025010107, 2026112200),
        (2026112200, 2026112201),
        (2026112257, 2026112258),
        (2**32 - 1, 2026112200),
    ],
)
def test_serials_never_go_backwards(before: int | None, serial: int) -> None:
    assert next_serial(before, date(2026, 11, 22)) == serial


@given(st.integers(0, 2**32 - 1))
def test_a_secondary_always_takes_the_next_serial_for_newer(before: int) -> None:
    after = next_serial(before, date(2026, 11, 22))
    assert 0 < (after - before) % 2**32 < 2**31
    assert 0 < after < 2**32


# -- named.conf


def conf(paths: named.Paths = named.DEBIAN, **site: str) -> str:
    cluster = made({}, site={**SITE, **site})
    return "".join(named.conf(of(cluster).good, cluster.site, cluster.key, paths.with_site(cluster.site)))


def test_where_the_distribution_keeps_zones_unless_site_says() -> None:
    assert 'directory "/var/named/";' in conf(named.REDHAT)
    assert 'directory "/srv/zones";' in conf(binddir="/srv/zones")
    assert named.REDHAT.with_site(made({}, site={"bindconf": "/srv/named.conf"}).site).conf == "/srv/named.conf"


def test_forwarders() -> None:
    text = conf(forwarders="9.9.9.9,1.1.1.1; };evil")
    assert "\tforwarders {\n\t\t9.9.9.9;\n\t\t1.1.1.1;\n\t};\n\tdnssec-validation no;\n" in text
    assert "evil" not in text


def test_who_may_change_names() -> None:
    assert "\tallow-update {\n\t\tkey xcat_key;\n\t\t10.1.0.9;\n\t};\n" in conf(dnsupdaters="10.1.0.9")
    cluster = made({})
    without = "".join(named.conf(of(cluster).good, cluster.site, None, named.DEBIAN))
    assert "\t\tnone;\n" in without
    assert "key" not in without
    assert KEY["password"] not in repr(cluster)


def test_no_zone_without_a_domain_and_without_networks() -> None:
    cluster = made({"n01": {"hosts.ip": "10.1.1.1"}}, site={})
    found = zones.zones(known(cluster, Style()), cluster.networks, MN)
    assert by_name(found) == {"1.10.IN-ADDR.ARPA.": [("1.1", "PTR", "n01.")]}
    assert [(wrong.fault, wrong.name) for wrong in found.complaints] == [(Fault.NO_DOMAIN, "main")]
