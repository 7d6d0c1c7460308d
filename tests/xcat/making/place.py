"""A machine in a directory: real files, real tables in SQLite, and daemons that note what they are told.

What the programs answer is what the lab's machines answered (tests/lab/test_xcat_making.py runs the real ones).
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hamn.xcat.conversation import Answer, Request
from hamn.xcat.making import layout
from hamn.xcat.making.commands import MAKING
from hamn.xcat.making.machine import Machine
from hamn.xcat.making.programs import NOT_THERE, Outcome
from hamn.xcat.stores import Store
from hamn.xcat.stores.sqlite import SqliteStore
from tests.xcat.generators.clusters import KEY, NETWORK, SITE

Row = Mapping[str, str]
HOSTS = "127.0.0.1 localhost\n10.1.0.1 mn.cluster.test mn\n# kept\n"
DEBIAN = "ID=debian\nVERSION_ID=12\n"
_ADDRESSES = [{"ifname": "eth0", "addr_info": [{"local": "10.1.0.2"}, {"local": "10.1.0.1"}]}]


@dataclass
class Daemons:
    """`active` units run; programs in `failing` end with those words. named loads its zones at once."""

    root: Path
    active: set[str] = field(default_factory=set)
    failing: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def run(self, *argv: str) -> Outcome:
        self.asked.append(argv)
        for words, said in self.failing.items():
            if " ".join(argv).startswith(words):
                return Outcome(1, said)
        if argv[0] == "ip":
            return Outcome(0, json.dumps(_ADDRESSES))
        if argv[:2] == ("rndc", "zonestatus"):
            return self._status(argv[2])
        if argv[0] == "named-compilezone":
            return Outcome(NOT_THERE)
        if argv[0] == "systemctl":
            return self._systemctl(argv[1], argv[-1])
        return Outcome(0)

    def _status(self, zone: str) -> Outcome:
        conf = (self.root / "etc/bind/named.conf").read_text()
        files = dict(re.findall(r'zone "([^"]+)".*?file "([^"]+)"', conf, re.DOTALL))
        if zone not in files:
            return Outcome(1, "rndc: 'zonestatus' failed: not found")
        text = (self.root / "var/lib/bind" / files[zone]).read_text()
        return Outcome(0, f"name: {zone}\nserial: {re.findall(r'[( ](20[0-9]{8}) ', text)[0]}\n")

    def _systemctl(self, verb: str, unit: str) -> Outcome:
        if verb == "show":
            return Outcome(0, f"{os.getpid()}\n")
        if verb == "is-active":
            return Outcome(0 if unit in self.active else 3)
        if verb in ("start", "restart"):
            self.active.add(unit)
        elif verb == "stop":
            self.active.discard(unit)
        return Outcome(0)

    def told(self) -> list[str]:
        """What changed something: no questions, no checkers."""
        quiet = (
            "ip",
            "named-check",
            "named-compile",
            "conserver",
            "dhcpd",
            "kea-",
            "systemctl is-",
            "systemctl show",
            "rndc zonestatus",
        )
        said = [" ".join(argv) for argv in self.asked]
        self.asked.clear()
        return [line for line in said if not line.startswith(quiet)]


@dataclass
class Place:
    root: Path
    store: Store
    daemons: Daemons
    machine: Machine

    def say(self, command: str, *args: str, noderange: str | None = None) -> list[Answer]:
        return list(MAKING[command](Request(command, args, noderange), self.store, self.machine))

    def good(self, command: str, *args: str, noderange: str | None = None) -> str:
        """What it printed, of a run with which nothing was wrong."""
        answers = self.say(command, *args, noderange=noderange)
        assert not [answer for answer in answers if answer.kind in ("error", "warning")]
        return "\n".join(answer.text for answer in answers)

    def text(self, path: str) -> str:
        return (self.root / path).read_text()

    def write(self, path: str, text: str) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def put(self, table: str, *rows: Row) -> None:
        with self.store.change([table]) as change:
            change.put(table, rows)

    def drop(self, table: str, **where: str) -> None:
        with self.store.change([table]) as change:
            change.delete(table, where)


def nodes(count: int) -> Mapping[str, Sequence[Row]]:
    names = [(f"n{number:02}", number) for number in range(1, count + 1)]
    return {
        "nodelist": [{"node": name, "groups": "compute,all"} for name, _ in names],
        "hosts": [{"node": name, "ip": f"10.1.1.{number}"} for name, number in names],
        "mac": [{"node": name, "mac": f"02:00:0a:01:01:{number:02x}"} for name, number in names],
        "noderes": [{"node": "compute", "netboot": "xnba"}],
        "nodehm": [{"node": "compute", "cons": "ipmi"}],
    }


def empty(directory: Path) -> Path:
    """Every table, without a row: a second's work that the tests share."""
    directory.mkdir()
    SqliteStore(directory).create()
    return directory


def make(root: Path, empty: Path, count: int = 3, site: Mapping[str, str] | None = None) -> Place:
    """`count` nodes n01..., a Debian with every directory that its packages bring, and no daemon that runs."""
    etc = root / "etc/xcat"
    shutil.copytree(empty, etc)
    for directory in ("etc/bind", "var/lib/bind", "etc/dhcp", "var/lib/dhcp", "etc/default", "etc/conserver"):
        (root / directory).mkdir(parents=True)
    (root / "etc/kea").mkdir()
    (root / "etc/os-release").write_text(DEBIAN)
    (root / "etc/hosts").write_text(HOSTS)
    (root / "var/lib/dhcp/dhcpd.leases").write_text("authoring-byte-order little-endian;\n")
    tables = {
        "site": [{"key": key, "value": value} for key, value in {**SITE, **(site or {})}.items()],
        "networks": [NETWORK],
        "passwd": [KEY],
        **nodes(count),
    }
    store = SqliteStore(etc)
    with store.change(tables) as change:
        for table, rows in tables.items():
            change.insert(table, rows)
    daemons = Daemons(root)
    return Place(root, store, daemons, Machine(layout.here(root), daemons, root))
