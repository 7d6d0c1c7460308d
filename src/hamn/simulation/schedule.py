"""One seed: a world to begin with, what is typed, what goes wrong, and what an operator does afterwards."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from hamn.model.owner import OWNER_FILE
from hamn.reports.report import Exit, Report
from hamn.simulation import audits
from hamn.simulation.faults import OF_A_COMMAND, Fault, draw, rival, strike
from hamn.simulation.pair import SCENES
from hamn.simulation.play import Typed, Words, type_at
from hamn.simulation.timeline import Handle
from hamn.simulation.world import World

LIMIT_S = 2000.0
POINTS = 90
"""Of a whole switchover; a failover has fewer."""
NAMES = ("mn1", "mn2")
DRAWN = ("mariadb", "mariadb", "mariadb", "mariadb", "postgresql", "sysv", "sqlite", "volume group")

AIX_FROM = 1_000_000_001
"""Seeds from here on are AIX pairs: what the earlier ones draw stays as it is."""
AIX_DRAWN = ("aix", "aix", "aix", "aix, sqlite")

Begin = Callable[[World], None]


def _mn1_active(world: World) -> None:
    world.power()
    world.give_role("mn1")


def _nobody(world: World) -> None:
    """Given back in order, some time ago."""
    _mn1_active(world)
    _give_back(world)


def _give_back(world: World) -> None:
    boot = world.machines["mn1"].boot
    assert boot is not None and world.filesystem is not None
    record = world.record()
    assert record is not None
    released = replace(record, machine=None, boot_id="", released_by="mn1")
    world.filesystem.write(boot, OWNER_FILE, released.text())
    boot.machine.disk.files[f"{world.pair.state}/owner.json"] = released.text()
    for unit in boot.units.values():
        unit.state = "inactive" if unit.kind.is_of_the_role else "active"
    boot.exports = boot.nfs_open = boot.hooked = False
    boot.addresses.clear()
    boot.mounts.clear()
    world.filesystem.detach(boot)
    if world.group is not None:
        world.group.give_back()
    world.owner = None


def _crashed(world: World) -> None:
    """mn1 served and lost power."""
    _mn1_active(world)
    world.machines["mn1"].power_off()


def _returned(world: World) -> None:
    """mn1 served, lost power, and is back as nobody."""
    _crashed(world)
    world.machines["mn1"].booted()


def _never(world: World) -> None:
    """Set up and never used."""
    world.power()


def _cut(world: World) -> None:
    """mn1 serves and is cut from the network."""
    _mn1_active(world)
    world.machines["mn1"].link = False


def _frozen(world: World) -> None:
    _mn1_active(world)
    world.machines["mn1"].freeze()


def _degraded(world: World) -> None:
    """mn1 serves without its daemon and its database."""
    _mn1_active(world)
    boot = world.machines["mn1"].boot
    assert boot is not None
    boot.units["xcatd"].state = "inactive"
    boot.units[world.writer].state = "failed"


BEGINNINGS: dict[str, Begin] = {
    "mn1 active": _mn1_active,
    "nobody active": _nobody,
    "mn1 crashed": _crashed,
    "mn1 returned": _returned,
    "never used": _never,
    "mn1 frozen": _frozen,
    "mn1 cut": _cut,
    "mn1 degraded": _degraded,
}

SENSIBLE: dict[str, tuple[tuple[str, Words], ...]] = {
    "mn1 active": (
        ("mn1", Words("switchover")),
        ("mn1", Words("switchover")),
        ("mn2", Words("switchover")),
        ("mn2", Words("switchover")),
        ("mn2", Words("failover", "mn2", fence_anyway=True)),
        ("mn1", Words("deactivate")),
        ("mn2", Words("deactivate", "mn1")),
        ("mn1", Words("activate")),
        ("mn2", Words("rejoin")),
    ),
    "nobody active": (("mn1", Words("activate")), ("mn2", Words("activate")), ("mn2", Words("activate", "mn1"))),
    "mn1 crashed": (("mn2", Words("failover")), ("mn2", Words("failover", confirm_dead="mn1"))),
    "mn1 returned": (
        ("mn1", Words("activate")),
        ("mn2", Words("activate")),
        ("mn2", Words("failover")),
        ("mn1", Words("rejoin")),
    ),
    "never used": (("mn1", Words("activate")), ("mn2", Words("activate"))),
    "mn1 frozen": (("mn2", Words("failover")),),
    "mn1 cut": (("mn2", Words("failover")),),
    "mn1 degraded": (("mn1", Words("activate")), ("mn1", Words("switchover")), ("mn2", Words("switchover"))),
}


REFUSED: dict[str, tuple[tuple[str, Words], ...]] = {
    "mn1 active": (
        ("mn2", Words("activate")),
        ("mn2", Words("failover")),
        ("mn1", Words("failover", "mn2", fence_anyway=True)),
        ("mn1", Words("rejoin")),
    ),
    "mn1 crashed": (("mn2", Words("activate")),),
    "mn1 frozen": (("mn2", Words("activate")),),
    "mn1 cut": (("mn2", Words("activate")), ("mn2", Words("failover", confirm_dead="mn1"))),
}
"""What has to be refused, or to fail on the disk's own guard, where nothing else happens."""
REFUSED_AIX = {**REFUSED, "mn1 crashed": (*REFUSED["mn1 crashed"], ("mn2", Words("failover", confirm_dead="mn1")))}
"""No time takes a dead machine's reservation of the disks away, nor a word."""


@dataclass(slots=True)
class Schedule:
    seed: int
    scene: str
    beginning: str
    where: str
    words: Words
    faults: list[Fault]
    world: World
    typed: list[Typed] = field(default_factory=list)

    @property
    def title(self) -> str:
        return f"{self.scene}: {self.beginning}; `{self.words}` at {self.where}; " + ", ".join(
            map(str, self.faults)
        )


def world_of(beginning: str, seed: int, scene: str = "mariadb") -> World:
    world = World(SCENES[scene], seed)
    BEGINNINGS[beginning](world)
    world.check_possible()
    world.audit = audits.always
    world.client.begin()
    return world


def drawn(seed: int) -> Schedule:
    rng = random.Random(seed)  # noqa: S311
    scene = rng.choice(DRAWN if seed < AIX_FROM else AIX_DRAWN)
    beginning = rng.choice(("mn1 active", "mn1 active", "mn1 active", *BEGINNINGS))
    wanted = rng.choice((SENSIBLE, SENSIBLE, SENSIBLE, SENSIBLE, SENSIBLE, REFUSED))
    where, words = rng.choice(wanted.get(beginning) or SENSIBLE[beginning])
    operators = rng.random()
    faults = [rival(rng, where, words)] if operators < 0.4 else []
    if operators > 0.12:
        faults += draw(rng, POINTS, NAMES, words)
    return Schedule(seed, scene, beginning, where, words, faults, world_of(beginning, seed, scene))


def play(schedule: Schedule, *, and_recover: bool = True) -> list[str]:
    """Its violations."""
    world = schedule.world
    moments = _arm(schedule)
    world.word_is_false = schedule.words.confirm_dead is not None and schedule.beginning != "mn1 crashed"
    first = type_at(world, schedule.where, schedule.words)
    assert first is not None, schedule.title
    schedule.typed.insert(0, first)
    _until_over(schedule)
    world.on_point = None
    for moment in moments:
        moment.cancel()
    if world.last_fault_s < 0:
        _judge(schedule, first)
    if and_recover and not world.word_is_false:
        recover(schedule)
    audits.rows(world)
    return world.violations


def _judge(schedule: Schedule, first: Typed) -> None:
    """Nothing went wrong: what can be done was done, what can't was refused; of two operators one got through."""
    world = schedule.world
    if len(schedule.typed) > 1:
        if all(typed.code == "busy" for typed in schedule.typed):
            world.violate(
                "nobody-won", f"each of {len(schedule.typed)} operators was told that another is at work"
            )
        return
    kept_out = REFUSED_AIX if world.scene.dialect == "aix" else REFUSED
    refused = (schedule.where, schedule.words) in kept_out.get(schedule.beginning, ())
    if first.exit not in ((Exit.REFUSED, Exit.FAILED) if refused else (Exit.DONE,)):
        world.violate("failed-for-nothing", f"nothing went wrong, and {first}")


def _arm(schedule: Schedule) -> list[Handle]:
    """The faults wait for their points; for their moments, which can be called off."""
    moments = []
    world, typed = schedule.world, schedule.typed
    at: dict[int, list[Fault]] = {}
    for fault in schedule.faults:
        if fault.after_s is None:
            at.setdefault(fault.at, []).append(fault)
        else:
            moments.append(world.timeline.timer(fault.after_s, world.nature, strike, world, fault, typed))

    def on_point(number: int, kind: str, where: str, what: object) -> str:
        if kind == "asked":
            # A command's own fault: of the first that is asked for from that point on.
            for when in [n for n in at if n <= number]:
                for fault in at[when]:
                    if fault.what in OF_A_COMMAND:
                        at[when].remove(fault)
                        world.fault(f"the next command: {fault.what}", where)
                        return fault.what
            return ""
        for fault in [f for f in at.get(number, ()) if f.what not in OF_A_COMMAND]:
            at[number].remove(fault)
            strike(world, fault, typed)
        return ""

    world.on_point = on_point
    return moments


def _until_over(schedule: Schedule) -> None:
    world, typed = schedule.world, schedule.typed
    limit_s = world.timeline.now_s + LIMIT_S

    def over() -> bool:
        return all(one.over or one.hamn.frozen for one in typed)

    if not world.timeline.run(over, limit_s):
        for one in typed:
            if not one.over and not one.hamn.frozen:
                world.violate("no-end", f"{one.words} at {one.where} has no end")
                one.hamn.kill()


# -- afterwards


def recover(schedule: Schedule) -> None:
    """All is mended; an operator looks, and does what hamn tells him, twice at most. Then one machine serves.
    Where somebody wanted the role given back, and that is what was resumed, it takes another word to have it."""
    world, enough = schedule.world, 2
    mend(schedule)
    world.timeline.run(lambda: False, world.timeline.now_s + 25)
    last = schedule.typed[0]
    if world.rng.random() < 0.75 and _is_quiet(schedule):
        return None  # nobody need look
    for attempt in range(4):
        awake = [name for name, machine in world.machines.items() if machine.is_on]
        if not awake:
            return world.violate("not-recovered", "hamn has switched the last machine off")
        where = world.rng.choice(awake)
        status = _type(schedule, where, Words("status")).status
        if status is None:
            return world.violate("not-recovered", f"`hamn status` at {where} says nothing")
        hints = hinted(status.trouble)
        if not hints and status.active is not None and not world.holds_role(status.active):
            return None
        if attempt == enough:
            break
        if reset := [_RESET.search(report.hint) for report in status.trouble if report.code == "stuck"]:
            for found in filter(None, reset):
                world.say("*", f"somebody does as he is told: {found[0]}")
                world.machines[found[1]].power_off()
                world.machines[found[1]].power_on(1.0)
            world.timeline.run(lambda: False, world.timeline.now_s + 5)
        choices = hints[:1]
        if attempt == 0 and last.words.verb in ("switchover", "failover", "activate"):
            choices.append(last.words)
        if last.result is not None:
            choices += hinted(last.result.messages)[:1]
        elif last.stop is not None and attempt == 1:
            choices = hinted(last.stop.reports)[:1] or choices
        if not choices:
            return world.violate("no-hint", f"it isn't whole and `hamn status` at {where} names no command")
        words = world.rng.choice(choices)
        if words.fence_anyway and words.name is not None and world.machines[words.name].is_on:
            where = words.name  # on the other one it would switch off the machine that it is typed on
        last = _type(schedule, where, words)
        if words.verb == "resume" and last.result is not None and last.result.goal.endswith(" holds nothing"):
            enough = 3
    serving = [name for name in world.machines if not world.holds_role(name)]
    if status is not None and "interrupted" in [report.code for report in status.trouble]:
        world.violate("not-recovered", "after two commands an operation is still open")
    if len(serving) != 1:
        lacks = {name: "; ".join(world.holds_role(name)) for name in world.machines}
        world.violate("not-recovered", f"after two commands nobody serves whole: {lacks}")
    return None


def _is_quiet(schedule: Schedule) -> bool:
    """All went well, or was taken back, and one machine serves."""
    operations = [entries for m in schedule.world.machines.values() for entries in m.disk.journal.values()]
    ended = all(any(e["event"] in ("ended", "closed") for e in entries[1:]) for entries in operations)
    return ended and any(not schedule.world.holds_role(name) for name in schedule.world.machines)


def hinted(reports: Sequence[Report]) -> list[Words]:
    """The commands that messages name, in their order."""
    found = []
    for report in reports:
        for verb, rest in _HINT.findall(f"{report.what} {report.hint}"):
            named = re.search(r"(?<!--confirm-dead )\b(mn[12])\b", rest)
            dead = re.search(r"--confirm-dead (mn[12])", rest)
            there = report.where if "there" in report.hint else None
            name = named[1] if named else there
            found.append(Words(verb, name, dead[1] if dead else None, "--fence-anyway" in rest))
    return found


_RESET = re.compile(r"^reset (mn[12])")
_HINT = re.compile(r"`hamn (activate|deactivate|switchover|failover|resume|rejoin)\b([^`]*)`")


def mend(schedule: Schedule) -> None:
    """Faults stop. A machine that is off stays off in one world of two."""
    world = schedule.world
    world.say("*", "everything is mended")
    world.stranger = ""
    if world.filesystem is not None:
        world.filesystem.fault = ""
    for machine in world.machines.values():
        machine.fence = "works"
        machine.sees_disk = machine.lets_in = True
        machine.disk.fault = ""
        machine.mute = 0
        machine.set_link(True)
        machine.thaw()
    for machine in world.machines.values():
        if not machine.is_on and machine.starting is None and world.rng.random() < 0.5:
            machine.power_on(1.0)
        boot = machine.boot
        if boot is not None:
            boot.squatter = None
            for unit in boot.units.values():
                unit.will_fail = unit.stuck = False
    if not any(m.is_on or m.starting for m in world.machines.values()):
        world.machines[world.rng.choice(NAMES)].power_on(1.0)


def _type(schedule: Schedule, where: str, words: Words) -> Typed:
    """Typed, and waited for; typed again, four times, when somebody else was at work. Where that one has meanwhile
    switched the machine off, on the other."""
    world = schedule.world
    tries = 5
    while True:
        typed = type_at(world, where, words) or type_at(world, world.pair.other(where).name, words)
        assert typed is not None, "one of them is on"
        schedule.typed.append(typed)
        _until_over(schedule)
        tries -= 1
        if typed.code != "busy" or not tries:
            return typed
        world.timeline.run(lambda: False, world.timeline.now_s + 60)
