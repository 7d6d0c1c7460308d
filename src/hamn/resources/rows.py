"""Rows of the management node's tables that set-up needs, as commands on that machine.

Two sorts of management node know the same words: a real xCAT, and hamn's own. Both work on the tables themselves,
whether their daemon runs or not. Only the machine that holds the shared data is asked: on another the real one
makes empty tables, and says that all went well.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from hamn.model.command import Answer, Command
from hamn.model.pair import Pair, Service, VirtualIp
from hamn.model.step import Check

_REAL_PATH = "PATH=/opt/xcat/bin:/opt/xcat/sbin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ASKED = ("site", "networks", "noderes", "nodelist", "policy")
"""Tables in which the management node is named, and who of noderes is a node and no group."""
THIS_NODE = "<xcatmaster>"
"""The real one puts in the address of an interface of its own: with two on one network, of the wrong one."""
AT_ONCE = 1000
"""Nodes in one command: an argument has a limit of 128 KiB."""

Columns = Mapping[str, str]
Seen = Mapping[str, Sequence[Columns]]
"""By table, its rows."""


@dataclass(frozen=True, slots=True)
class Row:
    """Values of one row, which `key` (column, value) selects; where there is none, the row comes to be.

    `nodes`: of all these instead, in `noderes`."""

    table: str
    key: tuple[str, str]
    values: tuple[tuple[str, str], ...]
    was: tuple[str, ...] = ()
    """What each of them was, for whoever reads the plan."""
    nodes: tuple[str, ...] = ()

    @property
    def settings(self) -> tuple[str, ...]:
        return tuple(f"{self.table}.{column}={value}" for column, value in self.values)

    @property
    def name(self) -> str:
        return f"{self.table}:{self.key[1]}"

    @property
    def reason(self) -> str:
        old = dict(zip(self.values, self.was, strict=False))
        return ", ".join(f"{cell[0]} {old.get(cell) or 'empty'} -> {cell[1]}" for cell in self.values)


@dataclass(frozen=True, slots=True)
class Tables:
    """`prefix`: what stands before xCAT's own words."""

    prefix: tuple[str, ...]

    def put(self, row: Row) -> Command:
        if row.nodes:
            return self._command("nodech", ",".join(row.nodes), *row.settings)
        return self._command("chtab", "=".join(row.key), *row.settings)

    def says(self, row: Row) -> Check | None:
        """Whether the row has these values now. None of many nodes: their whole table is read again."""
        if row.nodes:
            return None
        columns = [f"{row.table}.{column}" for column, _ in row.values]
        said = self._command("gettab", "-H", "=".join(row.key), *columns)
        lines = (f"{column}: {value}" for column, (_, value) in zip(columns, row.values, strict=True))
        return Check(said, "".join(rf"(?=[\s\S]*^{re.escape(line)}$)" for line in lines))

    def dump(self, table: str) -> Command:
        return self._command("tabdump", table)

    def _command(self, *words: str) -> Command:
        return Command(("env", "XCATBYPASS=1", *self.prefix, *words), timeout_s=60)


REAL = Tables((_REAL_PATH,))
OWN = Tables(("hamn", "xcat"))
SORTS = {"real": REAL, "own": OWN}


def questions() -> dict[str, Command]:
    """Both sorts are asked: where the one isn't, its question costs nothing."""
    return {f"{sort}.{table}": tables.dump(table) for sort, tables in SORTS.items() for table in ASKED}


def hear(answers: Mapping[str, Answer]) -> tuple[Tables, Seen] | None:
    """None where neither sort could read its tables. Exit status 0 is no proof: a table `site` without a
    `master` was made by the question."""
    for sort, tables in SORTS.items():
        heard = {table: read_dump(answers[f"{sort}.{table}"]) for table in ASKED if f"{sort}.{table}" in answers}
        seen = {table: rows for table, rows in heard.items() if rows is not None}
        if len(seen) == len(ASKED) and any(row.get("key") == "master" for row in seen["site"]):
            return tables, seen
    return None


def read_dump(answer: Answer) -> list[dict[str, str]] | None:
    """tabdump's rows without those that are disabled. What a module that can't be loaded says may stand before."""
    lines = answer.stdout.splitlines()
    head = next((number for number, line in enumerate(lines) if line.startswith("#")), None)
    if not answer.ok or head is None:
        return None
    columns = lines[head][1:].split(",")
    rows = [dict(zip(columns, cells, strict=False)) for cells in csv.reader(lines[head + 1 :])]
    return [row for row in rows if row.get("disable", "").lower() not in ("1", "yes")]


def lacking(pair: Pair, seen: Seen) -> Iterator[Row]:
    """All that names the management node shall mean the virtual IP, and the daemon trust both machines: the rows
    that don't say so. Source: the requirement, "Setup xCAT on the Primary Management Node", steps 5 and 13."""
    if not pair.virtual_ips:
        return
    role = _Role(pair)
    yield from _site(role, seen["site"])
    for row in seen["networks"]:
        yield from role.changed("networks", ("netname", row.get("netname", "")), row, _network(role, row))
    yield from _noderes(role, seen)
    yield from _policy(pair, seen["policy"])


@dataclass(frozen=True, slots=True)
class _Role:
    pair: Pair

    @property
    def address(self) -> str:
        return str(self.pair.virtual_ips[0].address.ip)

    def is_machine(self, word: str) -> bool:
        """It names one of the two, who are the management node only for a time."""
        known = {name for machine in self.pair.machines for name in (machine.name, machine.address)}
        return word == THIS_NODE or word in known or (not _is_address(word) and word.partition(".")[0] in known)

    def turned(self, value: str, address: str) -> str:
        """A list of servers, the machines in it replaced by the virtual IP, once."""
        words = [address if self.is_machine(word) else word for word in re.split(r"[,\s]+", value.strip())]
        return ",".join(dict.fromkeys(words)) if any(map(self.is_machine, re.split(r"[,\s]+", value))) else value

    def changed(self, table: str, key: tuple[str, str], row: Columns, values: Columns) -> Iterator[Row]:
        wanted = tuple((column, value) for column, value in values.items() if row.get(column, "") != value)
        if wanted and key[1]:
            yield Row(table, key, wanted, tuple(row.get(column, "") for column, _ in wanted))


def _is_address(word: str) -> bool:
    try:
        ip_address(word)
    except ValueError:
        return False
    return True


def _site(role: _Role, rows: Sequence[Columns]) -> Iterator[Row]:
    site = {row.get("key", ""): row.get("value", "") for row in rows}
    wanted = {"master": role.address}
    for key in ("nameservers", "ntpservers", "logservers"):
        wanted[key] = role.turned(site.get(key, ""), role.address)
    serves_names = any(isinstance(r, Service) and r.service == "dns" for r in role.pair.resources)
    if serves_names and role.address not in wanted["nameservers"].split(","):
        wanted["nameservers"] = ",".join(filter(None, (role.address, wanted["nameservers"])))
    for key, value in wanted.items():
        if value != site.get(key, ""):
            yield Row("site", ("key", key), (("value", value),), (site.get(key, ""),))


def _network(role: _Role, row: Columns) -> Columns:
    """Each network has the virtual IP that lies in it; another one is reached by the first."""
    within = _virtual_ip(role.pair, row)
    address = str(within.address.ip) if within else role.address
    columns = ("gateway", "tftpserver", "nameservers", "ntpservers", "logservers", "dhcpserver")
    values = {column: role.turned(row.get(column, ""), address) for column in columns}
    if within and not values["tftpserver"]:
        values["tftpserver"] = address
    return values


def _virtual_ip(pair: Pair, row: Columns) -> VirtualIp | None:
    try:
        net = ip_network(f"{row.get('net', '')}/{row.get('mask', '').lstrip('/')}", strict=False)
    except ValueError:
        return None
    return next((ip for ip in pair.virtual_ips if ip.address.ip in net), None)


def _noderes(role: _Role, seen: Seen) -> Iterator[Row]:
    """An empty column means this management node only where no row has another server: a node that is in two
    groups may have it from the other one."""
    columns = ("tftpserver", "xcatmaster", "nfsserver")
    fill = {c: all(_ours(role, row.get(c, "")) for row in seen["noderes"]) for c in columns}
    nodes = {row.get("node", "") for row in seen["nodelist"]}
    many: dict[tuple[tuple[tuple[str, str], ...], tuple[str, ...]], list[str]] = {}
    for row in seen["noderes"]:
        node = row.get("node", "")
        wanted = {c: role.turned(row.get(c, ""), role.address) for c in columns}
        wanted |= {c: role.address for c in columns if fill[c] and not wanted[c] and node not in nodes}
        for one in role.changed("noderes", ("node", node), row, wanted):
            if node in nodes:
                many.setdefault((one.values, one.was), []).append(node)
            else:
                yield one
    for (values, was), names in many.items():
        for begin in range(0, len(names), AT_ONCE):
            some = tuple(names[begin : begin + AT_ONCE])
            yield Row("noderes", ("node", f"{some[0]}+{len(some)}"), values, was, some)


def _ours(role: _Role, value: str) -> bool:
    return not value or value == role.address or role.is_machine(value)


def _policy(pair: Pair, rows: Sequence[Columns]) -> Iterator[Row]:
    """Who has no such row yet gets one, under a priority that nobody has."""
    trusted = {row.get("name", "") for row in rows if row.get("rule") == "trusted"}
    taken = {row.get("priority", "") for row in rows}
    names = [*(ip.hostname for ip in pair.virtual_ips if ip.hostname), *(m.name for m in pair.machines)]
    free = (priority for number in range(2, 1000) if (priority := f"1.{number}") not in taken)
    for name in dict.fromkeys(name.partition(".")[0] for name in names):
        if name not in trusted:
            yield Row("policy", ("priority", next(free)), (("name", name), ("rule", "trusted")))
