"""The daemon with all commands: what `xcatd` runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from hamn.xcat.commands import COMMANDS, Command, World
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.daemon import background
from hamn.xcat.daemon import main as daemon
from hamn.xcat.daemon.memory import Memory
from hamn.xcat.stores import StoreError


def main(argv: Sequence[str] | None = None) -> int:
    """Raises nothing that the world can do."""
    try:
        world = remembering(World.here(os.environ))
    except StoreError as why:
        print(f"xcatd: {why}", file=sys.stderr)
        return 1
    commands = {name: _bound(command, world) for name, command in COMMANDS.items()}
    return daemon.main(sys.argv[1:] if argv is None else argv, world.store, commands)


def remembering(world: World) -> World:
    if world.store.engine != "SQLite":
        return world
    return replace(world, store=Memory(world.store, Path(world.store.where)))


def _bound(command: Command, world: World) -> Callable[[Request], Iterator[Answer]]:
    return lambda request: command(request, world)


def restart() -> int:
    """`restartxcatd`: silent where it worked, as nothing else is to be said."""
    try:
        background.restart()
    except background.NotStarted as why:
        print(f"restartxcatd: {why}", file=sys.stderr)
        return 1
    return 0
