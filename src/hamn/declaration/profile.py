"""A profile: what a kind of management node is made of, laid under the declaration."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hamn.declaration.shape import KINDS

PROFILES = Path(__file__).with_name("profiles")


@dataclass(frozen=True, slots=True)
class Profile:
    """`shared` are the directories that belong on shared data; `data` where an engine keeps its own."""

    resources: Mapping[str, Mapping[str, Mapping[str, Any]]]
    sync: Mapping[str, Any] | None = None
    shared: tuple[str, ...] = ()
    data: Mapping[str, str] | None = None

    def under(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The document with all that it leaves unsaid; what has the wrong shape is passed on as it is."""
        merged = deepcopy(dict(document))
        for kind, tables in self.resources.items():
            declared = merged.setdefault(kind, {})
            if not isinstance(declared, dict):
                continue
            for name, supplied in tables.items():
                own = declared.get(name, {})
                if isinstance(own, dict):
                    declared[name] = {**deepcopy(dict(supplied)), **own}
        own = merged.setdefault("sync", {}) if self.sync else None
        if isinstance(own, dict):
            merged["sync"] = {**deepcopy(dict(self.sync or {})), **own}
        self._drop_links_to_the_absent(merged, document)
        for database in _enabled(merged, "database"):
            engine = database.get("engine")
            if isinstance(engine, str) and engine in (self.data or {}):
                database.setdefault("data", (self.data or {})[engine])
        self._share(merged)
        return merged

    def _drop_links_to_the_absent(self, merged: dict[str, Any], document: Mapping[str, Any]) -> None:
        """What the profile orders after something that the operator took out needs no complaint."""
        for kind, tables in self.resources.items():
            for name, supplied in tables.items():
                for link in ("needs", "after"):
                    if link in supplied and link not in _table(document, kind, name):
                        kept = [id_ for id_ in supplied[link] if _is_in(id_, merged)]
                        _table(merged, kind, name)[link] = kept

    def _share(self, merged: dict[str, Any]) -> None:
        """One filesystem, mounted elsewhere and with nothing said, carries every shared directory."""
        if len(filesystems := _enabled(merged, "filesystem")) != 1:
            return
        (filesystem,) = filesystems
        mount = filesystem.get("mount")
        if not self.shared or "directories" in filesystem or not isinstance(mount, str):
            return
        if mount.rstrip("/") in self.shared:
            return
        data = (database.get("data") for database in _enabled(merged, "database"))
        filesystem["directories"] = list(
            _outermost((*self.shared, *(d for d in data if isinstance(d, str))), mount)
        )


def profile_names() -> list[str]:
    return sorted(path.stem for path in PROFILES.glob("*.toml"))


def load_profile(name: str) -> Profile:
    """`name` is one of `profile_names()`."""
    supplied = tomllib.loads((PROFILES / f"{name}.toml").read_text(encoding="utf-8"))
    return Profile(
        resources={kind: tables for kind, tables in supplied.items() if kind in KINDS},
        sync=supplied.get("sync"),
        shared=tuple(supplied.get("shared", {}).get("directories", ())),
        data=supplied.get("data"),
    )


def _table(document: Mapping[str, Any], kind: str, name: str) -> dict[str, Any]:
    tables = document.get(kind)
    table = tables.get(name) if isinstance(tables, dict) else None
    return table if isinstance(table, dict) else {}


def _enabled(document: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    tables = document.get(kind)
    found = tables.values() if isinstance(tables, dict) else ()
    return [table for table in found if isinstance(table, dict) and table.get("enabled") is not False]


def _is_in(id_: str, document: Mapping[str, Any]) -> bool:
    kind, _, name = id_.partition(".")
    table = _table(document, kind, name)
    # services with no key of their own are empty tables, and there all the same
    return table.get("enabled") is not False and name in document.get(kind, {})


def _outermost(paths: Iterable[str], mount: str) -> list[str]:
    """Each path once, without those inside another of them or at or below the mount itself."""
    kept: list[str] = []
    for path in paths:
        plain = path.rstrip("/")
        if plain not in kept and not any(f"{plain}/".startswith(f"{k.rstrip('/')}/") for k in (*kept, mount)):
            kept.append(plain)
    return kept
