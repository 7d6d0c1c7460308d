"""The commands that make files of the tables, on the machine that is asked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hamn.xcat.commands.world import Command
from hamn.xcat.making.commands import MAKING, Making


def _made(making: Making) -> Command:
    return lambda request, world: making(request, world.store, world.machine)


COMMANDS: Mapping[str, Command] = MappingProxyType({name: _made(making) for name, making in MAKING.items()})
