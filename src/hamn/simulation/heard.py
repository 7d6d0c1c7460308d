"""What is pure need be worked out once: what a text means, what a pair needs in which order, which plan the same
facts give.

It changes nothing but the time that thousands of schedules take (tests/simulation/test_heard.py compares stories).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from operator import attrgetter
from typing import Any

from hamn.facts import questions
from hamn.facts.facts import Facts, MachineFacts
from hamn.facts.questions import Questions
from hamn.model.command import Answer, Command
from hamn.model.owner import OwnerRecord
from hamn.model.pair import Machine, Pair, Resource
from hamn.model.step import Plan, Step
from hamn.planning import move, refusal
from hamn.planning.goal import Goal
from hamn.platforms import iproute, mountinfo
from hamn.platforms.answers import System
from hamn.ports import Shell
from hamn.resources.kind import Hold
from hamn.simulation.conversation import Conversation
from hamn.simulation.questions import operations_of, state_of
from hamn.verbs import moves, operation, status, world
from hamn.verbs.status import Status
from hamn.verbs.world import Connections

MANY = 8192
"""Of one kind; then all of it is forgotten. A plan takes 35 kB."""


@contextmanager
def remembering() -> Iterator[None]:
    """In this process, as long as it lasts."""
    memory = _Memory()
    once: Callable[[Any], Any] = lru_cache(MANY)
    instead: list[tuple[Any, str, Callable[[Any], Any]]] = [
        (iproute, "addresses", once),
        (mountinfo, "mounts", once),
        (OwnerRecord, "from_text", once),
        (OwnerRecord, "text", _once),
        (Command, "__str__", _by_argv),
        (world, "hear_system", once),
        (world, "platform_for", once),
        (world, "ask_all", lambda _: _ask_all),
        (world.Connections, "gather", _gather),
        (world.Connections, "_ask", memory.ask),
        (move, "dependencies", memory.of_pair),
        (move, "in_order", memory.of_pair),
        (Questions, "commands", memory.commands),
        (Questions, "hear", memory.hear),
        (operation, "plan_move", memory.plan),
        *((room, "status_of", memory.status) for room in (operation, moves, status)),
        *((room, "hold", memory.hold) for room in (move, refusal, operation, status)),
    ]
    before = [(room, name, vars(room)[name]) for room, name, _ in instead]
    for room, name, work in instead:
        setattr(room, name, work(getattr(room, name)))
    try:
        yield
    finally:
        for room, name, work in before:
            setattr(room, name, work)


class _Memory:
    """By identity where a value can't be hashed; what a key names so is kept, so that its id stays its own.

    What is known of a machine is a base, without its journal, and what the journal adds: a plan depends on the
    bases and on little of the journals."""

    def __init__(self) -> None:
        self._kept: dict[int, Any] = {}
        """Pairs and platforms: few."""
        self._asked: dict[object, MachineFacts] = {}
        """Bases by what they depend on in the world."""
        self._heard: dict[object, MachineFacts] = {}
        """Bases by what a machine said."""
        self._holds: dict[tuple[int, int], Hold] = {}
        """By the ids of a resource and a base."""
        self._whole: dict[tuple[int, tuple[str, ...]], MachineFacts] = {}
        """By the id of the base and the journal's texts."""
        self._bases: dict[int, tuple[MachineFacts, MachineFacts]] = {}
        """By the id of what is known of a machine: that, and its base."""
        self._plans: dict[object, tuple[Plan, list[int]]] = {}
        """And which of its steps name the operation."""
        self._status: dict[object, Status] = {}

    def _id(self, value: object) -> int:
        self._kept[id(value)] = value
        return id(value)

    def _make_room(self) -> None:
        """All at once: the ids of what is forgotten will be others'. Journals sooner: no two schedules
        have the same."""
        short: tuple[dict[Any, Any], ...] = (self._whole, self._bases)
        long: tuple[dict[Any, Any], ...] = (self._asked, self._heard, self._plans, self._status, self._holds)
        full = max(map(len, long)) >= MANY
        for known in (*short, *long) if full else short:
            known.clear()

    def of_pair(self, work: Callable[[Pair], Any]) -> Callable[[Pair], Any]:
        known: dict[int, Any] = {}

        def recall(pair: Pair) -> Any:
            if id(pair) not in known:
                known[self._id(pair)] = work(pair)
            return known[id(pair)]

        return recall

    def commands(self, work: Callable[[Questions], dict[str, Command]]) -> Callable[[Questions], Any]:
        known: dict[object, dict[str, Command]] = {}

        def recall(ask: Questions) -> dict[str, Command]:
            key = self._id(ask.pair), self._id(ask.platform), ask.machine
            if key not in known:
                known[key] = work(ask)
            return known[key]

        return recall

    def ask(self, work: Callable[..., Coroutine[Any, Any, MachineFacts]]) -> Callable[..., Any]:
        """Where all questions are answered at once, what is so tells the answers."""

        async def recall(reached: Connections, machine: Machine) -> MachineFacts:
            shell = reached.shells.get(machine.name)
            boot = shell.looked_at() if isinstance(shell, Conversation) else None
            if boot is None:
                return await work(reached, machine)
            key = state_of(boot)
            base = self._asked.get(key)
            if base is not None:
                return self._with(base, operations_of(boot))
            seen = await work(reached, machine)
            self._asked[key] = self._bases[id(seen)][1]
            return seen

        return recall

    def hear(self, work: Callable[..., MachineFacts]) -> Callable[..., MachineFacts]:
        def recall(
            ask: Questions, answers: Mapping[str, Answer], system: System | None, version: str
        ) -> MachineFacts:
            journal = answers["operations"]
            said = tuple(_said(answer) for answer in answers.values() if answer is not journal)
            key = self._id(ask.pair), self._id(ask.platform), ask.machine, system, version, said
            base = self._heard.get(key)
            if base is None:
                nothing = {**answers, "operations": replace(journal, exit_status=0, stdout="[]", timed_out=False)}
                base = self._heard[key] = work(ask, nothing, system, version)
            return self._with(base, (journal.stdout.removeprefix("[").removesuffix("]"),) if journal.ok else ())

        return recall

    def _with(self, base: MachineFacts, journal: tuple[str, ...]) -> MachineFacts:
        """`journal`: as JSON, without the brackets; in one or more parts."""
        key = id(base), journal
        whole = self._whole.get(key)
        if whole is None:
            if len(self._whole) >= MANY // 4:
                self._make_room()
            parts = [_journal(part, base.name) for part in journal]
            operations = tuple(operation for found, _ in parts for operation in found)
            stuck = ", ".join(words for _, words in parts if words)
            whole = self._whole[key] = replace(base, operations=operations, stuck=stuck)
            self._bases[id(whole)] = whole, base
        return whole

    def hold(self, work: Callable[[Resource, MachineFacts], Hold]) -> Callable[[Resource, MachineFacts], Hold]:
        def recall(resource: Resource, seen: MachineFacts) -> Hold:
            known = self._bases.get(id(seen))
            if known is None:
                return work(resource, seen)
            key = id(resource), id(known[1])
            held = self._holds.get(key)
            if held is None:
                held = self._holds[key] = work(resource, seen)
            return held

        return recall

    def plan(self, work: Callable[[Pair, Facts, Goal, str], Plan]) -> Callable[[Pair, Facts, Goal, str], Plan]:
        def recall(pair: Pair, facts: Facts, goal: Goal, operation: str) -> Plan:
            key = self._key(pair, facts)
            if key is None:
                return work(pair, facts, goal, operation)
            key = key, tuple(map(_unfinished, facts.open_operations)), goal
            known = self._plans.get(key)
            if known is None:
                plan = work(pair, facts, goal, NAME)
                known = self._plans[key] = plan, [n for n, step in enumerate(plan.steps) if _is_named(step)]
            return _named(*known, operation)

        return recall

    def status(self, work: Callable[[Pair, Facts], Status]) -> Callable[[Pair, Facts], Status]:
        """Of what is open it says who began it and when: that is another word each time."""

        def recall(pair: Pair, facts: Facts) -> Status:
            key = self._key(pair, facts)
            if key is None or facts.open_operations:
                return work(pair, facts)
            if key not in self._status:
                self._status[key] = work(pair, facts)
            return replace(self._status[key], facts=facts)

        return recall

    def _key(self, pair: Pair, facts: Facts) -> object:
        """All that plans and status depend on but what is open; None where it isn't known by id."""
        key: list[object] = [self._id(pair)]
        for seen in facts.machines.values():
            if not seen.answers:
                key.append((seen.name, seen.why_not, seen.code, seen.hint))
            elif (known := self._bases.get(id(seen))) is not None:
                key += id(known[1]), seen.stuck
            else:
                return None
        return tuple(key)


NAME = "thenameofthisoperation"
"""In a remembered plan: it stands in what writes the owner record, and in what looks whether it was written."""


def _is_named(step: Step) -> bool:
    return (step.command is not None and NAME in step.command.argv) or (
        step.check is not None and NAME in step.check.pattern
    )


def _named(plan: Plan, named: list[int], operation: str) -> Plan:
    if not named:
        return plan
    steps = list(plan.steps)
    for number in named:
        steps[number] = _step_named(steps[number], operation)
    return replace(plan, steps=tuple(steps))


def _step_named(step: Step, operation: str) -> Step:
    command, check = step.command, step.check
    if command is not None and NAME in command.argv:
        argv = tuple(operation if word == NAME else word for word in command.argv)
        step = replace(step, command=replace(command, argv=argv))
    if check is not None and NAME in check.pattern:
        step = replace(step, check=replace(check, pattern=check.pattern.replace(NAME, re.escape(operation))))
    return step


_unfinished = attrgetter("verb", "machine", "active", "only", "epoch", "running", "outcome", "left")
"""All of an operation but when it was, by whom, and its name: no plan depends on these."""
_said = attrgetter("exit_status", "stdout", "stderr", "timed_out", "lost")
"""All of an answer but how long it took."""


@lru_cache(MANY)
def _journal(text: str, machine: str) -> tuple[Any, str]:
    answer = Answer(0, f"[{text}]")
    return questions._operations(answer, machine), questions._stuck(answer)


def _once(work: Callable[[OwnerRecord], str]) -> Callable[[OwnerRecord], str]:
    recalled = lru_cache(MANY)(work)
    return lambda record: recalled(record)


def _by_argv(work: Callable[[Command], str]) -> Callable[[Command], str]:
    recalled = lru_cache(MANY)(lambda argv: work(Command(argv)))
    return lambda command: recalled(command.argv)


def _gather(work: Callable[[Connections], Coroutine[Any, Any, Facts]]) -> Callable[[Connections], Any]:
    """Where questions take no time, no task is needed for each machine; others have their turns all the same."""

    async def recall(reached: Connections) -> Facts:
        machines = reached.pair.machines
        shells = [reached.shells.get(machine.name) for machine in machines]
        if all(shell is None or (isinstance(shell, Conversation) and shell.is_quick) for shell in shells):
            await asyncio.sleep(0)  # the tasks' turn,
            facts = Facts({machine.name: await reached._ask(machine) for machine in machines})
            await asyncio.sleep(0)  # that of their ends,
            await asyncio.sleep(0)  # and of whoever waits for both
            return facts
        return await work(reached)

    return recall


async def _ask_all(shell: Shell, commands: dict[str, Command]) -> dict[str, Answer]:
    """Where questions take no time, no task is needed for each."""
    assert isinstance(shell, Conversation)
    said = {name: shell.said_at_once(command) for name, command in commands.items()}
    rest = [name for name, answer in said.items() if answer is None]
    answers = await asyncio.gather(*(shell.run(commands[name]) for name in rest)) if rest else ()
    return {**said, **dict(zip(rest, answers, strict=True))}  # type: ignore[dict-item]
