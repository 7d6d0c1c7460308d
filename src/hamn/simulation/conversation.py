"""An operator's hamn, one machine's agent, and the network: what `ports.Shell` promises, and how it breaks.

As `hamn.agent.conversation` and `hamn.remote.agent_shell` have it: a command that was begun goes on to its end;
one that was only asked for when the caller went is never begun; the lock is given up after the last command.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from hamn import __version__
from hamn.model.command import Answer, Command
from hamn.ports import Holder, Unreachable
from hamn.simulation import proof
from hamn.simulation.machine import Boot, Unit
from hamn.simulation.pair import HOOK
from hamn.simulation.programs import begin
from hamn.simulation.questions import answer_of

if TYPE_CHECKING:
    from hamn.simulation.operator import Hamn

ALIVE_S = 4.0
"""ssh gives up a connection whose other end went silent."""
SILENCE_S = 8.0
"""An agent gives up a caller that says nothing (hamn.agent.conversation)."""
CHANGES = frozenset(
    (
        "mount",
        "umount",
        "systemctl",
        "service",
        "ip",
        "tune2fs",
        "vgchange",
        "dmsetup",
        "exportfs",
        *HOOK,
        "fence_ipmilan",
    )
)
"""What may run only after its beginning is in the journal."""
BOOT_ID = "/proc/sys/kernel/random/boot_id"
WHO = ("who", "-b")
"""Every look at a machine asks for it."""
IN_THE_KERNEL = frozenset(("mount", "umount", "ip", "tune2fs", "vgchange", "dmsetup", "exportfs", "hamn-local"))
"""What may wait in it for a disk, a server, a lock, and can't be killed then (D state)."""
KILLED_S = 2.0
"""From a command's limit to its end."""

Said: TypeAlias = "tuple[int, str, str]"
Program: TypeAlias = "Generator[float | Unit, None, Said]"


class Running:
    """One command at work on a machine."""

    __slots__ = (
        "answered",
        "began_s",
        "command",
        "conversation",
        "ended",
        "fault",
        "future",
        "limit_s",
        "program",
        "waits",
    )

    def __init__(
        self, conversation: Conversation, command: Command, future: asyncio.Future[Answer], fault: str
    ) -> None:
        self.conversation, self.command, self.future, self.fault = conversation, command, future, fault
        self.began_s = conversation.world.timeline.now_s
        self.limit_s = self.began_s + command.timeout_s
        self.ended = self.answered = self.waits = False
        self.program = begin(conversation.boot, command)

    def start(self) -> None:
        timeline, boot = self.conversation.world.timeline, self.conversation.boot
        rng = self.conversation.world.rng
        if self.fault == "fails":
            timeline.later(0.01, boot, self._end, (1, "", "simulated: it failed"))
        elif self.fault == "says done":
            self.conversation.world.unheard += self.command.argv[:2] == ("hamn-local", "announce")
            timeline.later(0.01, boot, self._end, (0, "", ""))
        elif self.fault == "late" and self.command.argv[0] in IN_THE_KERNEL:
            # What no signal ends: it takes effect long after its caller got an answer.
            timeline.later(self.command.timeout_s, boot, self._limit, False)
            timeline.later(self.command.timeout_s + KILLED_S + 30 * rng.random(), boot, self._step)
        elif self.fault in ("hangs", "late"):
            timeline.later(self.command.timeout_s, boot, self._limit)
        elif self.fault == "slow":
            timeline.later(30 * rng.random(), boot, self._step)
        else:
            self._step()

    def _step(self) -> None:
        if self.ended:
            return
        timeline, boot = self.conversation.world.timeline, self.conversation.boot
        try:
            wait = next(self.program)
        except StopIteration as end:
            self._end(end.value)
            return
        if isinstance(wait, Unit):
            wait.listeners.append(self._step)
            if not self.waits and not self.answered:
                self.waits = True
                timeline.later(max(0.0, self.limit_s - timeline.now_s), boot, self._limit)
        elif timeline.now_s + wait > self.limit_s and not self.answered:
            timeline.later(max(0.0, self.limit_s - timeline.now_s), boot, self._limit)
        else:
            timeline.later(wait, boot, self._step)

    def _limit(self, killed: bool = True) -> None:
        """TERM, then KILL; then there is an answer, whether it is dead or not."""
        if self.ended or self.answered:
            return
        self.ended = killed
        if killed:
            self.program.close()
        world = self.conversation.world
        world.say(self.conversation.machine, "at its limit", self.command)
        world.timeline.later(KILLED_S * world.rng.random(), self.conversation.boot, self._tell, None, not killed)

    def _end(self, said: Said) -> None:
        world = self.conversation.world
        if self.ended:
            return
        self.ended = True
        if self.answered:
            world.say(self.conversation.machine, "ended at last", self.command, Answer(*said))
            self.conversation.unstuck(self)
            return
        if self.fault == "fails afterwards":
            said = (1, "", "simulated: it failed, after all was done")
        if self.fault == "hangs afterwards":
            left_s = max(0.0, self.limit_s - world.timeline.now_s)
            world.timeline.later(left_s, self.conversation.boot, self._tell, None)
        else:
            self._tell(said)

    def _tell(self, said: Said | None, alive: bool = False) -> None:
        """None: it had no end within its limit."""
        if self.answered:
            return
        self.answered = True
        world = self.conversation.world
        status, out, err = said or (None, "", "")
        answer = Answer(status, out, err, world.timeline.now_s - self.began_s, said is None, alive)
        world.say(self.conversation.machine, "ended", self.command, answer)
        self.conversation.ended(self, answer)
        world.point("ended", self.conversation.machine, self.command)


class Conversation:
    """`ports.Shell`, and the agent at its other end."""

    version = __version__

    def __init__(self, hamn: Hamn, boot: Boot) -> None:
        self.hamn, self.boot, self.world = hamn, boot, hamn.world
        self.machine = boot.machine.name
        self.is_local = hamn.boot is boot
        self.waiting: dict[asyncio.Future[Any], None] = {}
        self.lost = ""
        self.there = True
        """To the agent: the caller is."""
        self.running = 0
        self.stuck: list[Running] = []
        """Answered for, killed and alive."""
        self._out = self._back = True
        """What comes through, to the agent and to the operator."""
        self._held: list[tuple[bool, Callable[..., object], tuple[Any, ...]]] = []
        """What is on its way while nothing comes through: (to the agent, ...)."""
        self._timers: list[Any] = []
        boot.conversations.append(self)
        self.world.conversations.append(self)

    # -- the operator's end

    async def run(self, command: Command) -> Answer:
        if not self.lost:
            proof.demanded(self, command)
        said = self.said_at_once(command)
        if said is not None:
            return said
        future: asyncio.Future[Answer] = self._expect()
        self._to_agent(self._asked, command, future)
        return await future

    def said_at_once(self, command: Command) -> Answer | None:
        """What is answered without any time passing: a question, in a world where these take none."""
        if self.lost:
            return Answer(None, lost=self.lost)
        if command.argv[-1] == BOOT_ID or command.argv == WHO:
            self.hamn.last_look_s = self.world.timeline.now_s
        if not self.is_quick:
            return None
        said = answer_of(self.boot, command.argv)
        if said is None:
            return None
        answer = Answer(said[0], said[1], said[2])
        if self.hamn.told:
            proof.heard(self, command, answer)
        return answer

    @property
    def is_quick(self) -> bool:
        """Questions take no time."""
        return bool(self.lost) or (self.world.at_once and self.there and self._out and self._back)

    def looked_at(self) -> Boot | None:
        """Where every question is answered at once and sensibly: of whom, and that is a look at it."""
        if self.lost or self.boot.machine.mute or not self.is_quick:
            return None
        self.hamn.last_look_s = self.world.timeline.now_s
        if self.hamn.told:
            proof.looked(self)
        return self.boot

    async def lock(self, holder: Holder) -> Holder | None:
        if self.lost:
            raise Unreachable(self.machine, "lost", self.lost, "try again")
        future: asyncio.Future[Holder | Answer | None] = self._expect()
        self._to_agent(self._take_lock, holder, future)
        found = await future
        if isinstance(found, Answer):
            raise Unreachable(self.machine, "lost", found.lost, "try again")
        return found

    async def close(self) -> None:
        if not self.hamn.dead:
            self._lose("the connection was closed")
            self.caller_gone()

    def _expect(self) -> asyncio.Future[Any]:
        assert self.hamn.loop is not None
        future: asyncio.Future[Any] = asyncio.Future(loop=self.hamn.loop.asyncio)
        self.waiting[future] = None
        return future

    def _heard(self, future: asyncio.Future[Any], value: object, command: Command | None = None) -> None:
        if not self.lost and not future.done():
            del self.waiting[future]
            future.set_result(value)
            if self.hamn.told and command is not None and isinstance(value, Answer):
                proof.heard(self, command, value)

    def _lose(self, why: str) -> None:
        if self.lost:
            return
        self.lost = why
        waiting, self.waiting = self.waiting, {}
        for future in waiting:
            if not future.done():
                future.set_result(Answer(None, lost=why))
        self._forget()

    def caller_gone(self) -> None:
        """The operator's end is closed, however: the agent hears of it when the network lets it."""
        if self._out:
            self.world.timeline.later(0.002, self.boot, self.part)
        else:
            self._timers.append(self.world.timeline.timer(SILENCE_S, self.boot, self.part))

    # -- the network between

    def _to_agent(self, callback: Callable[..., object], *args: Any) -> None:
        if self._out:
            self.world.timeline.later(self._delay_s(), self.boot, callback, *args)
        else:
            self._held.append((True, callback, args))

    def _to_caller(self, callback: Callable[..., object], *args: Any) -> None:
        if self._back:
            self.world.timeline.later(self._delay_s(), self.hamn, callback, *args)
        else:
            self._held.append((False, callback, args))

    def _delay_s(self) -> float:
        return (0.0002 if self.is_local else 0.001) * (0.5 + self.world.rng.random())

    def look(self) -> None:
        """Something at either end or between has changed."""
        hamn, boot = self.hamn, self.boot
        if self.is_local and hamn.dead and self.there and not (boot.dead or boot.frozen):
            self.world.timeline.later(0.002, boot, self.part)  # killed while both were frozen
        awake = not (hamn.dead or hamn.frozen or boot.dead or boot.frozen)
        here, there = hamn.boot.machine, boot.machine
        out, back = awake and here.reaches(there), awake and there.reaches(here)
        if (out, back) == (self._out, self._back):
            return
        self._out, self._back = out, back
        for timer in self._timers:
            timer.cancel()
        self._timers = []
        timeline = self.world.timeline
        held, self._held = self._held, []
        for to_agent, callback, args in held:
            if out if to_agent else back:
                timeline.later(self._delay_s(), boot if to_agent else hamn, callback, *args)
            else:
                self._held.append((to_agent, callback, args))
        if out and self.lost:
            timeline.later(0.002, boot, self.part)
        elif back and not self.there:
            timeline.later(0.01, hamn, self._lose, f"connection to {self.machine} lost")
        if not (self.is_local or (out and back)):
            self._timers = [timeline.timer(ALIVE_S, hamn, self._unanswered)]
            if not out:
                self._timers.append(timeline.timer(SILENCE_S, boot, self.part))

    def _unanswered(self) -> None:
        """ssh gives up; the agent hears of it where what ssh sends still arrives."""
        self._lose(f"connection to {self.machine} lost: not responding")
        if self._out:
            self.caller_gone()

    def break_now(self) -> None:
        """The connection is reset: both ends learn it at once."""
        self.world.timeline.soon(self.hamn, self._lose, f"connection to {self.machine} lost: reset")
        self.part()

    # -- the agent's end

    def _asked(self, command: Command, future: asyncio.Future[Answer]) -> None:
        if not self.there:
            return
        said = answer_of(self.boot, command.argv)
        if said is not None:
            if self.world.trace_questions:
                self.world.say(self.machine, "asked", command)
            # What could happen between its answer and its hearing could happen before: one event is enough.
            answer = Answer(said[0], said[1], said[2])
            if self._back:
                self._heard(future, answer, command)
            else:
                self._to_caller(self._heard, future, answer, command)
            return
        if command.argv[0] in CHANGES and str(command) not in self.hamn.begun:
            self.world.violate("not-written", f"{self.machine} was told {command}, of which no journal knows")
        if command.argv[0] in CHANGES and self.boot.lock is not self:
            self.world.violate("not-locked", f"{self.machine} was told {command} by one who hasn't its lock")
        fault = self.world.point("asked", self.machine, command)
        if fault == "lost before":
            self.break_now()
        if not self.there or self.boot.dead:
            return
        self.running += 1
        self.world.say(self.machine, "begun", command, fault)
        running = Running(self, command, future, fault)
        running.start()
        if fault == "lost":
            self.break_now()
        self.world.point("begun", self.machine, command)

    def ended(self, running: Running, answer: Answer) -> None:
        self.running -= 1
        if answer.alive and running.command.changes:
            self.stuck.append(running)
            self._write_holder()
        if running.fault == "lost afterwards":
            self.break_now()
        if self.there:
            self._to_caller(self._heard, running.future, answer, running.command)
        else:
            self._let_go()

    def _take_lock(self, holder: Holder, future: asyncio.Future[Any]) -> None:
        if not self.there:
            return
        busy = self.boot.lock
        if busy is None or busy is self:
            self.boot.lock = self
            self.holder = holder
            self.hamn.locked()
            self.world.say(self.machine, f"lock taken by {holder.verb} of {holder.machine}")
            self._to_caller(self._heard, future, None)
        else:
            self.hamn.refused_by = busy.holder
            self._to_caller(self._heard, future, busy.holder)

    def part(self) -> None:
        """The caller is gone, or shall believe so."""
        if not self.there:
            return
        self.there = False
        if self._back and not self.hamn.dead and not self.lost:
            self.world.timeline.later(self._delay_s(), self.hamn, self._lose, f"connection to {self.machine} lost")
        self._let_go()

    def unstuck(self, running: Running) -> None:
        if running in self.stuck:
            self.stuck.remove(running)
            self._write_holder()
            self._let_go()

    def _write_holder(self) -> None:
        """Whose lock it is, and what doesn't let it go."""
        if self.boot.lock is self:
            words = ", ".join(f"{running.command} (pid 4711)" for running in self.stuck)
            self.holder = replace(self.holder, stuck=words)

    def _let_go(self) -> None:
        if self.there or self.running:
            return
        if self.stuck and self.boot.lock is self:
            self.holder = replace(self.holder, left=True)
        else:
            if self.boot.lock is self:
                self.boot.lock = None
            if self in self.boot.conversations:
                self.boot.conversations.remove(self)
            self._forget()

    def _forget(self) -> None:
        """When neither end has anything more to do with it."""
        gone = (self.lost or self.hamn.dead) and self not in self.boot.conversations
        if gone and self in self.world.conversations:
            self.world.conversations.remove(self)
