"""Past operations, from the journals of both machines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from hamn.local import operations as journal
from hamn.model.command import Command
from hamn.ports import JournalError, Shell
from hamn.reports.report import Exit, Report, Stop, error, warning
from hamn.verbs.past import Past
from hamn.verbs.world import Connections, World, connections

Summary = Mapping[str, Any]
OUTSIDE = "outside"
"""The journal of a hamn that ran on neither machine."""


@dataclass(frozen=True, slots=True)
class History:
    """Newest last; an operation stands in the journal of the machine it was run on."""

    operations: tuple[Summary, ...]
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
            f"{o.get('user', '')} on {o.get('machine') or OUTSIDE}{_relation(o)}"
            for o in self.operations
        ] or ["no operation yet" if not self.missing else "no operation in the journals that could be read"]
        return [*out, *(f"warning: {report}" for report in self.missing)]


def _outcome(operation: Summary) -> str:
    if operation.get("running"):
        return "at work"
    return str(operation.get("outcome") or "no end")


def _relation(operation: Summary) -> str:
    """What became of it in another operation."""
    told = []
    if operation.get("resumes"):
        told.append(f"resumes {operation['resumes']}")
    if operation.get("closed_by"):
        told.append(f"finished by {operation['closed_by']}")
    elif operation.get("open") and not operation.get("running"):
        told.append("open")
    return f"  ({'; '.join(told)})" if told else ""


async def history(world: World) -> History:
    async with connections(world) as reached:
        return await history_of(world, reached)


async def history_of(world: World, reached: Connections) -> History:
    """Every journal that can be read; which can't, and why."""
    missing = [warning("no-journal", why.why, name, why.hint) for name, why in reached.unreachable.items()]
    found = list(_outside(world, missing)) if world.local is None else []
    told = await asyncio.gather(*(_summaries(world, shell) for shell in reached.shells.values()))
    for name, summaries in zip(reached.shells, told, strict=True):
        if isinstance(summaries, str):
            missing.append(warning("no-journal", f"its journal can't be read: {summaries}", name))
        else:
            found += [{**summary, "journal": name} for summary in summaries]
    return History(tuple(sorted(found, key=lambda summary: str(summary.get("id")))), tuple(missing))


async def _summaries(world: World, shell: Shell) -> Sequence[Summary] | str:
    """Those of one machine, or why there are none."""
    words = ("hamn-local", "operations", world.pair.state, "--lock", world.pair.name)
    answer = await shell.run(Command(words, timeout_s=10))
    if not answer.ok:
        return answer.complaint
    try:
        value = json.loads(answer.stdout)
    except ValueError:
        return "what came back is no list of operations"
    return (
        [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else "no list came back"
    )


def _outside(world: World, missing: list[Report]) -> Sequence[Summary]:
    try:
        ids = world.journal.operations()
        return [
            {**journal.summary(id_, [dict(entry) for entry in world.journal.read(id_)], {}), "journal": OUTSIDE}
            for id_ in ids
        ]
    except JournalError as why:
        missing.append(warning("no-journal", str(why), OUTSIDE))
        return []


def journal_command(state: str, id_: str) -> Command:
    """The journal's own lines: `hamn-local operation` leaves torn ones out, and they are part of the truth."""
    return Command(("cat", f"{journal.directory(state)}/{id_}{journal.SUFFIX}"), timeout_s=10)


async def operation(world: World, id_: str) -> Past:
    """Raises Stop when no journal that can be read knows it."""
    async with connections(world) as reached:
        known = await history_of(world, reached)
        summary = next((found for found in known.operations if found.get("id") == id_), None)
        if summary is None:
            raise _no_such(id_, known)
        if summary["journal"] == OUTSIDE:
            past = Past(id_, OUTSIDE, tuple(world.journal.read(id_)))
        else:
            name = str(summary["journal"])
            answer = await reached.shells[name].run(journal_command(world.pair.state, id_))
            if not answer.ok:
                raise Stop(Exit.FAILED, [error("no-journal", answer.complaint, name, "try again")])
            past = Past.read(id_, name, answer.stdout)
    return past_of(past, known)


def past_of(past: Past, known: History) -> Past:
    """With what other operations, and the lock, tell of it."""
    later = tuple(str(found["id"]) for found in known.operations if found.get("resumes") == past.id)
    running = any(found.get("id") == past.id and found.get("running") for found in known.operations)
    return replace(past, running=running, resumed_by=later)


def _no_such(id_: str, known: History) -> Stop:
    near = get_close_matches(id_, [str(found.get("id")) for found in known.operations], n=1, cutoff=0.7)
    hint = f"did you mean {near[0]}?" if near else "`hamn history` lists them"
    if known.missing:
        hint += f"; the journal of {', '.join(report.where for report in known.missing)} couldn't be read"
    return Stop(Exit.FAILED, [error("no-such-operation", f"no operation {id_!r} in the journals", hint=hint)])
