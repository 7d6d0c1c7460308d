"""Objects as the definition commands show them (node, group, network, osimage, ...), made of rows and back.

`objects.tsv` says where each attribute of each type is kept. An attribute may have several places: `username` is
an HMC's, a switch's or a PDU's, as the node's `nodetype` says. Values are taken as they stand: what a group's row
means for a node is decided before (`hamn.xcat.ranges`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from hamn.reports.report import Report, error
from hamn.xcat.tables.table import Row, is_disabled

Part = Mapping[str, Sequence[Mapping[str, str]]]
"""What the tables, by name, say of one object."""

SITE = "clustersite"
"""The one object of type `site`: its attributes are the keys of table site, whatever they are."""


class BadAttribute(Exception):
    """Some attributes cannot be set; `reports` has every one, and nothing was worked out for the others."""

    def __init__(self, reports: Sequence[Report]) -> None:
        super().__init__("\n".join(str(report) for report in reports))
        self.reports = tuple(reports)


@dataclass(frozen=True)
class Place:
    """Where an attribute is kept: a column of the row whose `key` is the object's name and whose `fixed` columns
    have those values. With `needs` it is kept there only while that attribute has one of `among`."""

    attribute: str
    table: str
    column: str
    key: str
    fixed: tuple[tuple[str, str], ...] = ()
    needs: str = ""
    among: tuple[str, ...] = ()

    @cached_property
    def _word(self) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, self.among))})\b")

    def holds(self, attributes: Mapping[str, str]) -> bool:
        """`nodetype` is a list: one word of it is enough."""
        return not self.needs or bool(self._word.search(attributes.get(self.needs, "")))


@dataclass(frozen=True)
class Cells:
    """New values for columns of the rows that have `key`; "" empties one. Where no such row is, one is made."""

    table: str
    key: Row
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ObjectType:
    name: str
    places: tuple[Place, ...]
    others: str = ""
    """The table that keeps every attribute without a place, a row for each: empty where there are none such."""

    @cached_property
    def by_attribute(self) -> Mapping[str, tuple[Place, ...]]:
        return _grouped((place.attribute, place) for place in self.places)

    @cached_property
    def by_column(self) -> Mapping[str, Mapping[str, tuple[Place, ...]]]:
        """Table, column -> what it is, without the column that is the object's name."""
        tables = _grouped((place.table, place) for place in self.places)
        return {
            table: _grouped((place.column, place) for place in places if place.column != place.key)
            for table, places in tables.items()
        }

    @cached_property
    def _columns(self) -> Mapping[str, tuple[Mapping[str, str], Mapping[str, tuple[Place, ...]]]]:
        """Table -> the columns that are one attribute in every row, and those of which the row or the object
        decides: looked at for every value of a cluster."""
        found = {}
        for table, columns in self.by_column.items():
            plain = {
                c: p[0].attribute for c, p in columns.items() if len(p) == 1 and not (p[0].needs or p[0].fixed)
            }
            found[table] = plain, {column: places for column, places in columns.items() if column not in plain}
        return found

    @cached_property
    def tables(self) -> Mapping[str, str]:
        """Each table with a row of such an object, and the column that has its name there."""
        return {place.table: place.key for place in self.places}

    @cached_property
    def home(self) -> str:
        """The table whose rows say which objects there are."""
        own = {"node": "nodelist", "group": "nodegroup"}
        return own.get(self.name) or self.places[0].table

    @cached_property
    def identity(self) -> str:
        """The attribute that is the object's name: never shown among the others."""
        return next((place.attribute for place in self.places if place.column == place.key), "")

    def parts(self, tables: Part) -> dict[str, dict[str, list[Mapping[str, str]]]]:
        """The tables by object: name -> table -> its rows, in the order of the home table. Disabled rows are left
        out, and so is an object that its home table doesn't have."""
        key = self.tables[self.home]
        found: dict[str, dict[str, list[Mapping[str, str]]]] = {
            row[key]: {} for row in tables.get(self.home, ()) if row.get(key) and not is_disabled(row)
        }
        for table, key in self.tables.items():
            for row in tables.get(table, ()):
                part = found.get(row.get(key, ""))
                if part is not None and not is_disabled(row):
                    part.setdefault(table, []).append(row)
        return found

    def attributes(self, part: Part) -> dict[str, str]:
        """What the rows of one object say, in no order; of several rows of one table the first with a value."""
        found: dict[str, str] = {}
        waiting: list[tuple[Place, str]] = []
        for table, rows in part.items():
            plain, depending = self._columns.get(table, ({}, {}))
            for row in rows:
                for column, value in row.items():
                    if column in plain:
                        found.setdefault(plain[column], value)
                    elif column in depending:
                        for place in depending[column]:
                            if any(row.get(name) != fixed for name, fixed in place.fixed):
                                continue
                            if place.needs:
                                waiting.append((place, value))
                            else:
                                found.setdefault(place.attribute, value)
        for own in (True, False):  # what decides about others comes first: a PDU's nodetype is in its own table
            for place, value in waiting:
                if (place.attribute == place.needs) is own and place.holds({place.attribute: value} | found):
                    found.setdefault(place.attribute, value)
        return found

    def cells(self, name: str, given: Mapping[str, str], known: Mapping[str, str] | None = None) -> list[Cells]:
        """Where `given` attributes of the object go, one entry for each row. "" removes an attribute.

        `known` are the attributes it has now: where an attribute is kept may depend on them and on the given ones.
        BadAttribute where the type has no such attribute, or none of its places holds.
        """
        after = {**(known or {}), **given}
        found: dict[tuple[str, tuple[tuple[str, str], ...]], Cells] = {}
        wrong: list[Report] = []
        for attribute, value in given.items():
            places = self.by_attribute.get(attribute, ())
            chosen = [place for place in places if place.holds(after) or (not value and place.holds(known or {}))]
            if not places:
                what = f"'{attribute}' is not a valid attribute name for an object type of '{self.name}'."
                wrong.append(error("attribute-unknown", what))
            elif not chosen and value:
                wrong.append(_needs(attribute, places))
            for place in chosen:
                key = {place.key: name, **dict(place.fixed)}
                cells = found.setdefault((place.table, tuple(key.items())), Cells(place.table, key))
                if place.column not in key:
                    cells.values[place.column] = value
        if wrong:
            raise BadAttribute(wrong)
        return list(found.values())


class SiteType(ObjectType):
    """One object, whose attributes are the keys of a table: any name is one."""

    def parts(self, tables: Part) -> dict[str, dict[str, list[Mapping[str, str]]]]:
        return {SITE: {"site": [row for row in tables.get("site", ()) if not is_disabled(row)]}}

    def attributes(self, part: Part) -> dict[str, str]:
        return {row["key"]: row["value"] for row in part.get("site", ()) if row.get("key") and row.get("value")}

    def cells(self, name: str, given: Mapping[str, str], known: Mapping[str, str] | None = None) -> list[Cells]:
        return [Cells("site", {"key": key}, {"value": value}) for key, value in given.items()]


class MonitoringType(ObjectType):
    """What a plug-in of monitoring is, and its settings: any name may be one."""

    @cached_property
    def tables(self) -> Mapping[str, str]:
        return {**{place.table: place.key for place in self.places}, self.others: "name"}

    def attributes(self, part: Part) -> dict[str, str]:
        rows = part.get(self.others, ())
        settings = {row["key"]: row["value"] for row in rows if row.get("key") and row.get("value")}
        return settings | super().attributes(part)

    def cells(self, name: str, given: Mapping[str, str], known: Mapping[str, str] | None = None) -> list[Cells]:
        own = {attribute: value for attribute, value in given.items() if attribute in self.by_attribute}
        return super().cells(name, own, known) + [
            Cells(self.others, {"name": name, "key": attribute}, {"value": value})
            for attribute, value in given.items()
            if attribute not in own
        ]


def _needs(attribute: str, places: Iterable[Place]) -> Report:
    conditions: dict[str, dict[str, None]] = {}
    for place in places:
        conditions.setdefault(place.needs, {}).update(dict.fromkeys(place.among))
    said = " or ".join(f"{needs} value is {' or '.join(among)}" for needs, among in sorted(conditions.items()))
    what = f"Cannot set the attr='{attribute}' attribute unless {said}."
    return error("attribute-needs", what, hint="give that attribute too")


_Value = TypeVar("_Value")


def _grouped(pairs: Iterable[tuple[str, _Value]]) -> Mapping[str, tuple[_Value, ...]]:
    found: dict[str, list[_Value]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}


def _read_map() -> Mapping[str, ObjectType]:
    places: dict[str, list[Place]] = {}
    for line in Path(__file__).with_name("objects.tsv").read_text(encoding="ascii").splitlines()[1:]:
        types, table, keys, condition, attributes = line.split("\t")
        key, *constants = keys.split()
        fixed = tuple((column, value) for column, _, value in (word.partition("=") for word in constants))
        needs, _, among = condition.removeprefix("-").partition("=")
        words = tuple(among.split(",")) if needs else ()
        for attribute, _, column in (word.partition("=") for word in attributes.split()):
            place = Place(attribute, table, column or attribute, key, fixed, needs, words)
            for name in types.split(","):
                places.setdefault(name, []).append(place)
    site = SiteType("site", (Place("key", "site", "key", "key"), Place("value", "site", "value", "key")))
    monitoring = MonitoringType("monitoring", tuple(places["monitoring"]), "monsetting")
    by_name = {name: ObjectType(name, tuple(found)) for name, found in places.items()}
    by_name |= {"site": site, "monitoring": monitoring}
    return MappingProxyType(dict(sorted(by_name.items())))


TYPES: Mapping[str, ObjectType] = _read_map()
"""All object types by name, sorted."""
