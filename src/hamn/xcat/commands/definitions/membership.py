"""Which groups each node will be in: kept with the nodes, set from both sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hamn.xcat.commands.definitions.catalog import Catalog, Row
from hamn.xcat.commands.definitions.writing import Writing
from hamn.xcat.ranges import RangeError
from hamn.xcat.ranges.nodes import listed


class Membership:
    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._groups_of: dict[str, tuple[str, ...]] = dict(catalog.view.groups_of)
        self._touched: set[str] = set()

    def of(self, group: str) -> list[str]:
        return [node for node, groups in self._groups_of.items() if group in groups]

    def assign(self, groups: Mapping[str, str]) -> None:
        """Nodes with all their groups, which are written with their other attributes."""
        self._groups_of.update({node: listed(text) for node, text in groups.items()})

    def forget(self, nodes: Iterable[str]) -> None:
        """They will be in no group, as they won't be."""
        for node in nodes:
            self._groups_of.pop(node, None)

    def dissolve(self, groups: Iterable[str]) -> None:
        gone = set(groups)
        for node, mine in self._groups_of.items():
            if not gone.isdisjoint(mine):
                self._move(node, [group for group in mine if group not in gone])

    def set(self, group: str, members: str) -> list[str]:
        """Exactly these, a range; the complaints about those that are no nodes."""
        try:
            wanted, unknown = self.after().asked("node", members)
        except RangeError as wrong:
            return [str(wrong)]
        if unknown:
            return [f"Could not find an object named '{name}' of type 'node'." for name in unknown]
        for node in wanted:
            if group not in self._groups_of[node]:
                self._move(node, [*self._groups_of[node], group])
        for node in set(self.of(group)).difference(wanted):
            self._move(node, [mine for mine in self._groups_of[node] if mine != group])
        return []

    def after(self) -> Catalog:
        """With everybody in the groups in which they will be."""
        rows = [{"node": node, "groups": ",".join(groups)} for node, groups in self._groups_of.items()]
        new: dict[str, Sequence[Row]] = {"nodelist": rows}
        tables = {**self._catalog.tables, **new}
        return Catalog(tables, self._catalog.others.besides(new), shows_hidden=True)

    def settle(self, writing: Writing) -> None:
        rows = [{"node": node, "groups": ",".join(self._groups_of[node])} for node in sorted(self._touched)]
        writing.put_rows("nodelist", ("node",), rows)

    def _move(self, node: str, groups: Iterable[str]) -> None:
        self._groups_of[node] = tuple(groups)
        self._touched.add(node)
