"""What a verb works with, and the connections it holds while it works."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from hamn.facts.facts import Facts, MachineFacts
from hamn.facts.questions import Questions
from hamn.model.command import Answer, Command
from hamn.model.pair import Machine, Pair, VolumeGroup
from hamn.platforms.answers import System
from hamn.platforms.detect import ask_again, ask_system, hear_system, platform_for
from hamn.ports import Clock, Holder, Journal, Shell, Shells, Unreachable
from hamn.reports.report import Exit, Stop, error

ORPHAN_S = 12.0
"""An agent gives a caller that fell silent up after 8 s."""
REOPEN_S = 10.0
"""How long a lost connection's last command is waited for before its machine counts as silent."""


@dataclass(slots=True)
class World:
    """The ports, and who asks."""

    pair: Pair
    shells: Shells
    clock: Clock
    journal: Journal
    user: str
    seat: str = ""
    """Where that person sits: a host, a terminal, "" when it isn't known."""
    pid: int = 0
    stopped: list[str] = field(default_factory=list)
    """Why the operator wants no further step to begin; the command line's signal handlers fill it."""
    token: Callable[[], str] = lambda: secrets.token_hex(3)
    """What tells two operations apart that begin in the same second."""

    @property
    def local(self) -> str | None:
        return self.shells.local


@dataclass(frozen=True, slots=True)
class Connections:
    """A Shell for each machine that answers, and why for each that doesn't."""

    pair: Pair
    shells: dict[str, Shell]
    unreachable: dict[str, Unreachable]
    left: set[str] = field(default_factory=set)
    """Machines whose lock is kept by what is stuck there, and by nobody."""

    async def gather(self) -> Facts:
        """Ask both machines everything that a plan needs, at once."""
        names = [machine.name for machine in self.pair.machines]
        seen = await asyncio.gather(*(self._ask(self.pair.machine(name)) for name in names))
        return Facts(dict(zip(names, seen, strict=True)))

    async def _ask(self, machine: Machine) -> MachineFacts:
        shell = self.shells.get(machine.name)
        if shell is None:
            why = self.unreachable.get(machine.name) or Unreachable(machine.name, "lost", "connection lost")
            return MachineFacts(machine.name, answers=False, why_not=why.why, code=why.code, hint=why.hint)
        system: System | None = None
        family: str | None = machine.family
        init: str | None = machine.init
        if family is None or init is None or any(isinstance(r, VolumeGroup) for r in self.pair.resources):
            answer = await shell.run(ask_system())
            if (again := ask_again(answer)) is not None:
                answer = await shell.run(again)
            if answer.lost:
                return _lost(machine.name, answer)
            system = hear_system(answer)
            family, init = family or system.family, init or system.init
        questions = Questions(self.pair, machine.name, platform_for(str(family), str(init), system))
        answers = await ask_all(shell, questions.commands())
        lost = next((answer for answer in answers.values() if answer.lost), None)
        if lost is not None:
            return _lost(machine.name, lost)
        return questions.hear(answers, system, shell.version)

    async def reopen(self, world: World, name: str, holder: Holder) -> bool:
        """After a connection was lost: is the machine there all the same? Takes its lock again, which the lost
        connection's agent gives up when the last command that it began has ended."""
        if name in self.shells:
            await self.shells.pop(name).close()
        end_s = world.clock.now_s() + REOPEN_S
        try:
            shell = await world.shells.open(name)
            while await shell.lock(holder) is not None:
                if world.clock.now_s() >= end_s:
                    await shell.close()
                    return False
                await world.clock.sleep(0.2)
        except Unreachable as why:
            self.unreachable[name] = why
            return False
        self.shells[name] = shell
        return True

    async def lock(self, world: World, holder: Holder) -> None:
        """Take the lock of every machine that answers, in the declaration's order, so that of two operators
        who start at once exactly one gets both. Raises Stop when somebody else is at work.

        A holder who has certainly gone is waited for: what it began here ends, and nobody is behind it. What is
        stuck is not: the facts say it, and nothing but fencing is planned then."""
        end_s = world.clock.now_s() + ORPHAN_S
        for machine in self.pair.machines:
            shell = self.shells.get(machine.name)
            if shell is None:
                continue
            try:
                busy = await shell.lock(holder)
                while busy is not None and await self._has_gone(busy) and world.clock.now_s() < end_s:
                    await world.clock.sleep(0.5)
                    busy = await shell.lock(holder)
            except Unreachable as why:
                raise Stop(Exit.FAILED, [error(why.code, why.why, why.machine, why.hint)]) from None
            if busy is not None and busy.left:
                self.left.add(machine.name)
            elif busy is not None:
                raise Stop(
                    Exit.REFUSED,
                    [
                        error(
                            "busy",
                            f"{busy.verb} is at work since {busy.since}, begun by {busy.user} on {busy.machine} "
                            f"(pid {busy.pid}, operation {busy.operation})",
                            where=machine.name,
                            hint="wait for it, or look with `hamn status`",
                        )
                    ],
                )

    async def _has_gone(self, busy: Holder) -> bool:
        """Its machine fell silent, or its process isn't there any more: the agent here hasn't noticed yet. Never
        of one that has left what is stuck: that may take for ever."""
        shell = self.shells.get(busy.machine)
        if busy.left or shell is None:
            return not busy.left and busy.machine in self.unreachable
        if not busy.pid:
            return False
        answer = await shell.run(Command(("test", "-e", f"/proc/{busy.pid}"), timeout_s=5))
        return answer.known and answer.exit_status == 1

    def must_be_stuck(self, facts: Facts) -> None:
        """Whose lock was left to what is stuck has no lock of ours: only its being stuck keeps it out of the plan.
        Raises Stop."""
        for name in self.left:
            if not facts[name].stuck:
                why = "what was stuck there has ended just now"
                raise Stop(Exit.REFUSED, [error("busy", why, name, "type it again")])


def _lost(name: str, answer: Answer) -> MachineFacts:
    return MachineFacts(name, answers=False, why_not=answer.lost, code="lost")


async def ask_all(shell: Shell, commands: dict[str, Command]) -> dict[str, Answer]:
    """All at once; answers under the same names."""
    answers = await asyncio.gather(*(shell.run(command) for command in commands.values()))
    return dict(zip(commands, answers, strict=True))


@asynccontextmanager
async def connections(world: World) -> AsyncIterator[Connections]:
    """Open both machines side by side; close whatever was opened, however it ends."""
    shells: dict[str, Shell] = {}
    unreachable: dict[str, Unreachable] = {}

    async def open_one(name: str) -> None:
        try:
            shells[name] = await world.shells.open(name)
        except Unreachable as why:
            unreachable[name] = why

    try:
        await asyncio.gather(*(open_one(machine.name) for machine in world.pair.machines))
        yield Connections(world.pair, shells, unreachable)
    finally:
        for shell in shells.values():
            await shell.close()
