"""`hamn lab demo`: two machines, a switchover, a power cut and a failover, with a client working all the time."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from hamn.lab.lab import Lab
from hamn.lab.role import ENGINES
from hamn.lab.witness import Witness
from hamn.reports.report import Exit, Stop, error

NAME = "demo"
"""A lab of its own: an operator's lab is left as it is."""


@dataclass(slots=True)
class Demo:
    """The story, told to `out` as it happens. With `as_json` the commands print documents, told by nobody."""

    lab: Lab
    as_json: bool
    moves: list[dict[str, Any]] = field(default_factory=list)
    began_s: float = field(default_factory=time.monotonic)

    def play(self, database: Any) -> None:
        """Raises Stop at the first thing that goes wrong."""
        if self.lab.is_up:
            self.lab.down()
        self.say(
            "Two machines, mn1 and mn2, one shared disk with 1,000 nodes' definitions, one virtual IP, a "
            "client. They boot; nobody has the role."
        )
        self.lab.up(database=database)
        self.type("mn1", "activate")
        self.say(
            "The client inserts rows, resolves a name, fetches a file, asks for a lease and a definition, pings."
        )
        self.move("switchover", lambda: self.type("mn1", "switchover"))
        self.say("mn2 is active. Now its power is cut; the client goes on trying.")
        self.move("failover", self.lose_mn2)
        self.say("mn1 is active. mn2 gets its power back: it holds nothing and waits to be told.")
        self.lab.power("mn2", "on")
        self.type("mn2", "rejoin")
        self.type("mn1", "status", changes=False)

    def lose_mn2(self) -> dict[str, Any]:
        self.say("host# hamn lab crash mn2", prompt=True)
        self.lab.crash("mn2")
        return self.type("mn1", "failover")

    def move(self, kind: str, do: Callable[[], dict[str, Any]]) -> None:
        with Witness(self.lab) as seen:
            began_s = time.monotonic()
            result = do()
            seconds = time.monotonic() - began_s
        self.moves.append(
            {
                "kind": kind,
                "seconds": round(seconds, 3),
                "longest_gap_s": seen.longest_gap_s,
                "rows_acknowledged": seen.rows_acknowledged,
                "rows_missing": seen.rows_missing,
                "steps": result.get("steps", []),
            }
        )
        gaps = ", ".join(f"{name} {told(gap)}" for name, gap in seen.longest_gap_s.items())
        self.say(f"The client saw gaps of: {gaps}.")
        self.say(f"Of {seen.rows_acknowledged} acknowledged rows {seen.rows_missing} are missing.")

    def type(self, machine: str, verb: str, *, changes: bool = True) -> dict[str, Any]:
        """Run hamn on a machine. Its words go straight to whoever watches; its document, if any, is returned."""
        self.say(f"{machine}# hamn {'--yes ' if changes else ''}{verb}", prompt=True)
        argv = ["hamn", *(["--yes"] if changes else []), *(["--json"] if self.as_json else []), verb]
        sys.stdout.flush()
        pipe = subprocess.PIPE if self.as_json else None
        process = self.lab.start(machine, argv, stdin=subprocess.DEVNULL, stdout=pipe, text=True)
        out, _ = process.communicate(timeout=300)
        if process.returncode != 0:
            what = f"`hamn {verb}` ended with exit status {process.returncode}"
            raise Stop(Exit.FAILED, [error("demo-failed", what, machine, "its own words are above")])
        return dict(json.loads(out)) if out else {}

    def say(self, text: str, *, prompt: bool = False) -> None:
        at = f"{time.monotonic() - self.began_s:5.1f} s  "
        out = sys.stderr if self.as_json else sys.stdout
        print(f"\n{at}{text}" if prompt else f"{at}{text}", file=out, flush=True)

    def document(self) -> dict[str, Any]:
        return {
            "schema": "hamn.demo/1",
            "seconds": round(time.monotonic() - self.began_s, 3),
            "moves": self.moves,
        }


def told(gap_s: float | None) -> str:
    if gap_s is None:
        return "(never answered)"
    return f"{gap_s:.2f} s"


def table(moves: Sequence[dict[str, Any]]) -> list[str]:
    """The figures, a line a service."""
    head = f"{'longest gap':<14}" + "".join(f"{move['kind']:>14}" for move in moves)
    services = list(moves[0]["longest_gap_s"]) if moves else []
    rows = [f"{name:<14}" + "".join(f"{told(m['longest_gap_s'][name]):>14}" for m in moves) for name in services]
    lost = f"{'rows missing':<14}" + "".join(
        f"{m['rows_missing']} of {m['rows_acknowledged']}".rjust(14) for m in moves
    )
    whole = f"{'the command':<14}" + "".join(f"{told(move['seconds']):>14}" for move in moves)
    return [head, *rows, whole, lost]


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0: both moves done, no acknowledged row missing."""
    parser = argparse.ArgumentParser(prog="hamn lab demo", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one document on stdout; the story goes to stderr")
    parser.add_argument("--keep", action="store_true", help="leave the lab up (hamn lab --name demo ...)")
    parser.add_argument("--database", choices=ENGINES, default="mariadb")
    options = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, _end)
    try:
        lab = Lab(NAME)
        demo = Demo(lab, options.json)
        try:
            demo.play(options.database)
        finally:
            if not options.keep:
                for number in (signal.SIGTERM, signal.SIGINT):
                    signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C doesn't leave half a lab
                lab.down()
    except Stop as stop:
        for report in stop.reports:
            print(f"hamn lab demo: {report}", file=sys.stderr)
        return int(stop.status)
    except KeyboardInterrupt:
        print(f"hamn lab demo: interrupted{'' if options.keep else '; the lab is removed'}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(demo.document(), indent=1))
    else:
        print("\n" + "\n".join(table(demo.moves)))
    return 1 if any(move["rows_missing"] for move in demo.moves) else 0


def _end(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
