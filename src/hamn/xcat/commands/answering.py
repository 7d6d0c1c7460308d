"""The one place where what went wrong becomes an answer: commands raise it, clients read words and a status."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hamn.xcat.commands.words import VERSION, Usage, Version, usage
from hamn.xcat.commands.world import Command, World
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.ranges import RangeError
from hamn.xcat.stores import StoreError
from hamn.xcat.tables.dump import BadDump

_IN_ITS_WORDS = ("no-table", "store-column")
"""What scripts look for is said as the real one says it, and nothing else."""
_BEFORE_THE_ROWS = ("dump-no-header", "dump-unknown-column")


def answering(command: Command) -> Command:
    """The same command, which raises nothing that the world can do."""

    def answers(request: Request, world: World) -> Iterator[Answer]:
        try:
            yield from command(request, world)
        except Version:
            yield Answer("info", VERSION)
        except RangeError as why:
            yield Answer("error", str(why), errorcode=1, is_sourced=False)
        except StoreError as why:
            text = why.report.what if why.report.code in _IN_ITS_WORDS else str(why.report)
            yield Answer("error", text, errorcode=1)
        except BadDump as why:
            for report in why.reports:
                is_header = report.code in _BEFORE_THE_ROWS
                text = report.what if is_header else str(report)
                yield Answer("error", text, errorcode=1 if is_header else 4)

    return answers


def called(text: str) -> Callable[[Command], Command]:
    """The same command, which says `text` where it isn't called that way."""

    def decorate(command: Command) -> Command:
        def answers(request: Request, world: World) -> Iterator[Answer]:
            try:
                yield from command(request, world)
            except Usage as why:
                yield usage(text, why.status)

        return answers

    return decorate
