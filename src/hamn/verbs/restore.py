"""`restore`: the databases as a backup has them, on the machine that holds them, under the pair's lock.

Whoever uses them stops first; once they are back an ordinary activation starts what was stopped, and generates
what comes from the tables. Typed again after an interruption it goes on: what is as the backup has it stays.
"""

from __future__ import annotations

from dataclasses import replace

from hamn.facts.facts import Facts
from hamn.model.step import Plan
from hamn.planning.backup import backup_refusals, restore_check, restore_steps
from hamn.planning.goal import Answered, Goal
from hamn.planning.setup.desk import Desk
from hamn.reports.report import Exit, Stop, error, warning
from hamn.resources.kind import Site
from hamn.running.run import Watch
from hamn.verbs.backup import backups_of
from hamn.verbs.moves import here
from hamn.verbs.operation import Confirm, Request, operate
from hamn.verbs.result import Result, names
from hamn.verbs.setup import Wish, after, setup
from hamn.verbs.status import status_of
from hamn.verbs.world import World, connections

LATEST = "latest"


async def wish(world: World, backup: str) -> Wish:
    """`backup`: a name, or "latest" of this machine. Raises Stop for one that isn't here."""
    pair, name = world.pair, here(world.pair, world.local, None)
    async with connections(world) as reached:
        facts = await reached.gather()
        kept = await backups_of(world, reached)
    mine = [each["name"] for each in kept.backups.get(name, ())]
    stamp = mine[-1] if backup == LATEST and mine else backup
    refusals = list(backup_refusals(pair, facts, name))
    if refusals:
        raise Stop(Exit.REFUSED, [error("refused", why) for why in refusals])
    if stamp not in mine:
        elsewhere = [m for m, all_ in kept.backups.items() if any(each["name"] == stamp for each in all_)]
        place = f"{pair.backup.directory}/{stamp}"
        hint = f"copy {place} from {names(elsewhere)}" if elsewhere else "`hamn restore` lists what there is"
        raise Stop(Exit.REFUSED, [error("no-such-backup", f"no backup {stamp} on {name}", name, hint)])
    return Wish(
        f"restore {stamp}",
        name,
        f"the databases as they were at {stamp}",
        lambda facts: backup_refusals(pair, facts, name),
        lambda facts, ground: restore_steps(Desk(Site(pair, pair.machine(name), facts), ground), stamp),
        done=restore_check(Site(pair, pair.machine(name), facts), stamp),
    )


async def restore(world: World, wanted: Wish, confirm: Confirm, watch: Watch) -> Result:
    """Raises Stop for what is refused before anything was done."""
    first = await setup(world, wanted, confirm, watch)
    if first.exit is not Exit.DONE:
        return first

    def goal(_facts: Facts) -> Goal:
        return Goal("activate", wanted.machine, Answered(), gives=False)

    async def agreed(_plan: Plan) -> bool:
        return True

    async with connections(world) as reached:
        if status_of(world.pair, await reached.gather()).roles[wanted.machine] == "active":
            return first
        request = Request("activate", goal, agreed if first.operation else confirm, watch)
        last = await operate(world, reached, request)
    if last.exit is Exit.DONE:
        return replace(after(first, last), headline=wanted.goal)
    mend = warning("not-whole", "the databases are restored", hint="`hamn activate` when it is mended")
    return replace(after(first, last), messages=(*first.messages, *last.messages, mend))
