"""What is backed up, where to, and the words in which a database server is asked for a dump."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

MANIFEST = "backup.json"
"""A backup's own account of itself, in its directory; written last."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Where each machine keeps backups, on its own disk; how many; when a new one is made."""

    directory: str = "/var/backups/hamn"
    keep: int = 14
    at: str = "02:30"
    """Of the machine's day, "HH:MM"."""


@dataclass(frozen=True, slots=True)
class Server:
    """How one engine's server is asked; argv each, of which a database's name, or SQL, becomes the last word.

    `listing` prints, a line each, a database's name, a tab, and what CREATE DATABASE needs for another like it."""

    listing: tuple[str, ...]
    dump: tuple[str, ...]
    accounts: tuple[str, ...]
    sql: tuple[str, ...]
    load: tuple[str, ...]
    """Takes a dump on stdin."""
    quote: str
    """What stands before and after a database's name in SQL."""


@dataclass(frozen=True, slots=True)
class Source:
    """One declared database. `server` None: SQLite, all files *.sqlite in `data`."""

    name: str
    engine: str
    data: str
    server: Server | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """For `hamn-local`, on stdin: it holds nothing secret, but argv has its limits."""

    pair: str
    machine: str
    directory: str
    keep: int
    shared: tuple[str, ...]
    """Mount points of the shared data: what is kept there goes with it."""
    sources: tuple[Source, ...]
    tables: tuple[str, ...] = ()
    """The management stack's own dump: argv, of which a directory becomes the last word. () for none."""

    def text(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_text(text: str) -> Request:
        """Raises ValueError, KeyError or TypeError for what `text()` didn't write."""
        fields: dict[str, Any] = json.loads(text)
        fields["sources"] = tuple(_source(each) for each in fields["sources"])
        for key in ("shared", "tables"):
            fields[key] = tuple(fields[key])
        return Request(**fields)


def _source(fields: Mapping[str, Any]) -> Source:
    server: Mapping[str, Any] | None = fields["server"]
    if server is None:
        return Source(fields["name"], fields["engine"], fields["data"])
    words: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in server.items()
    }
    return Source(fields["name"], fields["engine"], fields["data"], Server(**words))
