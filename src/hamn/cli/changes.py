"""What moves the role, sets it up or keeps it, and the plans of that: words in, exit status out."""

from __future__ import annotations

import asyncio
import signal
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hamn.cli import screen
from hamn.cli.requests import print_document, world_of
from hamn.declaration.read import read_pair
from hamn.facts.facts import Facts
from hamn.model.pair import Pair
from hamn.model.step import Plan
from hamn.planning.move import plan_move
from hamn.reports.report import Exit, Stop, error
from hamn.verbs import moves
from hamn.verbs.moves import Aim, Belief
from hamn.verbs.operation import Confirm, Request, operate
from hamn.verbs.result import plan_document
from hamn.verbs.world import World, connections

if TYPE_CHECKING:
    from hamn.verbs.setup import Wish

INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def aim_of(words: Namespace, verb: str, pair: Pair, local: str | None, user: str) -> Aim:
    """Every moving verb but `resume`, whose aim is in a journal."""
    if verb == "activate":
        return moves.activate(pair, local, words.on)
    if verb == "deactivate":
        return moves.deactivate(pair, local, words.on)
    if verb == "switchover":
        return moves.switchover(pair, words.to)
    if verb == "rejoin":
        return moves.rejoin(pair, local, words.name)
    return moves.failover(pair, local, words.to, belief_of(words, user))


def belief_of(words: Namespace, user: str) -> Belief:
    return Belief(words.confirm_dead, user, words.fence_anyway)


def plan(words: Namespace) -> int:
    verb = words.planned
    if verb == "setup":
        return setup(words)
    if words.assume is not None:
        from hamn.verbs.assume import assumed

        pair = read_pair(Path(words.pair))

        if verb == "resume":
            raise Stop(
                Exit.USAGE, [error("assume", "resume needs the machines' own journals: leave --assume out")]
            )
        facts = assumed(pair, moves.machine_name(pair, words.assume), verb)
        if verb in ("activate", "deactivate", "rejoin"):
            local = words.assume if verb == "deactivate" else pair.other(words.assume).name
        else:
            local = None
        planned = _plan_of(pair, facts, aim_of(words, verb, pair, local, "you"))
    else:
        planned = asyncio.run(_ask_plan(world_of(words), words, verb))
    return _show_plan(words, planned)


def _plan_of(pair: Pair, facts: Facts, aim: Aim) -> Plan:
    return plan_move(pair, facts, aim(facts), "OPERATION")


async def _ask_plan(world: World, words: Namespace, verb: str) -> Plan:
    async with connections(world) as reached:
        facts = await reached.gather()
    if verb == "resume":
        _, aim = moves.resume(world.pair, facts, belief_of(words, world.user))
    else:
        aim = aim_of(words, verb, world.pair, world.local, world.user)
    return _plan_of(world.pair, facts, aim)


def _show_plan(words: Namespace, planned: Plan) -> int:
    if words.json:
        print_document(plan_document(planned))
    elif getattr(words, "commands", False):
        screen.show_commands(planned)
    else:
        screen.show_plan(planned)
    return int(Exit.REFUSED if planned.refusals else Exit.DONE)


def move(words: Namespace) -> int:
    world = world_of(words)
    if words.dry_run:
        return _show_plan(words, asyncio.run(_ask_plan(world, words, words.verb)))
    try:
        return asyncio.run(_move(world, words))
    except Stop as stop:
        # On a terminal, a failover without a fence device asks for the dead machine's name to be typed.
        if words.verb != "failover" or words.confirm_dead or stop.reports[0].code != "no-proof":
            raise
        words.confirm_dead = screen.type_name(stop)
        if words.confirm_dead is None:
            raise
        return asyncio.run(_move(world_of(words), words))


async def _move(world: World, words: Namespace) -> int:
    progress, confirm = screen.Progress(), _confirm(world, words)
    async with connections(world) as reached:
        if words.verb == "resume":
            operation, aim = moves.resume(world.pair, await reached.gather(), belief_of(words, world.user))
            warnings = moves.changed_since(world.pair, operation)
            request = Request(operation.verb, aim, confirm, progress.step, operation.id, warnings)
        else:
            aim = aim_of(words, words.verb, world.pair, world.local, world.user)
            request = Request(words.verb, aim, confirm, progress.step)
        result = await operate(world, reached, request)
        # The rest is telling, and its exit status is the operation's: nobody who presses twice gets another one.
        signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTIONS)
        progress.end()
    if words.json:
        print_document(result.document())
    else:
        screen.show_result(result)
    return int(result.exit)


def _confirm(world: World, words: Namespace) -> Confirm:
    async def confirm(planned: Plan) -> bool:
        agreed = words.yes or await screen.agrees(planned)
        if agreed:
            _stop_gently(world)
        return agreed

    return confirm


def _stop_gently(world: World) -> None:
    """From here on a signal stops new steps; what is begun goes to its end, the journal says where we are."""

    def stop(why: str) -> None:
        if not world.stopped:
            screen.note(f"{why}: what is begun goes to its end, nothing new begins")
        world.stopped.append(why)

    loop = asyncio.get_running_loop()
    for number in INTERRUPTIONS:
        loop.add_signal_handler(number, stop, f"interrupted by {signal.Signals(number).name}")


def setup(words: Namespace) -> int:
    """Also its plan, which differs by being shown and not done."""
    from hamn.cli.card import card, trust
    from hamn.verbs.setup import wish

    if words.chapter in ("card", "trust"):
        return (card if words.chapter == "card" else trust)(words)
    world = world_of(words)
    return _bring_about(words, world, wish(world, words.chapter, words.on, getattr(words, "confirm_dead", None)))


def disks(words: Namespace) -> int:
    from hamn.verbs.disks import prepare, scan

    world = world_of(words)
    if words.what == "prepare":
        return _bring_about(words, world, prepare(world, words.filesystem, words.device, words.other))
    found = asyncio.run(scan(world))
    if words.json:
        print_document(found.document())
    else:
        screen.lines(screen.columns(found.rows()))
    return 0


def _bring_about(words: Namespace, world: World, wanted: Wish) -> int:
    from hamn.verbs.setup import plan as ask_plan
    from hamn.verbs.setup import setup as set_up

    if words.verb == "plan" or words.dry_run:
        return _show_plan(words, asyncio.run(ask_plan(world, wanted)))
    progress = screen.Progress()
    result = asyncio.run(set_up(world, wanted, _confirm(world, words), progress.step))
    progress.end()
    if words.json:
        print_document(result.document())
    else:
        screen.show_result(result)
    return int(result.exit)


def backup(words: Namespace) -> int:
    from hamn.verbs.backup import backup as make
    from hamn.verbs.backup import kept, planned

    world = world_of(words)
    if words.list:
        found = asyncio.run(kept(world))
        if words.json:
            print_document(found.document())
        else:
            screen.lines(screen.columns(found.rows()))
        return int(found.exit)
    if words.dry_run:
        return _show_plan(words, asyncio.run(planned(world)))
    made = asyncio.run(make(world))
    if words.json:
        print_document(made.document())
    else:
        screen.lines(made.lines())
    return int(made.exit)


def restore(words: Namespace) -> int:
    from hamn.verbs.restore import restore as put_back
    from hamn.verbs.restore import wish
    from hamn.verbs.setup import plan as ask_plan

    if words.backup is None:
        words.list = True
        return backup(words)
    world = world_of(words)
    wanted = asyncio.run(wish(world, words.backup))
    if words.dry_run:
        return _show_plan(words, asyncio.run(ask_plan(world, wanted)))
    progress = screen.Progress()
    result = asyncio.run(put_back(world, wanted, _confirm(world, words), progress.step))
    progress.end()
    if words.json:
        print_document(result.document())
    else:
        screen.show_result(result)
    return int(result.exit)


HANDLERS: dict[str, Callable[[Namespace], int]] = {
    "plan": plan,
    "activate": move,
    "deactivate": move,
    "switchover": move,
    "failover": move,
    "rejoin": move,
    "resume": move,
    "setup": setup,
    "disks": disks,
    "backup": backup,
    "restore": restore,
}
