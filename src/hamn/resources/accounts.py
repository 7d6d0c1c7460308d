"""Which accounts the role's daemons run as."""

from __future__ import annotations

from hamn.model.pair import Pair, Service

ACCOUNTS = {
    "mariadb": ("mysql",),
    "mysql": ("mysql",),
    "postgresql": ("postgres",),
    "dns": ("bind", "named"),
    "dhcp": ("dhcpd",),
    "console": ("conservr", "conserver"),
    "http": ("www-data", "apache", "wwwrun"),
    "tftp": ("tftp",),
}
"""By what runs as them, whatever the family calls them: one that neither machine has is not missed."""


def accounts_of(pair: Pair) -> tuple[str, ...]:
    words: list[str] = [database.engine for database in pair.databases]
    words += [r.service for r in pair.resources if isinstance(r, Service)]
    return tuple(dict.fromkeys(name for word in words for name in ACCOUNTS.get(word, ())))
