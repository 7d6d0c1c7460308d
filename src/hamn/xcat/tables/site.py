"""What table site says, and what holds where it says nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from hamn.xcat.tables.table import is_disabled

DEFAULTS: Mapping[str, str] = MappingProxyType(
    {
        "dhcplease": "43200",
        "dnshandler": "ddns",
        "installdir": "/install",
        "nodesyncfiledir": "/var/xcat/node/syncfiles",
        "SNsyncfiledir": "/var/xcat/syncfiles",
        "tftpdir": "/tftpboot",
        "xcatconfdir": "/etc/xcat",
        "xcatdport": "3001",
        "xcatiport": "3002",
        "xcatlport": "3003",
        "xcatmaxconnections": "64",
        "xcattlspolicy": "modern",
    }
)
"""What the real one takes for granted. `xcatdport` is different: its daemon refuses to start without the row."""

_YES, _NO = ("1", "yes", "y", "on", "enable", "true"), ("0", "no", "n", "off", "disable", "false")


def settings(rows: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Every key that has a value, or a default. Disabled rows count as absent."""
    said = {
        row["key"]: row["value"] for row in rows if row.get("key") and row.get("value") and not is_disabled(row)
    }
    return {**DEFAULTS, **said}


def is_on(value: str, *, otherwise: bool) -> bool:
    """A setting that is on or off, in any of the real one's spellings; `otherwise` for an empty or unknown one."""
    word = value.strip().lower()
    return word in _YES or (otherwise and word not in _NO)
