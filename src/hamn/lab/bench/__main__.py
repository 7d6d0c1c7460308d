"""hamn's figures, measured in the lab: `python -m hamn.lab.bench [--part pair|xcat] [--only NAME] [--rounds N]`.

Prints one figure a line, `name value unit compared-to`. Times are medians.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence

from hamn.lab import role
from hamn.lab.bench import pair
from hamn.lab.lab import Lab
from hamn.reports.report import Stop

PARTS = ("pair", "xcat")
MANAGEMENT = ["env", "PYTHONPATH=/opt/hamn/src:/opt/hamn/site", "python3", "-m", "hamn.lab.bench.management"]
"""The management node's figures are taken inside a machine: the way into it isn't part of a command."""


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0: every figure was measured, whatever it is."""
    parser = argparse.ArgumentParser(prog="hamn-lab-bench", description=__doc__)
    parser.add_argument("--part", choices=PARTS, help="only the pair's figures, or only the management node's")
    parser.add_argument("--only", choices=pair.FIGURES, action="append", help="only this figure of the pair")
    parser.add_argument("--rounds", type=int, default=10, help="times of each side (default: %(default)s)")
    parser.add_argument("--nodes", type=int, default=10_000, help="in the tables (default: %(default)s)")
    parser.add_argument("--database", choices=role.ENGINES, default="mariadb")
    parser.add_argument("--name", default="bench", help="the lab's name")
    options = parser.parse_args(argv)
    parts = [options.part] if options.part else ["pair"] if options.only else PARTS
    whole = True
    try:
        lab = Lab(options.name)
        if lab.is_up:
            lab.down()
        try:
            lab.up(database=options.database)
            if "pair" in parts:
                bench = pair.Bench(lab, options.rounds)
                measured = [_measured(bench, figure) for figure in options.only or pair.FIGURES]
                whole = all(measured)
            if "xcat" in parts:
                words = ["--rounds", str(min(options.rounds, 5)), "--nodes", str(options.nodes)]
                whole = lab.start("mn1", [*MANAGEMENT, *words], stdin=subprocess.DEVNULL).wait() == 0 and whole
        finally:
            lab.down()
    except Stop as stop:
        _complain(stop)
        return int(stop.status)
    return 0 if whole else 1


def _measured(bench: pair.Bench, figure: str) -> bool:
    """One figure that can't be had doesn't keep back the others."""
    try:
        getattr(bench, figure)()
    except Stop as stop:
        _complain(stop)
        return False
    return True


def _complain(stop: Stop) -> None:
    for report in stop.reports:
        print(f"hamn lab bench: {report}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
