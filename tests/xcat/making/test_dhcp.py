"""makedhcp with ISC's server."""

from __future__ import annotations

import pytest

from tests.xcat.generators.clusters import NETWORK
from tests.xcat.making.place import Place

CONF, LEASES, NICS = "etc/dhcp/dhcpd.conf", "var/lib/dhcp/dhcpd.leases", "etc/default/isc-dhcp-server"
UNIT = "isc-dhcp-server"
AGAIN = [f"systemctl stop {UNIT}", f"systemctl start {UNIT}"]


@pytest.fixture
def served(mn: Place) -> Place:
    mn.good("makehosts")
    mn.good("makedhcp", "-n")
    assert mn.daemons.told() == [f"systemctl start {UNIT}"]
    mn.good("makedhcp", "-a")
    assert mn.daemons.told() == AGAIN
    return mn


def test_networks_interfaces_and_the_kept_file(mn: Place) -> None:
    mn.write(CONF, "# the package's\n")
    mn.write(NICS, '# kept\nINTERFACESv4=""\nINTERFACESv6="eth9"\n')
    mn.good("makehosts")
    said = mn.good("makedhcp", "-n")
    assert said == f"Renamed existing dhcp configuration file to  {mn.root}/{CONF}.xcatbak"
    assert "subnet 10.1.0.0 netmask 255.255.0.0" in mn.text(CONF)
    assert mn.text(NICS) == '# kept\nINTERFACESv4="eth0"\nINTERFACESv6=""\n'
    assert "host" not in mn.text(LEASES)


def test_hosts_are_in_the_leases_file_and_can_be_asked_for(served: Place) -> None:
    assert "fixed-address 10.1.1.2;" in served.text(LEASES)
    said = served.good("makedhcp", "-q", noderange="n02")
    assert said == "n02: ip-address = 10.1.1.2, hardware-address = 02:00:0a:01:01:02"


def test_nothing_differs_nothing_is_restarted(served: Place) -> None:
    for args, nodes in ((["-n"], None), (["-a"], None), ([], "n01-n03")):
        assert served.good("makedhcp", *args, noderange=nodes) == ""
    assert served.daemons.told() == []


def test_one_node_changes_and_no_other(served: Place) -> None:
    served.put("mac", {"node": "n01", "mac": "02:00:00:00:00:01"}, {"node": "n02", "mac": "02:00:00:00:00:02"})
    served.good("makedhcp", noderange="n02")
    assert "02:00:00:00:00:02" in served.text(LEASES)
    assert "02:00:00:00:00:01" not in served.text(LEASES)
    assert served.daemons.told() == AGAIN


@pytest.mark.parametrize(("args", "nodes", "left"), [(["-d"], "n02", "n01 n03"), (["-d", "-a"], None, "")])
def test_deleted(served: Place, args: list[str], nodes: str | None, left: str) -> None:
    served.good("makedhcp", *args, noderange=nodes)
    said = served.good("makedhcp", "-q", "-a").splitlines()
    assert [line.partition(":")[0] for line in said] == left.split()


def test_leases_that_dhcpd_writes_as_it_stops_are_kept(served: Place) -> None:
    lease = "lease 10.1.250.1 {\n  binding state active;\n}\n"
    stop = served.daemons._systemctl

    def writing(verb: str, unit: str) -> object:
        if verb == "stop":
            served.write(LEASES, served.text(LEASES) + lease)
        return stop(verb, unit)

    served.daemons._systemctl = writing  # type: ignore[assignment, method-assign]
    served.put("mac", {"node": "n02", "mac": "02:00:00:00:00:02"})
    served.good("makedhcp", "-a")
    assert lease in served.text(LEASES)


def test_a_server_that_does_not_run_is_said_and_nothing_is_written(mn: Place) -> None:
    mn.good("makehosts")
    (said,) = mn.say("makedhcp", "-a")
    assert (said.text, said.errorcode) == ("dhcp server is not running.  please start the dhcp server.", 1)
    assert "host" not in mn.text(LEASES)


def test_one_that_does_not_start_with_the_new_files_gets_the_old_ones(served: Place) -> None:
    before = served.text(LEASES)
    served.put("mac", {"node": "n02", "mac": "02:00:00:00:00:02"})
    served.daemons.failing[f"systemctl start {UNIT}"] = "Job for isc-dhcp-server.service failed"
    (said,) = served.say("makedhcp", "-a")
    assert said.errorcode == 1
    assert "doesn't start with the new files" in said.text
    assert served.text(LEASES) == before


def test_a_configuration_that_dhcpd_refuses_never_stops_it(served: Place) -> None:
    served.put("networks", {**NETWORK, "gateway": "10.1.0.254"})
    served.daemons.failing["dhcpd -t"] = "semicolon expected."
    (said,) = served.say("makedhcp", "-n")
    assert "semicolon expected" in said.text
    assert served.daemons.told() == []
    assert "10.1.0.254" not in served.text(CONF)


def test_a_node_without_an_address_is_said_in_the_real_words(served: Place) -> None:
    served.drop("hosts", node="n02")
    served.write("etc/hosts", served.text("etc/hosts").replace("n02", "x02"))
    (said,) = served.say("makedhcp", noderange="n02")
    assert (said.kind, said.errorcode) == ("warning", 0)
    assert said.text == "The hostname n02 of node n02 could not be resolved."


def test_two_nodes_with_one_mac_address(served: Place) -> None:
    served.put("mac", {"node": "n03", "mac": "02:00:0a:01:01:01"})
    (said,) = served.say("makedhcp", "-a")
    assert said.errorcode == 1
    assert "belongs to n01 already" in said.text


def test_words(served: Place) -> None:
    for args, nodes in (([], None), (["-d"], None), (["-a"], "n01"), (["-x"], "n01")):
        (said,) = served.say("makedhcp", *args, noderange=nodes)
        assert said.errorcode == 1
        assert said.text.startswith("Usage: makedhcp")
    for statements in ("", "filename {", "a;\nb;"):
        (said,) = served.say("makedhcp", "-s", statements, noderange="n01")
        assert (said.errorcode, "without braces" in said.text) == (1, True)
    (said,) = served.say("makedhcp", "-a", "-s", "filename x")
    assert said.text.startswith("Usage: makedhcp")


def test_statements_are_those_nodes_until_the_next_time(served: Place) -> None:
    served.good("makedhcp", "-s", r"option root-path \"10.1.0.1:/nodes\"", noderange="n02")
    assert served.text(LEASES).count('option root-path "10.1.0.1:/nodes";\n}') == 1
    assert served.daemons.told() == AGAIN
    assert served.good("makedhcp", "-q", noderange="n02").startswith("n02: ip-address = 10.1.1.2,")
    served.good("makedhcp", noderange="n01,n03")
    assert "root-path" in served.text(LEASES)
    served.good("makedhcp", noderange="n02")
    assert "root-path" not in served.text(LEASES)
