"""The commands that make files of the tables, on the machine that is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from hamn.xcat.commands.words import Version
from hamn.xcat.commands.world import Command, World
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.making import asked
from hamn.xcat.making.commands import MAKING, Making


def _made(making: Making) -> Command:
    def answers(request: Request, world: World) -> Iterator[Answer]:
        try:
            yield from making(request, world.store, world.machine)
        except asked.Version:
            raise Version from None

    return answers


COMMANDS: Mapping[str, Command] = MappingProxyType({name: _made(making) for name, making in MAKING.items()})
