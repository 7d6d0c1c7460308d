"""Debian and its kin (Ubuntu). Names after the packages' own units and init scripts."""

from __future__ import annotations

from hamn.platforms import engines
from hamn.platforms.answers import System
from hamn.platforms.debian_units import UNITS
from hamn.platforms.linux import NAMES, Linux, differing
from hamn.platforms.packages import Dpkg
from hamn.platforms.system import major
from hamn.platforms.systemd import Systemd
from hamn.platforms.sysv import Sysv

_NAMES = {
    "console": "conserver-server",
    "dhcp": "isc-dhcp-server",
    "http": "apache2",
    "nfs": "nfs-server",
    "ssh": "ssh",
    "tftp": "tftpd-hpa",
    "time": "chrony",
}
# The init script has the package's name; the unit only an alias of that name.
_SYSV_NAMES = {"nfs": "nfs-kernel-server"}
# bind9 1:9.16 (Debian 11, Ubuntu 20.04) renamed its unit; "bind9" is since then an alias that `disable` removes.
_NAMED_SINCE = {"Debian GNU/Linux": 11, "Ubuntu": 20}

# Several majors can be installed side by side, none of them in PATH.
_POSTGRES = ("find", "/usr/lib/postgresql", "-path", "*/bin/postgres", "-exec", "{}", "--version", ";")


def debian(init: str, system: System | None = None) -> Linux:
    release = major(system)
    since = _NAMED_SINCE.get(system.name) if system else None
    older = {"dns": "bind9"} if since is not None and release is not None and release < since else {}
    return Linux(
        family="debian",
        init=Sysv("update-rc.d") if init == "sysv" else Systemd(roofs=frozenset({"postgresql"}), units=UNITS),
        packages=Dpkg(),
        names=differing(NAMES, _NAMES, _SYSV_NAMES if init == "sysv" else {}, older),
        versions=differing(engines.VERSIONS, {"postgresql": _POSTGRES}),
        system=system,
    )
