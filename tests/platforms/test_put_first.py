"""A machine's own address beside one that goes: asked of a kernel, in a network of the test's own."""

from __future__ import annotations

from ipaddress import IPv4Interface, IPv6Interface

from hamn.model.command import Answer
from hamn.platforms import iproute
from tests.own_namespace import Namespace

OLD, OWN = IPv4Interface("10.1.0.1/24"), IPv4Interface("10.1.0.11/24")


def test_a_machine_speaks_under_its_own_address_and_keeps_it_when_the_first_one_goes() -> None:
    with Namespace("net", "mount") as network:
        network.run("mount", "-t", "proc", "proc", "/proc")
        network.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth1")
        for end in ("eth0", "eth1"):
            network.run("ip", "link", "set", end, "up")
        for address in (OLD, OWN):
            network.run(*iproute.add(address, "eth0").argv)
        assert "src 10.1.0.1 " in network.run("ip", "route", "get", "10.1.0.12")
        for command, check in iproute.put_first(OWN, "eth0"):
            network.run(*command.argv)
            assert check.holds(Answer(0, network.run(*check.command.argv)))
        assert "src 10.1.0.11 " in network.run("ip", "route", "get", "10.1.0.12")
        network.run(*iproute.remove(OLD, "eth0").argv)
        assert "10.1.0.11/24" in network.run("ip", "addr", "show", "dev", "eth0")
        assert "src 10.1.0.11 " in network.run("ip", "route", "get", "10.1.0.12")


def test_ipv6_has_no_such_first_one() -> None:
    assert iproute.put_first(IPv6Interface("fd00::11/64"), "eth0") == ()
