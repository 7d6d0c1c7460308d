"""Shells that remember every question and its answer: what a support archive is made of."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field

from hamn.model.command import Answer, Command
from hamn.ports import Clock, Holder, Shell, Shells, Unreachable


@dataclass(frozen=True, slots=True)
class Heard:
    """`at`: UTC when it was asked."""

    machine: str
    at: str
    command: Command
    answer: Answer


@dataclass(slots=True)
class Witness:
    """ports.Shells over others. Only `machines` are asked; any other counts as silent."""

    shells: Shells
    clock: Clock
    machines: Collection[str]
    local: str | None
    heard: list[Heard] = field(default_factory=list)

    async def open(self, machine: str) -> Shell:
        if machine not in self.machines:
            raise Unreachable(machine, "not-asked", "it was not to be asked", "leave --machine out")
        return WitnessShell(self, await self.shells.open(machine))


class WitnessShell:
    """ports.Shell. With one lost answer all that are still awaited are lost, and nothing more is asked: a silent
    machine costs one limit, and not the longest."""

    def __init__(self, witness: Witness, shell: Shell) -> None:
        self._witness, self._shell = witness, shell
        self._lost: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.machine, self.version = shell.machine, shell.version

    async def run(self, command: Command) -> Answer:
        at = self._witness.clock.wall()
        answer = self._lost.result() if self._lost.done() else await self._ask(command)
        self._witness.heard.append(Heard(self.machine, at, command, answer))
        return answer

    async def _ask(self, command: Command) -> Answer:
        asking = asyncio.ensure_future(self._shell.run(command))
        try:
            await asyncio.wait({asking, self._lost}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asking.cancel()
        answer = asking.result() if asking.done() else self._lost.result()
        if answer.lost and not self._lost.done():
            self._lost.set_result(Answer(None, lost=answer.lost))
        return answer

    async def lock(self, holder: Holder) -> Holder | None:
        return await self._shell.lock(holder)

    async def close(self) -> None:
        await self._shell.close()
