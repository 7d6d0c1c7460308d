"""Killed anywhere, one command away from serving: every boundary of a move on real machines."""

from __future__ import annotations

import os
import queue
import threading
from dataclasses import dataclass
from typing import Literal

import pytest

from tests.lab.killing import tally
from tests.lab.killing.boundary import Boundary, Side
from tests.lab.killing.field import Field, advice

pytestmark = pytest.mark.lab

Breaks = Literal["controller", "giver", "target"]


@dataclass(frozen=True, slots=True)
class Point:
    """`breaks` at `boundary` of a move that was typed on `controller`; the one command is typed on `operator`,
    or where there is still a machine."""

    verb: Literal["switchover", "failover"]
    boundary: Boundary
    breaks: Breaks
    controller: Side
    operator: Side

    def __str__(self) -> str:
        return (
            f"{self.verb} typed on the {self.controller}, {self.breaks} killed at `{self.boundary}`, "
            f"help on the {self.operator}"
        )


def carry_out(field: Field, point: Point) -> list[str]:
    """What is wrong afterwards."""
    pair, lab = field.pair, field.lab
    giver = str(pair.hamn("mn1", "status", exits=None)["active"])
    machines: dict[Side, str] = {"giver": giver, "target": "mn2" if giver == "mn1" else "mn1"}
    where = machines[point.controller]
    dead = None
    if point.verb == "failover":
        dead = giver
        lab.crash(giver)
    how = "kill" if point.breaks == "controller" else "pause"
    driven = field.drive(where, how, point.boundary, giver, point.verb)
    if point.breaks == "controller":
        status, said = driven.end()
        if status != 137:
            return [f"never came to the boundary: exit {status}: {said[-1500:]}"]
    else:
        pid = driven.stopped()
        if pid is None:
            return [f"never came to the boundary: {driven.end()}"]
        dead = machines["giver" if point.breaks == "giver" else "target"]
        lab.crash(dead)
        if where != dead:
            pair.sh(where, "kill", "-CONT", str(pid))
        status, said = driven.end()
        if "Traceback" in said:
            return [said]
    helper = machines[point.operator]
    if helper == dead:
        helper = machines["target" if helper == giver else "giver"]
    wrong = []
    before = field.status(helper)
    words = advice(before)
    story = (
        f"status {before['active']} {[(m['code'], m['where'], m['what'], m['hint']) for m in before['trouble']]}"
    )
    if words is not None:
        result = pair.hamn(helper, *words, exits=None)
        story += f"\n  typed on {helper}: hamn {' '.join(words)} -> exit {result['exit_status']}"
        story += f" {[(m['code'], m['where'], m['what'], m['hint']) for m in result['messages']]}"
    after = field.status(helper)
    wrong += field.audit(after["active"])
    known = {"no-answer", "returned"} if dead else set()
    wrong += [f"status says {m}" for m in after["trouble"] if m["code"] not in known]
    if dead:
        lab.power(dead, "on")
        again = field.status(dead)
        if again["active"] != after["active"]:
            wrong.append(f"{dead} came back: now {again['active']} is active, before it was {after['active']}")
        wrong += [f"after its return status says {m}" for m in again["trouble"] if m["code"] != "returned"]
    return [f"{story}", f"  exit of the stopped one: {status}", *wrong] if wrong else []


def carry_out_all(fields: list[Field], points: list[Point]) -> None:
    """On all labs side by side; a lab on which a point failed is made anew."""
    waiting: queue.SimpleQueue[Point] = queue.SimpleQueue()
    for point in points:
        waiting.put(point)
    failed: dict[str, str] = {}

    def work(field: Field) -> None:
        while True:
            try:
                point = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                wrong = carry_out(field, point)
            except Exception as why:
                wrong = [f"{type(why).__name__}: {why}"]
            tally.points.append(str(point))
            if wrong:
                failed[str(point)] = tally.failed[str(point)] = "\n    ".join(wrong)
                print(f"FAILED {point}\n    {failed[str(point)]}", flush=True)
                field.prepare()

    threads = [threading.Thread(target=work, args=(field,)) for field in fields]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, "\n".join(f"{point}\n    {wrong}" for point, wrong in failed.items())


@pytest.mark.timeout(900)
def test_the_controller_of_a_switchover_is_killed(fields: list[Field]) -> None:
    for field in fields:
        field.prepare()
    found = fields[0].learn("mn1", "mn1", "switchover")
    only = int(os.environ.get("HAMN_KILL_EVERY", "1"))
    sides: tuple[Side, Side] = ("giver", "target")
    points = [
        Point("switchover", boundary, "controller", sides[number % 2], sides[number // 2 % 2])
        for number, boundary in enumerate(found)
    ]
    carry_out_all(fields, points[::only])
