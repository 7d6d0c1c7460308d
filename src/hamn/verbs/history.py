"""Past operations, from the journals of both machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hamn.model.command import Command
from hamn.reports.report import Exit, Report, Stop, error, warning
from hamn.verbs.world import Connections, World, connections


@dataclass(frozen=True, slots=True)
class History:
    """Newest last; an operation stands in the journal of the machine it was run on."""

    operations: tuple[Mapping[str, Any], ...]
    missing: tuple[Report, ...] = ()
    """Machines whose journal couldn't be read."""

    def document(self) -> dict[str, Any]:
        return {
            "schema": "hamn.history/1",
            "operations": list(self.operations),
            "messages": [report.document() for report in self.missing],
        }

    def lines(self) -> list[str]:
        out = [
            f"{o['id']}  {o.get('verb', ''):<10}  {o.get('goal', ''):<24}  {_outcome(o):<12}  "
            f"{o.get('user', '')} on {o.get('machine') or 'outside'}"
            for o in self.operations
        ] or ["no operation yet"]
        return [*out, *(f"warning: {report}" for report in self.missing)]


@dataclass(frozen=True, slots=True)
class Past:
    """One operation: every entry of its journal, in order."""

    id: str
    entries: tuple[Mapping[str, Any], ...]

    def document(self) -> dict[str, Any]:
        return {"schema": "hamn.operation/1", "id": self.id, "entries": list(self.entries)}

    def lines(self) -> list[str]:
        first = self.entries[0]
        out = [
            f"{first.get('verb')}: {first.get('goal')}, begun {first.get('at')} by {first.get('user')} "
            f"on {first.get('machine') or 'outside'}; proof: {first.get('proof')}",
            "",
        ]
        open_steps: dict[str, str] = {}
        for entry in self.entries[1:]:
            event, at = entry.get("event"), str(entry.get("at", ""))[11:23]
            if event == "begin":
                open_steps[str(entry["step"])] = at
            elif event == "end":
                open_steps.pop(str(entry["step"]), None)
                said = f"  {entry['said']}" if entry.get("said") else ""
                out.append(f"{at}  {entry.get('took_s', 0):8.3f} s  {entry['step']}  {entry['outcome']}{said}")
                out += [f"              {line}" for line in entry.get("details", ())]
            elif event == "back-out":
                out.append(f"{at}  taken back: {entry.get('goal')}")
            elif event == "ended":
                out.append("")
                out.append(f"{entry.get('outcome')} after {entry.get('seconds')} s; active: {entry.get('active')}")
                out += [f"  {message}" for message in entry.get("messages", ())]
            elif event == "closed":
                out.append(f"{at}  finished by operation {entry.get('by')}")
        out += [f"{at}  begun, and nothing is known of its end: {step}" for step, at in open_steps.items()]
        return out


def _outcome(operation: Mapping[str, Any]) -> str:
    if operation.get("open"):
        return "at work" if operation.get("running") else "no end"
    return str(operation.get("outcome") or "no end")


async def history(world: World) -> History:
    async with connections(world) as reached:
        found, missing = await _operations(world, reached)
    return History(tuple(sorted(found, key=lambda operation: str(operation["id"]))), tuple(missing))


async def _operations(world: World, reached: Connections) -> tuple[list[Mapping[str, Any]], list[Report]]:
    found: list[Mapping[str, Any]] = []
    missing = [warning("no-journal", why.why, name, why.hint) for name, why in reached.unreachable.items()]
    for name, shell in reached.shells.items():
        answer = await shell.run(
            Command(("hamn-local", "operations", world.pair.state, "--lock", world.pair.name), timeout_s=10)
        )
        entries = _json(answer.stdout) if answer.ok else None
        if entries is None:
            missing.append(warning("no-journal", answer.complaint, name))
        else:
            found += entries
    return found, missing


async def operation(world: World, id_: str) -> Past:
    """Raises Stop when neither machine knows it."""
    async with connections(world) as reached:
        for shell in reached.shells.values():
            answer = await shell.run(Command(("hamn-local", "operation", world.pair.state, id_), timeout_s=10))
            entries = _json(answer.stdout) if answer.ok else None
            if entries:
                return Past(id_, tuple(entries))
    hint = "`hamn history` lists them"
    if reached.unreachable:
        hint += f"; {', '.join(reached.unreachable)} couldn't be asked"
    raise Stop(Exit.FAILED, [error("no-such-operation", f"no operation {id_!r} in the journals", hint=hint)])


def _json(text: str) -> Sequence[Mapping[str, Any]] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, list) else None
