"""named's configuration and zones. Sources: makedns(8), rndc(8), named-compilezone(8).

Zones are dynamic: while named runs, a zone's file is replaced between freeze and thaw only, and what is in the
journal is brought into the file first. Its serial number never goes back.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hamn.reports.report import error
from hamn.xcat.generators import written, zone_file, zones
from hamn.xcat.generators.written import Census, Refused, Staged
from hamn.xcat.generators.zones import Zone
from hamn.xcat.making.definitions import Definitions
from hamn.xcat.making.named_conf import configuration, served
from hamn.xcat.making.programs import check, do, is_active
from hamn.xcat.making.records import Change, from_entries, merged
from hamn.xcat.making.work import Work

_SERIAL = re.compile(r"^serial: (\d+)", re.MULTILINE)
_ADDRESSES = ("A", "AAAA")
_LOADED_S = 30.0
_LOOK_S = 0.02
_SIDE_BY_SIDE = 8
"""Zones: for each some programs run, one after another."""


@dataclass(frozen=True)
class Wanted:
    """`nodes`: only theirs are touched, all for None. `afresh`: nothing of what is there stays but names of
    leases; else records of others stay. `gone`: these nodes' records go."""

    nodes: Collection[str] | None = None
    afresh: bool = False
    gone: Collection[str] = ()


def prepare(definitions: Definitions, wanted: Wanted) -> Work:
    """Refused if nodes that the tables define would be lost from DNS."""
    judged = zones.zones(
        from_entries(definitions, wanted.nodes, wanted.gone), definitions.cluster.networks, definitions.server
    )
    making = _Making(definitions, wanted, judged.good)
    return Work("dns", making.differing, judged.complaints, making.carry_out)


class _Making:
    def __init__(self, definitions: Definitions, wanted: Wanted, found: Sequence[Zone]) -> None:
        self.machine, self.server = definitions.machine, definitions.server
        self.programs = self.machine.programs
        self.change = Change(definitions, found, wanted.gone, afresh=wanted.afresh)
        layout, cluster = self.machine.layout, definitions.cluster
        paths = layout.named.with_site(cluster.site)
        self.directory, self.conf = self.machine.at(paths.zones), self.machine.at(paths.conf)
        self.runs = is_active(self.programs, layout.named_unit)
        self.user = layout.named_user
        if self.runs and any(self._journal(zone).exists() for zone in found):
            do(self.programs, "rndc", "sync")
        present = self.machine.read(paths.conf) or ""
        self.known = served(present)
        text = configuration(present, found, cluster.site, cluster.key, paths, afresh=wanted.afresh)
        self.conf_text = None if text == present else text
        self.changed: list[Zone] = []
        # zones on shared data are whole already: they were made where it is mounted
        for zone in found if self.machine.has(paths.zones) else ():
            before = self._text(zone)
            if not before or not self._is_same(zone, before):
                if wanted.afresh and not zone.is_reverse:
                    self._count(definitions, zone, before)
                self.changed.append(zone)

    @property
    def differing(self) -> list[str]:
        conf = [] if self.conf_text is None else [str(self.conf)]
        return conf + [str(self._path(zone)) for zone in self.changed]

    def carry_out(self) -> None:
        """Zones before the configuration that names them. Each is replaced whatever becomes of the others."""
        fresh_conf = self._staged_conf()
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as side_by_side:
            try:
                serials = list(side_by_side.map(self._replace, self.changed))
                if fresh_conf:
                    fresh_conf.commit()
            except BaseException:
                if fresh_conf:
                    fresh_conf.discard()
                raise
            if self.runs:
                if fresh_conf:
                    do(self.programs, "rndc", "reconfig")
                list(side_by_side.map(self._wait, self.changed, serials))

    def _replace(self, zone: Zone) -> int:
        with self._frozen(zone):
            return self._write(zone)

    def _staged_conf(self) -> Staged | None:
        if self.conf_text is None:
            return None
        staged = written.stage(self.conf, [self.conf_text], 0o640)
        self.machine.give(staged.fresh, group=self.user)
        try:
            check(self.programs, str(self.conf), "named-checkconf", str(staged.fresh))
        except Refused:
            staged.discard()
            raise
        return staged

    @contextmanager
    def _frozen(self, zone: Zone) -> Iterator[None]:
        """Nobody changes the zone meanwhile; named reads it again afterwards, whatever happened."""
        if not self.runs or zone.name.lower() not in self.known:
            yield
            return
        found = self.programs.run("rndc", "freeze", zone.name)
        # frozen already: by a run that was cut off; any other trouble: named couldn't load what is there
        again = "thaw" if found.is_good or "already frozen" in found.output else "reload"
        try:
            yield
        finally:
            do(self.programs, "rndc", again, zone.name)

    def _write(self, zone: Zone) -> int:
        before = self._text(zone)
        serial = zones.next_serial(zone_file.serial(before), self.machine.today)
        path = self._path(zone)
        staged = written.stage(path, zones.text(merged(zone, before, self.change), serial, self.server))
        self.machine.give(staged.fresh, self.user, self.user)
        try:
            # names of other zones are not looked up: a name server may be what is being set up
            check(self.programs, str(path), "named-checkzone", "-q", "-i", "local", zone.name, str(staged.fresh))
        except Refused:
            staged.discard()
            raise
        staged.commit()
        self._journal(zone).unlink(missing_ok=True)  # of the file that was there: it is in the new one
        return serial

    def _text(self, zone: Zone) -> str:
        """What the zone says now, journal included; empty where there is none."""
        path = self._path(zone)
        if self._journal(zone).exists() and not self.runs:
            argv = ("named-compilezone", "-j", "-q", "-i", "none", "-k", "ignore", "-o", "-", zone.name, str(path))
            found = self.programs.run(*argv)
            if found.is_good:
                return found.output
        try:
            return path.read_text(encoding="utf-8", errors="surrogateescape")
        except FileNotFoundError:
            return ""
        except OSError as trouble:
            what = f"cannot be read: {trouble.strerror}"
            raise Refused(error("making-unreadable", what, str(path))) from None

    def _is_same(self, zone: Zone, before: str) -> bool:
        """A file as it was written here, which named had no reason to write again, needs no reading."""
        after = merged(zone, before, self.change)
        if (serial := zone_file.serial(before)) is not None:
            head, *records = zones.text(after, serial, self.server)
            if before.startswith(head):
                is_same = sorted(before[len(head) :].splitlines(keepends=True)) == sorted(records)
                if is_same or after is zone:
                    return is_same
        return zone_file.same(after, before, self.server)

    def _count(self, definitions: Definitions, zone: Zone, before: str) -> None:
        there = list(zone_file.stated(before, zone_file.origin_of(zone)))
        leased = zone_file.leased(there)
        owners = {owner for owner, kind, _ in there if kind in _ADDRESSES and owner not in leased}
        old = sorted(owner.removesuffix(f".{zone_file.origin_of(zone)}") for owner in owners)
        new = [owner for owner, kind, _ in zone.records if kind in _ADDRESSES]
        if old:
            Census(old, new, definitions.view.groups_of).check(self._path(zone), self.change.gone)

    def _wait(self, zone: Zone, serial: int) -> None:
        """Until named answers from what was written. Refused (making-not-loaded) where it doesn't."""
        end = time.monotonic() + _LOADED_S
        while True:
            said = self.programs.run("rndc", "zonestatus", zone.name)
            found = _SERIAL.search(said.output)
            # it may have moved on already: a DHCP server waits to enter its leases
            if found and (int(found[1]) - serial) % 2**32 < 2**31:
                return
            if time.monotonic() > end:
                what = (
                    f"named didn't load serial {serial} of {zone.name} within {_LOADED_S:g} s: {said.last_words}"
                )
                hint = "its log says why: journalctl -u named"
                raise Refused(error("making-not-loaded", what, str(self.directory), hint))
            time.sleep(_LOOK_S)

    def _path(self, zone: Zone) -> Path:
        return self.directory / zone.file

    def _journal(self, zone: Zone) -> Path:
        return self.directory / f"{zone.file}.jnl"
