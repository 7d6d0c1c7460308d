"""Nodes that words mean, and the names among them behind which there is none yet."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from hamn.xcat.conversation import Request
from hamn.xcat.ranges import Names, NodeView, RangeError, expand
from hamn.xcat.ranges.names import CONDITION
from hamn.xcat.ranges.noderange import Reading, split

Reader = Callable[[str], str | None]


def reader(request: Request) -> Reader | None:
    """Files belong to who asks: this process may read them only if it is that one's own."""

    def read(path: str) -> str | None:
        try:
            return (Path(request.cwd) / path).read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return None

    return read if request.is_local else None


class Ranging:
    """The ranges of one view. `shows_hidden`: the commands' option -S."""

    def __init__(self, view: NodeView, excluded: str = "", *, shows_hidden: bool = False) -> None:
        self._names = Names(view, excluded=excluded, hidden=frozenset() if shows_hidden else None)

    def all(self) -> list[str]:
        """Every node that a range shows."""
        return sorted(self._names.nodes.keys() - self._kept_back)

    def group(self, name: str) -> Sequence[str] | None:
        """Its members; None where there is no such group. RangeError where a dynamic one can't be understood."""
        return self._names.group(name)

    def where(self, condition: re.Match[str]) -> set[str]:
        """The nodes for which it holds."""
        return self._names.where(condition)

    def complaints(self, conditions: str) -> list[str]:
        """What is wrong with those of a dynamic group."""
        found = []
        for part in filter(None, map(str.strip, conditions.split("::"))):
            condition = CONDITION.fullmatch(part)
            try:
                if condition is None:
                    raise RangeError(f"Incorrect selection string: {part} (attr==val, or one of != =~ !~)")
                self.where(condition)
            except RangeError as wrong:
                found.append(str(wrong))
        return found

    def nodes(self, text: str, read: Reader | None = None) -> list[str]:
        """Raises RangeError; a name that is no node and no group is one reason."""
        return expand(text, self._reading(read))

    def asked(self, text: str, read: Reader | None = None) -> tuple[list[str], list[str]]:
        """The nodes, sorted, and the unknown names in their order. RangeError for what can't be understood."""
        names = self._reading(read)
        try:
            return expand(text, names), []
        except RangeError as wrong:
            if not wrong.invalid:
                raise
        parts = [part for part in split(text, ",") if part]
        among, without = Reading(names), Reading(names)
        found = among.union(",".join(part for part in parts if part[0] != "-"), 0)
        found -= without.union(",".join(part[1:] for part in parts if part[0] == "-"), 0)
        return sorted(found - self._kept_back), [name for name in among.invalid if name not in without.invalid]

    def _reading(self, read: Reader | None) -> Names:
        return replace(self._names, read=read) if read else self._names

    @cached_property
    def _kept_back(self) -> set[str]:
        names = self._names
        excluded = Reading(names).union(names.excluded, 0) if names.excluded else set[str]()
        return excluded | (names.view.hidden if names.hidden is None else names.hidden)
