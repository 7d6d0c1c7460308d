"""`hamn`: parse, call one verb, print, exit."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace


def main(argv: list[str] | None = None) -> int:
    """Never ends in a traceback for what the world can do."""
    argv = list(sys.argv[1:] if argv is None else argv)
    _open_what_is_closed()
    if argv[:1] == ["lab"]:
        from hamn.lab.main import main as lab

        return lab(argv[1:])
    if argv[:1] == ["xcat"]:
        from hamn.cli.xcat import main as xcat

        return xcat(argv[1:])
    from hamn.cli.words import parser

    return run(parser().parse_args(argv))


def _open_what_is_closed() -> None:
    """A job started with `>&-` has no such descriptor: the next file that is opened, the journal, would get it."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
            setattr(sys, name, open(number, "r" if number == 0 else "w", closefd=False))  # noqa: SIM115


def run(words: Namespace) -> int:
    """The status of what was done stands when its reader has gone; output without room is said.

    Python, left to write it out at its end, would complain in its own words and exit with 120."""
    status = 1  # not known when the output breaks off before its end
    try:
        status = _run(words)
        sys.stdout.flush()
    except OSError as why:
        return _unwritten(why, status)
    return status


def _unwritten(why: OSError, status: int) -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(why, BrokenPipeError):
        return status
    from hamn.cli import screen

    place = why.filename or "the output could not be written"
    try:
        screen.complain(f"{place}: {why.strerror}")
        sys.stderr.flush()
    except OSError:  # the terminal has gone, all of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    return status or 1


def _run(words: Namespace) -> int:
    from hamn.cli import requests, screen
    from hamn.ports import Unreachable
    from hamn.reports.report import Exit, Stop, error

    try:
        return requests.handler(words.verb)(words)
    except Stop as stop:
        screen.say_stop(stop, verb=words.verb, as_json=words.json)
        return int(stop.status)
    except Unreachable as why:
        report = error(why.code, why.why, why.machine, why.hint)
        screen.say_stop(Stop(Exit.FAILED, [report]), verb=words.verb, as_json=words.json)
        return int(Exit.FAILED)
    except KeyboardInterrupt:
        screen.complain("interrupted; nothing was begun")
        return 1


if __name__ == "__main__":
    sys.exit(main())
