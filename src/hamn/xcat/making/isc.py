"""ISC's DHCP server: its networks in dhcpd.conf, its hosts in the leases file. Sources: makedhcp(8), dhcpd(8).

The leases file is dhcpd's while it runs: it is stopped, what it wrote last is read, and it is started again. Only
where something differs; and if it doesn't start with the new files it gets the old ones back.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from hamn.reports.report import error
from hamn.xcat.generators import dhcpd, leases, written
from hamn.xcat.generators.leases import Leases
from hamn.xcat.generators.written import Refused, Staged
from hamn.xcat.making import dhcp
from hamn.xcat.making.definitions import Definitions
from hamn.xcat.making.dhcp import Wanted
from hamn.xcat.making.programs import check, do, is_active
from hamn.xcat.making.work import Work


def prepare(definitions: Definitions, wanted: Wanted) -> Work:
    served = dhcp.served(definitions, wanted.nodes, networks=wanted.networks)
    making = _Making(definitions, wanted, served)
    return Work("dhcp", making.differing, served.complaints, making.carry_out)


class _Making:
    def __init__(self, definitions: Definitions, wanted: Wanted, served: dhcp.Served) -> None:
        self.machine, self.layout = definitions.machine, definitions.machine.layout
        self.site, self.gone = definitions.cluster.site, wanted.gone
        self.declarations = leases.declarations(served.bindings, self.site, wanted.statements)
        self.texts: dict[str, str] = {}
        if wanted.networks:
            self._networks(definitions, served)
        self.hosts: Collection[str] = ()
        if self.machine.has(self.layout.dhcpd_leases):
            self.leases = Leases(self.machine.read(self.layout.dhcpd_leases) or "")
            self.hosts = self.leases.differing(self.declarations, wanted.gone)

    def _networks(self, definitions: Definitions, served: dhcp.Served) -> None:
        conf = "".join(dhcpd.conf(served.subnets, self.site, definitions.cluster.key))
        interfaces = dict.fromkeys(subnet.interface for subnet in served.subnets)
        present = self.machine.read(self.layout.dhcp_interfaces) or ""
        listening = told(present, self.layout.dhcp_variables, list(interfaces))
        for path, text in ((self.layout.dhcpd_conf, conf), (self.layout.dhcp_interfaces, listening)):
            if text != self.machine.read(path):
                self.texts[path] = text

    @property
    def differing(self) -> list[str]:
        found = [str(self.machine.at(path)) for path in self.texts]
        return found + ([str(self.machine.at(self.layout.dhcpd_leases))] if self.hosts else [])

    def carry_out(self) -> None:
        programs, unit = self.machine.programs, self.layout.dhcpd_unit
        staged = self._staged()
        runs = is_active(programs, unit)
        stops = runs and bool(self.hosts)
        try:
            if stops:
                do(programs, "systemctl", "stop", unit)
            if self.hosts:
                staged.append(self._staged_leases())
        except BaseException:
            for each in staged:
                each.discard()
            if stops:
                programs.run("systemctl", "start", unit)
            raise
        try:
            done = written.commit_all(staged)
        except Refused:
            if stops:
                programs.run("systemctl", "start", unit)
            raise
        if runs:
            self._begin("start" if stops else "restart", done)

    def _begin(self, word: str, done: Sequence[Staged]) -> None:
        programs, unit = self.machine.programs, self.layout.dhcpd_unit
        found = programs.run("systemctl", word, unit)
        if found.is_good:
            return
        for each in done:
            each.undo()
        programs.run("systemctl", "reset-failed", unit)
        again = "it runs with the files from before"
        if not programs.run("systemctl", "start", unit).is_good:
            again = "nor with the files from before"
        what = f"dhcpd doesn't start with the new files, {again}: {found.last_words}"
        raise Refused(error("making-not-started", what, unit, f"its log says why: journalctl -u {unit}"))

    def _staged(self) -> list[Staged]:
        staged: list[Staged] = []
        try:
            for path, text in self.texts.items():
                # dhcpd.conf has the key with which hosts are changed, and dhcpd reads it before it gives up root
                staged.append(written.stage(self.machine.at(path), [text], 0o640))
                if path == self.layout.dhcpd_conf:
                    check(self.machine.programs, path, "dhcpd", "-t", "-q", "-cf", str(staged[-1].fresh))
        except BaseException:
            for each in staged:
                each.discard()
            raise
        return staged

    def _staged_leases(self) -> Staged:
        path = self.machine.at(self.layout.dhcpd_leases)
        now = self.machine.read(self.layout.dhcpd_leases) or ""
        if now != self.leases.existing:  # dhcpd's last words
            self.leases = Leases(now)
        return written.stage(path, self.leases.text(self.declarations, self.gone))


def told(present: str, variables: Mapping[str, bool], interfaces: Sequence[str]) -> str:
    """The file that names dhcpd's interfaces, its other lines kept."""
    for name, lists in variables.items():
        line = f'{name}="{" ".join(interfaces) if lists else ""}"'
        present, there = re.subn(rf"(?m)^{name}=.*$", line, present)  # interfaces' names have no backslash
        if not there:
            present += ("\n" if present and not present.endswith("\n") else "") + line + "\n"
    return present
