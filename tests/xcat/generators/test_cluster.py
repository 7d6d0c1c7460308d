"""Site, networks and the key, read once: what can't be used has its default, and is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.generators import networks
from hamn.xcat.generators.addresses import packed
from hamn.xcat.generators.cluster import read
from hamn.xcat.generators.complaints import Fault
from hamn.xcat.generators.networks import Network
from hamn.xcat.generators.site import Site
from tests.xcat.generators.clusters import KEY, NETWORK, made


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("domain", 'x"; };'),
        ("nameservers", "10.1.0.1;{"),
        ("forwarders", "resolver.test"),
        ("dhcplease", "1h"),
        ("timezone", 'U"'),
        ("tftpdir", "tftpboot"),
        ("installdir", "/in stall"),
        ("dhcpinterfaces", "eth0 {"),
        ("httpport", "http"),
        ("dhcpomapialgorithm", "rot13"),
        ("master", "a b"),
    ],
)
def test_a_bad_value_of_site_is_said_and_not_used(key: str, value: str) -> None:
    found = made({}, site={key: value})
    assert {(wrong.fault, wrong.name, wrong.place) for wrong in found.complaints} == {
        (Fault.BAD_VALUE, key, "site.value")
    }
    # of a list the good part counts
    assert found.site in (Site(), Site(nameservers=("10.1.0.1",)))


@pytest.mark.parametrize(
    ("row", "block"),
    [
        ({"net": "10.1.0.0", "mask": "255.255.0.0"}, "10.1.0.0/16"),
        ({"net": "10.1.0.1", "mask": "/16"}, "10.1.0.0/16"),
        ({"net": "10.1.2.0/23", "mask": "23"}, "10.1.2.0/23"),
        ({"net": "fd55::", "mask": "/64"}, "fd55::/64"),
        ({"net": "fd55::/64", "mask": "64"}, "fd55::/64"),
        ({"net": "fd55::", "mask": "ffff:ffff:ffff:ffff::"}, "fd55::/64"),
        ({"net": "10.1.0.0", "mask": "255.0.255.0"}, None),
        ({"net": "10.1.0.0"}, None),
        ({"net": "default", "mask": "255.0.0.0"}, None),
        ({"net": "0.0.0.0", "mask": "0.0.0.0"}, None),
        ({}, None),
    ],
)
def test_the_forms_of_a_network(row: dict[str, str], block: str | None) -> None:
    found, wrong = networks.read([row], Site())
    assert [str(network.block) for network in found.all] == ([block] if block else [])
    assert [complaint.fault for complaint in wrong] == ([] if block else [Fault.BAD_NETWORK])


def test_the_same_network_twice_and_disabled_rows() -> None:
    rows = [NETWORK, {**NETWORK, "netname": "again"}, {**NETWORK, "net": "10.9.0.0", "disable": "yes"}]
    found = made({}, networks=rows)
    assert [network.name for network in found.networks.all] == ["main"]
    assert [(w.fault, w.name, w.other) for w in found.complaints] == [(Fault.SAME_NETWORK, "again", "main")]


@pytest.mark.parametrize(
    "said", ["10.1.9.9-10.1.9.1", "10.1.9.1", "10.1.9.1-10.2.0.1", "a-b", "10.1.250.9-10.1.251.1"]
)
def test_a_bad_dynamic_range_is_said_and_the_good_ones_stay(said: str) -> None:
    found = made({}, networks=[{**NETWORK, "dynamicrange": f"10.1.250.1-10.1.250.9;{said}"}])
    assert found.networks.all[0].ranges == (("10.1.250.1", "10.1.250.9"),)
    assert [(wrong.fault, wrong.value) for wrong in found.complaints] == [(Fault.BAD_RANGE, said)]


@pytest.mark.parametrize("column", ["gateway", "tftpserver", "nameservers", "domain", "mtu", "mgtifname"])
def test_a_bad_value_of_a_network_is_said(column: str) -> None:
    found = made({}, networks=[{**NETWORK, column: '"};'}])
    assert {(wrong.fault, wrong.name, wrong.place) for wrong in found.complaints} == {
        (Fault.BAD_VALUE, "main", f"networks.{column}")
    }
    assert found.networks.all[0].gateway == found.networks.all[0].domain == ""


blocks = st.lists(
    st.builds("{}/{}".format, st.from_regex(r"10\.[01]\.[0-3]\.0", fullmatch=True), st.integers(8, 28)), max_size=5
)


@given(blocks, st.from_regex(r"10\.[01]\.[0-3]\.[0-9]{1,2}", fullmatch=True).filter(packed))
def test_an_address_is_in_the_smallest_network_that_has_it(many: list[str], address: str) -> None:
    rows = [{"netname": block, "net": block.partition("/")[0], "mask": block.partition("/")[2]} for block in many]
    found, _ = networks.read(rows, Site())
    binary = packed(address) or b""
    number = int.from_bytes(binary, "big")

    def has(network: Network) -> bool:
        return int(network.block.network_address) <= number <= int(network.block.broadcast_address)

    expected = max(filter(has, found.all), key=lambda network: network.block.prefixlen, default=None)
    assert found.at(binary) is expected


def test_the_key_of_another_form_is_no_key() -> None:
    assert read({"passwd": [KEY]}, {}).key
    assert not read({"passwd": [{**KEY, "username": "other"}]}, {}).key
    assert not read({"passwd": [{**KEY, "disable": "1"}]}, {}).key
    bad = read({"passwd": [{**KEY, "password": 'pass"; word'}]}, {})
    assert bad.key is None
    assert [wrong.place for wrong in bad.complaints] == ["passwd.password"]
    assert "word" not in str(bad.complaints[0].report).replace("passwd.password", "")
