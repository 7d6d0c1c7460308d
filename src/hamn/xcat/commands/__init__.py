"""Everything that can be asked for, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from hamn.xcat.commands.answering import answering
from hamn.xcat.commands.world import Command, World

__all__ = ["COMMANDS", "Command", "World"]

_WHERE: Mapping[str, tuple[str, ...]] = {
    "lsxcatd": ("lsxcatd",),
    "noderange": ("noderange",),
    "tabular": (
        *("chtab", "dumpxCATdb", "gettab", "restorexCATdb", "tabdump"),
        *("tabedit", "tabgrep", "tabprune", "tabrestore"),
    ),
    "definitions": ("chdef", "lsdef", "mkdef", "rmdef"),
    "nodes": ("nodeadd", "nodech", "nodegrpch", "nodels", "noderm"),
    "made": ("compare", "makeconservercf", "makedhcp", "makegocons", "makedns", "makehosts", "regenerate"),
}
"""A module of this package, and what is in it."""


class _Commands(Mapping[str, Command]):
    """A module is imported when one of its commands is first taken: who runs one command starts at once."""

    def __init__(self) -> None:
        self._where = {name: module for module, names in _WHERE.items() for name in names}

    def __getitem__(self, name: str) -> Command:
        command: Command = import_module(f"{__name__}.{self._where[name]}").COMMANDS[name]
        return answering(command)

    def __iter__(self) -> Iterator[str]:
        return iter(self._where)

    def __len__(self) -> int:
        return len(self._where)


COMMANDS: Mapping[str, Command] = _Commands()
"""What the daemon and XCATBYPASS run. None of them raises what the world can do."""
