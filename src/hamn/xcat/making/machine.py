"""The machine on which files are made: its places, its programs, its addresses."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hamn.reports.report import error
from hamn.xcat.generators.written import Refused
from hamn.xcat.making import layout as layout_module
from hamn.xcat.making.layout import Layout
from hamn.xcat.making.programs import HostPrograms, Programs

if TYPE_CHECKING:
    from hamn.xcat.generators.server import Server

_WAIT_S = 60.0
_LOOK_S = 0.05


@dataclass(frozen=True)
class Machine:
    """All files are below `root`. `server`: the management node as nodes see it, if who asks knows the pair; else
    it is worked out from the tables (`servers.found`). `away`: directories that are another machine's now (its
    shared data, mounted there): nothing below them is looked at or made here. `virtual`: addresses by interface
    that this machine has, or will have with the role; they count as its own."""

    layout: Layout
    programs: Programs = field(default_factory=HostPrograms)
    root: Path = Path("/")
    server: Server | None = None
    away: Sequence[str] = ()
    virtual: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def here(cls, away: Sequence[str] = (), virtual: Mapping[str, Sequence[str]] | None = None) -> Machine:
        return cls(layout_module.here(), away=away, virtual=virtual or {})

    def has(self, path: str) -> bool:
        """Whether that place is this machine's now."""
        return not any(f"{path}/".startswith(f"{each.rstrip('/')}/") for each in self.away)

    def at(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def read(self, path: str) -> str | None:
        """A file's text; None where there is none. Refused (making-unreadable) where it can't be read."""
        place = self.at(path)
        try:
            return place.read_text(encoding="utf-8", errors="surrogateescape")
        except FileNotFoundError:
            return None
        except OSError as trouble:
            raise Refused(error("making-unreadable", f"cannot be read: {trouble.strerror}", str(place))) from None

    def give(self, path: Path, user: str = "root", group: str = "root") -> None:
        """To a daemon's own user or group, where that is known here and this is root."""
        if os.geteuid() == 0:
            with contextlib.suppress(LookupError):  # the package isn't installed: nobody to give it to
                shutil.chown(path, user, group)

    @property
    def name(self) -> str:
        return socket.gethostname().partition(".")[0]

    @property
    def addresses(self) -> Mapping[str, list[str]]:
        """Global addresses by interface, in the kernel's order, now. Those that come and go with the role stand
        first, and are there always: what is made is the same with it and without it."""
        found = self.programs.run("ip", "-json", "address", "show", "scope", "global")
        try:
            links = json.loads(found.output) if found.is_good else []
        except ValueError:
            links = []
        own = {
            link["ifname"]: [each["local"] for each in link.get("addr_info", ()) if "local" in each]
            for link in links
            if "ifname" in link
        }
        return {
            interface: list(dict.fromkeys((*self.virtual.get(interface, ()), *own.get(interface, ()))))
            for interface in dict.fromkeys((*own, *self.virtual))
        }

    @property
    def today(self) -> date:
        return datetime.now(UTC).date()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """One at a time makes files here, whichever process and thread it is in. Refused (making-busy) where
        another doesn't end."""
        place = self.at("/run/lock/hamn-xcat-making")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as trouble:
            what = f"cannot be opened: {trouble.strerror}"
            raise Refused(error("making-lock", what, str(place), "be root")) from None
        try:
            end = time.monotonic() + _WAIT_S
            while not _locked(descriptor):
                if time.monotonic() > end:
                    what = f"another command has been making files for more than {_WAIT_S:g} s"
                    raise Refused(error("making-busy", what, str(place), "wait for it, or end it"))
                time.sleep(_LOOK_S)
            yield
        finally:
            os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
