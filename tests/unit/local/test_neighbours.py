from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.local import frame
from tests.own_namespace import Namespace

V4, V6 = "192.0.2.9", "2001:db8::9"
STALE = "02:00:00:00:00:99"


class Link:
    """Two namespaces and a cable: `here` and `there` both have an interface called eth0."""

    def __init__(self, here: Namespace, there: Namespace) -> None:
        self.here, self.there = here, there
        ends = ("dev", "eth0")
        here.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", str(there.pid))
        for side, number in ((here, 1), (there, 2)):
            side.run("ip", "address", "add", f"192.0.2.{number}/24", *ends)
            side.run("ip", "address", "add", f"2001:db8::{number}/64", *ends, "nodad")
            side.run("ip", "link", "set", "eth0", "up")
            side.run("ip", "link", "set", "lo", "up")
        for side in (here, there):  # IPv6 hears nothing until the kernel has noticed the carrier
            while "LOWER_UP" not in side.run("ip", "link", "show", "eth0") or "tentative" in side.run(
                "ip", "address"
            ):
                time.sleep(0.02)

    @staticmethod
    def mac(side: Namespace, interface: str = "eth0") -> str:
        return json.loads(side.run("ip", "-j", "link", "show", interface))[0]["address"]


@pytest.fixture
def link() -> Iterator[Link]:
    with Namespace("net") as here, Namespace("net") as there:
        yield Link(here, there)


@pytest.mark.parametrize("address", [V4, V6])
def test_a_neighbour_that_knew_the_old_place_learns_the_new_one(link: Link, address: str) -> None:
    there = link.there
    there.run("ip", "neigh", "replace", address, "lladdr", STALE, "dev", "eth0", "nud", "stale")
    announced = link.here.local("announce", "eth0", address)
    assert announced.returncode == 0, announced.stderr
    assert link.mac(link.here) in announced.stdout
    known = json.loads(there.run("ip", "-j", "neigh", "show", address))
    assert [entry["lladdr"] for entry in known] == [link.mac(link.here)]


def test_the_interface_of_an_old_label_is_its_own(link: Link) -> None:
    assert link.here.local("announce", "eth0:2", V4).returncode == 0


@pytest.mark.parametrize("address", [V4, V6])
def test_an_address_is_free_until_somebody_has_it(link: Link, address: str) -> None:
    free = link.here.local("probe-address", "eth0", address)
    assert (free.returncode, free.stdout) == (0, "free\n"), free.stderr
    length = "24" if address == V4 else "64"
    options = [] if address == V4 else ["nodad"]
    link.there.run("ip", "address", "add", f"{address}/{length}", "dev", "eth0", *options)
    taken = link.here.local("probe-address", "eth0", address)
    assert (taken.returncode, taken.stdout) == (1, f"taken {link.mac(link.there)}\n")


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_its_own_address_is_no_rival(link: Link, address: str) -> None:
    assert link.here.local("probe-address", "eth0", address).stdout == "free\n"


def test_its_own_other_interface_on_the_same_wire_is_no_rival(link: Link) -> None:
    """Linux answers for an address through any interface."""
    here, there = link.here, link.there
    here.run("ip", "link", "add", "eth1", "type", "veth", "peer", "name", "eth1", "netns", str(there.pid))
    there.run("ip", "link", "add", "br0", "type", "bridge", "stp_state", "0", "forward_delay", "0")
    for name in ("eth0", "eth1"):
        there.run("ip", "link", "set", name, "master", "br0", "up")
    there.run("ip", "link", "set", "br0", "up")
    here.run("ip", "link", "set", "eth1", "up")
    here.run("ip", "address", "add", f"{V4}/24", "dev", "eth0")
    assert here.local("probe-address", "eth0", V4).stdout == "free\n"


@pytest.mark.parametrize("command", ["announce", "probe-address"])
def test_an_interface_that_is_not_there_or_down_is_named(link: Link, command: str) -> None:
    missing = link.here.local(command, "eth7", V4)
    assert (missing.returncode, missing.stderr) == (1, f"hamn-local {command}: eth7: No such device\n")
    no_link = f"hamn-local {command}: eth0: has no link: is it up, is its cable in?\n"
    link.there.run("ip", "link", "set", "eth0", "down")
    pulled = link.here.local(command, "eth0", V4)
    assert (pulled.returncode, pulled.stdout, pulled.stderr) == (1, "", no_link), (
        "who can't hear, heard no silence"
    )
    link.here.run("ip", "link", "set", "eth0", "down")
    down = link.here.local(command, "eth0", V4)
    assert (down.returncode, down.stderr) == (1, no_link)


@given(st.binary(max_size=120))
def test_no_packet_of_a_stranger_can_break_the_probe(packet: bytes) -> None:
    frame.claimant4(packet, IPv4Address(V4))
    frame.claims6(packet, IPv6Address(V6))


def test_a_question_about_the_address_is_no_claim_and_a_simultaneous_probe_is() -> None:
    mac = bytes.fromhex("020000000001")
    address, other = IPv4Address(V4), IPv4Address("192.0.2.77")
    assert frame.claimant4(frame.arp(1, frame.REQUEST, mac, other, address), address) is None
    assert frame.claimant4(frame.probe4(1, mac, address), address) == mac
    assert frame.claimant4(frame.probe4(1, mac, other), address) is None
    assert all(frame.claimant4(packet, address) == mac for packet in frame.announcement4(1, mac, address))
    assert re.fullmatch("3333ff[0-9a-f]{6}", frame.multicast_mac(frame.solicited_node(IPv6Address(V6))).hex())
