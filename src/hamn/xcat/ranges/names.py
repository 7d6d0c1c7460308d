"""The names that a node range may use: nodes, groups, attributes to choose by, texts of files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from hamn.xcat.ranges.nodes import NodeView
from hamn.xcat.ranges.numbered import RangeError
from hamn.xcat.ranges.patterns import PatternError, compiled, steps
from hamn.xcat.tables.table import TABLES, is_disabled

CONDITION = re.compile(r"([A-Za-z_][\w.]*)(==|!=|=~|!~)(.*)", re.ASCII | re.DOTALL)


def no_files(path: str) -> str | None:
    """A reader for those who may not name files of this machine."""
    raise RangeError(f"Invalid noderange: ^{path} (files can't be read here)")


@dataclass(frozen=True)
class Names:
    """`read` gives the text of a file, or None where there is none: a range itself opens nothing.
    `excluded` is site.excludenodes: a range that is taken out of every other one. `hidden` are nodes that no range
    shows: those that the tables hide, unless others are given (none at all for the commands' option -S)."""

    view: NodeView
    read: Callable[[str], str | None] = no_files
    excluded: str = ""
    hidden: frozenset[str] | None = None

    @property
    def nodes(self) -> Mapping[str, object]:
        return self.view.groups_of

    def group(self, name: str) -> Sequence[str] | None:
        """The members of a group, or None if there is no such group. A dynamic group's are chosen now."""
        if name in self._dynamic and name not in self._static:
            return list(self._chosen(name))
        return self._static.get(name)

    def where(self, condition: re.Match[str]) -> set[str]:
        """The nodes for which `table.column==value` or `attribute==value` holds; `=~` looks anywhere in the value.
        A node without a value is chosen by `==` with nothing behind it, and by nothing else."""
        attribute, operator, wanted = condition.groups()
        values = self._values(attribute)
        if operator == "==":
            return (
                {n for n, value in values.items() if value == wanted}
                if wanted
                else self.nodes.keys() - values.keys()
            )
        if operator == "!=":
            return {n for n, value in values.items() if value != wanted}
        try:
            search = compiled(wanted[1:-1] if re.fullmatch("/.*/", wanted) else wanted).search
        except PatternError as wrong:
            raise RangeError(f"Invalid noderange: {condition.group()} ({wrong})") from None
        return {n for n, value in values.items() if (search(value) is None) is (operator == "!~")}

    def steps(self, condition: re.Match[str]) -> int:
        """How much work `where` is, at worst, in steps of a regular expression."""
        attribute, operator, wanted = condition.groups()
        pattern = wanted if operator in ("=~", "!~") else ""
        return steps(pattern, map(len, self._values(attribute).values()))

    @cached_property
    def _columns(self) -> dict[str, Mapping[str, str]]:
        return {}

    @cached_property
    def _static(self) -> Mapping[str, Sequence[str]]:
        return self.view.groups()

    @cached_property
    def _dynamic(self) -> Mapping[str, str]:
        rows = [row for row in self.view.tables.get("nodegroup", ()) if not is_disabled(row)]
        dynamic = [row for row in rows if row.get("grouptype") == "dynamic" and "groupname" in row]
        return {row["groupname"]: row.get("wherevals", "") for row in dynamic}

    def _chosen(self, group: str) -> set[str]:
        """All conditions must hold; a group without any has no members."""
        chosen: set[str] | None = None
        for part in self._dynamic[group].split("::"):
            condition = CONDITION.fullmatch(part.strip())
            if condition:
                chosen = self.where(condition) if chosen is None else chosen & self.where(condition)
            elif part.strip():
                raise RangeError(
                    f"Invalid wherevals of dynamic group {group}: {part.strip()}"
                    " (write attribute==value, with one of == != =~ !~, and :: between several)"
                )
        return chosen or set()

    def _values(self, attribute: str) -> Mapping[str, str]:
        table, dot, column = attribute.partition(".")
        if dot:
            if table not in TABLES or column not in TABLES[table].column_set:
                raise RangeError(f"{attribute} not a valid table.column description")
            if attribute not in self._columns:
                self._columns[attribute] = self.view.column(table, column)
            return self._columns[attribute]
        from hamn.xcat.tables.objects import TYPES  # few ranges choose so, and reading it takes a while

        places = TYPES["node"].by_attribute
        if attribute not in places:
            raise RangeError(f"'{attribute}' is not a valid attribute name for an object type of 'node'.")
        found: dict[str, str] = {}
        for place in places[attribute]:
            values = self._values(f"{place.table}.{place.column}")
            if place.needs and place.needs != attribute:
                needed = self._values(place.needs)
                values = {n: value for n, value in values.items() if place.holds({place.needs: needed.get(n, "")})}
            found = {**values, **found}
        return found
