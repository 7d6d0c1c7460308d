"""Rows of the management node's tables that set-up needs, as commands on that machine.

Two sorts of management node know the same words: a real xCAT, and hamn's own. Both work on the tables themselves,
whether their daemon runs or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hamn.model.command import Command
from hamn.model.pair import Pair
from hamn.model.step import Check

_REAL_PATH = "PATH=/opt/xcat/bin:/opt/xcat/sbin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Row:
    """One value of one row, which `key` (column, value) selects; where there is none, the row comes to be."""

    table: str
    key: tuple[str, str]
    column: str
    value: str

    @property
    def words(self) -> tuple[str, str]:
        return "=".join(self.key), f"{self.table}.{self.column}"


@dataclass(frozen=True, slots=True)
class Tables:
    """`prefix`: what stands before xCAT's own words."""

    prefix: tuple[str, ...]

    def put(self, row: Row) -> Command:
        key, column = row.words
        return self._command("chtab", key, f"{column}={row.value}")

    def says(self, row: Row) -> Check:
        """Whether the row has that value now."""
        return Check(self._command("gettab", *row.words), rf"^{re.escape(row.value)}$")

    def _command(self, *words: str) -> Command:
        return Command(("env", "XCATBYPASS=1", *self.prefix, *words), timeout_s=60)


REAL = Tables((_REAL_PATH,))
OWN = Tables(("hamn", "xcat"))


def of_the_role(pair: Pair, networks: Sequence[str] = (), groups: Sequence[str] = ()) -> Iterator[Row]:
    """All that has the management node in it means the virtual IP, and the daemon trusts both machines.

    `networks`: names of those that the virtual IP serves; `groups`: nodes or groups with a row of their own in
    noderes. Source: the requirement, "Setup xCAT on the Primary Management Node", steps 5 and 13."""
    address = str(pair.virtual_ips[0].address.ip)
    for key in ("master", "nameservers"):
        yield Row("site", ("key", key), "value", address)
    for network in networks:
        yield Row("networks", ("netname", network), "tftpserver", address)
    for group in groups:
        for column in ("tftpserver", "xcatmaster", "nfsserver"):
            yield Row("noderes", ("node", group), column, address)
    names = dict.fromkeys(
        (*(ip.hostname for ip in pair.virtual_ips if ip.hostname), *(m.name for m in pair.machines))
    )
    for number, name in enumerate(names, 2):
        yield Row("policy", ("priority", f"1.{number}"), "name", name.partition(".")[0])
        yield Row("policy", ("priority", f"1.{number}"), "rule", "trusted")
