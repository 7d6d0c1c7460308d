"""Shells that remember every question and its answer: what a support archive is made of."""

from __future__ import annotations

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
    """ports.Shell. A machine whose answer was lost is asked nothing more: its silence costs its limit once."""

    def __init__(self, witness: Witness, shell: Shell) -> None:
        self._witness, self._shell = witness, shell
        self._lost = ""
        self.machine, self.version = shell.machine, shell.version

    async def run(self, command: Command) -> Answer:
        at = self._witness.clock.wall()
        answer = Answer(None, lost=self._lost) if self._lost else await self._shell.run(command)
        self._lost = self._lost or answer.lost
        self._witness.heard.append(Heard(self.machine, at, command, answer))
        return answer

    async def lock(self, holder: Holder) -> Holder | None:
        return await self._shell.lock(holder)

    async def close(self) -> None:
        await self._shell.close()
