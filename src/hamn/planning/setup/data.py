"""The shared data: what a machine has of it is moved there once, and its bare mount points are closed."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.facts.questions import owner_path
from hamn.model.command import Command
from hamn.model.owner import OWNER_FILE
from hamn.model.pair import Filesystem
from hamn.model.step import Check, Phase, Step
from hamn.planning.setup.desk import Desk

STAGING = "/run/hamn/setup"
"""Where a filesystem is mounted while directories are moved there: not where its users would find it half full."""
COPY_S = 24 * 3600.0
SETUP = Phase.HAND_OVER


def is_moved(desk: Desk, filesystem: Filesystem) -> bool:
    """Every directory of it is in use, or bare and marked: what this machine had is on the shared data."""
    marked = desk.ground.marked.get(desk.site.name, ())
    return all(desk.site.seen.mounted(t) or t in marked for t in filesystem.targets)


def move_steps(desk: Desk, after: frozenset[str]) -> Iterator[Step]:
    """Requirement, "Configuring Shared Data": "if this is done after xCAT is installed, the directories need to be
    copied to the shared data". `after`: the daemons that write there have stopped."""
    for filesystem in desk.pair.filesystems:
        if is_moved(desk, filesystem):
            yield desk.site.skip(filesystem.id, "move-in", "its directories are on the shared data already", SETUP)
        elif any(desk.pair.resource(id_).kind == "volume_group" for id_ in filesystem.needs):
            yield from _moved_by_hand(desk, filesystem, after)
        else:
            yield from _move(desk, filesystem, after)


def _moved_by_hand(desk: Desk, filesystem: Filesystem, after: frozenset[str]) -> Iterator[Step]:
    """Nothing of a volume group is moved yet: so where something would have to be, no daemon stops. Else the
    role would be taken with what is on the shared data, which is nothing, and what is here hidden beneath it."""
    look = Command(("hamn-local", "nothing-to-move", *filesystem.targets), timeout_s=30)
    nothing = desk.site.step(
        filesystem.id,
        "nothing-to-move",
        look,
        "it is in a volume group: what lies here must be moved there by hand first",
        check=Check(look, r"^nothing$"),
        phase=Phase.PREPARE,
    )
    yield nothing
    yield from mark_steps(desk, filesystem, after | {nothing.id})


def _move(desk: Desk, filesystem: Filesystem, after: frozenset[str]) -> Iterator[Step]:
    site, platform, id_ = desk.site, desk.site.platform, filesystem.id
    place = f"{STAGING}/{filesystem.name}"
    made = site.step(
        id_,
        "staging",
        Command(("mkdir", "-p", "--", place), timeout_s=10),
        "a place to move things to",
        phase=SETUP,
    )
    yield made
    mounted = site.step(
        id_,
        "mount-staging",
        platform.mount(filesystem.source, place, filesystem.type, filesystem.options),
        f"what {site.name} has of it is moved there, while nobody uses it",
        phase=SETUP,
        check=platform.is_mounted(place, wanted=True),
        needs=after | {made.id},
        takes=True,
    )
    yield mounted
    record = _record(desk, filesystem, place)
    moved: list[str] = []
    for directory in filesystem.directories or (filesystem.mount,):
        target = place + directory if filesystem.directories else place
        words = ("hamn-local", "move-in", directory, target, "--record", record, "--pair", desk.pair.name)
        step = site.step(
            id_,
            f"move-in:{directory}",
            Command(words, timeout_s=COPY_S),
            f"{directory} lives on the shared data: copied, read back, and only then given up here",
            phase=SETUP,
            needs=frozenset({mounted.id, *moved[-1:]}),  # one at a time: a disk has one head
        )
        moved.append(step.id)
        yield step
    unmounted = site.step(
        id_,
        "unmount-staging",
        platform.unmount((place,), network=filesystem.on_network),
        "the role takes it from here",
        phase=SETUP,
        check=platform.is_mounted(place, wanted=False),
        needs=frozenset({mounted.id, *moved}),
    )
    yield unmounted
    yield from mark_steps(desk, filesystem, frozenset({unmounted.id}))


def _record(desk: Desk, filesystem: Filesystem, place: str) -> str:
    """Where the owner record is while its filesystem is mounted in the other place."""
    if filesystem == desk.pair.owner_filesystem:
        return f"{place}/{OWNER_FILE}"
    return owner_path(desk.pair)


def mark_steps(desk: Desk, filesystem: Filesystem, after: frozenset[str]) -> Iterator[Step]:
    marked = desk.ground.marked.get(desk.site.name, ())
    for target in filesystem.targets:
        if desk.site.seen.mounted(target) or target in marked:
            yield desk.site.skip(filesystem.id, f"mark:{target}", "in use" if target not in marked else "marked")
            continue
        reason = "nothing may be written beneath the mount: it would be seen by nobody, and found by surprise"
        yield desk.duty(filesystem.id, f"mark:{target}", ("bare", target), reason, phase=SETUP, needs=after)
