"""The requirement's lists of files that the standby should have from the primary, in each family's own names.

Most of what is listed isn't there on any one machine, and isn't missed. Sources: the requirement, "File
Synchronization"; hosts(5), nsswitch.conf(5), autofs(5), limits.conf(5), exports(5); AIX Files Reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hamn.model.sync import FileList

NAMES = ("/etc/hosts",)

ACCOUNTS = ("/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/subuid", "/etc/subgid")
AIX_ACCOUNTS = ("/etc/passwd", "/etc/group", "/etc/security/passwd", "/etc/security/group", "/etc/security/user")

_LINUX: Mapping[FileList, tuple[str, ...]] = {
    "names": NAMES,
    "keys": ("/root/.ssh/id*",),
    "additional": (
        *("/root/.profile", "/root/.bash_profile", "/root/.bashrc", "/root/.rhosts", "/etc/profile.d/*.sh"),
        *("/etc/auto.master", "/etc/auto.master.d/*", "/etc/auto.*", "/etc/auto/maps/*", "/etc/motd"),
        *("/etc/security/limits.conf", "/etc/security/limits.d/*", "/etc/nsswitch.conf"),
        *("/etc/ntp.conf", "/etc/chrony.conf", "/etc/chrony/chrony.conf", "/etc/chrony/conf.d/*"),
        *("/etc/inetd.conf", "/etc/xinetd.conf", "/etc/xinetd.d/*", "/etc/exports", "/etc/exports.d/*"),
        *("/etc/services", "/etc/inittab"),
    ),
    "accounts": ACCOUNTS,
}
_DHCP: Mapping[str, tuple[str, ...]] = {
    "debian": ("/etc/dhcp/dhcpd.conf", "/etc/dhcp/dhcpd6.conf", "/etc/kea/*.conf"),
    "redhat": ("/etc/dhcp/dhcpd.conf", "/etc/dhcp/dhcpd6.conf", "/etc/dhcpd.conf", "/etc/kea/*.conf"),
    "suse": ("/etc/dhcpd.conf", "/etc/dhcpd6.conf", "/etc/kea/*.conf"),
}
_AIX: Mapping[FileList, tuple[str, ...]] = {
    "names": NAMES,
    "keys": ("/.ssh/id*", "/root/.ssh/id*"),
    "additional": (
        *("/.profile", "/.rhosts", "/etc/auto_master", "/etc/auto/maps/*", "/etc/motd", "/etc/security/limits"),
        *("/etc/netsvc.conf", "/etc/ntp.conf", "/etc/inetd.conf", "/etc/exports", "/etc/services", "/etc/inittab"),
    ),
    "accounts": AIX_ACCOUNTS,
    "dhcp": ("/etc/dhcpsd.cnf",),
}


def files_of(family: str) -> Mapping[FileList, tuple[str, ...]]:
    """Paths and globs by list."""
    if family == "aix":
        return MappingProxyType(dict(_AIX))
    return MappingProxyType({**_LINUX, "dhcp": _DHCP.get(family, ())})
