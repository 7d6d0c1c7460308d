"""Objects as operators name them (nodes, groups, networks, images, ...): lsdef, mkdef, chdef, rmdef."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from hamn.xcat.commands.definitions.defining import chdef, mkdef
from hamn.xcat.commands.definitions.lsdef import lsdef
from hamn.xcat.commands.definitions.rmdef import rmdef
from hamn.xcat.commands.definitions.stanza import BadStanza
from hamn.xcat.commands.definitions.usage import usage
from hamn.xcat.commands.definitions.words import Refused
from hamn.xcat.conversation import Answer, Request

if TYPE_CHECKING:
    from hamn.xcat.commands.world import World

Command = Callable[[Request, "World"], Iterator[Answer]]


def _safely(name: str, command: Command) -> Command:
    """What is refused, and a text that can't be read, as answers."""

    def answers(request: Request, world: World) -> Iterator[Answer]:
        try:
            yield from command(request, world)
        except BadStanza as bad:
            for problem in bad.problems:
                yield Answer("error", f"standard input: {problem}", errorcode=1)
        except Refused as refused:
            yield Answer("error", refused.text, errorcode=1)
            if refused.with_usage:
                yield Answer("info", usage(name))

    return answers


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        name: _safely(name, command)
        for name, command in {"lsdef": lsdef, "mkdef": mkdef, "chdef": chdef, "rmdef": rmdef}.items()
    }
)
"""They raise StoreError and RangeError, as every command does."""
