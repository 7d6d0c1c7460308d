"""One point carried out: the move is stopped, one command is typed, and the world is asked."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from typing import Any

from tests.lab.killing import tally
from tests.lab.killing.boundary import Side
from tests.lab.killing.field import Driven, Field, advice
from tests.lab.killing.story import Point, Sides


class Wrong(Exception):
    """Each line says one thing that isn't as it must be."""


def carry_out(field: Field, point: Point) -> None:
    """Raises Wrong. Leaves both machines powered, awake and connected, one of them active."""
    lab, story = field.lab, point.story
    giver = field.active
    sides: dict[Side, str] = {"giver": giver, "target": "mn2" if giver == "mn1" else "mn1"}
    story.before(lab, sides)
    how = "kill" if story.at is None else "pause"
    driven = field.drive(sides[point.controller], how, point.boundary, giver, *story.words(sides))
    said = _stop(field, point, sides, driven)
    story.after(lab, sides)
    helper = _helper(field, sides, point.operator)
    log = [f"the stopped one: {said[-1200:]}"]
    wrong: list[str] = []
    try:
        whole = field.is_whole
        typed = _help(field, helper, log)
        wrong += _look(field, helper, away=not whole)
        if not whole:
            field.mend()
            if typed is None:  # then it may be needed now: a journal has come back with its machine
                _help(field, helper, log)
            wrong += [f"with both machines back: {line}" for line in _look(field, helper, away=False)]
    except AssertionError as why:
        wrong.append(str(why))
    if wrong:
        raise Wrong("\n".join([*wrong, *log, *field.evidence()]))


def _help(field: Field, helper: str, log: list[str]) -> list[str] | None:
    """Type what `hamn status` advises, if anything; tells what it was."""
    status = field.status(helper)
    log.append(f"status on {helper}: {_told(status['active'], status['trouble'])}")
    words = advice(status)
    if words is not None:
        result = field.pair.hamn(helper, *words, exits=None)
        said = _told(result.get("active"), result["messages"])
        log.append(f"hamn {' '.join(words)} on {helper}: exit {result['exit_status']}, {said}")
    return words


def _look(field: Field, helper: str, *, away: bool) -> list[str]:
    """The world, and whether status is true of it. `away`: a machine is off or can't be reached."""
    status = field.status(helper)
    field.active = str(status["active"])
    true = {"returned", "no-answer"} if away else {"returned"}
    untold = [m for m in status["trouble"] if m["code"] not in true]
    return field.audit(status["active"]) + [f"status says {m['code']} {m['where']}: {m['what']}" for m in untold]


def _stop(field: Field, point: Point, sides: Sides, driven: Driven) -> str:
    """Returns what the stopped one said, once it has ended."""
    lab, where = field.lab, driven.where
    if point.story.at is None:
        status, said = driven.end()
        if status != 137:
            raise Wrong(f"it never came to the boundary: exit {status}: {said[-1500:]}")
        return said
    pid = driven.stopped()
    if pid is None:
        raise Wrong(f"it never came to the boundary: {driven.end()[1][-1500:]}")
    point.story.at(lab, sides)
    if lab.power(where, "status") == "on":
        field.pair.sh(where, "kill", "-CONT", str(pid), ok=False)
    status, said = driven.end()
    if "Traceback" in said:
        raise Wrong(said)
    return f"exit {status}: {said}"


def _helper(field: Field, sides: Sides, wanted: Side) -> str:
    """Where an operator can type: a machine that has power and a network."""
    names = sorted(sides.values(), key=lambda name: name != sides[wanted])
    reachable = [name for name in names if field.is_reachable(name)]
    return (reachable or names)[0]


def _told(active: str | None, messages: list[dict[str, Any]]) -> str:
    lines = [f"{m['severity']} {m['code']} {m['where']}: {m['what']} -> {m['hint']}" for m in messages]
    return "\n      ".join([f"active {active}", *lines])


def carry_out_all(fields: Sequence[Field], points: Sequence[Point]) -> None:
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
            tally.points.append(str(point))
            try:
                field.ready()
                carry_out(field, point)
            except Exception as why:  # whatever it was: the other points are told apart from it
                failed[str(point)] = f"{type(why).__name__}: {why}".replace("\n", "\n    ")
                print(f"FAILED {point}\n    {str(why).splitlines()[:3]}", flush=True)
                field.end()

    threads = [threading.Thread(target=work, args=(field,), daemon=True) for field in fields]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.failed.update(failed)
    assert not failed, "\n".join(f"{point}\n    {wrong}" for point, wrong in failed.items())
