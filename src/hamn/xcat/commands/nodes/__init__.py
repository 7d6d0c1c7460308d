"""Nodes by table and column: nodels, nodeadd, nodech, nodegrpch, noderm."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from hamn.xcat.commands.nodes.changing import nodeadd, nodech
from hamn.xcat.commands.nodes.columns import NotAColumn
from hamn.xcat.commands.nodes.nodegrpch import nodegrpch
from hamn.xcat.commands.nodes.nodels import nodels
from hamn.xcat.commands.nodes.noderm import noderm
from hamn.xcat.commands.nodes.usage import USAGE
from hamn.xcat.commands.words import VERSION, Usage, usage
from hamn.xcat.conversation import Answer, Request

if TYPE_CHECKING:
    from hamn.xcat.commands.world import World

Command = Callable[[Request, "World"], Iterator[Answer]]


def _safely(name: str, command: Command) -> Command:
    """Words that aren't understood, and what they ask in general, as answers."""

    def answers(request: Request, world: World) -> Iterator[Answer]:
        if {"-v", "--version"}.intersection(request.args):
            yield Answer("info", VERSION)
            return
        try:
            if {"-h", "--help", "-?"}.intersection(request.args):
                raise Usage(0)
            yield from command(request, world)
        except Usage as wrong:
            yield usage(USAGE[name], wrong.status)
        except NotAColumn as wrong:
            yield Answer("error", str(wrong), errorcode=1)

    return answers


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        name: _safely(name, command)
        for name, command in {
            "nodels": nodels,
            "nodeadd": nodeadd,
            "nodech": nodech,
            "nodegrpch": nodegrpch,
            "noderm": noderm,
        }.items()
    }
)
"""They raise StoreError and RangeError, as every command does."""
