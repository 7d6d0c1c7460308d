"""Where the tables are, in the words of `/etc/xcat/cfgloc` or of `XCATCFG`.

mysql:dbname=xcatdb;host=10.1.0.1|xcatadmin|PASSWORD
Pg:dbname=xcatdb;host=10.1.0.1|xcatadm|PASSWORD
DB2:xcatdb|xcatdb|PASSWORD
SQLite:/etc/xcat        or just a directory
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hamn.xcat.stores.store import stop

ENGINES = ("SQLite", "mysql", "Pg", "DB2")
_KEYS = ("dbname", "database", "host", "port")


@dataclass(frozen=True)
class Location:
    """`directory` is SQLite's; the others are a server's. `host` may be a directory: the server's socket is in it
    (PostgreSQL), or it is the socket (MySQL)."""

    engine: str
    directory: Path | None = None
    database: str = ""
    host: str = ""
    port: str = ""
    user: str = ""
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        """As cfgloc has it, without the password: what `lsxcatd -d` shows."""
        if self.engine == "SQLite":
            return f"SQLite:{self.directory}"
        if self.engine == "DB2":
            return f"DB2:{self.database}|{self.user}"
        places = {"dbname": self.database, "host": self.host, "port": self.port}
        source = ";".join(f"{key}={value}" for key, value in places.items() if value)
        return f"{self.engine}:{source}|{self.user}"


def locate(environment: Mapping[str, str], root: Path = Path("/")) -> Location:
    """XCATCFG, else cfgloc, else SQLite where the real one looks for it. Looks at no table."""
    if told := environment.get("XCATCFG", "").strip():
        return parse(told, "XCATCFG")
    etc, old = root / "etc/xcat", root / "opt/xcat/cfg"
    file = etc / "cfgloc"
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        lines = []
    except (OSError, UnicodeDecodeError) as trouble:
        hint = "it must be root's, mode 0600, one line"
        raise stop("cfgloc", f"cannot be read: {trouble}", str(file), hint) from None
    if line := next((line.strip() for line in lines if line.strip()), ""):
        return parse(line, str(file))
    return Location("SQLite", old if old.is_dir() else etc)


def parse(line: str, where: str) -> Location:
    """`where` the line was found, for complaints; they never repeat what may be a password."""
    engine, colon, rest = line.partition(":")
    if not colon:
        return Location("SQLite", Path(line))
    if engine not in ENGINES:
        raise stop("cfgloc", f"no such database engine: {engine!r}", where, f"one of {', '.join(ENGINES)}")
    if engine == "SQLite":
        return Location("SQLite", Path(rest))
    parts = rest.split("|", 2)
    if len(parts) != 3:
        raise stop("cfgloc", "user or password is missing", where, f"write {engine}:{_form(engine)}|USER|PASSWORD")
    source, user, password = parts
    names = {"dbname": source} if engine == "DB2" else _names(source, engine, where)
    database = names.get("dbname") or names.get("database", "")
    if not database:
        raise stop("cfgloc", "no database is named", where, f"write {engine}:{_form(engine)}|USER|PASSWORD")
    return Location(engine, None, database, names.get("host", ""), names.get("port", ""), user, password)


def _form(engine: str) -> str:
    return "DATABASE" if engine == "DB2" else "dbname=DATABASE;host=ADDRESS"


def _names(source: str, engine: str, where: str) -> dict[str, str]:
    names = {}
    for word in filter(None, source.split(";")):
        key, _, value = word.partition("=")
        if key not in _KEYS:
            raise stop("cfgloc", f"no such setting: {key!r}", where, f"{engine} takes {', '.join(_KEYS)}")
        names[key] = value
    return names
