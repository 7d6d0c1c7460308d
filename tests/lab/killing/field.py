"""One lab that goes from stop to stop: a move, something that breaks in the middle, one command, the truth."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hamn.lab.lab import Lab
from hamn.lab.network import MACHINES
from tests.lab.killing.boundary import Boundary, Side, boundaries
from tests.lab.killing.ground import HELD, Watch, Writer
from tests.lab.pair import Pair

RUNNING_S = 90.0
"""How long an operator waits while `hamn status` says that an operation is at work."""
DRIVER = Path(__file__).with_name("driver.py")


@dataclass(frozen=True, slots=True)
class Driven:
    """hamn on a machine, with a stop in its journal."""

    where: str
    process: subprocess.Popen[str]
    complaints: Any

    def stopped(self) -> int | None:
        """Its process id there, once it is paused; None when it ended without."""
        assert self.process.stdout
        words = self.process.stdout.readline().split()
        return int(words[1]) if words[:1] == ["stopped"] else None

    def end(self) -> tuple[int, str]:
        out, _ = self.process.communicate(timeout=240)
        self.complaints.seek(0)
        return self.process.returncode, out + self.complaints.read()


class Field:
    def __init__(self, name: str) -> None:
        self.lab = Lab(name)
        self.pair = Pair(self.lab)
        self.watch: Watch | None = None
        self.active = ""
        """Who serves between two points."""

    # -- the lab

    def ready(self) -> None:
        """A machine serves, a client writes. Made anew after `end`, else left as it is."""
        if self.watch is not None:
            return
        self.end()
        self.lab.up()
        self.active = str(self.pair.hamn("mn1", "activate")["active"])
        self.writer = Writer(self.lab, self.lab.directory / "rows")
        assert self.writer.is_served()
        self.watch = Watch(self.lab)

    def end(self) -> None:
        if self.watch is not None:
            self.watch.end()
            self.watch = None
        self.lab.down()

    def is_reachable(self, name: str) -> bool:
        return self.lab.power(name, "status") == "on" and self.lab.network.connected(name)

    @property
    def is_whole(self) -> bool:
        return all(map(self.is_reachable, MACHINES))

    def mend(self) -> None:
        for name in MACHINES:
            self.lab.power(name, "on")
            self.lab.thaw(name)
            self.lab.heal(name)

    # -- an operation with a stop in it

    def drive(self, where: str, how: str, boundary: Boundary | None, giver: str, *words: str) -> Driven:
        target = "mn2" if giver == "mn1" else "mn1"
        sides: dict[Side, str] = {"giver": giver, "target": target}
        event, step = (boundary.event, boundary.step(sides)) if boundary else ("", "")
        argv = ["python3", "-IS", "-c", DRIVER.read_text(), how, event, step, "--json", "--yes", *words]
        complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with what it belongs to
        process = self.lab.start(where, argv, stdout=subprocess.PIPE, stderr=complaints, text=True)
        return Driven(where, process, complaints)

    def learn(self, verb: str) -> list[Boundary]:
        """Where this move to the other machine can be stopped: from its journal, when it goes well."""
        giver, where = self.active, MACHINES[self.active == MACHINES[0]]
        status, said = self.drive(where, "run", None, giver, verb).end()
        assert status == 0, said
        document = json.loads(said[: said.rindex("\n}") + 2])
        entries = self.pair.hamn_document(where, "history", document["operation"])["entries"]
        self.active = document["active"]
        mine = [entry for entry in entries if entry["event"] != "closed"]
        return boundaries(mine, document["steps"], giver)

    # -- the operator

    def status(self, where: str) -> dict[str, Any]:
        """When nothing is at work any more."""
        end_s = time.monotonic() + RUNNING_S
        while True:
            status = self.pair.hamn(where, "status", exits=None)
            if all(message["code"] != "running" for message in status["trouble"]):
                return status
            assert time.monotonic() < end_s, f"always at work: {status['trouble']}"
            time.sleep(0.2)

    def audit(self, active: str | None) -> list[str]:
        """What is wrong, by the world alone. `active`: who says hamn serves."""
        found = []
        for what, has in HELD.items():
            holders = [name for name in MACHINES if has(self.lab, name)]
            if holders != [active]:
                found.append(f"{what} is on {holders or 'no machine'}, hamn says {active} serves")
        if not self.writer.is_served():
            found.append("no row can be written through the virtual IP")
        elif lost := self.writer.lost():
            found.append(lost)
        assert self.watch is not None
        found += self.watch.seen
        self.watch.seen.clear()
        return found

    def evidence(self) -> list[str]:
        """How the newest operations went, as `hamn history` tells it, and what became of the role's units."""
        told = []
        for name in MACHINES:
            if not self.is_reachable(name) or self.lab.machine(name).cgroup.is_frozen:
                continue
            for id_ in self.pair.sh(name, "ls", "/var/lib/hamn/operations", ok=False).split()[-2:]:
                told.append(f"{name}# hamn history {id_.removesuffix('.jsonl')}")
                told += self.pair.sh(name, "hamn", "history", id_.removesuffix(".jsonl"), ok=False).splitlines()
            for argv in (
                ("systemctl", "list-units", "--failed", "--plain", "--no-legend"),
                ("journalctl", "--no-pager", "--boot", "--lines", "80"),
                ("tail", "--lines", "20", "/var/log/ganesha/ganesha.log"),
            ):
                told += [f"{name}# {' '.join(argv)}", *self.pair.sh(name, *argv, ok=False).splitlines()]
        return [f"      {line}" for line in told]


# In the order in which an operator heeds them: what makes somebody serve, then what ends what was begun.
_HEEDED = ("two-owners", "nobody-seen", "nobody", "interrupted", "held-twice", "not-held", "partial")


def advice(status: dict[str, Any]) -> list[str] | None:
    """The one command that `hamn status` names; None when it names none that is needed for the role."""
    for code in _HEEDED:
        for message in status["trouble"]:
            found = re.search(r"`hamn ([^`]+)`", message["hint"])
            if message["code"] == code and found:
                return found[1].split()
    return None
