"""SUSE Linux Enterprise Server and openSUSE.

Names after SUSE's Administration Guides; SLES 11's are those of its init scripts.
"""

from __future__ import annotations

from hamn.platforms import engines
from hamn.platforms.answers import System
from hamn.platforms.linux import NAMES, Linux, differing
from hamn.platforms.packages import Rpm
from hamn.platforms.system import major
from hamn.platforms.systemd import Systemd
from hamn.platforms.sysv import Sysv

_NAMES = {
    "dhcp": "dhcpd",
    "http": "apache2",
    "nfs": "nfsserver",
    "tftp": "tftp.socket",
    "time": "chronyd",
}
# SLES 11: tftp is a service of xinetd, the init scripts are called mysql and ntp.
_SLES11_NAMES = {"mariadb": "mysql", "tftp": "xinetd", "time": "ntp"}
# SLES 12 keeps time with ntpd.
_SLES12_NAMES = {"time": "ntpd"}

# MariaDB 10.2 has no `mariadbd`; later ones keep this name as a link.
_SERVERS = {"mariadb": ("mysqld", "--version")}


def suse(init: str, system: System | None = None) -> Linux:
    sysv = init == "sysv"
    release = major(system) or (11 if sysv else 15)
    return Linux(
        family="suse",
        init=Sysv("chkconfig") if sysv else Systemd(),
        packages=Rpm(),
        names=differing(NAMES, _NAMES, _SLES11_NAMES if sysv else _SLES12_NAMES if release == 12 else {}),
        # SLES 12 and the first of 15 have MariaDB 10.2; `mysql` is a link in all later ones.
        clients=engines.SYSV_CLIENTS if sysv else engines.OLD_CLIENTS,
        versions=differing(engines.VERSIONS, _SERVERS),
        syncs_one=release > 12,
        system=system,
    )
