"""What an operator reads: short, true, with what to do next. Progress goes to stderr, results to stdout."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Sequence

from hamn.model.step import Outcome, Phase, Plan, Step
from hamn.planning.drift import Drift, State
from hamn.reports.report import Report, Severity, Stop
from hamn.running.run import StepResult
from hamn.verbs.result import Result
from hamn.verbs.status import Status


def width() -> int:
    return shutil.get_terminal_size((100, 24)).columns


def lines(text: Iterable[str]) -> None:
    for line in text:
        print(line)


def note(text: str) -> None:
    """To stderr; a terminal that is gone is no reason to stop in the middle of a move."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        return


def complain(text: str) -> None:
    note(f"hamn: {text}")


def report_line(report: Report) -> str:
    place = f"{report.where}: " if report.where else ""
    hint = f"\n    -> {report.hint}" if report.hint else ""
    mark = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}[report.severity]
    return f"{mark}: {place}{report.what}{hint}"


def say_stop(stop: Stop, *, verb: str, as_json: bool) -> None:
    if as_json:
        outcome = {0: "done", 3: "refused"}.get(int(stop.status), "failed")
        document = {
            "schema": "hamn.result/1",
            "verb": verb,
            "outcome": outcome,
            "exit_status": int(stop.status),
            "steps": [],
            "messages": [report.document() for report in stop.reports],
        }
        print(json.dumps(document, indent=1))
    for report in stop.reports:
        note(report_line(report))


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Left-aligned columns; the last one runs free."""
    if not rows:
        return []
    widths = [max(len(row[number]) for row in rows) for number in range(len(rows[0]) - 1)]
    return [
        "  ".join([*(cell.ljust(w) for cell, w in zip(row[:-1], widths, strict=True)), row[-1]]).rstrip()
        for row in rows
    ]


def status_lines(status: Status) -> list[str]:
    owner = status.facts.last_known
    epoch = f", epoch {owner.epoch}" if owner else ""
    head = f"pair {status.pair.name}: {status.headline}{epoch}"
    machines = list(status.facts.machines)
    rows = [["", *machines, ""], ["role", *(status.roles[name] for name in machines), ""]]
    rows += [[id_, *(str(by[name]) for name in machines), ""] for id_, by in status.holds.items()]
    synced = ["", _synced(status.drift)] if status.drift else []
    return [head, "", *columns(rows), *synced, "", *(report_line(r) for r in status.trouble)][
        : None if status.trouble else -1
    ]


def _synced(drift: Drift) -> str:
    behind = len(drift.of(State.BEHIND))
    had = f"files: {drift.other} has {len(drift.of(State.SAME))} of {drift.owner}'s"
    return f"{had}, {behind} on their way since {drift.lag_s:.0f} s" if behind else had


def show_status(status: Status) -> None:
    lines(status_lines(status))


def watch_status(ask: Callable[[], Status], *, as_json: bool) -> int:
    """Until Ctrl-C, also while a machine is being asked: the exit status is that of the last one shown.
    The screen is cleared only on a terminal. `as_json`: one document a line."""
    status = 1  # nothing was seen yet
    try:
        while True:
            seen = ask()
            status = int(seen.exit)
            if as_json:
                print(json.dumps(seen.document()))
            else:
                _show_anew(seen)
            sys.stdout.flush()
            time.sleep(2)
    except KeyboardInterrupt:
        return status


def _show_anew(seen: Status) -> None:
    if sys.stdout.isatty():
        print("\033[H\033[2J", end="")
    print(time.strftime("%H:%M:%S"))
    show_status(seen)


def _heading(phase: Phase) -> str:
    return {
        Phase.PREPARE: "prepare (nobody is disturbed)",
        Phase.PROVE: "prove",
        Phase.HAND_OVER: "hand over",
        Phase.SETTLE: "settle",
    }[phase]


def plan_lines(plan: Plan) -> list[str]:
    if plan.refusals:
        return [f"{plan.verb} is refused:", *(f"  - {why}" for why in plan.refusals)]
    if not plan.work:
        return [f"{plan.goal} already: nothing to do"]
    out = [f"{plan.verb}: {plan.goal}"]
    for phase in Phase:
        steps = plan.in_phase(phase)
        if not steps:
            continue
        out += ["", _heading(phase)]
        rows = [
            [f"  {'skip' if s.is_skipped else 'do'}", s.machine, f"{s.resource} {s.action}", s.reason]
            for s in steps
        ]
        out += columns(rows)
    return out


def show_plan(plan: Plan) -> None:
    lines(plan_lines(plan))


def show_commands(plan: Plan) -> None:
    """What would be typed, in an order that may be typed."""
    if plan.refusals or not plan.work:
        show_plan(plan)
        return
    for phase in Phase:
        machine = ""
        for step in plan.in_phase(phase):
            if step.is_skipped:
                continue
            if step.machine != machine:
                machine = step.machine
                print(f"# {_heading(phase)}: on {machine}")
            print(f"{machine}# {step.command}")


def show_result(result: Result) -> None:
    for report in result.messages:
        note(report_line(report))
    gap = hand_over_seconds(result.steps)
    took = f"{result.verb}: {result.outcome} in {result.seconds:.1f} s"
    if gap is not None and result.outcome in ("done", "degraded"):
        took += f" (hand over {gap:.2f} s)"
    nothing = "" if any(r.outcome is not Outcome.SKIPPED for r in result.steps) else " (nothing had to be done)"
    print(f"{took}{nothing}; {result.headline}")
    if result.operation:
        print(f"details: hamn history {result.operation}")


def hand_over_seconds(steps: Iterable[StepResult]) -> float | None:
    """From the first step that takes away to the last that brings back."""
    moved = [r for r in steps if r.step.phase is Phase.HAND_OVER and r.outcome is not Outcome.SKIPPED]
    if not moved:
        return None
    return max(r.started_s + r.took_s for r in moved) - min(r.started_s for r in moved)


async def agrees(plan: Plan) -> bool:
    """Show the plan and ask. Without a terminal nobody can say yes: --yes does."""
    for line in plan_lines(plan):
        note(line)
    if not sys.stdin.isatty():
        note("\nnobody at a terminal to say yes: add --yes")
        return False
    note("")
    return (await _answer("go on? [y/N] ")).strip().lower() in ("y", "yes")


def type_name(stop: Stop) -> str | None:
    if not sys.stdin.isatty():
        return None
    for report in stop.reports:
        note(report_line(report))
    sys.stderr.write("type the name of the machine that is certainly switched off (empty: stop): ")
    sys.stderr.flush()
    return sys.stdin.readline().strip() or None


async def _answer(question: str) -> str:
    """A line from the terminal, however long it takes: the connections live meanwhile, and Ctrl-C is heard."""
    sys.stderr.write(question)
    sys.stderr.flush()
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin, typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(sys.stdin)
    return sys.stdin.readline()


class Progress:
    """A line when a step ends; on a terminal also what is running now."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._running: dict[str, Step] = {}
        self._phase: Phase | None = None

    def step(self, step: Step, result: StepResult | None) -> None:
        if result is None:
            if step.phase is not self._phase:
                self._phase = step.phase
                self._line(_heading(step.phase))
            self._running[step.id] = step
        else:
            self._running.pop(step.id, None)
            if result.outcome is not Outcome.SKIPPED:
                what = step.id.split("/", 1)[1]
                said = f"  {result.said}" if result.said else ""
                self._line(f"  {result.took_s:7.3f} s  {step.machine}  {what}  {result.outcome}{said}")
        if self._live:
            names = ", ".join(self._running)
            note_live(f"  ... {names}"[: width() - 1] if names else "")

    def _line(self, text: str) -> None:
        if self._live:
            note_live("")
        note(text)

    def end(self) -> None:
        if self._live:
            note_live("")


def note_live(text: str) -> None:
    try:
        sys.stderr.write("\r\033[K" + text)
        sys.stderr.flush()
    except OSError:
        return
