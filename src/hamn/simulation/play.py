"""Operators: real verbs, typed on a machine of the simulated world."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hamn.model.pair import Pair
from hamn.reports.report import Exit, Stop
from hamn.simulation import audits
from hamn.simulation.operator import Hamn, Killed
from hamn.verbs import moves
from hamn.verbs.moves import Aim, Belief
from hamn.verbs.operation import Request, operate
from hamn.verbs.result import Result
from hamn.verbs.status import Status
from hamn.verbs.status import status as ask_status
from hamn.verbs.world import connections

if TYPE_CHECKING:
    from hamn.simulation.world import World


@dataclass(frozen=True, slots=True)
class Words:
    """What is typed: `hamn VERB [NAME]` and the options that are proof."""

    verb: str
    name: str | None = None
    """--to, --on, or rejoin's argument."""
    confirm_dead: str | None = None
    fence_anyway: bool = False

    def __str__(self) -> str:
        said = ["hamn", self.verb, *([self.name] if self.name else [])]
        said += ["--confirm-dead", self.confirm_dead] if self.confirm_dead else []
        return " ".join([*said, *(["--fence-anyway"] if self.fence_anyway else [])])


@dataclass(slots=True)
class Typed:
    """One command typed at a machine and what came of it."""

    words: Words
    where: str
    hamn: Hamn
    began_s: float
    result: Result | None = None
    stop: Stop | None = None
    status: Status | None = None
    error: BaseException | None = None
    ended_s: float | None = None
    messages: list[str] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Ended, or killed, or its machine is off."""
        return self.ended_s is not None or self.hamn.dead

    @property
    def exit(self) -> Exit | None:
        """None: nobody was there any more to say it."""
        if self.result is not None:
            return self.result.exit
        return self.stop.status if self.stop is not None else None

    @property
    def code(self) -> str:
        """Of the first report, where it was stopped."""
        return self.stop.reports[0].code if self.stop is not None and self.stop.reports else ""

    def __str__(self) -> str:
        if self.result is not None:
            said = "; ".join(str(message) for message in self.result.messages)
            return f"{self.result.outcome} (exit {int(self.result.exit)}), active {self.result.active}: {said}"
        if self.stop is not None:
            return f"exit {int(self.stop.status)}: {self.stop}"
        if self.status is not None:
            return f"active {self.status.active}: " + "; ".join(str(report) for report in self.status.trouble)
        return f"{type(self.error).__name__}: {self.error}" if self.error else "no word"


def type_at(world: World, where: str, words: Words) -> Typed | None:
    """Type it there; None when the machine is off or frozen: nobody can type."""
    boot = world.machines[where].boot
    if boot is None or boot.frozen:
        return None
    hamn = Hamn(world, boot, f"{words.verb}@{where}#{world.hamns + 1}")
    hamn.has_word = words.confirm_dead is not None
    typed = Typed(words, where, hamn, world.timeline.now_s)
    world.operators[hamn.pid] = words.verb, where, hamn.ports.clock.wall()
    world.say(hamn.name, f"typed: {words}")
    hamn.start(_work(typed), lambda task: _over(world, typed, task))
    return typed


def _over(world: World, typed: Typed, task: asyncio.Task[object]) -> None:
    typed.hamn.leave()
    if typed.hamn.dead:
        return
    typed.ended_s = world.timeline.now_s
    world.timeline.news = True
    typed.error = task.exception()
    error = typed.error
    world.say(typed.hamn.name, f"said: {typed}")
    if error is not None and not isinstance(error, Stop | Killed):
        world.violate("crash", f"{typed.words} at {typed.where}: {type(error).__name__}: {error}")
    for complaint in typed.hamn.loop.complaints if typed.hamn.loop else ():
        if not isinstance(complaint, Killed):
            world.violate(
                "crash", f"{typed.words} at {typed.where}, aside: {type(complaint).__name__}: {complaint}"
            )
    if typed.code == "busy":
        audits.told(world, typed.hamn, str(typed.stop))
    if typed.result is not None:
        audits.result(world, typed.hamn, typed.result)
    if typed.ended_s - typed.began_s > audits.BOUND_S:
        world.violate("no-end", f"{typed.words} took {typed.ended_s - typed.began_s:.0f} s")


async def _work(typed: Typed) -> None:
    try:
        if typed.words.verb == "status":
            typed.status = await ask_status(typed.hamn.ports)
        else:
            typed.result = await _move(typed)
    except Stop as stop:
        typed.stop = stop


async def _move(typed: Typed) -> Result:
    """As `hamn.cli.changes` does it, with an operator who says yes."""
    ports, words = typed.hamn.ports, typed.words
    belief = Belief(words.confirm_dead, ports.user, words.fence_anyway)
    async with connections(ports) as reached:
        if words.verb == "resume":
            operation, aim = moves.resume(ports.pair, await reached.gather(), belief)
            request = Request(operation.verb, aim, _yes, _watch, resumes=operation.id)
        else:
            aim = aim_of(words, ports.pair, ports.local, belief)
            request = Request(words.verb, aim, _yes, _watch)
        return await operate(ports, reached, request)


def aim_of(words: Words, pair: Pair, local: str | None, belief: Belief) -> Aim:
    if words.verb == "activate":
        return moves.activate(pair, local, words.name)
    if words.verb == "deactivate":
        return moves.deactivate(pair, local, words.name)
    if words.verb == "switchover":
        return moves.switchover(pair, words.name)
    if words.verb == "rejoin":
        return moves.rejoin(pair, local, words.name)
    assert words.verb == "failover"
    return moves.failover(pair, local, words.name, belief)


async def _yes(plan: object) -> bool:
    return True


def _watch(step: object, result: object) -> None: ...
