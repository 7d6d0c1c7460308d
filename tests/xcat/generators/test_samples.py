"""Against what the real one wrote for the same tables: byte for byte, or in meaning where a reason is given."""

from __future__ import annotations

import json
from typing import Any

from hamn.xcat.generators import (
    bindings,
    conserver,
    dhcpd,
    entries,
    exports,
    hosts,
    kea,
    leases,
    named,
    subnets,
    zones,
)
from hamn.xcat.generators.entries import Style
from hamn.xcat.generators.server import Server
from tests.xcat.generators import clusters
from tests.xcat.generators.clusters import XCATMN, sample

CLUSTER = clusters.real()
ENTRIES = list(entries.from_lines(sample("etc-hosts").splitlines()))
BINDINGS = bindings.bindings(CLUSTER.mac, CLUSTER.noderes, entries.addresses(ENTRIES), CLUSTER.networks, XCATMN)
IDENTIFIER = "    server-identifier 10.1.0.1;\n"


def test_nothing_of_the_real_tables_is_complained_about() -> None:
    assert not CLUSTER.complaints
    assert not entries.from_tables(CLUSTER.hosts, CLUSTER.nics, CLUSTER.networks, Style()).complaints
    assert not BINDINGS.complaints
    assert not zones.zones(ENTRIES, CLUSTER.networks, XCATMN).complaints
    assert not subnets.subnets(CLUSTER.networks, XCATMN, {}).complaints
    assert not conserver.consoles(CLUSTER.nodehm, CLUSTER.site, XCATMN).complaints


def test_hosts() -> None:
    before = ["127.0.0.1 localhost\n", "10.1.0.1 xcatmn.cluster.test xcatmn\n"]
    assert "".join(hosts.text(before, clusters.known(CLUSTER), XCATMN)) == sample("etc-hosts")


def test_named_conf_and_zones_as_written() -> None:
    found = zones.zones(ENTRIES, CLUSTER.networks, XCATMN).good
    assert "".join(named.conf(found, CLUSTER.site, CLUSTER.key, named.DEBIAN)) == sample("named.conf")
    for zone in found:
        text = "".join(zones.text(zone, 2026112200, XCATMN))
        head = sample(f"{zone.file}.as-written").splitlines()[:3]
        assert text.splitlines()[:3] == head


def test_dhcpd_conf() -> None:
    served = subnets.subnets(CLUSTER.networks, XCATMN, {}).good
    names = [binding.name for binding in BINDINGS.good]
    written = "".join(dhcpd.conf(served, CLUSTER.site, CLUSTER.key, names))
    assert written.count(IDENTIFIER) == 1
    assert written.replace(IDENTIFIER, "") == sample("dhcpd.conf")


def test_leases() -> None:
    real = sample("dhcpd.leases")
    before = real[: real.index("host n01")]
    assert "".join(leases.Leases(before).text(leases.declarations(BINDINGS.good, CLUSTER.site))) == real
    assert "".join(leases.Leases(real).text(leases.declarations(BINDINGS.good, CLUSTER.site))) == real


def test_conserver_cf() -> None:
    found = conserver.consoles(CLUSTER.nodehm, CLUSTER.site, XCATMN).good
    ours = sample("conserver.cf").replace("master localhost;", "master 127.0.0.1;")
    assert "".join(conserver.text(conserver.read(""), found, CLUSTER.site, XCATMN)) == ours
    assert "".join(conserver.text(conserver.read(sample("conserver.cf")), found, CLUSTER.site, XCATMN)) == ours


def test_exports() -> None:
    assert "".join(exports.text([], CLUSTER.site)) == sample("etc-exports")


KEA = Server("xcatmn", "cluster.test", {"mgt0": ["10.1.0.3"]})
"""The real files for Kea come from another machine, before site.nameservers was its address."""


def test_kea_subnets_reservations_and_settings() -> None:
    ours, real = _kea(), json.loads(sample("kea-dhcp4.conf.json"))["Dhcp4"]
    (subnet,), (theirs,) = ours.pop("subnet4"), real.pop("subnet4")

    def reservations(of: dict[str, Any]) -> list[dict[str, Any]]:
        found = sorted(of.pop("reservations"), key=lambda each: each["hw-address"])
        for each in found:  # the host name is told all the same
            assert each.pop("option-data", None) in (None, [{"name": "host-name", "data": each["hostname"]}])
        return found

    assert reservations(subnet)[1:] == reservations(theirs)[1:]  # n01 was told another server there
    options = {option["name"]: option["data"] for option in subnet.pop("option-data")}
    assert options.pop("dhcp-server-identifier") == "10.1.0.3"
    assert options.pop("domain-name-servers") == "10.1.0.1"  # what site says by now
    told = {option["name"]: option["data"] for option in theirs.pop("option-data")}
    assert told.pop("domain-name-servers") == "10.1.0.3"
    # networks.tftpserver came later as well
    assert subnet.pop("next-server") == "10.1.0.1"
    assert theirs.pop("next-server") == "10.1.0.3"
    assert options.pop("cumulus-provision-url") == "http://10.1.0.1/install/postscripts/cumulusztp"
    assert told.pop("cumulus-provision-url") == "http://10.1.0.3/install/postscripts/cumulusztp"
    assert options == told
    assert set(subnet.pop("require-client-classes")) > set(theirs.pop("require-client-classes"))
    assert subnet == theirs
    ours.pop("client-classes"), real.pop("client-classes")
    assert ours.pop("host-reservation-identifiers") == ["hw-address"]
    assert ours.pop("control-socket")["socket-name"] == "/run/kea/kea4-ctrl-socket"
    assert ours == real


def test_kea_ddns() -> None:
    served = subnets.subnets(CLUSTER.networks, KEA, {}).good
    written = "".join(kea.ddns(served, CLUSTER.key)).replace("10.1.0.1", "10.1.0.3")
    assert json.loads(written) == json.loads(sample("kea-dhcp-ddns.conf.json"))


def _kea() -> dict[str, Any]:
    served = subnets.subnets(CLUSTER.networks, KEA, {}).good
    found: dict[str, Any] = json.loads("".join(kea.dhcp4(served, BINDINGS.good, CLUSTER.site, CLUSTER.key)))
    return found["Dhcp4"]
