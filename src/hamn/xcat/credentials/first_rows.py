"""What stands in the tables of a management node on its first day, as the real installation writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hamn.xcat.stores import Store, StoreError
from hamn.xcat.tables import Row


@dataclass(frozen=True, slots=True)
class Beginning:
    """`name` is the virtual IP's name, `address` the virtual IP: what nodes know. `machines` are the names of
    those that may have the role."""

    name: str
    address: str
    domain: str = ""
    forwarders: str = ""
    timezone: str = "UTC"
    machines: Sequence[str] = ()


_OPEN_TO_ALL = {
    "2": "getbmcconfig",
    "2.1": "remoteimmsetup",
    "2.3": "lsxcatd",
    "3": "nextdestiny",
    "4": "getdestiny",
    "4.4": "getpostscript",
    "4.5": "getcredentials",
    "4.6": "syncfiles",
    "4.7": "litefile",
    "4.8": "litetree",
    "4.9": "getadapter",
}
"""Commands that nodes need before they have a certificate."""

_POSTSCRIPTS: Sequence[Row] = (
    {"node": "xcatdefaults", "postscripts": "syslog,remoteshell,syncfiles", "postbootscripts": "otherpkgs"},
    {"node": "service", "postscripts": "servicenode"},
)


def rows(beginning: Beginning, server: str) -> Mapping[str, Sequence[Row]]:
    """`server` is the common name of the server's certificate: other managers of this cluster are known by it."""
    trusted = dict.fromkeys([server, *beginning.machines])
    policy: list[Row] = [{"priority": "1", "name": "root", "rule": "allow"}]
    policy += [{"priority": f"1.{2 + i}", "name": name, "rule": "trusted"} for i, name in enumerate(trusted)]
    policy += [{"priority": n, "commands": command, "rule": "allow"} for n, command in _OPEN_TO_ALL.items()]
    site = [{"key": key, "value": value} for key, value in _site(beginning).items() if value]
    return {"site": site, "policy": policy, "postscripts": _POSTSCRIPTS}


def ensure(store: Store, beginning: Beginning, server: str) -> bool:
    """Makes tables that are missing; writes the rows if there are none in `site`, all or nothing. True if it did:
    a table that somebody has used is never touched."""
    store.create()
    first = rows(beginning, server)
    with store.change(first) as change:
        if change.read("site"):
            return False
        for table, its in first.items():
            change.put(table, its)
    return True


def is_there(store: Store) -> bool:
    """Whether the tables were set up. Raises StoreError where that can't be told."""
    try:
        return bool(store.read("site"))
    except StoreError as why:
        if why.report.code in ("store-missing", "store-empty"):
            return False
        raise


def _site(beginning: Beginning) -> dict[str, str]:
    return {
        "blademaxp": "64",
        "domain": beginning.domain,
        "fsptimeout": "0",
        "installdir": "/install",
        "ipmimaxp": "64",
        "ipmiretries": "3",
        "ipmitimeout": "2",
        "consoleondemand": "no",
        "master": beginning.address,
        "nameservers": beginning.address,
        "forwarders": beginning.forwarders,
        "maxssh": "8",
        "ppcmaxp": "64",
        "ppcretry": "3",
        "ppctimeout": "0",
        "powerinterval": "0",
        "syspowerinterval": "0",
        "sharedtftp": "1",
        "SNsyncfiledir": "/var/xcat/syncfiles",
        "nodesyncfiledir": "/var/xcat/node/syncfiles",
        "tftpdir": "/tftpboot",
        "xcatdport": "3001",
        "xcatiport": "3002",
        "xcatconfdir": "/etc/xcat",
        "timezone": beginning.timezone,
        "useNmapfromMN": "no",
        "enableASMI": "no",
        "db2installloc": "/mntdb2",
        "databaseloc": "/var/lib",
        "sshbetweennodes": "ALLGROUPS",
        "dnshandler": "ddns",
        "vsftp": "n",
        "cleanupxcatpost": "no",
        "cleanupdiskfullxcatpost": "no",
        "dhcplease": "43200",
        "auditnosyslog": "0",
        "xcattlspolicy": "modern",
        "auditskipcmds": "ALL",
    }
