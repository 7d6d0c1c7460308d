"""Red Hat Enterprise Linux and its kin (CentOS, Rocky, Alma, Oracle, Fedora).

Names after the packages' own units; RHEL 6's after the requirement and its Deployment Guide.
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
    "http": "httpd",
    "mysql": "mysqld",
    "nfs": "nfs-server",
    "tftp": "tftp.socket",
    "time": "chronyd",
}
# RHEL 6: tftp is a service of xinetd, MariaDB wasn't there yet, and time was ntpd's.
_RHEL6_NAMES = {"mariadb": "mysqld", "nfs": "nfs", "tftp": "xinetd", "time": "ntpd"}
# RHEL 10 has no ISC DHCP any more ("Considerations in adopting RHEL 10").
_RHEL10_NAMES = {"dhcp": "kea-dhcp4"}

# Not in PATH.
_SERVERS = {
    "mariadb": ("/usr/libexec/mariadbd", "--version"),
    "mysql": ("/usr/libexec/mysqld", "--version"),
}
_OLD_SERVERS = {"mariadb": ("/usr/libexec/mysqld", "--version")}


def redhat(init: str, system: System | None = None) -> Linux:
    sysv = init == "sysv"
    release = major(system) or (6 if sysv else 9)
    if system is not None and system.name.startswith("Fedora"):
        release = 10
    return Linux(
        family="redhat",
        init=Sysv("chkconfig") if sysv else Systemd(),
        packages=Rpm(),
        names=differing(NAMES, _NAMES, _RHEL6_NAMES if sysv else {}, _RHEL10_NAMES if release >= 10 else {}),
        # RHEL 8's MariaDB is 10.3: its programs are `mysql` and `mysqld`.
        clients=engines.SYSV_CLIENTS if sysv else engines.OLD_CLIENTS if release < 9 else engines.CLIENTS,
        versions=differing(engines.VERSIONS, _SERVERS, _OLD_SERVERS if release < 9 else {}),
        syncs_one=release >= 8,
        system=system,
    )
