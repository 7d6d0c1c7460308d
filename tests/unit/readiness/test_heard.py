"""What texts of the machines mean; texts as the tools print them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.platforms.answers import Unit
from hamn.readiness import heard
from hamn.readiness.inventory import Owned, Space

ADDRESSES = ["10.77.0.10", "fd77::10"]


@pytest.mark.parametrize(
    "line",
    [
        "/etc/netplan/50.yaml:9:        - 10.77.0.10/24",
        "/etc/network/interfaces:12:    address 10.77.0.10",
        "/etc/network/interfaces:12:    up ip addr add 10.77.0.10/24 dev eth0",
        "/etc/sysconfig/network-scripts/ifcfg-eth0:0:5:IPADDR=10.77.0.10",
        "/etc/sysconfig/network-scripts/ifcfg-eth0:5:IPADDR1='10.77.0.10'",
        "/etc/NetworkManager/system-connections/a.nmconnection:7:address2=10.77.0.10/24",
        "/etc/systemd/network/a.network:4:Address=10.77.0.10/24",
        "/etc/rc.local:3:ifconfig eth0:0 10.77.0.10 netmask 255.255.255.0",
        "/etc/netplan/50.yaml:9:        - FD77::10/64",
    ],
)
def test_a_line_that_sets_the_virtual_ip_at_boot(line: str) -> None:
    assert [found.text for found in heard.persistent(line, ADDRESSES)]


@pytest.mark.parametrize(
    "line",
    [
        "/etc/network/interfaces:3:    dns-nameservers 10.77.0.10",
        "/etc/netplan/50.yaml:9:        - 10.77.0.10",
        "/etc/NetworkManager/system-connections/a.nmconnection:7:dns=10.77.0.10;",
        "/etc/sysconfig/network-scripts/ifcfg-eth0:5:DNS1=10.77.0.10",
        "/etc/network/interfaces:3:    # address 10.77.0.10",
        "/etc/netplan/50.yaml:9:        - 10.77.0.100/24",
        "/etc/netplan/50.yaml:9:        - 110.77.0.10/24",
        "/etc/network/interfaces:12:    gateway 10.77.0.10",
    ],
)
def test_a_line_that_only_names_it(line: str) -> None:
    assert heard.persistent(line, ADDRESSES) == ()


def test_autofs_maps() -> None:
    text = "+auto.master\n/misc /etc/auto.misc\n/install -fstype=nfs nas:/install\n#/shared x\n"
    assert [line.text for line in heard.autofs(text, ["/install", "/shared"])] == [
        "/install -fstype=nfs nas:/install"
    ]


@pytest.mark.parametrize(
    ("path", "unit"),
    [
        ("/install", "install.mount"),
        ("/var/lib/mysql", "var-lib-mysql.mount"),
        ("/root/.xcat", "root-.xcat.mount"),
        ("/.xcat", "\\x2excat.mount"),
        ("/a-b/c d", "a\\x2db-c\\x20d.mount"),
        ("/", "-.mount"),
    ],
)
def test_unit_names_are_systemds(path: str, unit: str) -> None:
    """As `systemd-escape --path --suffix=mount` gives them."""
    assert heard.unit_name(path, "mount") == unit


MOUNT_UNITS = """\
Id=install.mount
WantedBy=
RequiredBy=nginx.service
UnitFileState=

Id=shared.mount
WantedBy=multi-user.target
RequiredBy=
UnitFileState=enabled

Id=tftpboot.automount
WantedBy=local-fs.target
RequiredBy=
UnitFileState=static

Id=srv.mount
WantedBy=
RequiredBy=local-fs.target
UnitFileState=generated
"""


def test_mount_units_that_a_target_brings_up() -> None:
    """What is mounted by hand isn't one of them; an entry of fstab is told from there."""
    assert [line.place for line in heard.mount_units(MOUNT_UNITS)] == ["shared.mount", "tftpboot.automount"]


def test_probe() -> None:
    assert heard.probe("free\n") == ()
    assert heard.probe("taken 02:AA:00:00:00:01\ntaken 02:bb:00:00:00:01\n") == (
        "02:aa:00:00:00:01",
        "02:bb:00:00:00:01",
    )
    assert heard.probe("no such interface\n") is None


def test_resolver_files() -> None:
    assert heard.nameservers("search x\n#nameserver 1.1.1.1\nnameserver 10.77.0.10\n") == ("10.77.0.10",)


def test_space_is_of_the_deepest_path_that_is_there() -> None:
    text = (
        "Filesystem 1024-blocks Used Available Capacity Mounted on\n"
        "/dev/sdb1 1000 900 100 90% /var/lib with space\n"
        "/dev/sda1 9000 10 8990 1% /\n"
    )
    assert heard.space(text) == Space("/var/lib with space", 100 * 1024)
    assert heard.space("") is None


def test_owners() -> None:
    assert heard.owned("105 110 mysql /var/lib/mysql\n0 0 root /a\nname\n") == (
        Owned("/var/lib/mysql", 105, 110, "mysql"),
        Owned("/a", 0, 0, "root"),
    )


def test_a_time_service_that_runs() -> None:
    absent, idle, busy = (
        Unit("ntp", "inactive", "absent"),
        Unit("chronyd", "inactive", "enabled"),
        Unit("chrony", "active", "enabled"),
    )
    assert heard.running({"ntp": absent, "chrony": busy}) == "chrony"
    assert heard.running({"ntp": absent, "chronyd": idle}) == ""
    assert heard.running({"chrony": Unit("chrony", "unknown", "unknown")}) is None
    assert heard.running({}) is None


def test_what_a_fence_agent_says() -> None:
    assert heard.fence_state("Status: ON\n") == "on"
    assert heard.fence_state("Status: OFF\n") == "off"
    assert heard.fence_state("Unable to connect/login to fencing device\n") == ""


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    heard.probe(text)
    heard.nameservers(text)
    heard.persistent(text, ADDRESSES)
    heard.autofs(text, ["/a"])
    heard.mount_units(text)
    heard.owned(text)
    heard.space(text)
    heard.fence_state(text)


@given(st.text(min_size=1).map(lambda name: "/" + name))
def test_unit_names_hold_no_slash_and_no_white_space(path: str) -> None:
    name = heard.unit_name(path, "mount")
    assert "/" not in name
    assert not any(character.isspace() for character in name)
