"""Lists in one value: what -p adds to them and -m takes away."""

from __future__ import annotations

from hamn.xcat.commands.definitions import nics

_SEPARATORS = {"wherevals": "::"}


class NotThere(Exception):
    """What should be taken away, and isn't there."""


def added(attribute: str, now: str, more: str) -> str:
    """What is there already isn't added again."""
    mark = _mark(attribute)
    items = _items(mark, now)
    return mark.join([*items, *(item for item in _items(mark, more) if item not in items)])


def removed(attribute: str, now: str, less: str) -> str:
    """Raises NotThere."""
    mark = _mark(attribute)
    items, gone = _items(mark, now), _items(mark, less)
    if missing := [item for item in gone if item not in items]:
        raise NotThere(mark.join(missing))
    return mark.join(item for item in items if item not in gone)


def _mark(attribute: str) -> str:
    if nics.column(attribute) != attribute:
        return "|"
    return _SEPARATORS.get(attribute, ",")


def _items(mark: str, value: str) -> list[str]:
    return [item for part in value.split(mark) if (item := part.strip())]
