"""`hamn report`: what somebody who wasn't there needs to understand a pair, as one archive without secrets."""

from __future__ import annotations

import asyncio
import platform as interpreter
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import hamn
from hamn.facts.facts import Facts, document
from hamn.local.operations import SUFFIX
from hamn.model.command import Answer
from hamn.model.pair import Pair
from hamn.planning.move import plan_move
from hamn.reports.report import Report, Stop, warning
from hamn.verbs import moves
from hamn.verbs.archive import Archive
from hamn.verbs.check import judge, look
from hamn.verbs.history import OUTSIDE, History, history_of, past_of
from hamn.verbs.inquiry import inquiry, path_of
from hamn.verbs.past import Past
from hamn.verbs.result import plan_document
from hamn.verbs.status import status_of
from hamn.verbs.witness import Heard, Witness
from hamn.verbs.world import Connections, World, connections

LIMIT_S = 150.0
"""For all questions together. Each has its own, and they are asked side by side."""


async def report(world: World, *, machines: Sequence[str], broken: Sequence[Report]) -> Archive:
    """Only looks, takes no lock, and tells what it could learn, whatever is wrong.

    `machines` empty: both. `broken`: what is wrong with the declaration: nothing is judged by it then."""
    asked = tuple(moves.machine_name(world.pair, name) for name in machines) or tuple(
        machine.name for machine in world.pair.machines
    )
    witness = Witness(world.shells, world.clock, asked, world.local)
    story = _Story(replace(world, shells=witness), _empty(world, asked), tuple(broken))
    try:
        async with connections(story.world) as reached:
            story.silent(reached, asked)
            await asyncio.wait_for(story.gather(reached), LIMIT_S)
    except TimeoutError:
        story.miss("limit", f"what would have come later than {LIMIT_S:g} s after the beginning")
    story.tell(witness.heard)
    return story.archive


def _empty(world: World, asked: Sequence[str]) -> Archive:
    at, where = world.clock.wall(), world.local or OUTSIDE
    about = {
        "pair": world.pair.name,
        "declaration": {"file": world.pair.source, "fingerprint": world.pair.fingerprint},
        "made_by": world.user,
        "made_on": where,
        "machines_asked": list(asked),
        "hamn": hamn.__version__,
        "python": interpreter.python_version(),
        "system": interpreter.platform(),
    }
    stamp = re.sub(r"[-:]|\..*", "", at)
    return Archive(f"hamn-report-{world.pair.name}-{where}-{stamp}Z", at, about)


@dataclass(slots=True)
class _Story:
    """One archive in the making."""

    world: World
    archive: Archive
    broken: tuple[Report, ...]
    known: History = field(default_factory=lambda: History(()))

    def miss(self, code: str, what: str, where: str = "", hint: str = "") -> None:
        self.archive.missing.append(warning(code, what, where, hint))

    def silent(self, reached: Connections, asked: Sequence[str]) -> None:
        for name, why in reached.unreachable.items():
            if name in asked:
                self.miss(why.code, f"nothing of it: {why.why}", name, why.hint)

    async def gather(self, reached: Connections) -> None:
        """What is understood first, then what else it may be understood from."""
        facts = await self._understand(reached)
        self.known = await history_of(self.world, reached)
        self.archive.add_document("history.json", self.known.document(), what="every operation, by `hamn history`")
        self.archive.missing += [why for why in self.known.missing if why.where not in reached.unreachable]
        for id_ in (str(o["id"]) for o in self.known.operations if o.get("journal") == OUTSIDE):
            self._recount(Past(id_, OUTSIDE, tuple(self.world.journal.read(id_))))
        await asyncio.gather(*(self._inquire(reached, facts, name) for name in reached.shells))

    async def _understand(self, reached: Connections) -> Facts | None:
        archive, pair = self.archive, self.world.pair
        try:
            if self.broken:
                archive.missing += self.broken
                self.miss("broken", "status, check and plan: the declaration is broken")
                facts = await reached.gather()
            else:
                evidence = await look(self.world, reached)
                facts = evidence.facts
                archive.add_document("status.json", status_of(pair, facts).document(), what="`hamn status`")
                archive.add_document("check.json", judge(evidence).document(), what="`hamn check`")
                archive.add_document("plan-switchover.json", _plan(pair, facts), what="`hamn plan switchover`")
        except Stop as stop:  # an operating system that nobody has taught us
            archive.missing += stop.reports
            return None
        archive.add_document("facts.json", document(facts), what="who answered, and the owner records")
        return facts

    async def _inquire(self, reached: Connections, facts: Facts | None, name: str) -> None:
        platform = facts[name].platform if facts else None
        if platform is None:
            self.miss("no-logs", "the logs of its units: which system it runs isn't known", name)
        mine = [str(o["id"]) for o in self.known.operations if o.get("journal") == name]
        shell = reached.shells[name]
        await asyncio.gather(*(shell.run(command) for command in inquiry(self.world.pair, platform, mine)))

    def tell(self, heard: Sequence[Heard]) -> None:
        """Every answer as a file; what has none, in a line. What was heard before a limit is there."""
        lost: dict[str, list[str]] = {}
        for one in heard:
            path, answer = path_of(self.world.pair, one.command), one.answer
            if answer.lost:
                lost.setdefault(one.machine, []).append(answer.lost)
                continue
            self.archive.add(f"{one.machine}/{path}", _words(answer), **_origin(one))
            if not _is_had(path, answer):
                self.miss("no-answer", f"{one.command}: {answer.complaint}", one.machine)
            if path.startswith("hamn/operations/"):
                id_ = path.rpartition("/")[2].removesuffix(SUFFIX)
                self._recount(Past.read(id_, one.machine, answer.stdout))
        for machine, reasons in lost.items():
            self.miss("lost", f"{len(reasons)} answers: {reasons[0]}", machine)

    def _recount(self, past: Past) -> None:
        text = "\n".join(past_of(past, self.known).lines()) + "\n"
        self.archive.add(f"history/{past.id}.txt", text, what=f"`hamn history {past.id}`")


def _plan(pair: Pair, facts: Facts) -> dict[str, Any]:
    try:
        goal = moves.switchover(pair, None)(facts)
    except Stop as stop:
        return {"schema": "hamn.plan/1", "verb": "switchover", "refusals": [str(why) for why in stop.reports]}
    return plan_document(plan_move(pair, facts, goal, "OPERATION"))


def _is_had(path: str, answer: Answer) -> bool:
    """A question of the facts is answered by a failure too; a log that can't be read is not there to be read. That
    there is no such file is an answer in any case."""
    if path.startswith("facts/"):
        return answer.known
    return answer.ok or (answer.known and "No such file" in answer.stderr)


def _origin(one: Heard) -> dict[str, Any]:
    answer = one.answer
    return {
        "machine": one.machine,
        "command": list(one.command.argv),
        "at": one.at,
        "exit_status": answer.exit_status,
        "took_s": round(answer.took_s, 3),
        **({"timed_out": True} if answer.timed_out else {}),
    }


def _words(answer: Answer) -> str:
    complaints = f"\n--- stderr ---\n{answer.stderr}" if answer.stderr.strip() else ""
    return answer.stdout + complaints
