from __future__ import annotations

from ipaddress import ip_interface

import pytest

from hamn.declaration import words
from hamn.declaration.complaint import Wrong
from hamn.declaration.shape import fence


def code(reader: words.Reader, value: object) -> str:
    with pytest.raises(Wrong) as found:
        reader(value)
    (complaint,) = found.value.complaints
    return complaint.code


@pytest.mark.parametrize("value", ["10.77.0.1", "fd00::1", "mn1", "mn1.cluster.test", "4u.example"])
def test_host(value: str) -> None:
    assert words.host(value) == value


@pytest.mark.parametrize(
    "value", ["10.77.0.1/24", "10.77.0", "-oProxyCommand=x", "mn_1", "a..b", "fd00::1::2", "a b"]
)
def test_no_host(value: str) -> None:
    assert code(words.host, value) == "bad-address"


@pytest.mark.parametrize("value", ["10.77.0.10/24", "10.0.0.0/31", "10.0.0.7/32", "fd00::1/64", "fd00::ffff/112"])
def test_virtual_address(value: str) -> None:
    assert words.virtual_address(value) == ip_interface(value)


@pytest.mark.parametrize(
    "value",
    [
        "10.77.0.10",
        "10.77.0.0/24",
        "10.77.0.255/24",
        "10.77.0.1/33",
        "fd00::/64",
        "127.0.0.1/8",
        "224.0.0.1/4",
        "::/128",
        "fe80::1%eth0/64",
        "x/24",
    ],
)
def test_no_virtual_address(value: str) -> None:
    assert code(words.virtual_address, value) == "bad-address"


@pytest.mark.parametrize(
    ("reader", "value", "read"),
    [
        (words.path, "/install/", "/install"),
        (words.path, "/", "/"),
        (words.seconds, 5, 5.0),
        (words.interface, "bond0.100", "bond0.100"),
        (words.probe, "tcp:3001", "tcp:3001"),
        (words.probe, "xcat:3001", "xcat:3001"),
        (words.probe, "http:80/install/", "http:80/install/"),
        (words.probe, "dns:mn.cluster.", "dns:mn.cluster."),
        (words.probe, "tftp:xcat/xnba.kpxe", "tftp:xcat/xnba.kpxe"),
        (words.options, "rw,credentials=/etc/nas.cred", "rw,credentials=/etc/nas.cred"),
        (words.port, 65535, 65535),
    ],
)
def test_what_is_allowed(reader: words.Reader, value: object, read: object) -> None:
    assert reader(value) == read


@pytest.mark.parametrize(
    ("reader", "value", "complaint"),
    [
        (words.path, "install", "bad-path"),
        (words.path, "/install/../etc", "bad-path"),
        (words.path, "//install", "bad-path"),
        (words.path, 3, "wrong-type"),
        (words.seconds, float("nan"), "out-of-range"),
        (words.seconds, -1, "out-of-range"),
        (words.seconds, True, "wrong-type"),
        (words.port, 0, "out-of-range"),
        (words.port, True, "wrong-type"),
        (words.port, 2**80, "out-of-range"),
        (words.interface, "eth0:1", "bad-interface"),
        (words.interface, "-x", "bad-interface"),
        (words.interface, "an-interface-too-long", "bad-interface"),
        (words.probe, "tcp:0", "bad-probe"),
        (words.probe, "tcp:99999999999", "bad-probe"),
        (words.probe, "tcp:80/x", "bad-probe"),
        (words.probe, "dns:-x", "bad-probe"),
        (words.probe, "http:80", "bad-probe"),
        (words.options, "ro, noexec", "bad-text"),
        (words.text, "a\nb", "bad-text"),
        (words.text, "  ", "empty"),
        (words.user, "Root!", "bad-name"),
    ],
)
def test_what_is_not_allowed(reader: words.Reader, value: object, complaint: str) -> None:
    assert code(reader, value) == complaint


def test_a_list_tells_of_each_wrong_element() -> None:
    with pytest.raises(Wrong) as found:
        words.listing(words.path)(["/a", "b", 3])
    assert [(complaint.key, complaint.code) for complaint in found.value.complaints] == [
        ((1,), "bad-path"),
        ((2,), "wrong-type"),
    ]


@pytest.mark.parametrize("key", ["password", "passwd", "PASSWORD", "snmp_priv_passwd", "api_token", "pass"])
def test_a_secret_is_neither_taken_nor_shown(key: str) -> None:
    with pytest.raises(Wrong) as found:
        fence({"agent": "fence_ipmilan", key: "calvin"})
    (complaint,) = found.value.complaints
    assert complaint.code == "secret-inline"
    assert "calvin" not in complaint.says + complaint.hint


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({"agent": "rm -rf"}, "bad-agent"),
        ({"agent": "fence_x", "action": "off"}, "not-allowed"),
        ({"agent": "fence_x", "ip": "1\naction=on"}, "bad-text"),
        ({"agent": "fence_x", "a=b": "1"}, "bad-name"),
        ({"agent": "fence_x", "ip": 1.5}, "wrong-type"),
        ({"ip": "10.0.0.1"}, "missing-key"),
    ],
)
def test_a_fence_device_that_is_none(table: dict[str, object], complaint: str) -> None:
    assert code(fence, table) == complaint
