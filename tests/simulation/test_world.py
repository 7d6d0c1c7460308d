"""The simulator itself: impossible worlds are refused, commands behave as the real ones, the dead do nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hamn.model.command import Answer, Command
from hamn.model.owner import OWNER_FILE
from hamn.platforms import blockdev, iproute, mountinfo
from hamn.platforms.systemd import Systemd
from hamn.simulation import audits
from hamn.simulation.machine import Boot
from hamn.simulation.play import Typed, Words, type_at
from hamn.simulation.programs import MMP_WAIT_S, begin
from hamn.simulation.questions import answer_of
from hamn.simulation.schedule import BEGINNINGS, world_of
from hamn.simulation.world import Impossible, World
from tests.platforms.captured import captured

SOURCE = "UUID=0b5b1f2e-0000-4000-8000-000000000001"
MOUNT = Command(("mount", "-t", "ext4", "-o", "defaults", SOURCE, "/shared"))


def boot_of(world: World, name: str) -> Boot:
    boot = world.machines[name].boot
    assert boot is not None
    return boot


def carried_out(boot: Boot, *argv: str) -> tuple[int, str, str]:
    """With nothing else happening but time."""
    world, program = boot.machine.world, begin(boot, Command(argv))
    try:
        while True:
            wait = next(program)
            pause_s = wait if isinstance(wait, float) else 100.0
            world.timeline.run(lambda: False, world.timeline.now_s + pause_s)
    except StopIteration as end:
        said: tuple[int, str, str] = end.value
        return said


def typed_out(world: World, where: str, words: Words) -> Typed:
    typed = type_at(world, where, words)
    assert typed is not None
    assert world.timeline.run(lambda: typed.over, world.timeline.now_s + 100)
    return typed


def asked(boot: Boot, *argv: str) -> Answer:
    said = answer_of(boot, argv)
    assert said is not None, argv
    return Answer(*said)


# -- impossible worlds


def _database_without_disk(world: World) -> None:
    boot_of(world, "mn2").units["mariadb"].state = "active"


def _mounted_twice(world: World) -> None:
    assert world.filesystem is not None
    world.filesystem.attach(boot_of(world, "mn2"))
    boot_of(world, "mn2").mounts.append("/shared")


def _mounted_while_off(world: World) -> None:
    assert world.filesystem is not None
    boot = boot_of(world, "mn1")
    world.machines["mn1"].power_off()
    world.filesystem.attach(boot)


def _marked_clean_while_mounted(world: World) -> None:
    assert world.filesystem is not None
    world.filesystem.mmp = None


def _table_and_disk_disagree(world: World) -> None:
    boot_of(world, "mn1").mounts.clear()
    for unit in boot_of(world, "mn1").units.values():
        unit.state = "inactive"


def _rows_from_nowhere(world: World) -> None:
    world.client.acknowledged.append(4711)


def _record_of_nothing(world: World) -> None:
    assert world.filesystem is not None
    text = world.filesystem.files[OWNER_FILE]
    world.filesystem.files[OWNER_FILE] = text.replace("20260101T090000-000000", "before")


@pytest.mark.parametrize(
    "spoil",
    [
        _database_without_disk,
        _mounted_twice,
        _mounted_while_off,
        _marked_clean_while_mounted,
        _table_and_disk_disagree,
        _rows_from_nowhere,
        _record_of_nothing,
    ],
)
def test_a_world_that_cannot_be_is_refused(spoil: Callable[[World], None]) -> None:
    world = world_of("mn1 active", 1)
    world.audit = None
    spoil(world)
    with pytest.raises(Impossible):
        world.check_possible()


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_every_beginning_is_possible(beginning: str) -> None:
    assert world_of(beginning, 1).violations == []


# -- answers have the form of the captured ones


def test_addresses_read_as_captured_ones_do() -> None:
    text = asked(boot_of(world_of("mn1 active", 1), "mn1"), "ip", "addr", "show").stdout
    real = {a.interface: a for a in iproute.addresses(captured("debian/ip-addr.txt").stdout)}["eth0"]
    ours = [a for a in iproute.addresses(text) if a.interface == "eth0"]
    assert [str(a.address) for a in ours] == ["10.77.0.11/24", "10.77.0.10/24"]
    assert {(bool(a.mac), a.up) for a in ours} == {(bool(real.mac), real.up)}


def test_mounts_read_as_captured_ones_do() -> None:
    text = asked(boot_of(world_of("mn1 active", 1), "mn1"), "cat", "/proc/self/mountinfo").stdout
    real = {m.target: m for m in mountinfo.mounts(captured("debian/mountinfo.txt").stdout)}
    ours = {m.target: m for m in mountinfo.mounts(text)}
    assert ours.keys() == {"/", "/shared", "/etc/xcat", "/var/lib/mysql"}
    assert (ours["/shared"].source, ours["/shared"].device, ours["/shared"].root) == (
        real["/shared"].source,
        real["/shared"].device,
        real["/shared"].root,
    )
    assert ours["/etc/xcat"].root == "/etc/xcat"


def test_units_read_as_captured_ones_do() -> None:
    systemd = Systemd()
    world = world_of("mn1 active", 1)
    (command,) = systemd.ask(("mariadb",))
    real = systemd.hear(("mariadb",), [captured("debian/systemctl-show.txt")])["mariadb"]
    assert systemd.hear(("mariadb",), [asked(boot_of(world, "mn1"), *command.argv)])["mariadb"] == real
    idle = systemd.hear(("mariadb",), [asked(boot_of(world, "mn2"), *command.argv)])["mariadb"]
    assert (idle.active, idle.enabled, idle.pid) == ("inactive", "disabled", 0)


def test_devices_read_as_captured_ones_do() -> None:
    boot = boot_of(world_of("mn1 active", 1), "mn2")
    command = blockdev.ask(SOURCE)[0]
    real = dict(line.split("=", 1) for line in captured("debian/blkid-label.txt").stdout.splitlines())
    ours = dict(line.split("=", 1) for line in asked(boot, *command.argv).stdout.splitlines())
    assert ours.keys() <= real.keys() and ours["TYPE"] == real["TYPE"]
    boot.machine.sees_disk = False
    assert asked(boot, *command.argv).exit_status == 2


# -- commands behave as the real ones


def test_a_second_mount_is_refused_while_the_first_lives() -> None:
    world = world_of("mn1 active", 1)
    status, _, said = carried_out(boot_of(world, "mn2"), *MOUNT.argv)
    assert status == 32 and "already active on another node" in said
    assert world.timeline.now_s >= MMP_WAIT_S
    assert world.violations == []


def test_a_mount_after_a_crash_waits_twice_and_replays() -> None:
    world = world_of("mn1 crashed", 1)
    assert carried_out(boot_of(world, "mn2"), *MOUNT.argv)[0] == 0
    assert world.timeline.now_s >= 2 * MMP_WAIT_S


def test_a_cleared_mark_protects_nobody() -> None:
    """Which is why hamn clears it only under proof, and why the audit is there."""
    world = world_of("mn1 active", 1)
    assert carried_out(boot_of(world, "mn2"), "tune2fs", "-f", "-E", "clear_mmp", SOURCE)[0] == 0
    assert carried_out(boot_of(world, "mn2"), *MOUNT.argv)[0] == 0
    assert any(why.startswith("two-mounts") for why in world.violations)


def test_a_busy_filesystem_stays_mounted() -> None:
    boot = boot_of(world_of("mn1 active", 1), "mn1")
    status, _, said = carried_out(boot, "umount", "/var/lib/mysql", "/etc/xcat", "/shared")
    assert status == 32 and "target is busy" in said
    assert boot.mounts == ["/etc/xcat", "/var/lib/mysql"]
    assert asked(boot, "hamn-local", "device-free", SOURCE).stdout == "busy\n"


def test_a_database_does_not_start_without_its_data() -> None:
    boot = boot_of(world_of("mn1 active", 1), "mn2")
    assert carried_out(boot, "systemctl", "start", "mariadb.service")[0] == 1
    assert boot.units["mariadb"].state == "failed"


def test_what_was_not_made_durable_dies_with_the_power() -> None:
    world = world_of("mn1 active", 1)
    assert world.filesystem is not None
    boot = boot_of(world, "mn1")
    view = world.filesystem.mounts[boot]
    view.uncommitted.append(1)
    assert world.filesystem.commit(boot)
    view.uncommitted.append(2)
    world.machines["mn1"].power_off()
    assert world.filesystem.rows == [1]


def test_what_one_mount_writes_the_other_does_not_see_and_overwrites() -> None:
    """Two mounts lose rows, and the audit sees it."""
    world = world_of("mn1 active", 1)
    filesystem = world.filesystem
    assert filesystem is not None
    one, two = boot_of(world, "mn1"), boot_of(world, "mn2")
    filesystem.attach(two)
    for boot, row in ((one, 1), (two, 2)):
        filesystem.mounts[boot].uncommitted.append(row)
        assert filesystem.commit(boot)
        world.client.acknowledged.append(row)
    audits.rows(world)
    assert any(why.startswith("row-lost") for why in world.violations)


def test_an_unknown_command_is_an_error_of_the_simulation() -> None:
    world = world_of("mn1 active", 1)
    assert carried_out(boot_of(world, "mn1"), "drbdadm", "primary", "r0")[0] == 127
    assert any(why.startswith("unknown-command") for why in world.violations)


# -- the dead, the frozen, the cut


def test_a_killed_operator_does_nothing_more_but_what_it_began_goes_on() -> None:
    world = world_of("mn1 active", 1)

    def kill(number: int, kind: str, where: str, what: object) -> str:
        if kind == "begun" and "mariadb.service" in str(what):
            for hamn in list(boot_of(world, "mn1").hamns):
                hamn.kill()
        return ""

    world.on_point = kill
    typed = type_at(world, "mn1", Words("switchover"))
    assert typed is not None
    world.timeline.run(lambda: typed.over, 100)
    entries = len(next(iter(world.machines["mn1"].disk.journal.values())))
    world.timeline.run(lambda: False, world.timeline.now_s + 60)
    assert boot_of(world, "mn1").units["mariadb"].state == "inactive"
    assert len(next(iter(world.machines["mn1"].disk.journal.values()))) == entries
    assert boot_of(world, "mn1").lock is None and boot_of(world, "mn2").lock is None
    assert boot_of(world, "mn1").mounts == ["/shared", "/etc/xcat", "/var/lib/mysql"]


def test_a_second_operator_is_told_who_is_at_work() -> None:
    world = world_of("mn1 active", 1)
    first = type_at(world, "mn1", Words("switchover"))
    world.timeline.run(lambda: False, 0.8)
    second = type_at(world, "mn2", Words("deactivate", "mn1"))
    assert first is not None and second is not None
    world.timeline.run(lambda: first.over and second.over, 100)
    assert first.result is not None and first.result.active == "mn2"
    assert second.code == "busy" and "switchover is at work since" in str(second.stop)
    assert world.violations == []


def test_a_frozen_machine_does_nothing_until_it_wakes() -> None:
    world = world_of("mn1 active", 1)
    boot = boot_of(world, "mn1")
    boot.units["xcatd"].stop()
    world.machines["mn1"].freeze()
    world.timeline.run(lambda: False, 30)
    assert boot.units["xcatd"].state == "deactivating"
    assert type_at(world, "mn1", Words("status")) is None
    world.machines["mn1"].thaw()
    world.timeline.run(lambda: False, 31)
    assert boot.units["xcatd"].state == "inactive"


@pytest.mark.parametrize(("way", "is_mounted"), [("hears", False), ("is_heard", True)])
def test_a_network_that_carries_one_way(way: str, is_mounted: bool) -> None:
    """What is asked of a machine that isn't heard takes effect, and nobody hears of it."""
    world = world_of("mn1 active", 1)
    there = world.machines["mn2"]

    def cut(number: int, kind: str, where: str, what: object) -> str:
        if kind == "begun" and where == "mn1" and str(what).startswith("umount"):
            world.timeline.later(0.005, world.nature, there.set_link, True, way != "hears", way != "is_heard")
        return ""

    world.on_point = cut
    typed = type_at(world, "mn1", Words("switchover"))
    assert typed is not None
    world.timeline.run(lambda: False, 3)
    assert not there.is_whole and ("/shared" in boot_of(world, "mn2").mounts) is is_mounted
    assert world.timeline.run(lambda: typed.over, 100)
    assert typed.result is not None and typed.result.outcome in ("failed", "unknown")
    assert world.violations == []


def test_a_healthy_pair_moves_and_its_client_loses_nothing() -> None:
    world = world_of("mn1 active", 1)
    for target in ("mn2", "mn1"):
        world.timeline.run(lambda: False, world.timeline.now_s + 20)
        typed = typed_out(world, "mn2", Words("switchover"))
        assert typed.result is not None and typed.result.outcome == "done"
        assert world.holds_role(target) == []
    assert len(world.client.acknowledged) > 10
    audits.rows(world)
    assert world.violations == []
