"""A generated cluster: the tables that a site of so many nodes has, twice over with nothing in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address

from hamn.xcat.tables import TABLES, Row, dump

DOMAIN, KEY_NAME, SECRET = "cluster.test", "xcat_key", "bm90LWEtc2VjcmV0"
SERVER = "10.83.255.1"
PREFIX = 14
_FIRST = IPv4Address("10.80.0.0")
_HALF = 1 << 17


def name(number: int) -> str:
    return f"n{number:06}"


def address(number: int, version: int) -> str:
    return str(_FIRST + version * _HALF + number + 1)


def mac(number: int, version: int) -> str:
    return f"02:0{version}:00:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def of_nodes(count: int, version: int) -> Mapping[str, Sequence[Row]]:
    """Seven tables with a row for each node. Between version 0 and 1 every address, hardware address and console
    differs: nothing that was made of one is of use for the other."""
    numbers = range(count)
    boards = (f"10.{84 + (number >> 16)}.{number >> 8 & 255}.{number & 255}" for number in numbers)
    return {
        "nodelist": [{"node": name(n), "groups": f"all,compute,rack{n // 64}"} for n in numbers],
        "hosts": [{"node": name(n), "ip": address(n, version)} for n in numbers],
        "mac": [{"node": name(n), "mac": mac(n, version)} for n in numbers],
        "noderes": [{"node": name(n), "netboot": "xnba", "installnic": "mac"} for n in numbers],
        "nodehm": [
            {"node": name(n), "mgt": kind, "cons": kind, "consoleondemand": "yes"}
            for n in numbers
            for kind in (("ipmi", "openbmc")[version],)
        ],
        "nodetype": [{"node": name(n), "os": "rhels9.4", "arch": "x86_64"} for n in numbers],
        "ipmi": [{"node": name(n), "bmc": board} for n, board in zip(numbers, boards, strict=True)],
    }


def network(version: int) -> Row:
    """The one that they are all in; its dynamic range differs, too."""
    ends = {"dynamicrange": f"10.83.25{version}.1-10.83.25{version}.200", "gateway": "<xcatmaster>"}
    return {"netname": "nodes", "net": str(_FIRST), "mask": "255.252.0.0", "mgtifname": "eth0", **ends}


def site(port: int) -> Mapping[str, str]:
    return {
        "domain": DOMAIN,
        "master": SERVER,
        "nameservers": SERVER,
        "dhcpinterfaces": "eth0",
        "dhcpbackend": "isc",
        "dhcpomapialgorithm": "hmac-sha256",
        "xcatdport": str(port),
        "xcatiport": str(port + 1),
    }


def csv(table: str, rows: Sequence[Row]) -> str:
    return dump.write(TABLES[table], rows)


def stanzas(first: int, count: int) -> str:
    """A file of definitions for mkdef -z."""
    return "".join(
        f"{name(number)}:\n    objtype=node\n    groups=all,compute\n    ip={address(number, 0)}\n"
        f"    mac={mac(number, 0)}\n    netboot=xnba\n    mgt=ipmi\n    cons=ipmi\n    arch=x86_64\n\n"
        for number in range(first, first + count)
    )
