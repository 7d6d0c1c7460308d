"""The lab's cluster: the nodes that its management node has in its tables, and who may ask about them.

    hamn-lab-cluster < PASSWORD

Runs once for each engine, on the machine that prepares the shared disk, after `hamn xcat init`.
"""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from hamn.lab.network import VIRTUAL_IP
from hamn.xcat.credentials import first_rows
from hamn.xcat.credentials.authority import Authority
from hamn.xcat.credentials.first_rows import Beginning
from hamn.xcat.credentials.identity import Identity
from hamn.xcat.credentials.places import Places
from hamn.xcat.making.snapshot import Snapshot
from hamn.xcat.stores import locate, open_store
from hamn.xcat.tables import Row

DOMAIN = "cluster.test"
NODES = 1000
FIRST = f"node0001.{DOMAIN}"
CLIENT_MAC, CLIENT_ADDRESS = "02:68:61:6d:6e:01", "10.77.0.201"
"""The client asks for its lease as node0001: a reservation that the tables make, not one of the pool."""
OPERATOR = "operator"
"""Whose certificate the client has: an allowed user by a row of policy, as for any user of a real site."""
OPERATOR_HOME = Path("/root/operator")
_HERE = VIRTUAL_IP.partition("/")[0]


def beginning(machines: Sequence[str]) -> Beginning:
    return Beginning("mn", _HERE, DOMAIN, machines=machines)


def tables(password: str) -> dict[str, list[Row]]:
    """Over and above the first rows of `hamn xcat init`."""
    names = [(number, f"node{number:04}") for number in range(1, NODES + 1)]
    secret = base64.b64encode(hashlib.sha256(f"omapi {password}".encode()).digest()).decode()
    return {
        "site": [
            {"key": "dhcpinterfaces", "value": "eth0"},
            {"key": "dhcpbackend", "value": "isc"},
            {"key": "dhcpomapialgorithm", "value": "hmac-sha256"},
        ],
        "passwd": [{"key": "omapi", "username": "xcat_key", "password": secret}],
        "policy": [{"priority": "6.1", "name": OPERATOR, "rule": "allow"}],
        "networks": [
            {
                "netname": "management",
                "net": "10.77.0.0",
                "mask": "255.255.255.0",
                "mgtifname": "eth0",
                "tftpserver": _HERE,
                "dynamicrange": "10.77.0.150-10.77.0.199",
            },
            {"netname": "nodes", "net": "10.79.0.0", "mask": "255.255.0.0", "mgtifname": "eth0"},
        ],
        "nodelist": [{"node": node, "groups": "compute,all"} for _, node in names],
        "hosts": [{"node": node, "ip": _address(number)} for number, node in names],
        "mac": [{"node": node, "mac": _mac(number)} for number, node in names],
        "noderes": [{"node": "compute", "netboot": "xnba"}],
        "nodehm": [{"node": "compute", "cons": "lab", "consoleondemand": "yes"}],
    }


def _address(number: int) -> str:
    return CLIENT_ADDRESS if number == 1 else f"10.79.{number // 250}.{1 + number % 250}"


def _mac(number: int) -> str:
    return CLIENT_MAC if number == 1 else f"02:79:00:00:{number >> 8:02x}:{number & 255:02x}"


def snapshot(password: str, machines: Sequence[str]) -> Snapshot:
    """All of it as a value: what is made of it on a machine that doesn't run yet."""
    first, more = first_rows.rows(beginning(machines), "mn"), tables(password)
    return Snapshot({name: [*first.get(name, ()), *more.get(name, ())] for name in {*first, *more}})


def main() -> int:
    """Adds the rows to tables that hold the first ones only, and makes the operator's certificate."""
    rows = tables(sys.stdin.read().strip())
    with open_store(locate(os.environ)).change(rows) as change:
        for table, many in rows.items():
            change.insert(table, many)
    places = Places()
    authority = Authority(places)
    with authority.held():
        Identity(OPERATOR_HOME, "client", OPERATOR).ensure(authority, places)
    return 0
