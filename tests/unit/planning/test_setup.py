"""Set-up's plans, from facts told in a few words; no machine is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from hamn.facts.facts import Facts
from hamn.model.command import Answer, Command
from hamn.model.pair import Configuration, Pair
from hamn.model.step import Check, Phase, Step
from hamn.model.sync import Sync
from hamn.planning.setup.chapter import primary_refusals, primary_steps, standby_refusals, standby_steps
from hamn.planning.setup.ground import Account, Ground, settled
from hamn.resources.rows import ASKED, OWN
from tests.planning.seen import declared, seen_by

CASES = Path(__file__).parents[2] / "planning" / "cases"


def card(name: str) -> str:
    """Of a machine with one host key and one key of root's."""
    key = {"mn1": "A", "mn2": "B"}[name] * 20
    return f"hamn-card 1\nmachine {name}\nhost ssh-ed25519 {key}\nuser ssh-ed25519 {key}\n"


@pytest.fixture(scope="module")
def pair() -> Pair:
    return declared(CASES / "lab.toml")


def ground(pair: Pair, **accounts: Mapping[str, Account | None]) -> Ground:
    """`accounts` by machine name."""
    return Ground(cards={machine.name: card(machine.name) for machine in pair.machines}, accounts=accounts)


def facts(pair: Pair, **told: object) -> Facts:
    return seen_by(pair, {"active": "", **told})


def ids(steps: tuple[Step, ...]) -> list[str]:
    return [step.id for step in steps if not step.is_skipped]


def test_data_is_moved_only_after_every_daemon_has_stopped(pair: Pair) -> None:
    seen = facts(pair, mn1={"holds": ["service.dhcp", "database.xcat"]}, mn2={"holds": ["service.dns"]})
    steps = {step.id: step for step in primary_steps(pair, seen, ground(pair), "mn1")}
    mount = next(step for id_, step in steps.items() if id_.endswith("/mount-staging"))
    stops = {id_ for id_ in steps if id_.endswith("/stop")}
    assert {id_.split("/")[0] for id_ in stops} == {"mn1", "mn2"}
    assert stops <= mount.needs
    for step in steps.values():
        if step.action.startswith("move-in:"):
            assert mount.id in step.needs
        if step.action.startswith("mark:"):
            assert any(need.endswith("/unmount-staging") for need in step.needs)


def test_a_primary_is_guarded_only_when_its_data_has_moved(pair: Pair) -> None:
    """Whoever has to turn back can start what was stopped."""
    steps = primary_steps(pair, facts(pair, mn1={"holds": ["service.dns"]}), ground(pair), "mn1")
    unmount = next(step.id for step in steps if step.action == "unmount-staging")
    guards = [step for step in steps if step.action.startswith("guard:")]
    assert guards and all(unmount in step.needs for step in guards)


def test_nothing_stops_where_everything_is_moved(pair: Pair) -> None:
    seen = facts(pair, active="mn1")
    planned = ids(primary_steps(pair, seen, ground(pair), "mn1"))
    assert not [id_ for id_ in planned if id_.endswith(("/stop", "staging")) or "move-in" in id_ or "mark:" in id_]


def test_nobody_takes_a_disk_that_a_silent_machine_may_use(pair: Pair) -> None:
    silent = facts(pair, mn2={"answers": False})
    (why,) = primary_refusals(pair, silent, "mn1", other_is_dead=False)
    assert "--confirm-dead mn2" in why and "hamn setup card" in why
    assert not list(primary_refusals(pair, silent, "mn1", other_is_dead=True))
    held = facts(pair, mn2={"holds": ["virtual_ip.cluster"]})
    (why,) = primary_refusals(pair, held, "mn1", other_is_dead=True)
    assert "mn2 holds virtual_ip.cluster" in why


def test_a_standby_that_uses_the_shared_data_is_refused(pair: Pair) -> None:
    held = facts(pair, active="mn1", mn2={"holds": ["filesystem.shared"]})
    (why,) = standby_refusals(pair, held, "mn2")
    assert "mn2 holds filesystem.shared" in why and "hamn deactivate --on mn2" in why
    (why,) = standby_refusals(pair, facts(pair), "mn2")
    assert "hamn setup primary --on mn1" in why


def test_accounts_take_the_active_machines_numbers_when_nothing_runs_there_any_more(pair: Pair) -> None:
    seen = facts(pair, active="mn1", mn2={"holds": ["service.dns"]})
    tftp = {"uid": 105, "gid": 109, "group": "tftp", "home": "/srv/tftp", "shell": "/usr/sbin/nologin"}
    bind = {**tftp, "uid": 103, "group": "bind"}
    accounts = {
        "mn1": {"bind": bind, "tftp": tftp, "www-data": None},
        "mn2": {"bind": {**bind, "uid": 7}, "tftp": tftp},
    }
    steps = standby_steps(pair, seen, ground(pair, **accounts), "mn2")
    (step,) = (step for step in steps if step.resource == "accounts")
    assert step.command is not None and '"bind"' in step.command.argv[2] and '"tftp"' not in step.command.argv[2]
    assert step.machine == "mn2" and step.needs == {s.id for s in steps if s.id.endswith("/stop")} != set()


def test_the_active_machine_goes_on_serving_while_its_standby_is_set_up(pair: Pair) -> None:
    steps = standby_steps(pair, facts(pair, active="mn1"), ground(pair), "mn2")
    there = [step for step in steps if step.machine == "mn1" and not step.is_skipped]
    assert {step.phase for step in there} == {Phase.PREPARE}
    assert {step.resource for step in there} <= {"names", "ssh", "declaration", "schedule"}


def step(id_: str, *needs: str) -> Step:
    check = Check(Command(("look", id_)), r"^holds$")
    return Step(id_, "mn1", "x", Phase.PREPARE, "why", Command(("do", id_)), check, frozenset(needs))


def test_a_step_that_holds_is_left_out_unless_what_it_needs_is_still_to_be_done() -> None:
    holds, lacks = Answer(0, "holds\n"), Answer(0, "lacks\n")
    steps = (step("mn1/x/a"), step("mn1/x/b", "mn1/x/a"), step("mn1/x/c"))
    looks = {"mn1/x/a": lacks, "mn1/x/b": holds, "mn1/x/c": holds}
    assert ids(settled(steps, looks)) == ["mn1/x/a", "mn1/x/b"]
    assert ids(settled(steps, dict.fromkeys(looks, holds))) == []


def test_a_look_that_could_not_be_made_is_no_proof() -> None:
    steps = (step("mn1/x/a"), step("mn1/x/b"))
    looks = {"mn1/x/a": Answer(None, "holds\n", lost="connection lost")}
    assert ids(settled(steps, looks)) == ["mn1/x/a", "mn1/x/b"]


def test_both_machines_bring_files_over_by_themselves_in_the_words_of_their_init_system(pair: Pair) -> None:
    synced = replace(pair, sync=Sync(files=("/etc/hosts",)))
    steps = standby_steps(synced, facts(synced, active="mn1"), ground(synced), "mn2")
    for name in ("mn1", "mn2"):
        mine = {step.action: step for step in steps if step.resource == "schedule" and step.machine == name}
        units = {f"file:/etc/systemd/system/hamn-sync.{kind}" for kind in ("path", "service", "timer")}
        backup = {f"file:/etc/systemd/system/hamn-backup.{kind}" for kind in ("service", "timer")}
        boot = {f"file:/etc/systemd/system/hamn-boot.{kind}" for kind in ("path", "service", "timer")}
        starts = {f"start:hamn-{task}" for task in ("sync", "backup", "boot")}
        assert set(mine) == {*units, *backup, *boot, *starts}
        assert mine["start:hamn-sync"].needs == {mine[unit].id for unit in units}
    plain = standby_steps(pair, facts(pair, active="mn1"), ground(pair), "mn2")
    assert not [step for step in plain if step.resource == "schedule" and "sync" in step.id]


def by_id(steps: tuple[Step, ...]) -> dict[str, Step]:
    return {step.id: step for step in steps if not step.is_skipped}


def known_by(step: Step) -> tuple[set[str], str]:
    """The host keys that a trust step brings, and the names that they are for."""
    assert step.command is not None
    keys = {line.split()[2][0] for line in step.command.stdin.splitlines() if line.startswith("host")}
    return keys, step.command.argv[3]


def test_while_the_host_key_changes_the_other_machine_is_known_by_both(pair: Pair) -> None:
    """Whoever breaks off between the copy and the reload still gets in."""
    steps = by_id(standby_steps(pair, facts(pair, active="mn1"), ground(pair), "mn2"))
    keys, names = known_by(steps["mn1/ssh/trust:mn2"])
    assert keys == {"A", "B"} and "10.77.0.10" not in names
    assert "mn1/ssh/trust:mn2" in steps["mn1/ssh/host-keys"].needs
    copy = steps["mn1/ssh/host-keys"].command
    assert copy is not None and "StrictHostKeyChecking=yes" in str(copy)


def test_the_old_host_key_is_forgotten_only_when_the_new_one_is_shown(pair: Pair) -> None:
    shared = card("mn2").replace("host ssh-ed25519 " + "B" * 20, "host ssh-ed25519 " + "A" * 20)
    same = replace(ground(pair), cards={"mn1": card("mn1"), "mn2": shared})
    steps = by_id(standby_steps(pair, facts(pair, active="mn1"), same, "mn2"))
    keys, names = known_by(steps["mn1/ssh/trust:mn2"])
    assert keys == {"A"} and "10.77.0.10" in names.split(",")
    assert steps["mn1/ssh/trust:mn2"].needs == {"mn2/ssh/show-keys"}
    assert "mn1/ssh/host-keys" not in steps


def test_a_machine_that_gives_its_address_away_has_one_of_its_own_first(pair: Pair) -> None:
    alone = facts(pair, mn1={"holds": ["virtual_ip.cluster", "service.dns"]})
    seen = alone["mn1"]
    virtual = tuple(a for a in seen.addresses or () if str(a.address.ip) == "10.77.0.10")
    alone = Facts({**alone.machines, "mn1": replace(seen, addresses=virtual)})
    steps = by_id(primary_steps(pair, alone, ground(pair), "mn1"))
    own = steps["mn1/virtual_ip.cluster/own-address"]
    assert own.phase is Phase.PREPARE and "10.77.0.11/24" in str(own.command)
    assert "promote_secondaries=1" in str(steps["mn1/virtual_ip.cluster/own-first:0"].command)
    assert "src 10.77.0.11" in str(steps["mn1/virtual_ip.cluster/own-first:1"].command)
    assert own.id in steps["mn1/virtual_ip.cluster/own-first:1"].needs
    boot = steps["mn1/virtual_ip.cluster/boot-address"]
    assert boot.phase is Phase.HAND_OVER and "mn1/service.dns/stop" in boot.needs
    move = next(step for id_, step in steps.items() if id_.endswith("/mount-staging"))
    assert "mn1/database.xcat/cfgloc" in move.needs


def test_rows_wait_until_the_role_is_held(pair: Pair) -> None:
    pair = replace(pair, resources=(*pair.resources, Configuration("cluster")))
    rows = {table: [] for table in ASKED} | {"site": [{"key": "master", "value": "10.77.0.11"}]}
    read = replace(ground(pair), tables=(OWN, rows))
    assert not [id_ for id_ in ids(primary_steps(pair, facts(pair), read, "mn1")) if "/tables/" in id_]
    steps = by_id(primary_steps(pair, facts(pair, active="mn1"), read, "mn1"))
    master = steps["mn1/tables/site:master"]
    assert master.phase is Phase.SETTLE and "10.77.0.11 -> 10.77.0.10" in master.reason
    generate = next(step for id_, step in steps.items() if id_.endswith("/generate"))
    assert master.id in generate.needs


@pytest.fixture(scope="module")
def aix() -> Pair:
    return declared(Path(__file__).parents[3] / "docs" / "examples" / "requirement-aix.toml")


def test_an_aix_standby_is_set_up_by_aix_s_own_files_and_commands(aix: Pair) -> None:
    """The requirement's second set-up chapter: steps 2, 7, 10, 12 and 13, and "File Synchronization"."""
    seen = seen_by(aix, {"active": "aixmn1"})
    standby = seen["aixmn2"]
    at_boot = {name: replace(unit, enabled="enabled") for name, unit in standby.units.items()}
    seen = Facts({**seen.machines, "aixmn2": replace(standby, units=at_boot)})
    mysql = {"uid": 300, "gid": 301, "group": "mysql", "home": "/mysqldata", "shell": "/bin/ksh"}
    there = {"aixmn1": {"mysql": mysql}, "aixmn2": {"mysql": None}}
    steps = standby_steps(aix, seen, Ground(accounts=there), "aixmn2")
    commands = {s.id: " ".join(s.command.argv) for s in steps if s.command is not None}
    assert "line /etc/netsvc.conf hosts=local,bind" in commands["aixmn2/names/order"]
    assert "nameserver 9.114.47.97" in commands["aixmn2/names/nameserver"]
    assert commands["aixmn2/boot/disable:conserver"] == "hamn-local inittab-off conserver"
    assert commands["aixmn2/boot/disable:dhcpsd:1"] == "chrctcp -d dhcpsd"
    assert "--with aix" in commands["aixmn2/accounts/same"]
    assert commands["aixmn2/schedule/start:hamn-sync"].startswith("hamn-local crontab hamn-sync * * * * * ")
    assert commands["aixmn2/schedule/start:hamn-backup"].startswith("hamn-local crontab hamn-backup ")
    linux = ("systemctl", "nsswitch", "usermod", "/proc/", "/etc/fstab", "cron.d")
    assert not [text for text in commands.values() if any(word in text for word in linux)]


def test_an_aix_node_gets_an_address_of_its_own_by_hand(aix: Pair) -> None:
    seen = seen_by(aix, {"active": "", "aixmn1": {"holds": ["virtual_ip.cluster"]}})
    found = list(primary_refusals(aix, seen, "aixmn1", other_is_dead=False))
    assert any("chdev" in why and "9.114.47.103" in why for why in found)
    assert not list(primary_refusals(aix, seen_by(aix, {"active": ""}), "aixmn1", other_is_dead=False))


def test_a_volume_group_is_not_taken_over_what_nobody_has_moved_there() -> None:
    """Nothing of a group is moved: while something lies here no daemon stops and nothing is marked."""
    group = declared(CASES / "group.toml")
    steps = {step.id: step for step in primary_steps(group, facts(group), ground(group), "mn1")}
    look = steps["mn1/filesystem.shared/nothing-to-move"]
    assert look.looks and look.phase is Phase.PREPARE and look.command is not None
    assert look.command.argv == ("hamn-local", "nothing-to-move", "/shared")
    assert look.id in steps["mn1/filesystem.shared/mark:/shared"].needs
    assert steps["mn1/filesystem.shared/mark:/shared"].phase is Phase.HAND_OVER
    moved = Ground(marked={"mn1": ["/shared"]})
    after = {step.id: step for step in primary_steps(group, facts(group), moved, "mn1")}
    assert "mn1/filesystem.shared/nothing-to-move" not in after
