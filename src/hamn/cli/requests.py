"""One handler a verb: words in, exit status out."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hamn.cli import screen
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


def _print(document: dict[str, Any]) -> None:
    print(json.dumps(document, indent=1))


def _world(words: Namespace) -> World:
    from hamn.wiring import real_world

    return real_world(read_pair(Path(words.pair)))


def status(words: Namespace) -> int:
    from hamn.verbs.status import status as ask

    world = _world(words)
    if words.watch:
        return screen.watch_status(lambda: asyncio.run(ask(world)), as_json=words.json)
    seen = asyncio.run(ask(world))
    if words.json:
        _print(seen.document())
    else:
        screen.show_status(seen)
    return int(seen.exit)


def check(words: Namespace) -> int:
    from hamn.verbs.check import check as ask

    result = asyncio.run(ask(_world(words), only=words.only, fix=words.fix))
    if words.json:
        _print(result.document())
    else:
        screen.lines(result.lines(screen.width()))
    return int(result.exit)


def init(words: Namespace) -> int:
    text = asyncio.run(_draft(Path(words.activate_mn) if words.activate_mn else None))
    if words.output is not None:
        path = Path(words.output).absolute()
        _write_new(path, text.encode())
        screen.note(f"{path} written: read it, fill in what is marked, then `hamn check`")
    if words.json:
        _print({"schema": "hamn.init/1", "exit_status": 0, "file": words.output, "declaration": text})
    elif words.output is None:
        print(text, end="")
    return 0


def _write_new(path: Path, content: bytes) -> None:
    from hamn.cli.new_file import write_new

    hint = "name another place with --output"
    try:
        write_new(path, content)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as why:
        raise Stop(Exit.FAILED, [error("output", f"can't write it: {why.strerror}", str(path), hint)]) from None


async def _draft(activate_mn: Path | None) -> str:
    from hamn.verbs.init import draft_declaration
    from hamn.wiring import shell_here

    shell = await shell_here()
    try:
        return await draft_declaration(shell, activate_mn)
    finally:
        await shell.close()


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
        planned = asyncio.run(_ask_plan(_world(words), words, verb))
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
        _print(plan_document(planned))
    elif getattr(words, "commands", False):
        screen.show_commands(planned)
    else:
        screen.show_plan(planned)
    return int(Exit.REFUSED if planned.refusals else Exit.DONE)


def move(words: Namespace) -> int:
    world = _world(words)
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
        return asyncio.run(_move(_world(words), words))


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
        _print(result.document())
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
    world = _world(words)
    return _bring_about(words, world, wish(world, words.chapter, words.on, getattr(words, "confirm_dead", None)))


def disks(words: Namespace) -> int:
    from hamn.verbs.disks import prepare, scan

    world = _world(words)
    if words.what == "prepare":
        return _bring_about(words, world, prepare(world, words.filesystem, words.device, words.other))
    found = asyncio.run(scan(world))
    if words.json:
        _print(found.document())
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
        _print(result.document())
    else:
        screen.show_result(result)
    return int(result.exit)


def sync(words: Namespace) -> int:
    from hamn.verbs.sync import sync as bring_over

    done = asyncio.run(bring_over(_world(words), only_look=words.diff or words.dry_run))
    if words.json:
        _print(done.document())
    else:
        for report in done.messages:
            screen.note(screen.report_line(report))
        screen.lines(done.lines())
    return int(done.exit)


def backup(words: Namespace) -> int:
    from hamn.verbs.backup import backup as make
    from hamn.verbs.backup import kept, planned

    world = _world(words)
    if words.list:
        found = asyncio.run(kept(world))
        if words.json:
            _print(found.document())
        else:
            screen.lines(screen.columns(found.rows()))
        return int(found.exit)
    if words.dry_run:
        return _show_plan(words, asyncio.run(planned(world)))
    made = asyncio.run(make(world))
    if words.json:
        _print(made.document())
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
    world = _world(words)
    wanted = asyncio.run(wish(world, words.backup))
    if words.dry_run:
        return _show_plan(words, asyncio.run(ask_plan(world, wanted)))
    progress = screen.Progress()
    result = asyncio.run(put_back(world, wanted, _confirm(world, words), progress.step))
    progress.end()
    if words.json:
        _print(result.document())
    else:
        screen.show_result(result)
    return int(result.exit)


def history(words: Namespace) -> int:
    from hamn.verbs.history import history as ask
    from hamn.verbs.history import operation as ask_one

    world = _world(words)
    if words.id is None:
        past = asyncio.run(ask(world))
        if words.json:
            _print(past.document())
        else:
            screen.lines(past.lines())
        return 0
    one = asyncio.run(ask_one(world, words.id))
    if words.json:
        _print(one.document())
    else:
        screen.lines(one.lines())
    return 0


def report(words: Namespace) -> int:
    from hamn.verbs.remnant import pair_or_remnant, stands_alone
    from hamn.verbs.report import report as ask
    from hamn.wiring import real_world

    if words.output is not None and os.path.lexists(words.output):
        raise _taken(Path(words.output))
    pair, broken = pair_or_remnant(Path(words.pair))
    machines = [pair.machines[0].name] if stands_alone(pair) else words.machine
    archive = asyncio.run(ask(real_world(pair), machines=machines, broken=broken))
    content = archive.content()
    path = Path(words.output or f"{archive.name}.tar.gz").absolute()
    _write_new(path, content)
    status = Exit.DEGRADED if archive.missing else Exit.DONE
    for missing in archive.missing:
        screen.note(f"not had: {missing}")
    if words.json:
        _print(
            {
                "schema": "hamn.report/1",
                "exit_status": int(status),
                "file": str(path),
                "bytes": len(content),
                "missing": [missing.document() for missing in archive.missing],
            }
        )
    else:
        print(path)
    return int(status)


def _taken(path: Path) -> Stop:
    return Stop(Exit.REFUSED, [error("output", "it is there already", str(path), "name another with --output")])


HANDLERS: dict[str, Callable[[Namespace], int]] = {
    "init": init,
    "check": check,
    "status": status,
    "plan": plan,
    "activate": move,
    "deactivate": move,
    "switchover": move,
    "failover": move,
    "rejoin": move,
    "resume": move,
    "setup": setup,
    "disks": disks,
    "sync": sync,
    "backup": backup,
    "restore": restore,
    "history": history,
    "report": report,
}
