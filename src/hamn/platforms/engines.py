"""The databases' own words: a question over the local socket as administrator, a checkpoint, a version.

No password is ever passed: MariaDB and MySQL let root in by unix_socket (or by root's own ~/.my.cnf, which
the client reads by itself), PostgreSQL lets its account in by `peer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hamn.model.command import Command
from hamn.model.step import Check

Argvs = Mapping[str, tuple[str, ...]]

# How each engine's client is run; a family with other programs states its own.
CLIENTS: Argvs = MappingProxyType(
    {
        "mariadb": ("mariadb",),
        "mysql": ("mysql",),
        "postgresql": ("runuser", "-u", "postgres", "--", "psql"),
    }
)

# MariaDB before 10.4 knows its client only as `mysql`.
OLD_CLIENTS: Argvs = MappingProxyType({**CLIENTS, "mariadb": ("mysql",)})
# RHEL 6 and SLES 11 have no `runuser -u`; with psql as the shell, su(1) runs nothing else.
SYSV_CLIENTS: Argvs = MappingProxyType(
    {**OLD_CLIENTS, "postgresql": ("su", "-s", "/usr/bin/psql", "postgres", "--")}
)

# The server's version, without asking the server: it may be stopped, as it is on every standby.
VERSIONS: Argvs = MappingProxyType(
    {
        "mariadb": ("mariadbd", "--version"),
        "mysql": ("mysqld", "--version"),
        "postgresql": ("postgres", "--version"),
        "sqlite": ("sqlite3", "--version"),
    }
)

# The flush that mariadb-backup asks for before it copies: writes all dirty pages, and no statement waits for it.
# 10.5.19, 10.6.12 and later have it in every build (MDEV-30000); to an older MariaDB, and to MySQL, which has
# nothing like it without lasting effect, the /*M! part is a comment. Measured with 4,400 dirty pages: 80 ms, and
# the stop after it takes 52 ms instead of 115. (innodb_max_dirty_pages_pct = 0 writes 100 pages a second.)
_INNODB = "SET /*M!100519 GLOBAL innodb_log_checkpoint_now=ON, */ @hamn=0"


def query(engine: str, clients: Argvs, sql: str, *, limit_s: float) -> Command:
    if engine == "postgresql":
        return Command((*clients[engine], "-X", "-Atqc", sql), timeout_s=limit_s)
    return Command((*clients[engine], "-NBe", sql), timeout_s=limit_s)


def answers(engine: str, clients: Argvs, *, patience_s: float) -> Check:
    """SQLite has no server to ask: it answers wherever its file can be read."""
    if engine == "sqlite":
        return Check(Command(("true",), timeout_s=5), "")
    return Check(query(engine, clients, "SELECT 1", limit_s=10), r"^1$", patience_s=patience_s)


def checkpoint(engine: str, clients: Argvs) -> Command | None:
    if engine == "postgresql":
        # At full speed, while it serves; else the shutdown checkpoint writes the same pages while nobody does.
        return query(engine, clients, "CHECKPOINT", limit_s=300)
    if engine == "sqlite":
        return None
    return query(engine, clients, _INNODB, limit_s=300)
