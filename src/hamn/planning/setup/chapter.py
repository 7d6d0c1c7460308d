"""The two set-up chapters of the requirement as plans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hamn.facts.facts import Facts, MachineFacts
from hamn.model.pair import Pair
from hamn.model.step import Phase, Step
from hamn.planning.setup.accounts import account_steps
from hamn.planning.setup.address import give_address_steps, own_address_steps
from hamn.planning.setup.data import is_moved, mark_steps, move_steps
from hamn.planning.setup.desk import Desk
from hamn.planning.setup.ground import Ground, is_active
from hamn.planning.setup.keys import declaration_steps, host_key_steps, key_steps, secret_steps
from hamn.planning.setup.names import name_steps
from hamn.planning.setup.rows import row_steps
from hamn.planning.setup.schedule import schedule_steps
from hamn.planning.setup.services import boot_steps, stop_steps
from hamn.resources.kind import Hold, Site
from hamn.resources.kinds import hold


def primary_steps(pair: Pair, facts: Facts, ground: Ground, name: str) -> tuple[Step, ...]:
    """All of it, whether it holds or not; the role is taken afterwards, as any activation."""
    desk = Desk(Site(pair, pair.machine(name), facts), ground)
    stop: list[Step] = []
    if not all(is_moved(desk, filesystem) for filesystem in pair.filesystems):
        stop = list(stop_steps(desk))
    other = facts[pair.other(name).name]
    if other.answers and not is_active(facts[name]):  # as its packages left it: each service has started itself
        stop += stop_steps(Desk(Site(pair, pair.machine(other.name), facts), ground))
    stop += give_address_steps(desk, frozenset(step.id for step in stop))
    moves = list(move_steps(desk, frozenset(step.id for step in stop)))
    # Guarded once its data is there: until then whoever has to turn back can start what was stopped.
    moved = frozenset(step.id for step in moves)
    boot = [replace(step, phase=Phase.HAND_OVER, needs=step.needs | moved) for step in boot_steps(desk)]
    first = (*own_address_steps(desk), *name_steps(desk), *key_steps(desk))
    return (*first, *schedule_steps(desk), *stop, *moves, *boot, *row_steps(desk))


def standby_steps(pair: Pair, facts: Facts, ground: Ground, name: str) -> tuple[Step, ...]:
    """Most of it on the standby; the active machine learns its name and its key, and keeps serving."""
    active = Desk(Site(pair, pair.other(name), facts), ground)
    desk = Desk(Site(pair, pair.machine(name), facts), ground)
    stop = list(stop_steps(desk))
    after = frozenset(step.id for step in stop)
    steps: list[Step] = []
    for one in (active, desk):
        steps += [*name_steps(one), *key_steps(one), *schedule_steps(one)]
    steps += host_key_steps(active)
    steps += [*declaration_steps(desk), *secret_steps(active), *boot_steps(desk), *stop]
    steps += account_steps(desk, after)
    for filesystem in pair.filesystems:
        if filesystem.access == "exclusive":
            steps += mark_steps(desk, filesystem, after)
    return (*steps, *row_steps(active))


def primary_refusals(pair: Pair, facts: Facts, name: str, *, other_is_dead: bool) -> Iterator[str]:
    """`other_is_dead`: an operator's word for it. Whoever can't be asked might be using the disk."""
    seen, other = facts[name], facts[pair.other(name).name]
    yield from _unknown_ground(pair, facts)
    if not seen.answers:
        yield f"{name} doesn't answer: {seen.why_not}"
        return
    if other.answers:
        yield from _uses_shared_data(
            pair, other, f"`hamn setup primary --on {other.name}` if it is to be that one"
        )
    elif not other_is_dead and not is_active(seen):
        yield (
            f"{other.name} doesn't answer ({other.why_not}), and might be using the shared data: let it answer "
            f"(`ssh {other.name} hamn setup card | hamn setup trust`, and the other way round), or, if it isn't "
            f"there yet: --confirm-dead {other.name}"
        )


def standby_refusals(pair: Pair, facts: Facts, name: str) -> Iterator[str]:
    """Requirement, set-up of the standby, step 1: it "is NOT using the shared data"."""
    yield from _unknown_ground(pair, facts)
    for seen in facts.machines.values():
        if not seen.answers:
            yield f"{seen.name} doesn't answer: {seen.why_not}; {seen.hint or 'a standby needs both'}"
    if all(seen.answers for seen in facts.machines.values()):
        yield from _uses_shared_data(pair, facts[name], f"`hamn deactivate --on {name}` gives it back")
        active = pair.other(name).name
        if not is_active(facts[active]):
            yield f"{active} doesn't hold the role: `hamn setup primary --on {active}`, or `hamn activate` there"


def _unknown_ground(pair: Pair, facts: Facts) -> Iterator[str]:
    """What these steps would do wrong: said before the first of them."""
    for machine in pair.machines:
        seen = facts[machine.name]
        if seen.platform is None or seen.platform.family != "aix" or seen.addresses is None:
            continue
        known = {address.address.ip for address in seen.addresses}
        if machine.address in map(str, known) or not any(ip.address.ip in known for ip in pair.virtual_ips):
            continue
        # The address of a single node becomes the virtual IP. AIX keeps those of an interface in the ODM.
        yield (
            f"{seen.name} hasn't {machine.address}, which is declared as its own, but a virtual IP: on AIX "
            f"give it that address by hand (`chdev -l INTERFACE -a netaddr={machine.address}`)"
        )


def _uses_shared_data(pair: Pair, seen: MachineFacts, way: str) -> Iterator[str]:
    kinds = ("virtual_ip", "filesystem", "volume_group")
    held = {r.id: hold(r, seen) for r in pair.resources if r.kind in kinds}
    used = [id_ for id_, how in held.items() if not how.nothing and how is not Hold.UNKNOWN]
    unknown = [id_ for id_, how in held.items() if how is Hold.UNKNOWN]
    if used:
        yield f"{seen.name} holds {', '.join(used)}: {way}"
    if unknown:
        yield f"it isn't known whether {seen.name} holds {', '.join(unknown)}: {seen.blind or 'look at its log'}"
