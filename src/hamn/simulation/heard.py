"""What is pure need be worked out once: what a text means, what a pair needs in which order, which plan the same
facts give.

It changes nothing but the time that thousands of schedules take (tests/simulation/test_heard.py compares stories).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
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
from hamn.model.pair import Pair
from hamn.model.step import Plan, Step
from hamn.planning import move
from hamn.planning.goal import Goal
from hamn.platforms import iproute, mountinfo
from hamn.platforms.answers import System
from hamn.ports import Shell
from hamn.simulation.conversation import Conversation
from hamn.verbs import operation, world

MANY = 4096
"""Of one kind; then all of it is forgotten."""


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
        (move, "dependencies", memory.of_pair),
        (move, "in_order", memory.of_pair),
        (Questions, "commands", memory.commands),
        (Questions, "hear", memory.hear),
        (operation, "plan_move", memory.plan),
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
    """By identity where a value can't be hashed; what a key names so is kept, so that its id stays its own."""

    def __init__(self) -> None:
        self._kept: dict[int, Any] = {}
        self._seen: dict[object, MachineFacts] = {}
        """By what a machine said, its journal left out but for what is stuck."""
        self._said: dict[int, tuple[MachineFacts, object]] = {}
        """By the id of what is known of a machine: that, and what it said."""
        self._plans: dict[object, Plan] = {}

    def _id(self, value: object) -> int:
        self._kept[id(value)] = value
        return id(value)

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

    def hear(self, work: Callable[..., MachineFacts]) -> Callable[..., MachineFacts]:
        def recall(
            ask: Questions, answers: Mapping[str, Answer], system: System | None, version: str
        ) -> MachineFacts:
            journal = answers["operations"]
            said = tuple(_said(answer) for answer in answers.values() if answer is not journal)
            operations, stuck = _journal(_said(journal), ask.machine)
            key = self._id(ask.pair), self._id(ask.platform), ask.machine, system, version, stuck, said
            base = self._seen.get(key)
            if base is None:
                _make_room(self._seen)
                nothing = {**answers, "operations": replace(journal, stdout="[]")}
                base = self._seen[key] = replace(work(ask, nothing, system, version), stuck=stuck)
            full = replace(base, operations=operations) if operations else base
            _make_room(self._said)
            self._said[id(full)] = full, key
            return full

        return recall

    def plan(self, work: Callable[[Pair, Facts, Goal, str], Plan]) -> Callable[[Pair, Facts, Goal, str], Plan]:
        def recall(pair: Pair, facts: Facts, goal: Goal, operation: str) -> Plan:
            seen = [self._key(seen) for seen in facts.machines.values()]
            if None in seen:
                return work(pair, facts, goal, operation)
            unfinished = tuple(map(_unfinished, facts.open_operations))
            key = self._id(pair), *seen, unfinished, goal
            if key not in self._plans:
                _make_room(self._plans)
                self._plans[key] = work(pair, facts, goal, NAME)
            return _named(self._plans[key], operation)

        return recall

    def _key(self, seen: MachineFacts) -> object:
        if not seen.answers:
            return seen.name, seen.why_not, seen.code, seen.hint
        return self._said.get(id(seen), (None, None))[1]


NAME = "thenameofthisoperation"
"""In a remembered plan: it stands in what writes the owner record, and in what looks whether it was written."""


def _named(plan: Plan, operation: str) -> Plan:
    return replace(plan, steps=tuple(_step_named(step, operation) for step in plan.steps))


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
def _journal(said: tuple[int | None, str, str, bool, str], machine: str) -> tuple[Any, str]:
    answer = Answer(said[0], said[1], said[2], timed_out=said[3], lost=said[4])
    return questions._operations(answer, machine), questions._stuck(answer)


def _make_room(known: dict[Any, Any]) -> None:
    if len(known) >= MANY:
        known.clear()


def _once(work: Callable[[OwnerRecord], str]) -> Callable[[OwnerRecord], str]:
    recalled = lru_cache(MANY)(work)
    return lambda record: recalled(record)


def _by_argv(work: Callable[[Command], str]) -> Callable[[Command], str]:
    known: dict[tuple[str, ...], str] = {}

    def recall(command: Command) -> str:
        if command.argv not in known:
            _make_room(known)
            known[command.argv] = work(command)
        return known[command.argv]

    return recall


async def _ask_all(shell: Shell, commands: dict[str, Command]) -> dict[str, Answer]:
    """Where questions take no time, no task is needed for each."""
    assert isinstance(shell, Conversation)
    said = {name: shell.said_at_once(command) for name, command in commands.items()}
    rest = [name for name, answer in said.items() if answer is None]
    answers = await asyncio.gather(*(shell.run(commands[name]) for name in rest)) if rest else ()
    return {**said, **dict(zip(rest, answers, strict=True))}  # type: ignore[dict-item]
