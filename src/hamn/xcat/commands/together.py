"""Many rows of one table written with few statements."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from hamn.xcat.stores.store import Change

Key = tuple[str, ...]


def put(change: Change, table: str, by: Key, rows: Iterable[Mapping[str, str]], there: Container[Key]) -> None:
    """As `Change.put`, where it is known which keys are `there`: new rows go in together, and rows that get the
    same values do."""
    merged: dict[Key, dict[str, str]] = {}
    for row in rows:
        merged.setdefault(tuple([row[column] for column in by]), {}).update(row)
    new = [row for key, row in merged.items() if key not in there]
    if new:
        change.insert(table, new)
    alike: dict[tuple[tuple[str, str], ...], list[Key]] = {}
    for key, row in merged.items():
        values = tuple([(column, value) for column, value in row.items() if column not in by])
        if values and key in there:
            alike.setdefault(values, []).append(key)
    for values, keys in alike.items():
        for rest, names in _by_rest(keys).items():
            change.update(table, {**dict(zip(by[1:], rest, strict=True)), by[0]: names}, dict(values))


def _by_rest(keys: Iterable[Key]) -> Mapping[Key, list[str]]:
    """The first parts of keys, by the rest of them: one column may have many values in a statement."""
    found: dict[Key, list[str]] = {}
    for first, *rest in keys:
        found.setdefault(tuple(rest), []).append(first)
    return found
