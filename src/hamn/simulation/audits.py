"""What must hold of the world after everything that happens, and of what hamn says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hamn.verbs.result import Result

if TYPE_CHECKING:
    from hamn.simulation.operator import Hamn
    from hamn.simulation.world import World

BOUND_S = 900.0
"""What takes longer never ends: it is what the limits allow, with two or three steps at their limit."""
FRESH_S = 0.1
"""A fault that comes after the last look, and before the word is said, makes the word old and not false."""


def always(world: World) -> None:
    """After every event. A machine that is off has no memory, so it holds nothing."""
    filesystem = world.filesystem
    writers = [b for b in filesystem.mounts if b.machine.sees_disk] if filesystem is not None else []
    if len(writers) > 1:
        names = " and ".join(boot.name for boot in writers)
        world.violate("two-mounts", f"{names} have the shared filesystem mounted")
    active = world.group.active if world.group is not None and not world.word_is_false else []
    if len([boot for boot in active if boot.machine.sees_disk]) > 1:
        world.violate("two-groups", f"{' and '.join(boot.name for boot in active)} have the volume group active")
    for address in world.vips:
        holders = world.holders(address)
        if len(holders) > 1 and not world.word_is_false:
            world.violate("two-addresses", f"{' and '.join(b.name for b in holders)} hold {address}")
    for boot in world.live():
        for unit in boot.units.values():
            if unit.state == "active" and unit.kind.directory and not boot.covers(unit.kind.directory):
                world.violate(
                    "without-data", f"{unit.name} runs on {boot.name} and {unit.kind.directory} is not mounted"
                )


def rows(world: World) -> None:
    """Whatever was acknowledged is on the disk, or in what a living machine will write there."""
    if world.filesystem is None:
        return
    kept = set(world.filesystem.rows)
    lost = [row for row in world.client.acknowledged if row not in kept]
    if lost:
        world.violate("row-lost", f"rows {lost[:5]} were acknowledged and are not on the disk")


def result(world: World, hamn: Hamn, said: Result) -> None:
    """What was said is true of the world at this moment."""
    rows(world)
    # Who has done something and not looked since has seen nothing of it: no fault excuses him then.
    seen_s = hamn.last_look_s if hamn.last_look_s >= hamn.last_end_s else world.timeline.now_s
    if world.last_fault_s > seen_s - FRESH_S:
        return
    serving = [name for name in world.machines if not world.holds_role(name)]
    if said.outcome == "done" and said.verb not in ("deactivate", "rejoin") and said.active is not None:
        if lacks := world.holds_role(said.active):
            world.violate("false-done", f"{said.verb} said done, {said.active} active: {'; '.join(lacks)}")
        # Whom the network doesn't hear can't know it: his port is up.
        is_heard = world.machines[said.active].is_heard and world.last_cut_s < hamn.began_s and world.unheard < 2
        if is_heard and world.client.neighbour != said.active:
            world.violate("false-done", f"the client still looks for the address at {world.client.neighbour}")
    if said.outcome in ("done", "degraded"):
        goal = said.goal
        if goal.endswith(" active") and said.active != goal.removesuffix(" active"):
            world.violate(
                "false-done", f"{said.verb} said {said.outcome} of {goal!r}, but names {said.active} active"
            )
        if goal.endswith(" holds nothing") and (held := world.holds_anything(goal.removesuffix(" holds nothing"))):
            world.violate(
                "false-done", f"{said.verb} said {said.outcome} of {goal!r}, which holds {', '.join(held)}"
            )
    record = world.record()
    if (
        said.outcome == "done"
        and record is not None
        and _unmounts(said)
        and said.goal == f"{record.machine} holds nothing"
    ):
        world.violate("false-done", f"{said.verb} said done, and the owner record still says {record.machine}")
    if said.active is not None and world.declared is not None and not world.word_is_false:
        boot = world.machines[said.active].boot
        if (
            boot is None
            or world.declared.mount not in boot.mounts
            or record is None
            or record.machine != said.active
        ):
            world.violate("false-active", f"{said.verb} said that {said.active} is active")
    for report in said.messages:
        if report.what.endswith("serves again") and not any(
            report.what.endswith(f"{name} serves again") for name in serving
        ):
            world.violate("false-word", f"{report.what!r}, but serving is {serving or 'nobody'}")
        if report.what.startswith("nothing was moved") and (moved := _moved(world, hamn)):
            world.violate("false-word", f"{report.what!r}, but it isn't where it was on {', '.join(moved)}")


def told(world: World, hamn: Hamn, said: str) -> None:
    """Of two operators at once the one that is sent away: he is told who is at work, at what, since when."""
    if "has ended just now" in said:
        return None  # nobody was at work, but what he had left undone
    holder = hamn.refused_by
    if holder is None:
        return world.violate("false-word", f"nobody had a lock, but {said}")
    verb, where, began = world.operators[holder.pid]
    whole = f"{holder.verb} is at work since {holder.since}, begun by {holder.user} on {where} (pid {holder.pid}"
    if whole not in said:
        world.violate("false-word", f"{whole}) is so, but {said}")
    late = holder.since < began and not any(machine.clock_off_s for machine in world.machines.values())
    if verb not in (holder.verb, "resume") or late:
        world.violate("false-word", f"{verb}, typed at {began} on {where}, is called {whole})")
    return None


def _unmounts(said: Result) -> bool:
    return any(s.step.action == "unmount" and not s.step.is_skipped for s in said.steps)


def holdings(world: World) -> dict[str, list[str]]:
    """What only one machine may have, by boot."""
    return {boot.id: [*boot.mounts, *boot.addresses] for boot in world.live()}


def _moved(world: World, hamn: Hamn) -> list[str]:
    """By this one: what happened since the lock was lost to another (its machine froze) isn't its doing."""
    if world.mover not in (None, hamn):
        return []
    now = holdings(world)
    return [boot for boot, held in hamn.found.items() if held != now.get(boot, held)]
