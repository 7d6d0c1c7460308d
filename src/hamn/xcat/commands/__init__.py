"""Everything that can be asked for, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hamn.xcat.commands.answering import answering
from hamn.xcat.commands.definitions import DEFINITIONS
from hamn.xcat.commands.lsxcatd import lsxcatd
from hamn.xcat.commands.noderange import noderange
from hamn.xcat.commands.nodes import NODES
from hamn.xcat.commands.tabular import TABULAR
from hamn.xcat.commands.world import Command, World
from hamn.xcat.making.commands import MAKING, Making

__all__ = ["COMMANDS", "Command", "World"]


def _made(making: Making) -> Command:
    return lambda request, world: making(request, world.store, world.machine)


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        name: answering(command)
        for name, command in {
            "lsxcatd": lsxcatd,
            "noderange": noderange,
            **TABULAR,
            **DEFINITIONS,
            **NODES,
            **{name: _made(making) for name, making in MAKING.items()},
        }.items()
    }
)
"""What the daemon and XCATBYPASS run. None of them raises what the world can do."""
