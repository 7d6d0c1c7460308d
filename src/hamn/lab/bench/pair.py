"""The pair's figures: each beside what it is compared with in the same run, the two taken turn about.

The bare sequence is in `hamn.lab.bare`.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from hamn.lab import bare, role
from hamn.lab.bench.figure import tell
from hamn.lab.lab import Lab
from hamn.lab.network import MACHINES
from hamn.lab.witness import Witness
from hamn.reports.report import Exit, Stop, error

ADDRESS = "10.77.0.50"
ADDRESS_PAIR = "/etc/hamn/address.toml"


@dataclass(slots=True)
class Bench:
    """`rounds`: how many times of each side a median is made of."""

    lab: Lab
    rounds: int
    moves: int = 0
    missing: int = 0
    acknowledged: int = 0

    # what is done

    def hamn(self, machine: str, *words: str) -> dict[str, Any]:
        done = self.lab.run(machine, ["hamn", "--yes", "--json", *words])
        if done.returncode != 0:
            said = "".join(
                f"\n{m['where']}: {m['what']}" for m in json.loads(done.stdout or "{}").get("messages", ())
            )
            what = f"`hamn {' '.join(words)}` ended with exit status {done.returncode}: {said or done.stderr}"
            raise Stop(Exit.FAILED, [error("bench-failed", what, machine)])
        return dict(json.loads(done.stdout))

    def bare(self, machine: str, *halves: str) -> float:
        """When it began, by the monotonic clock."""
        argv = ["python3", "-m", "hamn.lab.bare", f"database={self.lab.database}", *halves]
        done = self.lab.run(machine, argv)
        if done.returncode != 0:
            said = (done.stderr.strip() or "nothing said").splitlines()[-1]
            raise Stop(Exit.FAILED, [error("bench-failed", f"bare {' '.join(halves)}: {said}", machine)])
        return float(json.loads(done.stdout)["began_s"])

    def outage(self, move: Callable[[], object], *, ours: bool) -> float:
        """The longest gap of the database's client while the role moves, in seconds."""
        with Witness(self.lab, ["database"], every_ms=5) as seen:
            move()
        self._count(seen, ours=ours)
        gap_s = seen.longest_gap_s["database"]
        assert gap_s is not None  # a Witness begins when the service has answered
        return gap_s

    def _count(self, seen: Witness, *, ours: bool) -> None:
        if ours:
            self.moves += 1
            self.acknowledged += seen.rows_acknowledged
            self.missing += seen.rows_missing

    # the figures

    def switchover_outage_ratio(self) -> None:
        """There and back by hamn, there and back by the script, and again."""
        ours: list[float] = []
        theirs: list[float] = []
        self.hamn("mn1", "activate")
        while len(ours) < self.rounds:
            ours += [
                self.outage(partial(self.hamn, "mn1", "switchover", "--to", to), ours=True)
                for to in ("mn2", "mn1")
            ]
            self._progress("switchover", ours, theirs)
            self.hamn("mn1", "deactivate")
            self._open_connection()
            self.bare("mn1", "start=mn1")
            theirs += [
                self.outage(partial(self.bare, "mn1", *halves), ours=False)
                for halves in (("stop=mn1", "start=mn2"), ("stop=mn2", "start=mn1"))
            ]
            self.bare("mn1", "stop=mn1")
            self.hamn("mn1", "activate")
            self._progress("switchover", ours, theirs)
        self.hamn("mn1", "deactivate")
        tell_ratio("switchover_outage", ours, theirs)

    def failover_ratio(self) -> None:
        """From the proof that the other machine is off to the first answered query; turn about with the script."""
        ours: list[float] = []
        theirs: list[float] = []
        while len(ours) < self.rounds:
            dies = MACHINES[len(ours) % 2]
            lives = MACHINES[1 - len(ours) % 2]
            self.hamn(dies, "activate")
            ours.append(self._failover(dies, lives))
            self.lab.power(dies, "on")
            self.hamn(dies, "rejoin")
            self.hamn(lives, "deactivate")
            theirs.append(self._bare_failover(dies, lives))
            self.lab.power(dies, "on")
            self._progress("failover", ours, theirs)
        tell_ratio("failover", ours, theirs)

    def _failover(self, dies: str, lives: str) -> float:
        with Witness(self.lab, ["database"], every_ms=5) as seen:
            self.lab.crash(dies)
            result = self.hamn(lives, "failover")
        self._count(seen, ours=True)
        proofs = {step["id"] for step in result["steps"] if step["phase"] == "prove"}
        entries = self.hamn(lives, "history", result["operation"])["entries"]
        ended = [entry["at"] for entry in entries if entry.get("event") == "end" and entry.get("step") in proofs]
        return first_row(seen, monotonic(max(ended)))

    def _bare_failover(self, dies: str, lives: str) -> float:
        self.bare(dies, f"start={dies}")
        with Witness(self.lab, ["database"], every_ms=5) as seen:
            self.lab.crash(dies)
            began_s = self.bare(lives, f"take-over={lives}")
        self.bare(lives, f"stop={lives}")
        return first_row(seen, began_s)

    def rows_missing(self) -> None:
        """Over every move that hamn made in this run."""
        if not self.moves:
            self.switchover_outage_ratio()
            self.failover_ratio()
        tell("rows_missing", self.missing, "rows", f"{self.acknowledged} acknowledged in {self.moves} moves")

    def address_gap_ms(self) -> None:
        head = role.declaration(self.lab.database, ipv6=False).partition("[virtual_ip.")[0]
        text = head.replace('name = "lab"', 'name = "address"\nstate = "/var/lib/hamn-address"', 1)
        text += f'[virtual_ip.alone]\naddress = "{ADDRESS}/24"\ninterface = "eth0"\n'
        for machine in MACHINES:
            self.lab.run(machine, ["install", "-m", "0600", "/dev/stdin", ADDRESS_PAIR], stdin=text)
        pair = ("--pair", ADDRESS_PAIR)
        self.hamn("mn1", *pair, "activate")
        gaps_ms: list[float] = []
        while len(gaps_ms) < self.rounds:
            with Witness(self.lab, ["ping"], every_ms=10, address=ADDRESS) as seen:
                self.hamn("mn1", *pair, "switchover")
            gaps_ms.append((seen.longest_gap_s["ping"] or 0) * 1000)
        self.hamn("mn2" if self.rounds % 2 else "mn1", *pair, "deactivate")
        tell("address_gap_ms", statistics.median(gaps_ms), "ms", f"limit 60 ms; worst {max(gaps_ms):.1f} ms")

    def status_s(self) -> None:
        self._open_connection()
        ssh = ["ssh", "-o", "BatchMode=yes", "mn2", "true"]
        ours, theirs = self._turn_about("mn1", ["hamn", "status"], ssh)
        tell("status_s", statistics.median(ours), "s", f"{statistics.median(theirs):.3f} s: one ssh login")

    def help_s(self) -> None:
        ours, theirs = self._turn_about("mn1", ["hamn", "--help"], ["python3", "-IS", "-c", "pass"])
        tell("help_s", statistics.median(ours), "s", f"{statistics.median(theirs):.3f} s: an empty Python program")

    def _turn_about(self, machine: str, ours: list[str], theirs: list[str]) -> tuple[list[float], list[float]]:
        taken: tuple[list[float], list[float]] = ([], [])
        for _ in range(max(self.rounds, 10)):
            for argv, times in zip((ours, theirs), taken, strict=True):
                times.append(float(self.lab.run(machine, ["python3", "-IS", "-c", STOPWATCH, *argv]).stdout))
        return taken

    def _open_connection(self) -> None:
        nowhere = subprocess.DEVNULL
        argv = bare.connect("mn2")
        self.lab.start("mn1", argv, stdin=nowhere, stdout=nowhere, stderr=nowhere).wait(timeout=30)

    def _progress(self, what: str, ours: Sequence[float], theirs: Sequence[float]) -> None:
        def shown(times: Sequence[float]) -> str:
            return " ".join(f"{time_s:.3f}" for time_s in times[-2:]) or "-"

        print(f"{what} {len(ours)}/{self.rounds}: hamn {shown(ours)}, bare {shown(theirs)}", file=sys.stderr)


def first_row(seen: Witness, from_s: float) -> float:
    """Seconds from that moment to the first row that was acknowledged after it."""
    answered_s = [float(line["at_s"]) for line in seen.lines() if "row" in line]
    return min(at_s for at_s in answered_s if at_s > from_s) - from_s


def monotonic(at: str) -> float:
    """A journal's time by the monotonic clock: the lab's machines have this host's clocks, both of them."""
    wall_s = datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()
    return wall_s - time.time() + time.monotonic()


def tell_ratio(name: str, ours: Sequence[float], theirs: Sequence[float]) -> None:
    mine, bare_ = statistics.median(ours), statistics.median(theirs)
    tell(f"{name}_s", mine, "s", f"{bare_:.3f} s: the bare sequence, medians of {len(ours)}")
    tell(f"{name}_ratio", mine / bare_, "ratio", f"{mine:.3f} s / {bare_:.3f} s")


STOPWATCH = """
import subprocess, sys, time
began_s = time.monotonic()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(time.monotonic() - began_s)
"""
"""Inside the machine: the way into it isn't part of what an operator waits for."""

FIGURES = (
    *("switchover_outage_ratio", "failover_ratio", "rows_missing"),
    *("address_gap_ms", "status_s", "help_s"),
)
