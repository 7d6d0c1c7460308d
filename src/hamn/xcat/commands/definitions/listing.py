"""One object as lsdef writes it: in full, chosen attributes, one line for each, or as a stanza."""

from __future__ import annotations

from collections.abc import Mapping

from hamn.xcat.commands.definitions import nics, stanza
from hamn.xcat.commands.definitions.words import Words
from hamn.xcat.tables.objects import TYPES

ANY_NAME = ("site", "monitoring")


def is_attribute(kind: str, attribute: str) -> bool:
    """Of a site, and of what monitors, every name is one."""
    return bool(attribute) if kind in ANY_NAME else nics.column(attribute) in TYPES[kind].by_attribute


def unknown_attribute(attribute: str, kind: str) -> str:
    return f"'{attribute}' is not a valid attribute name for an object type of '{kind}'."


class Listing:
    """Attributes stand sorted. Those that were asked for stand there without a value too, but for those of
    which any name may be one."""

    def __init__(self, kind: str, asked: Words, *, says_type: bool) -> None:
        wanted = asked.wanted
        self.unknown = [name for name in wanted or () if not is_attribute(kind, name)]
        self._kind, self._asked, self._says_type = kind, asked, says_type
        self._wanted = None if wanted is None else [name for name in wanted if is_attribute(kind, name)]
        self._has_nics = kind in ("node", "group")

    def text(self, name: str, attributes: Mapping[str, str]) -> str:
        if self._asked.has("nics"):
            attributes = {name: value for name, value in attributes.items() if name in nics.OF_NICS}
        if self._has_nics and not nics.OF_NICS.isdisjoint(attributes):
            attributes = nics.apart(attributes)
        pairs = sorted(attributes.items()) if self._wanted is None else self._chosen(attributes)
        if self._asked.has("stanza"):
            return "\n" + stanza.written(name, self._kind, pairs).removesuffix("\n")
        if self._asked.has("compress"):
            return "\n".join([f"{name}: {attribute}={value}" for attribute, value in pairs])
        if self._asked.has("verbose"):
            lines = [f"    {attribute}={value}{self._kept(attribute, attributes)}" for attribute, value in pairs]
        else:
            lines = [f"    {attribute}={value}" for attribute, value in pairs]
        of = f"  ({self._kind})" if self._says_type else ""
        return "\n".join([f"Object name: {name}{of}", *lines])

    def _chosen(self, attributes: Mapping[str, str]) -> list[tuple[str, str]]:
        found: dict[str, str] = {}
        for name in self._wanted or ():
            parts = {key: value for key, value in attributes.items() if key.startswith(f"{name}.")}
            if parts and name in nics.OF_NICS:
                found.update(parts)
            elif name in attributes or self._kind not in ANY_NAME:
                found[name] = attributes.get(name, "")
        return sorted(found.items())

    def _kept(self, attribute: str, attributes: Mapping[str, str]) -> str:
        """Where the value comes from, for -V."""
        if self._kind == "site":
            return "     (Table:site - Key:key - Column:value)"
        for place in TYPES[self._kind].by_attribute.get(nics.column(attribute), ()):
            if place.holds(attributes):
                return f"     (Table:{place.table} - Key:{place.key} - Column:{place.column})"
        return ""
