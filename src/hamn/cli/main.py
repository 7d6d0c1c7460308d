"""`hamn`: parse, call one verb, print, exit."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace


def main(argv: list[str] | None = None) -> int:
    """Never ends in a traceback for what the world can do."""
    argv = list(sys.argv[1:] if argv is None else argv)
    if argv[:1] == ["lab"]:
        from hamn.lab.main import main as lab

        return lab(argv[1:])
    from hamn.cli.words import parser

    words = parser().parse_args(argv)
    return run(words)


def run(words: Namespace) -> int:
    from hamn.cli import requests, screen
    from hamn.ports import Unreachable
    from hamn.reports.report import Exit, Stop, error

    try:
        return requests.HANDLERS[words.verb](words)
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
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away; nobody is left to be told
        return 1


if __name__ == "__main__":
    sys.exit(main())
