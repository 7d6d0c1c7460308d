"""`backup`: every database dumped where the data is, onto that machine's own disk; and which backups there are.

No lock is taken: it only reads, and nothing may keep a failover waiting. A switchover that stops the database
meanwhile ends the dump, and the earlier backups stand.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hamn.facts.facts import Facts
from hamn.model.step import Plan
from hamn.planning.backup import backup_refusals, backup_step, list_backups
from hamn.reports.report import Exit, Report, Stop, error, warning
from hamn.resources.kind import Site
from hamn.verbs.moves import here
from hamn.verbs.result import names
from hamn.verbs.world import Connections, World, connections


@dataclass(frozen=True, slots=True)
class Made:
    """A new backup: its own account, and what is missing from it."""

    machine: str
    directory: str
    manifest: Mapping[str, Any]
    messages: tuple[Report, ...] = ()

    @property
    def exit(self) -> Exit:
        return Exit.DEGRADED if self.messages else Exit.DONE

    def document(self) -> dict[str, Any]:
        return {
            "schema": "hamn.backup/1",
            "exit_status": int(self.exit),
            "machine": self.machine,
            "directory": self.directory,
            "backup": self.manifest["name"],
            "databases": self.manifest["databases"],
            "messages": [report.document() for report in self.messages],
        }

    def lines(self) -> list[str]:
        what = names(sorted(self.manifest["databases"]))
        return [f"{self.directory}/{self.manifest['name']}: {what}, tried out", *map(str, self.messages)]


@dataclass(frozen=True, slots=True)
class Kept:
    """By machine, its backups' own accounts, the newest last; a machine that doesn't answer is in none."""

    backups: Mapping[str, tuple[Mapping[str, Any], ...]]
    silent: tuple[Report, ...] = ()

    @property
    def exit(self) -> Exit:
        return Exit.DEGRADED if self.silent else Exit.DONE

    def document(self) -> dict[str, Any]:
        return {
            "schema": "hamn.backups/1",
            "exit_status": int(self.exit),
            "backups": [{**each, "machine": name} for name, all_ in self.backups.items() for each in all_],
            "messages": [report.document() for report in self.silent],
        }

    def rows(self) -> list[list[str]]:
        rows = [["backup", "on", "databases", "age", ""]]
        for machine, all_ in self.backups.items():
            for each in all_:
                age = f"{each['age_s'] / 3600:.1f} h"
                rows.append([each["name"], machine, ", ".join(sorted(each["databases"])), age, each["why"]])
        return [*rows, *([str(report)] for report in self.silent)]


async def planned(world: World) -> Plan:
    async with connections(world) as reached:
        return _plan(world, await reached.gather(), here(world.pair, world.local, None))


def _plan(world: World, facts: Facts, name: str) -> Plan:
    goal = f"{world.pair.name} backed up on {name}"
    refusals = tuple(backup_refusals(world.pair, facts, name))
    if refusals:
        return Plan("backup", goal, refusals=refusals)
    return Plan("backup", goal, (backup_step(Site(world.pair, world.pair.machine(name), facts)),))


async def backup(world: World) -> Made:
    """Of the machine that it is typed on. Raises Stop where that isn't active, and where none could be made."""
    name, pair = here(world.pair, world.local, None), world.pair
    async with connections(world) as reached:
        plan = _plan(world, await reached.gather(), name)
        if plan.refusals:
            raise Stop(Exit.REFUSED, [error("refused", why) for why in plan.refusals])
        (step,) = plan.work
        assert step.command is not None
        answer = await reached.shells[name].run(step.command)
    try:
        manifest = json.loads(answer.stdout)
    except ValueError:
        status = Exit.REFUSED if answer.exit_status == Exit.REFUSED else Exit.FAILED
        hint = "" if status is Exit.REFUSED else "the earlier backups stand"
        raise Stop(status, [error("no-backup", answer.complaint, name, hint)]) from None
    lacks = tuple(warning("backup-lacks", each, name) for each in manifest["lacks"])
    return Made(name, pair.backup.directory, manifest, lacks)


async def kept(world: World) -> Kept:
    async with connections(world) as reached:
        return await backups_of(world, reached)


async def backups_of(world: World, reached: Connections) -> Kept:
    command = list_backups(world.pair.backup.directory)
    answers = await asyncio.gather(*(shell.run(command) for shell in reached.shells.values()))
    found, silent = {}, [error(why.code, why.why, why.machine, why.hint) for why in reached.unreachable.values()]
    for name, answer in zip(reached.shells, answers, strict=True):
        try:
            found[name] = tuple(json.loads(answer.stdout))
        except ValueError:
            silent.append(error("backups-unknown", answer.complaint, name))
    return Kept(found, tuple(silent))
