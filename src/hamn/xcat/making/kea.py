"""Kea: networks and reservations in one file, read again on command. Sources: makedhcp(8), Kea's manual, 17.

Units are neither enabled nor disabled here: who is started when is the pair's business.
"""

from __future__ import annotations

import json
import socket
from pathlib import Path

from hamn.reports.report import error
from hamn.xcat.generators import kea, written
from hamn.xcat.generators.written import Census, Refused, Staged
from hamn.xcat.making import dhcp
from hamn.xcat.making.definitions import Definitions
from hamn.xcat.making.dhcp import Wanted
from hamn.xcat.making.programs import check, do, is_active
from hamn.xcat.making.work import Work

_LIMIT_S = 60.0
_MOST = 1 << 20  # characters of an answer


def prepare(definitions: Definitions, wanted: Wanted) -> Work:
    """Who had a reservation keeps it, as the tables say now; Refused where many of those would lose theirs."""
    making = _Making(definitions, wanted)
    return Work("dhcp", making.differing, making.complaints, making.carry_out)


class _Making:
    def __init__(self, definitions: Definitions, wanted: Wanted) -> None:
        self.machine, self.layout = definitions.machine, definitions.machine.layout
        present = self.machine.read(self.layout.kea_conf) or ""
        before = reserved(present)
        everybody = dhcp.served(definitions, None, networks=wanted.networks)
        of_all, asked = wanted.nodes is None, frozenset(wanted.nodes or ())
        gone, had = frozenset(wanted.gone), frozenset(before)
        bound = [
            each
            for each in everybody.bindings
            if each.node not in gone and (of_all or each.node in asked or each.name in had)
        ]
        self.complaints = [
            each
            for each in everybody.complaints
            if of_all or not each.place.startswith(("mac.", "hosts.", "noderes.")) or each.name in asked
        ]
        names = [each.name for each in bound]
        taken = [*gone, *(each.name for each in everybody.bindings if each.node in gone)]
        Census(before, names, definitions.cluster.mac).check(self.machine.at(self.layout.kea_conf), taken)
        cluster = definitions.cluster
        made = {
            self.layout.kea_conf: "".join(kea.dhcp4(everybody.subnets, bound, cluster.site, cluster.key)),
            self.layout.kea_ddns_conf: "".join(kea.ddns(everybody.subnets, cluster.key)),
        }
        self.texts = {path: text for path, text in made.items() if text != self.machine.read(path)}

    @property
    def differing(self) -> list[str]:
        return [str(self.machine.at(path)) for path in self.texts]

    def carry_out(self) -> None:
        # one that runs checks the file as it reads it, and goes on with the old one if it can't: once is enough
        runs = is_active(self.machine.programs, self.layout.kea_unit) and self._control.is_socket()
        checkers = {self.layout.kea_conf: "kea-dhcp4", self.layout.kea_ddns_conf: "kea-dhcp-ddns"}
        staged: list[Staged] = []
        try:
            for path, text in self.texts.items():
                staged.append(written.stage(self.machine.at(path), [text], 0o640))
                self.machine.give(staged[-1].fresh, group=self.layout.kea_group)
                if path == self.layout.kea_ddns_conf or not runs:
                    check(self.machine.programs, path, checkers[path], "-t", str(staged[-1].fresh))
        except BaseException:
            for each in staged:
                each.discard()
            raise
        done = written.commit_all(staged)
        try:
            self._tell()
        except Refused:
            for each in done:
                each.undo()
            raise

    @property
    def _control(self) -> Path:
        return self.machine.at(kea.CONTROL)

    def _tell(self) -> None:
        programs = self.machine.programs
        if self.layout.kea_ddns_conf in self.texts and is_active(programs, self.layout.kea_ddns_unit):
            do(programs, "systemctl", "restart", self.layout.kea_ddns_unit)
        conf, unit = self.layout.kea_conf, self.layout.kea_unit
        if conf in self.texts and is_active(programs, unit) and not reloaded(str(self._control)):
            check(programs, conf, "kea-dhcp4", "-t", str(self.machine.at(conf)))
            do(programs, "systemctl", "restart", unit)


def reserved(present: str) -> list[str]:
    """The names with a reservation; none in a file that isn't of this form, as the package brings one."""
    try:
        return kea.reserved(_without_comments(present)) if present else []
    except ValueError:
        return []


def _without_comments(text: str) -> str:
    return (
        text
        if text.startswith("{")
        else "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(("//", "#")))
    )


def reloaded(place: str) -> bool:
    """Whether Kea read its file again; False where nobody listens there, as when the file that it was started with
    doesn't say so. Refused (making-not-loaded) with its words where it doesn't take the file: it goes on with the
    one from before."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_LIMIT_S)
            connection.connect(place)
            connection.sendall(b'{"command": "config-reload"}')
            connection.shutdown(socket.SHUT_WR)
            said = b""
            while len(said) < _MOST and (more := connection.recv(1 << 16)):
                said += more
    except (FileNotFoundError, ConnectionError):
        return False
    except OSError as trouble:
        raise Refused(error("making-not-loaded", f"doesn't answer: {trouble}", place)) from None
    try:
        found = json.loads(said)
        result, text = found["result"], str(found.get("text", ""))
    except (ValueError, KeyError, TypeError):
        result, text = None, "its answer isn't understood"
    if result != 0:
        hint = "the file from before is in place again"
        raise Refused(error("making-not-loaded", f"Kea doesn't take the new file: {text}", place, hint))
    return True
