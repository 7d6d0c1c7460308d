"""All objects of some types, as the tables stand at one moment."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from hamn.reports.report import Report, error
from hamn.xcat.commands.definitions import nics
from hamn.xcat.commands.few import few
from hamn.xcat.commands.ondemand import OnDemand
from hamn.xcat.commands.ranging import Ranging
from hamn.xcat.ranges import NodeView, RangeError
from hamn.xcat.tables import TABLES, site
from hamn.xcat.tables.objects import TYPES, ObjectType, Part

Row = Mapping[str, str]
Tables = Mapping[str, Sequence[Row]]
Attributes = dict[str, str]

ALWAYS = ("nodelist", "nodegroup", "site")
"""Which nodes and groups there are, and which nodes no range may show."""

_DEFAULTS = "xcatdefaults"
_WITH_DEFAULTS = ("postscripts", "postbootscripts")
_FEW = 8  # one in so many nodes: fewer are looked up one by one


def tables_of(kinds: Iterable[str], attributes: Collection[str] | None = None) -> set[str]:
    """Those in which objects of these types are kept, or only these attributes of theirs (and what says where
    those are kept)."""
    found = set(ALWAYS)
    for kind in kinds:
        found |= _tables(TYPES[kind], attributes)
    return found


def _tables(kind: ObjectType, attributes: Collection[str] | None) -> set[str]:
    if attributes is None:
        return set(kind.tables)
    found = {kind.home, *filter(None, [kind.others])}
    asked, waiting = set[str](), [nics.column(attribute) for attribute in attributes]
    while waiting:
        attribute = waiting.pop()
        if attribute in asked:
            continue
        asked.add(attribute)
        for place in kind.by_attribute.get(attribute, ()):
            found.add(place.table)
            if place.needs:
                waiting.append(place.needs)
    return found


class Catalog:
    """`tables` has at least those of `tables_of`, `others` all that a range may look at. Looking changes nothing;
    after a change make a new one."""

    def __init__(self, tables: Tables, others: OnDemand, *, shows_hidden: bool = False) -> None:
        self.tables, self.others = tables, others
        self.view = NodeView(others)
        self._reports: list[Report] = []
        settings = site.settings(tables.get("site", ()))
        self.ranging = Ranging(self.view, settings.get("excludenodes", ""), shows_hidden=shows_hidden)

    @property
    def reports(self) -> list[Report]:
        """Values that couldn't be worked out, of all that was looked at."""
        return list(dict.fromkeys([*self.view.reports, *self._reports]))

    def names(self, kind: str) -> list[str]:
        """Every object that is shown, sorted."""
        if kind == "node":
            return self.ranging.all()
        return sorted(self._parts(kind))

    def asked(
        self, kind: str, text: str, read: Callable[[str], str | None] | None = None
    ) -> tuple[list[str], list[str]]:
        """The objects that these words name, and the names of which there is none. A node's are a range; what it
        can't mean raises RangeError."""
        if kind == "node":
            return self.ranging.asked(text, read)
        named = dict.fromkeys(name for part in text.split(",") if (name := part.strip()))
        parts = self._parts(kind)
        return [name for name in named if name in parts], [name for name in named if name not in parts]

    def has(self, kind: str, name: str) -> bool:
        return name in (self.view.groups_of if kind == "node" else self._parts(kind))

    def of(self, kind: str, names: Sequence[str]) -> Iterator[tuple[str, Attributes]]:
        """What each of them is, values worked out."""
        type_ = TYPES[kind]
        if kind == "node":
            yield from self._nodes(names)
            return
        parts = self._parts(kind)
        for name in names:
            attributes = type_.attributes(parts[name])
            attributes.pop(type_.identity, None)
            if kind == "group":
                attributes["members"] = ",".join(self.members(name))
            yield name, {key: value for key, value in attributes.items() if value}

    def shown(self, kind: str, names: Sequence[str]) -> Iterator[tuple[str, Attributes]]:
        """As `of`, with what every node gets besides: the scripts of `xcatdefaults` before its own."""
        if kind != "node":
            yield from self.of(kind, names)
            return
        defaults = self._defaults
        for name, attributes in self.of(kind, names):
            for attribute, value in defaults.items():
                own = attributes.get(attribute)
                attributes[attribute] = f"{value},{own}" if own else value
            yield name, attributes

    def members(self, group: str) -> list[str]:
        """Sorted; none where a dynamic group's conditions can't be understood: `reports` says so."""
        try:
            return sorted(self.ranging.group(group) or ())
        except RangeError as wrong:
            where = f"table nodegroup, row {group}, column wherevals"
            hint = f"correct it: chdef -t group -o {group} -d -w attribute==value"
            self._reports.append(error("dynamic-group", f"group {group} has no members: {wrong}", where, hint))
            return []

    def is_dynamic(self, group: str) -> bool:
        return any(row.get("grouptype") == "dynamic" for row in self._parts("group")[group].get("nodegroup", ()))

    @cached_property
    def _defaults(self) -> Attributes:
        rows = [row for row in self.tables.get("postscripts", ()) if row.get("node") == _DEFAULTS]
        return {name: row[name] for row in rows[:1] for name in _WITH_DEFAULTS if name in row}

    def _nodes(self, names: Sequence[str]) -> Iterator[tuple[str, Attributes]]:
        attributes = TYPES["node"].attributes
        parts = self._many(self.view) if len(names) == len(self.view.groups_of) else self._some(names)
        nothing: Part = {}
        for name in names:
            yield name, attributes(parts.get(name, nothing))

    def _filled(self) -> list[str]:
        """Tables with a row: most have none."""
        return [table for table in TYPES["node"].tables if self.tables.get(table)]

    def _some(self, names: Sequence[str]) -> dict[str, dict[str, Sequence[Row]]]:
        """What others' values come to is nobody's question: a bad one of theirs isn't said."""
        filled = self._filled()
        view = few(self.view, filled, names)
        if len(names) * _FEW < len(self.view.groups_of):
            found: dict[str, dict[str, Sequence[Row]]] = {}
            for name in names:
                found[name] = {table: rows for table in filled if (rows := view.rows(table, name))}
        else:
            found = self._many(view)
        self._reports += view.reports
        return found

    def _many(self, view: NodeView) -> dict[str, dict[str, Sequence[Row]]]:
        found: dict[str, dict[str, Sequence[Row]]] = {node: {} for node in view.groups_of}
        for table in self._filled():
            if len(TABLES[table].keys) > 1:
                for node, part in found.items():
                    if rows := view.rows(table, node):
                        part[table] = rows
            else:
                for node, row in view.all(table):
                    found[node][table] = (row,)
        return found

    @cached_property
    def _found(self) -> dict[str, Mapping[str, Part]]:
        return {}

    def _parts(self, kind: str) -> Mapping[str, Part]:
        if kind not in self._found:
            tables = self.tables
            if kind == "group":  # a group is one as soon as a node says so; its row is for what it says itself
                rows = self.tables.get("nodegroup", ())
                known = {row.get("groupname") for row in rows}
                implied = [{"groupname": name} for name in self.view.groups() if name not in known]
                tables = {**self.tables, "nodegroup": [*rows, *implied]}
            self._found[kind] = TYPES[kind].parts(tables)
        return self._found[kind]
