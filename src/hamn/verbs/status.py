"""Who is active, what each machine holds, and what is wrong: from facts alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from hamn.facts.facts import Facts, MachineFacts, Operation
from hamn.model.pair import Pair
from hamn.planning.drift import Drift, State
from hamn.planning.refusal import kept, mend_record, owns_now, stuck
from hamn.reports.report import Exit, Report, Severity, Stop, error, warning
from hamn.resources.kind import Hold
from hamn.resources.kinds import hold
from hamn.verbs.listing import look
from hamn.verbs.result import names
from hamn.verbs.world import World, connections

LATE_S = 600.0


@dataclass(frozen=True, slots=True)
class Status:
    """`roles` by machine: "active", "active, degraded", "standby", "holds part", "unknown"."""

    pair: Pair
    facts: Facts
    roles: dict[str, str]
    holds: dict[str, dict[str, Hold]]
    """By resource id, then machine."""
    trouble: tuple[Report, ...]
    drift: Drift | None = None
    """What the standby lacks of the active machine's files; None where it isn't known, or nothing is declared."""

    @property
    def active(self) -> str | None:
        """The one machine that holds the role; None when nobody does, or more than one seems to."""
        active = [name for name, role in self.roles.items() if role.startswith("active")]
        return active[0] if len(active) == 1 else None

    @property
    def headline(self) -> str:
        """Who is active, in a word that is true: not to know who is isn't to know that nobody is."""
        active = [name for name, role in self.roles.items() if role.startswith("active")]
        if len(active) > 1:
            return "TWO MACHINES are active"
        if active:
            return f"{active[0]} is active"
        unknown = [name for name, role in self.roles.items() if role == "unknown"]
        return f"it isn't known whether {' or '.join(unknown)} is active" if unknown else "NOBODY is active"

    @property
    def exit(self) -> Exit:
        if self.active is None:
            return Exit.FAILED
        return Exit.DEGRADED if any(r.severity is not Severity.INFO for r in self.trouble) else Exit.DONE

    def document(self) -> dict[str, Any]:
        owner = self.facts.last_known
        return {
            "schema": "hamn.status/1",
            "pair": self.pair.name,
            "active": self.active,
            "exit_status": int(self.exit),
            "owner": None
            if owner is None
            else {
                "machine": owner.machine,
                "epoch": owner.epoch,
                "released_by": owner.released_by,
                "at": owner.at,
            },
            "machines": [
                {
                    "name": name,
                    "address": self.pair.machine(name).address,
                    "role": self.roles[name],
                    "answers": seen.answers,
                    "why_not": seen.why_not,
                    "boot_id": seen.boot_id,
                    "version": seen.version,
                }
                for name, seen in self.facts.machines.items()
            ],
            "resources": [
                {"id": id_, "kind": id_.partition(".")[0], "states": {m: str(h) for m, h in by_machine.items()}}
                for id_, by_machine in self.holds.items()
            ],
            "operations": [
                {
                    "id": o.id,
                    "verb": o.verb,
                    "goal": o.goal,
                    "machine": o.machine,
                    "user": o.user,
                    "begun": o.begun,
                    "running": o.running,
                }
                for o in self.facts.open_operations
            ],
            "sync": _sync_document(self.drift) if self.drift else None,
            "trouble": [report.document() for report in self.trouble],
        }


def _sync_document(drift: Drift) -> dict[str, Any]:
    return {
        "from": drift.owner,
        "to": drift.other,
        "same": len(drift.of(State.SAME)),
        "behind": [file.path for file in drift.of(State.BEHIND)],
        "refused": [file.path for file in drift.of(State.REFUSED)],
        "lag_s": drift.lag_s,
        "received": drift.received,
    }


async def status(world: World) -> Status:
    async with connections(world) as reached:
        facts = await reached.gather()
        seen = status_of(world.pair, facts)
        if seen.active is None or not all(machine.answers for machine in facts.machines.values()):
            return seen
        try:
            found = await look(world.pair, reached, facts, seen.active)
        except Stop:  # nothing is declared, or one can't list it: `check` says which
            return seen
        return replace(seen, drift=found, trouble=(*seen.trouble, *_late(found)))


def _late(drift: Drift) -> Iterator[Report]:
    """A change that is on its way is no trouble."""
    for file in drift.of(State.REFUSED):
        yield warning("sync-refused", f"{file.path}: {file.why}", hint=file.hint)
    if drift.lag_s > LATE_S:
        count = len(drift.of(State.BEHIND))
        what = f"lacks {count} of {drift.owner}'s files, the oldest change {drift.lag_s / 60:.0f} minutes ago"
        yield warning("sync-late", what, drift.other, "`hamn sync`")


def status_of(pair: Pair, facts: Facts) -> Status:
    """Pure: the same facts give the same status."""
    holds = {r.id: {name: hold(r, seen) for name, seen in facts.machines.items()} for r in pair.resources}
    roles = {name: _role(seen, holds) for name, seen in facts.machines.items()}
    return Status(pair, facts, roles, holds, tuple(_trouble(pair, facts, holds, roles)))


def _role(seen: MachineFacts, holds: dict[str, dict[str, Hold]]) -> str:
    if not seen.answers:
        return "unknown"
    mine = [by_machine[seen.name] for by_machine in holds.values()]
    if seen.owner_trouble:
        return "unknown"
    owner = seen.owner
    owns = owner is not None and owner.machine == seen.name and owner.boot_id == seen.boot_id
    if owns and all(h.enough for h in mine):
        return "active"
    if owns:
        return "active, degraded"
    if all(h.nothing for h in mine):
        return "standby"
    if all(h.nothing or h is Hold.UNKNOWN for h in mine):
        return "unknown"
    return "holds part"


def _trouble(
    pair: Pair, facts: Facts, holds: dict[str, dict[str, Hold]], roles: dict[str, str]
) -> Iterator[Report]:
    for name, seen in facts.machines.items():
        if not seen.answers:
            yield error("no-answer", f"doesn't answer: {seen.why_not}", name, seen.hint)
        elif not seen.boot_id or seen.mounts is None or seen.addresses is None:
            why = f" ({seen.blind})" if seen.blind else ""
            yield error("blind", f"answers, but what it holds can't be asked{why}", name, "look at its log")
        if seen.stuck:
            what, way = stuck(pair, facts, seen)
            yield error("stuck", what, hint=way)
        if took := kept(pair, seen):
            yield error("not-given-back", took[0], hint=took[1])
        if seen.owner_trouble:
            yield error("owner-unreadable", seen.owner_trouble, name, mend_record(pair, seen))
    yield from _operations(facts)
    part = [name for name, role in roles.items() if role == "holds part"]
    active = [name for name, role in roles.items() if role.startswith("active")]
    if len(active) > 1:
        yield error(
            "two-owners", f"{names(active)} both hold the role", hint="`hamn deactivate` on the wrong one, now"
        )
    if not active and not any(seen.owner_trouble or kept(pair, seen) for seen in facts.machines.values()):
        yield _nobody(facts, part)
    yield from _misplaced(pair, facts, holds, roles, active)
    yield from _returned(facts)
    yield from _differences(pair, facts)


RESUME = "`hamn resume`"


def _is_interrupted(facts: Facts) -> bool:
    return any(
        not operation.running and not operation.sets_up and _resumable(facts, operation)
        for operation in facts.open_operations
    )


def _resumable(facts: Facts, operation: Operation) -> bool:
    """What only gives back needs the machine that gives."""
    return operation.active is not None or operation.only is None or facts[operation.only].answers


def _nobody(facts: Facts, part: list[str]) -> Report:
    silent = [name for name, seen in facts.machines.items() if not seen.answers]
    last = facts.last_known
    if _is_interrupted(facts):
        return error("nobody", "nobody holds the role", hint=RESUME)
    for name in silent:
        if facts[name].lives:
            what = f"it isn't known what {name} holds, and it lives"
            return error("nobody-seen", what, hint=facts[name].hint)
    if silent:
        held = f"; {last.machine} held it last (epoch {last.epoch})" if last and last.machine else ""
        return error(
            "nobody-seen",
            f"no machine that answers holds the role{held}",
            hint=f"`hamn failover` proves {names(silent)} dead and takes it",
        )
    where = (
        f"`hamn activate --on {part[0]}`" if len(part) == 1 else "`hamn activate` on the machine that shall serve"
    )
    return error("nobody", "nobody holds the role", hint=where)


def complete(pair: Pair, facts: Facts, name: str) -> str:
    """How the active machine gets what it lacks: with the other silent it may only start what takes nothing."""
    if facts[pair.other(name).name].answers or owns_now(pair, facts[name]):
        return "`hamn activate` there starts what is missing"
    return f"`hamn failover --to {name}` takes what is missing"


def _misplaced(
    pair: Pair, facts: Facts, holds: dict[str, dict[str, Hold]], roles: dict[str, str], active: list[str]
) -> Iterator[Report]:
    interrupted = _is_interrupted(facts)
    for id_, by_machine in holds.items():
        both = [name for name, held in by_machine.items() if held in (Hold.HELD, Hold.PARTLY)]
        if len(both) > 1 and len(active) <= 1:
            yield error("held-twice", f"{id_} is on both machines", hint="`hamn deactivate` on the standby")
        for name in active:
            if not by_machine[name].enough and not facts[name].owner_trouble:
                hint = RESUME if interrupted else complete(pair, facts, name)
                yield error("not-held", f"{id_} is {by_machine[name]}", name, hint)
    for name, role in roles.items():
        if role == "holds part" and not facts[name].owner_trouble and not kept(pair, facts[name]):
            parts = [id_ for id_, by in holds.items() if by[name] in (Hold.HELD, Hold.PARTLY)]
            hint = f"`hamn rejoin {name}`" if active else f"`hamn activate --on {name}`"
            hint = RESUME if interrupted else hint
            yield error("partial", f"holds {names(parts)} without owning the data", name, hint)


def _returned(facts: Facts) -> Iterator[Report]:
    """A machine that was active, went down, and came back as nobody."""
    last = facts.last_known
    for name, seen in facts.machines.items():
        mine = seen.remembered
        if mine is None or mine.machine != name or seen.owner is not None or last is None:
            continue
        if last.epoch > mine.epoch and last.machine != name:
            now = f"{last.machine} holds it" if last.machine else "it was given back"
            yield warning(
                "returned",
                f"was active until it went down (epoch {mine.epoch}); since then {now} (epoch {last.epoch})",
                name,
                f"`hamn rejoin {name}` makes it a standby",
            )


def _operations(facts: Facts) -> Iterator[Report]:
    for operation in facts.open_operations:
        begun = f"begun {operation.begun} by {operation.user}"
        if operation.running:
            yield warning("running", f"{operation.verb} is at work, {begun}", operation.machine)
        else:
            what = f"{operation.verb} ({operation.goal}), {begun}, has no end"
            if operation.sets_up:
                yield error(
                    "interrupted", what, operation.machine, f"`hamn {operation.verb}` again goes on with it"
                )
                continue
            is_stuck = any(seen.stuck for seen in facts.machines.values())  # then that has to end first
            hint = RESUME if _resumable(facts, operation) else "`hamn failover` takes the role under proof"
            yield error("interrupted", what, operation.machine, "" if is_stuck else hint)


def _differences(pair: Pair, facts: Facts) -> Iterator[Report]:
    answering = [seen for seen in facts.machines.values() if seen.answers]
    versions = {seen.version for seen in answering}
    if len(versions) > 1:
        yield warning("versions-differ", f"hamn {names(sorted(versions))}", hint="install the same on both")
    if len({seen.fingerprint for seen in answering if seen.fingerprint}) > 1:
        what, hint = "the two machines have different declarations", "copy the right one to the other machine"
        yield warning("declarations-differ", what, pair.source, hint)
