"""An operator's hamn at work: a process on a machine, with its own loop, journal and connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hamn.ports import Holder, JournalError, Unreachable
from hamn.simulation.audits import holdings
from hamn.simulation.conversation import Conversation
from hamn.simulation.machine import Boot
from hamn.simulation.timeline import Owner, VirtualLoop
from hamn.verbs.world import World as Ports

if TYPE_CHECKING:
    from hamn.simulation.world import World

OPEN_S = 4.5
BEGIN = datetime(2026, 1, 2, 10, tzinfo=UTC)


class Killed(BaseException):
    """SIGKILL in the middle of the operator's own code: nothing of it runs on."""


class Hamn(Owner):
    """One process. Killed, it leaves its connections to the network and nothing else."""

    def __init__(self, world: World, boot: Boot, name: str) -> None:
        super().__init__(name)
        self.world, self.boot = world, boot
        self.loop = VirtualLoop(world.timeline, self)
        self.conversations: list[Conversation] = []
        self.last_look_s = 0.0
        self.last_end_s = 0.0
        """When it last wrote down that a step had ended."""
        self.refused_by: Holder | None = None
        """Who had the lock when it was asked for."""
        self.began_s = world.timeline.now_s
        self.found = holdings(world)
        """Who held what before it did anything."""
        self.has_word = False
        """An operator swore that the other machine is dead."""
        self.told: set[tuple[Boot, str]] = set()
        """Where it had the disk or an address taken, and hasn't heard since that nothing of it is there."""
        self.begun: set[str] = set()
        """The commands whose beginning it has written down."""
        world.hamns += 1
        self.pid = 1000 + world.hamns
        token = world.hamns
        self.ports = Ports(
            pair=world.pair,
            shells=Shells(self),
            clock=Clock(self),
            journal=Journal(self),
            user="root",
            pid=self.pid,
            token=lambda: f"{token:06x}",
        )
        self.frozen = boot.frozen
        boot.hamns.append(self)

    def start(self, work: Coroutine[Any, Any, Any], then: Callable[[asyncio.Task[Any]], object]) -> None:
        assert self.loop is not None
        task = asyncio.Task(work, loop=self.loop.asyncio)
        task.add_done_callback(then)
        self.world.graveyard.append(task)

    def kill(self) -> None:
        if self.dead:
            return
        self.dead = self.world.timeline.news = True
        for conversation in self.conversations:
            if self.boot.dead or not conversation._out:
                conversation.look()
            else:
                conversation.caller_gone()
        if self in self.boot.hamns and not self.boot.dead:
            self.boot.hamns.remove(self)

    def locked(self) -> None:
        """Until now another operator may have moved things."""
        if not self.begun:
            self.found = holdings(self.world)

    def leave(self) -> None:
        """It ended by itself."""
        if self in self.boot.hamns:
            self.boot.hamns.remove(self)


class Clock:
    def __init__(self, hamn: Hamn) -> None:
        self._hamn = hamn

    def now_s(self) -> float:
        return self._hamn.world.timeline.now_s

    def wall(self) -> str:
        return wall(self._hamn.world.timeline.now_s + self._hamn.boot.machine.clock_off_s)

    async def sleep(self, seconds: float) -> None:
        assert self._hamn.loop is not None
        future: asyncio.Future[None] = asyncio.Future(loop=self._hamn.loop.asyncio)
        self._hamn.world.timeline.later(seconds, self._hamn, _wake, future)
        await future


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


@lru_cache(64)
def wall(now_s: float) -> str:
    minutes, ms = divmod(round(now_s * 1000), 60_000)
    return f"{_minute(minutes)}:{ms / 1000:06.3f}+00:00"


@lru_cache(4096)
def _minute(minutes: int) -> str:
    return (BEGIN + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M")


class Shells:
    """`ports.Shells` of one process."""

    def __init__(self, hamn: Hamn) -> None:
        self._hamn = hamn
        self.local: str | None = hamn.boot.machine.name

    async def open(self, machine: str) -> Conversation:
        hamn, world = self._hamn, self._hamn.world
        there = world.machines[machine]
        here = hamn.boot.machine
        clock = hamn.ports.clock
        if there is here:
            await clock.sleep(0.02)
            return self._opened(hamn.boot)
        await clock.sleep(0.05 + 0.3 * world.rng.random())
        if not (there.talks_with(here) and there.is_on):
            await clock.sleep(3.0)
            if not (there.talks_with(here) and there.is_on):
                raise Unreachable(
                    machine, "timeout", f"no answer from {there.address} port 22 within 3 s", "is it powered on?"
                )
        if not there.lets_in:
            raise Unreachable(machine, "key-refused", "it refuses this user's ssh key for root", "ssh-copy-id")
        boot = there.boot
        assert boot is not None
        if boot.frozen:
            await clock.sleep(1.2)
            if boot.frozen or boot.dead:
                raise Unreachable(
                    machine, "timeout", f"no answer from it within {OPEN_S} s: its sshd is there, but hangs"
                )
        return self._opened(boot)

    def _opened(self, boot: Boot) -> Conversation:
        conversation = Conversation(self._hamn, boot)
        self._hamn.conversations.append(conversation)
        conversation.look()
        return conversation


class Journal:
    """`ports.Journal` on the disk of the machine where it runs."""

    def __init__(self, hamn: Hamn) -> None:
        self._hamn = hamn
        self._entries = hamn.boot.machine.disk.journal

    def begin(self, operation: str, entry: Mapping[str, Any]) -> None:
        self._write(operation, entry, begins=True)

    def append(self, operation: str, entry: Mapping[str, Any]) -> None:
        self._write(operation, entry)

    def _write(self, operation: str, entry: Mapping[str, Any], *, begins: bool = False) -> None:
        hamn, disk = self._hamn, self._hamn.boot.machine.disk
        if hamn.dead:
            raise Killed
        if disk.fault:
            raise JournalError(f"/var/lib/hamn/operations/{operation}.jsonl: {disk.fault}")
        if begins and operation in self._entries:
            raise JournalError(f"/var/lib/hamn/operations/{operation}.jsonl: File exists")
        disk.note(operation, entry)
        if begins:
            hamn.world.mover = hamn
        if entry["event"] == "end":
            hamn.last_end_s = hamn.world.timeline.now_s
        if entry["event"] == "begin":
            if hamn.ports.stopped:
                hamn.world.violate("not-stopped", f"{entry['step']} begun, {hamn.ports.stopped[0]}")
            hamn.begun.add(entry["command"])
        hamn.world.wrote(hamn, operation, entry)
        hamn.world.point("written", hamn.name, entry)
        if hamn.dead:
            raise Killed

    def read(self, operation: str) -> Sequence[Mapping[str, Any]]:
        return self._entries[operation]

    def operations(self) -> Sequence[str]:
        return sorted(self._entries)
