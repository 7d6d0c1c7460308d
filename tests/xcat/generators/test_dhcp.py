"""Bindings, and what both DHCP servers are told about them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.generators import bindings, dhcpd, entries, kea, leases, subnets
from hamn.xcat.generators.bindings import Binding
from hamn.xcat.generators.cluster import Cluster
from hamn.xcat.generators.complaints import Fault, Judged
from hamn.xcat.generators.server import Server
from hamn.xcat.generators.subnets import Subnet
from tests.xcat.generators.clusters import MN, NETWORK, SITE, known, made

IB = {"netname": "ib", "net": "10.2.0.0", "mask": "255.255.0.0", "domain": "ib.test", "mgtifname": "ib0"}
MAC = "02:00:00:00:00:01"


def bound(cluster: Cluster, more: Mapping[str, str] = {}, server: Server = MN) -> Judged[Binding]:
    found = {**entries.addresses(known(cluster)), **more}
    return bindings.bindings(cluster.mac, cluster.noderes, found, cluster.networks, server)


def served(cluster: Cluster, server: Server = MN, more: Mapping[str, str] = {}) -> Sequence[Subnet]:
    return subnets.subnets(cluster.networks, server, more).good


def node(last: int, mac: str = "", **more: str) -> dict[str, str]:
    values = {table.replace("__", "."): value for table, value in more.items()}
    return {"hosts.ip": f"10.1.1.{last}", "mac.mac": mac or f"02:00:00:00:00:{last:02x}", **values}


def complaints(found: Judged[Binding]) -> list[tuple[Fault, str, str, str]]:
    return [(wrong.fault, wrong.name, wrong.place, wrong.value) for wrong in found.complaints]


# -- bindings


@pytest.mark.parametrize(
    "written", ["02:00:0A:01:01:01", "02-00-0a-01-01-01", "02000a010101", " 02:00:0a:01:01:01 "]
)
def test_a_mac_address_is_read_however_it_is_written(written: str) -> None:
    assert bound(made({"n01": node(1, written)})).good[0].mac == "02:00:0a:01:01:01"


@pytest.mark.parametrize(
    "written", ["02:00:0a:01:01", "02:00:0a:01:01:0g", "0200.0a01.0101", "02:00:0a:01:01:01;", "x"]
)
def test_a_bad_mac_address_is_left_out_and_said(written: str) -> None:
    found = bound(made({"n01": node(1, written), "n02": node(2)}))
    assert [binding.name for binding in found.good] == ["n02"]
    assert complaints(found) == [(Fault.BAD_MAC, "n01", "mac.mac", written)]


def test_several_interfaces_of_a_node() -> None:
    text = "02:00:00:00:00:01|02:00:00:00:00:02!n01-b|02:00:00:00:00:03!*NOIP*|02:00:00:00:00:04!lost"
    found = bound(made({"n01": {**node(1, text), "hosts.hostnames": "n01-b"}}))
    assert [(binding.name, binding.mac[-2:], binding.address) for binding in found.good] == [
        ("n01", "01", "10.1.1.1"),
        ("n01-b", "02", "10.1.1.1"),
    ]
    assert complaints(found) == [(Fault.NOT_RESOLVED, "n01", "mac.mac", "lost")]


def test_what_two_nodes_have_is_the_first_ones() -> None:
    found = bound(
        made({"n01": node(1), "n02": node(2, MAC), "n03": node(3), "n04": {**node(4), "hosts.ip": "10.1.1.3"}})
    )
    assert [binding.name for binding in found.good] == ["n01", "n03"]
    assert [(w.fault, w.name, w.place, w.value, w.other) for w in found.complaints] == [
        (Fault.SAME_MAC, "n02", "mac.mac", MAC, "n01"),
        (Fault.SAME_ADDRESS, "n04", "hosts.ip", "10.1.1.3", "n03"),
    ]


def test_two_mac_addresses_of_one_name() -> None:
    found = bound(made({"n01": node(1, "02:00:00:00:00:01|02:00:00:00:00:02")}))
    assert [binding.mac[-2:] for binding in found.good] == ["01"]
    assert complaints(found) == [(Fault.SAME_NAME, "n01", "mac.mac", "n01")]


def test_one_mac_address_twice_in_a_row() -> None:
    twice = {**node(1, f"{MAC}|{MAC}!n01-b"), "hosts.hostnames": "n01-b"}
    found = bound(made({"n01": twice}))
    assert [binding.name for binding in found.good] == ["n01"]
    assert complaints(found) == [(Fault.SAME_MAC, "n01", "mac.mac", MAC)]


def test_nodes_without_what_it_takes() -> None:
    found = bound(
        made(
            {
                "n01": {"mac.mac": MAC},
                "n02": {"hosts.ip": "10.1.1.2", "mac.interface": "eth0"},
                "n03": {"hosts.ip": "172.16.0.1", "mac.mac": "02:00:00:00:00:03"},
                "n04": {"hosts.ip": "10.1.250.7", "mac.mac": "02:00:00:00:00:04"},
                "n05": {"hosts.ip": "fd55::1", "mac.mac": "02:00:00:00:00:05"},
            }
        )
    )
    assert [binding.name for binding in found.good] == ["n04"]
    assert complaints(found) == [
        (Fault.NO_ADDRESS, "n01", "hosts.ip", ""),
        (Fault.NO_MAC, "n02", "mac.mac", ""),
        (Fault.NO_NETWORK, "n03", "hosts.ip", "172.16.0.1"),
        (Fault.IN_RANGE, "n04", "hosts.ip", "10.1.250.7"),
        (Fault.NO_ADDRESS, "n05", "hosts.ip", ""),
    ]


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("10.1.0.9", "10.1.0.9"),
        ("<xcatmaster>", "10.1.0.1"),
        ("mn", "10.1.0.1"),
        ("sn1", "10.1.0.5"),
        ("", ""),
        ("no", ""),
    ],
)
def test_the_next_server_of_a_node(said: str, address: str) -> None:
    found = bound(
        made({"n01": {**node(1), "noderes.tftpserver": said, "noderes.netboot": "pxe"}}), {"sn1": "10.1.0.5"}
    )
    assert found.good[0].next_server == address
    assert complaints(found) == ([(Fault.NOT_RESOLVED, "n01", "noderes.tftpserver", "no")] if said == "no" else [])


# -- subnets


def test_servers_are_the_virtual_ip_where_the_row_says_nothing_or_xcatmaster() -> None:
    machine = Server("mn", "cluster.test", {"eth0": ["10.1.0.1"]}, known_as=["mn2", "10.1.0.12"])
    networks = [{**NETWORK, "gateway": "<xcatmaster>", "nameservers": "<xcatmaster>,9.9.9.9"}]
    (found,) = served(made({}, networks=networks), machine)
    assert found.identifier == found.next_server == "10.1.0.1"
    assert found.routers == found.logservers == found.ntpservers == ("10.1.0.1",)
    assert found.nameservers == ("10.1.0.1", "9.9.9.9")
    assert "10.1.0.12" not in "".join(dhcpd.conf([found], made({}).site, None))


@pytest.mark.parametrize(
    ("said", "listening"),
    [
        ("", ["eth0"]),
        ("eth0,ib0", ["eth0", "ib0"]),
        ("mn|eth0,ib0;other|eth9", ["eth0", "ib0"]),
        ("other|eth0;10.1.0.1|!remote!ib0", ["ib0"]),
        ("other|eth0", ["eth0"]),
    ],
)
def test_the_interfaces_to_serve(said: str, listening: list[str]) -> None:
    cluster = made({}, networks=[NETWORK, IB], site={**SITE, "dhcpinterfaces": said})
    assert sorted({subnet.interface for subnet in served(cluster)}) == sorted(listening)


def test_a_network_behind_a_router_is_told_the_first_virtual_ip() -> None:
    remote = {"netname": "far", "net": "10.7.0.0", "mask": "255.255.255.0", "mgtifname": "!remote!eth0"}
    found = served(made({}, networks=[NETWORK, remote]))[1]
    assert (found.interface, found.identifier, found.next_server) == ("eth0", "10.1.0.1", "10.1.0.1")


def test_an_interface_without_boot_files() -> None:
    cluster = made({"n01": node(1, noderes__netboot="xnba")}, site={**SITE, "dhcpinterfaces": "eth0:noboot"})
    found = served(cluster)
    assert "filename" not in "".join(dhcpd.conf(found, cluster.site, cluster.key))
    text = "".join(kea.dhcp4(found, bound(cluster).good, cluster.site, cluster.key))
    assert "nodes/n01" not in text


def test_networks_that_cannot_be_served_are_said() -> None:
    nowhere = {"netname": "lost", "net": "10.8.0.0", "mask": "255.255.255.0"}
    unknown = {**NETWORK, "gateway": "router7"}
    found = subnets.subnets(made({}, networks=[unknown, nowhere]).networks, MN, {})
    assert [(wrong.fault, wrong.name, wrong.place, wrong.value) for wrong in found.complaints] == [
        (Fault.NOT_RESOLVED, "main", "networks.gateway", "router7"),
        (Fault.NO_INTERFACE, "lost", "networks.mgtifname", ""),
    ]


# -- ISC


def test_every_dynamic_range_and_domain_is_written() -> None:
    network = {**NETWORK, "dynamicrange": "10.1.3.1-10.1.3.9,10.1.4.1 - 10.1.4.9", "ddnsdomain": "dyn.test"}
    cluster = made({}, networks=[network, IB], site={**SITE, "dhcpinterfaces": "eth0,ib0"})
    text = "".join(dhcpd.conf(served(cluster), cluster.site, cluster.key))
    assert "    range dynamic-bootp 10.1.3.1 10.1.3.9;\n    range dynamic-bootp 10.1.4.1 10.1.4.9;\n" in text
    assert '    option domain-search  "cluster.test", "ib.test";\n' in text
    assert '    option domain-search  "ib.test", "cluster.test";\n' in text
    assert '    ddns-domainname "dyn.test.";\n' in text
    assert "    zone dyn.test. {\n" in text


def test_without_a_key_nobody_updates() -> None:
    cluster = made({})
    text = "".join(dhcpd.conf(served(cluster), cluster.site, None))
    assert "omapi" not in text
    assert "key" not in text
    found = json.loads("".join(kea.dhcp4(served(cluster), [], cluster.site, None)))["Dhcp4"]
    assert not found["dhcp-ddns"]["enable-updates"]
    d2 = json.loads("".join(kea.ddns(served(cluster), None)))["DhcpDdns"]
    assert d2["tsig-keys"] == d2["forward-ddns"]["ddns-domains"] == []


LEASES = """\
# The format of this file is documented in the dhcpd.leases(5) manual page.
authoring-byte-order little-endian;

lease 10.1.250.3 {
  starts 0 2026/11/22 10:00:00;
  binding state active;
  hardware ethernet 06:00:00:00:00:99;
  set vendor-class-identifier = "host n01 {";
}
server-duid "\\000\\001";
host n01 {
  dynamic;
  hardware ethernet 02:00:00:00:00:aa;
}
host other {
  dynamic;
  fixed-address 10.1.9.9;
        supersede host-name = "a}b";
}
host n01 {
  dynamic;
  deleted;
}
host n02 {
  dynamic;
  deleted;
}
"""


def test_leases_stay_and_hosts_are_replaced() -> None:
    cluster = made({"n01": node(1)})
    result = "".join(leases.Leases(LEASES).text(leases.declarations(bound(cluster).good, cluster.site)))
    assert result.startswith(LEASES[: LEASES.index("host n01 {\n")])
    assert leases.Leases(LEASES).hosts == ["other"]
    assert leases.Leases(result).hosts == ["other", "n01"]
    assert 'supersede host-name = "a}b";' in result
    assert "deleted" not in result
    assert result.count("host n01 {\n") == 1
    assert "".join(leases.Leases(result).text(leases.declarations(bound(cluster).good, cluster.site))) == result
    assert leases.Leases("".join(leases.Leases(result).text({}, gone=["n01"]))).hosts == ["other"]


def test_only_what_differs_is_a_reason_to_stop_the_server() -> None:
    cluster = made({"n01": node(1), "n02": node(2)})
    good = bound(cluster).good
    text = "".join(leases.Leases(LEASES).text(leases.declarations(good, cluster.site)))
    first, second = leases.declarations(good, cluster.site).values()
    assert leases.Leases(LEASES).differing(leases.declarations(good, cluster.site)) == ["n01", "n02"]
    for there in (text, text.replace(first + second, second + first)):
        assert leases.Leases(there).differing(leases.declarations(good, cluster.site)) == []
    assert leases.Leases(text.replace("10.1.1.2", "10.1.1.3")).differing(
        leases.declarations(good, cluster.site)
    ) == ["n02"]
    assert leases.Leases(text).differing(leases.declarations(good[:1], cluster.site), gone=["other", "n09"]) == [
        "other"
    ]


def test_nodes_whose_first_file_is_their_own() -> None:
    nodes = {
        "p1": {**node(1), "noderes.netboot": "petitboot", "noderes.tftpserver": "10.1.0.1"},
        "g1": {**node(2), "noderes.netboot": "grub2"},
    }
    cluster = made(nodes)
    text = "".join(leases.Leases("").text(leases.declarations(bound(cluster).good, cluster.site)))
    assert '        supersede conf-file = "http://10.1.0.1/tftpboot/petitboot/p1";\n' in text
    assert '        supersede server.filename = "/boot/grub2/grub2-g1";\n' in text
    p1, g1 = reservations(cluster)
    assert p1["option-data"] == [{"name": "conf-file", "data": "http://10.1.0.1/tftpboot/petitboot/p1"}]
    assert g1["boot-file-name"] == "/boot/grub2/grub2-g1"


# -- Kea


def reservations(cluster: Cluster) -> list[dict[str, Any]]:
    text = "".join(kea.dhcp4(served(cluster), bound(cluster).good, cluster.site, cluster.key))
    found: list[dict[str, Any]] = json.loads(text)["Dhcp4"]["subnet4"][0]["reservations"]
    return found


def test_bonded_interfaces_may_share_an_address_in_kea() -> None:
    both = {**node(1, "02:00:00:00:00:01|02:00:00:00:00:02!n01-b"), "hosts.hostnames": "n01-b"}
    for nodes, unique in (({"n01": both}, False), ({"n01": node(1)}, None)):
        cluster = made(nodes)
        text = "".join(kea.dhcp4(served(cluster), bound(cluster).good, cluster.site, cluster.key))
        assert json.loads(text)["Dhcp4"].get("ip-reservations-unique") is unique


def test_who_is_reserved_for_is_read_back() -> None:
    cluster = made({"n01": node(1), "n02": node(2)})
    text = "".join(kea.dhcp4(served(cluster), bound(cluster).good, cluster.site, cluster.key))
    assert kea.reserved(text) == ["n01", "n02"]
    for broken in ("", "{}", '{"Dhcp4": {"subnet4": [{"reservations": [{}]}]}}', text[:-4]):
        with pytest.raises(ValueError):
            kea.reserved(broken)


def test_a_node_is_in_its_own_boot_class_and_a_class_is_known_before_it_is_used() -> None:
    cluster = made({"n01": node(1, noderes__netboot="xnba"), "n02": node(2, noderes__netboot="pxe")})
    text = "".join(kea.dhcp4(served(cluster), bound(cluster).good, cluster.site, cluster.key))
    found = json.loads(text)["Dhcp4"]
    names = [each["name"] for each in found["client-classes"]]
    own = [each for each in found["client-classes"] if each["name"].startswith("xcat-xnba-n0")]
    assert own == [
        {
            "name": "xcat-xnba-n01-020000000001-bios",
            "test": "member('xcat-xnba-bios') and pkt4.mac == 0x020000000001",
            "boot-file-name": "http://10.1.0.1/tftpboot/xcat/xnba/nodes/n01",
        }
    ]
    assert names[0] == "xcat-xnba-bios"
    assert len(set(names)) == len(names)
    assert set(found["subnet4"][0]["require-client-classes"]) <= set(names)


# -- anything


odd = st.text(alphabet="n01-_. \n\"';{}#|!", max_size=8)
macs = st.one_of(st.just(MAC), st.from_regex(r"02:00:00:00:00:0[0-3]", fullmatch=True), odd)
ips = st.one_of(st.from_regex(r"10\.1\.1\.[0-3]", fullmatch=True), odd)
columns = st.fixed_dictionaries(
    {"hosts.ip": ips, "mac.mac": st.one_of(macs, st.builds("{}|{}!{}".format, macs, macs, odd))},
    optional={
        "noderes.tftpserver": st.one_of(ips, odd),
        "noderes.netboot": st.one_of(st.sampled_from(["xnba", "grub2"]), odd),
        "hosts.hostnames": odd,
        "nodehm.cons": odd,
    },
)


@given(st.dictionaries(st.one_of(st.sampled_from(["n01", "n02", "n03"]), odd.filter(bool)), columns, max_size=5))
def test_whatever_the_rows_say_both_servers_get_whole_files(nodes: dict[str, dict[str, str]]) -> None:
    cluster = made(nodes)
    found = bound(cluster)
    for unique in ("name", "mac"):
        values = [getattr(binding, unique) for binding in found.good]
        assert len(values) == len(set(values))
    text = "".join(kea.dhcp4(served(cluster), found.good, cluster.site, cluster.key))
    assert sorted(kea.reserved(text)) == sorted(binding.name for binding in found.good)
    declared = "".join(leases.Leases("").text(leases.declarations(found.good, cluster.site)))
    assert leases.Leases(declared).hosts == [binding.name for binding in found.good]
    assert declared.count("{") == declared.count("}") == len(found.good)
    silent = set(cluster.mac) - {binding.node for binding in found.good} - {w.name for w in found.complaints}
    assert all("*NOIP*" in cluster.mac[name]["mac"] for name in silent)
