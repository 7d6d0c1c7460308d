"""Why a move may not be made now, each with what to do instead."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.facts.facts import Facts, MachineFacts, remembered_path
from hamn.facts.questions import owner_path
from hamn.model.pair import Pair
from hamn.planning.goal import Answered, Fencing, Goal, Word
from hamn.resources.kind import Hold
from hamn.resources.kinds import hold


def refusals_of(pair: Pair, facts: Facts, goal: Goal) -> Iterator[str]:
    """Of the goal, from what both machines answered; none: it may be planned."""
    if goal.active is None:
        if goal.only is not None and not facts[goal.only].answers:
            way = f"`hamn failover --to {pair.other(goal.only).name}` takes the role under proof"
            yield f"{goal.only} doesn't answer ({facts[goal.only].why_not}): nothing can be stopped on it; {way}"
        elif goal.only is not None:
            seen = facts[goal.only]
            if seen.stuck:
                yield ": ".join(stuck(pair, facts, seen))
            yield from _blind(seen)
            yield from _record_refusals(pair, [seen])
        return
    target, other = facts[goal.active], facts[pair.other(goal.active).name]
    if not target.answers:
        there = f"; `hamn failover --to {other.name}` puts it on the other" if other.answers else ""
        if other.owner is not None and other.owner.machine == other.name:
            there = f"; {other.name} has it: {target.hint or f'bring {target.name} back first'}"
        yield f"{target.name} doesn't answer ({target.why_not}): it can't take the role{there}"
        return
    # A switchover's giver too: who can't say what is mounted gives no record back. What is taken back must go on.
    blind = [*_blind(target), *(_blind(other) if goal.strict and other.answers else ())]
    if blind:
        yield from blind
        return
    for seen in (target, other):
        if seen.stuck and not (seen is other and isinstance(goal.proof, Fencing)):
            yield ": ".join(stuck(pair, facts, seen))
            return
    if isinstance(goal.proof, Answered) and (took := kept(pair, other)):
        yield ": ".join(took)
    if not other.answers and isinstance(goal.proof, Answered) and not owns_now(pair, target):
        if other.lives:
            yield f"{other.name} lives, and it isn't known what it holds: {other.why_not}: {other.hint}"
            return
        yield (
            f"{other.name} doesn't answer ({other.why_not}), and silence is no proof that it holds nothing: "
            f"`hamn failover` switches it off first, or takes your word for it"
        )
        return
    if other.answers and isinstance(goal.proof, Word):
        yield f"{other.name} answers: no word that it is dead can be believed"
    if isinstance(goal.proof, Fencing) and pair.machine(other.name).fence is None:
        yield f"{other.name} has no fence device declared, so it can't be switched off: [[machine]] fence = {{…}}"
    if other.answers and isinstance(goal.proof, Answered):
        unknown = [r.id for r in pair.resources if hold(r, other) is Hold.UNKNOWN]
        held = [r.id for r in pair.resources if not hold(r, other).nothing and r.id not in unknown]
        if unknown and not goal.gives:
            yield f"{other.name} answers, but it isn't known whether it holds {', '.join(unknown)}"
        if held and not goal.gives:
            yield f"{other.name} holds {', '.join(held)}: `hamn switchover --to {target.name}` moves them"
    for resource in pair.resources:
        both = hold(resource, target), hold(resource, other)
        exclusive = resource.kind in ("filesystem", "volume_group", "database")
        if exclusive and both == (Hold.HELD, Hold.HELD):
            yield (
                f"{resource.id} is held by both machines: stop using it, and give it back on the machine that "
                f"is wrong with `hamn deactivate` there"
            )
    if len({seen.fingerprint for seen in facts.machines.values() if seen.fingerprint}) > 1:
        where = pair.source or "pair.toml"
        yield f"the two machines have different declarations: copy the right {where} to the other one"
    # Whatever the other one sees of the shared data, it sees it no more once it is off.
    yield from _record_refusals(pair, [target] if isinstance(goal.proof, Fencing | Word) else [target, other])


def _blind(seen: MachineFacts) -> Iterator[str]:
    if not seen.boot_id or seen.mounts is None or seen.addresses is None:
        why = f" ({seen.blind})" if seen.blind else ""
        yield f"{seen.name} answers, but what it holds can't be asked{why}: look at its log, its memory, its disk"


def kept(pair: Pair, seen: MachineFacts) -> tuple[str, str] | None:
    """Of a machine that has the data where this declaration doesn't look for it: what, and what to do; else None.
    That it remembers no giving back proves nothing by itself: its own disk may have been full then."""
    mine, filesystem, name = seen.remembered, pair.owner_filesystem, seen.name
    took = mine is not None and mine.machine == name and mine.boot_id == seen.boot_id
    if not took or mine is None or not seen.mounted(mine.mount):
        return None
    if filesystem is not None and mine.mount == filesystem.mount:
        return None
    what = f"{name} has the data (epoch {mine.epoch}) at {mine.mount}, and this declaration doesn't look there"
    return what, f"put the old declaration back on both, `hamn deactivate --on {name}`, then change it"


def stuck(pair: Pair, facts: Facts, seen: MachineFacts) -> tuple[str, str]:
    """Of a machine on which something may still happen: what, and the one way out, which is to end all of it."""
    other = facts[pair.other(seen.name).name]
    if not other.answers or (other.owner is not None and other.owner.machine == other.name):
        way = f"reset {seen.name}"
    elif pair.machine(seen.name).fence is not None:
        way = f"`hamn failover --to {other.name} --fence-anyway` switches {seen.name} off"
    else:
        way = f"switch {seen.name} off by hand, then `hamn failover --to {other.name} --confirm-dead {seen.name}`"
    return f"{seen.name}: {seen.stuck} can't be ended and may still take effect", way


def owns_now(pair: Pair, seen: MachineFacts) -> bool:
    """It took the data in this very boot and has everything that only one machine may have: what it still
    lacks (a daemon, the database on its own disk) it may start, whatever became of the other machine."""
    owner = seen.owner
    owns = owner is not None and owner.machine == seen.name and owner.boot_id == seen.boot_id
    exclusive = [r for r in pair.resources if r.kind in ("virtual_ip", "volume_group", "filesystem")]
    return owns and all(hold(resource, seen).enough for resource in exclusive)


def _record_refusals(pair: Pair, machines: list[MachineFacts]) -> Iterator[str]:
    for seen in machines:
        if seen.owner_trouble:
            yield f"{seen.name}: the owner record can't be read: {seen.owner_trouble}: {mend_record(pair, seen)}"
        if seen.owner is not None and seen.owner.pair != pair.name:
            yield (
                f"{seen.name}: the shared data belongs to the pair {seen.owner.pair!r}, not {pair.name!r}: "
                f"wrong disk or wrong declaration"
            )
        if seen.owner is not None and seen.owner.machine not in (None, *(m.name for m in pair.machines)):
            yield f"{seen.name}: the shared data's owner is {seen.owner.machine!r}, no machine of this pair"


def mend_record(pair: Pair, seen: MachineFacts) -> str:
    """It is written whole or not at all, so a torn one is the disk's doing, and a person's to judge."""
    if seen.disk_hangs:
        other = pair.other(seen.name).name
        return f"mend its storage, or `hamn failover --to {other} --fence-anyway` switches {seen.name} off"
    copy = f"`cp {remembered_path(pair)} {owner_path(pair)}` there"
    return f"look at the disk; if it is this pair's, and this machine held it last, {copy} puts the record back"
