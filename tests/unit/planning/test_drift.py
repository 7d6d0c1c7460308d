"""What the other machine lacks of the owner's files, from what both list: nothing is asked of anybody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hamn.model.backup import Retention
from hamn.model.command import Answer
from hamn.model.pair import Configuration, Pair
from hamn.model.sync import Sync
from hamn.planning.drift import Drift, Entry, Listing, State, drift, hear_listing, patterns
from hamn.planning.tasks import tasks
from hamn.platforms.detect import platform_for
from hamn.platforms.schedule import schedule_of
from tests.planning.seen import declared

CASES = Path(__file__).parents[2] / "planning" / "cases"
HOSTS, KEY = "/etc/hosts", "/root/.ssh/id_rsa"
LISTS = ("names", "keys", "additional", "accounts", "dhcp")


@pytest.fixture(scope="module")
def pair() -> Pair:
    return replace(declared(CASES / "lab.toml"), sync=Sync(files=(HOSTS, "/root/.ssh/id_*"), own=("/etc/motd",)))


def entry(content: str, **told: Any) -> Entry:
    return Entry(
        **{"sha256": content, "size": len(content), "mode": 0o644, "user": "root", "group": "root", **told}
    )


def between(pair: Pair, mine: dict[str, Entry], theirs: dict[str, Entry], **received: str) -> Drift:
    return drift(pair, "mn1", Listing(mine), Listing(theirs, {f"/{k}": v for k, v in received.items()}))


def states(found: Drift) -> dict[str, State]:
    return {file.path: file.state for file in found.files}


def test_what_differs_in_content_mode_or_owner_is_copied_and_nothing_else(pair: Pair) -> None:
    mine = {HOSTS: entry("new"), KEY: entry("key", mode=0o600), "/a": entry("a", user="bind"), "/b": entry("b")}
    theirs = {HOSTS: entry("old"), KEY: entry("key"), "/a": entry("a"), "/b": entry("b", changed_s=9e9)}
    found = between(pair, mine, theirs)
    behind = State.BEHIND
    assert states(found) == {HOSTS: behind, KEY: behind, "/a": behind, "/b": State.SAME}
    assert {f.path: f.order()["sha256"] for f in found.of(behind)} == {HOSTS: "new", KEY: "key", "/a": "a"}
    assert not found.settled


def test_an_empty_source_is_refused_only_where_it_would_lose_something(pair: Pair) -> None:
    found = between(
        pair, {HOSTS: entry(""), "/a": entry(""), "/b": entry("")}, {HOSTS: entry("x"), "/b": entry("")}
    )
    assert states(found) == {HOSTS: State.REFUSED, "/a": State.BEHIND, "/b": State.SAME}
    (refused,) = found.of(State.REFUSED)
    assert "empty on mn1" in refused.why and refused.hint


def test_a_vanished_source_is_refused_and_what_never_was_the_owners_is_let_be(pair: Pair) -> None:
    theirs = {HOSTS: entry("x"), KEY: entry("x"), "/root/.ssh/id_old": entry("x")}
    found = drift(pair, "mn1", Listing({}), Listing(theirs, {KEY: "x"}))
    assert states(found) == {HOSTS: State.REFUSED, KEY: State.REFUSED, "/root/.ssh/id_old": State.EXTRA}
    assert all("gone from mn1" in file.why and f"rm {file.path}" in file.hint for file in found.of(State.REFUSED))


def test_the_other_machine_has_to_be_told_of_files_that_were_the_same_from_the_beginning(pair: Pair) -> None:
    found = between(pair, {HOSTS: entry("x")}, {HOSTS: entry("x")})
    assert found.settled and found.untold == {HOSTS: "x"}
    assert not drift(pair, "mn1", Listing({HOSTS: entry("x")}), Listing({HOSTS: entry("x")}, {HOSTS: "x"})).untold


def test_a_file_of_each_machines_own_is_never_copied_but_missed(pair: Pair) -> None:
    there = {"/etc/motd": entry("mn2's")}
    assert states(between(pair, {"/etc/motd": entry("mn1's")}, there)) == {"/etc/motd": State.OWN}
    (missed,) = between(pair, {}, there).files
    assert missed.state is State.REFUSED and "missing on mn1" in missed.why


def test_tables_of_accounts_go_together_and_change_no_number_of_the_other_machine(pair: Pair) -> None:
    passwd, shadow = entry("p", says={"root": "0", "bind": "105"}), entry("s")
    mine = {"/etc/passwd": passwd, "/etc/shadow": shadow}
    for says in ({"root": "0", "bind": "106"}, {"root": "0", "agent": "900"}):
        found = between(pair, mine, {"/etc/passwd": entry("q", says=says), "/etc/shadow": entry("t")})
        assert set(states(found).values()) == {State.REFUSED}, says
        assert "accounts" in found.files[0].hint
    fewer = between(pair, mine, {"/etc/passwd": entry("q", says={"root": "0"}), "/etc/shadow": entry("t")})
    assert set(states(fewer).values()) == {State.BEHIND}


def test_a_hosts_file_that_calls_its_machine_the_loopback_would_make_the_other_one_that_machine(
    pair: Pair,
) -> None:
    mine = {HOSTS: entry("new", says={"localhost": "127.0.0.1", "mn1.cluster": "127.0.1.1"})}
    (refused,) = between(pair, mine, {HOSTS: entry("old")}).files
    assert refused.state is State.REFUSED and "hamn-local hosts 10.77.0.11 mn1" in refused.hint


def test_what_leads_to_the_shared_data_is_there_on_both(pair: Pair) -> None:
    (refused,) = between(pair, {HOSTS: entry("x", real="/etc/xcat/hosts")}, {HOSTS: entry("y")}).files
    assert refused.state is State.REFUSED and "on the shared data" in refused.why


def test_each_family_has_the_requirements_lists_in_its_own_names(pair: Pair) -> None:
    plain = replace(pair, sync=Sync(lists=LISTS), resources=())  # type: ignore[arg-type]
    for family, key, dhcp in (
        ("debian", "/root/.ssh/id*", "/etc/dhcp/dhcpd.conf"),
        ("redhat", "/root/.ssh/id*", "/etc/dhcp/dhcpd.conf"),
        ("suse", "/root/.ssh/id*", "/etc/dhcpd.conf"),
        ("aix", "/.ssh/id*", "/etc/dhcpsd.cnf"),
    ):
        found = patterns(plain, family)
        assert {HOSTS, key, dhcp, "/etc/passwd", "/etc/exports", "/etc/inittab"} <= set(found)
        assert not any("authorized_keys" in pattern for pattern in found)
    assert "/etc/security/passwd" in patterns(plain, "aix")


def test_dhcps_files_go_only_where_both_configurations_are_the_same(pair: Pair) -> None:
    made = tuple(r for r in pair.resources if not isinstance(r, Configuration))
    alike = replace(pair, sync=Sync(lists=("dhcp",)), resources=made)
    only = replace(alike, resources=(*made, Configuration("cluster")))
    assert patterns(only, "debian") == ()  # hamn makes each machine's own
    assert "/etc/dhcp/dhcpd.conf" in patterns(alike, "debian")
    ip = replace(pair.virtual_ips[0], interface={"mn1": "eth0", "mn2": "bond0"})
    others = tuple(ip if r.id == ip.id else r for r in made)
    assert patterns(replace(only, resources=others), "debian") == ()


def test_what_is_watched_is_the_file_or_the_directory_above_a_glob(pair: Pair) -> None:
    watching = replace(pair, sync=Sync(files=(HOSTS, "/root/.ssh/id_*", "/etc/*/x")))
    (task, *_) = tasks(watching, platform_for("debian", "systemd"))
    assert task.watched == (HOSTS, "/root/.ssh", "/etc") and task.mounts == ("/shared",)
    (task, *_) = tasks(watching, platform_for("redhat", "sysv"))
    assert task.minute == "*"


def test_what_there_is_none_of_is_not_scheduled(pair: Pair) -> None:
    platform = platform_for("debian", "systemd")
    nightly = replace(pair, sync=Sync(), backup=Retention(at="03:45"))
    (task, _) = tasks(nightly, platform)
    assert (task.argv[:2], task.hour, task.minute) == (("hamn", "backup"), "03", "45")
    made = schedule_of(task, platform.init)
    assert made is not None and any("OnCalendar=*-*-* 03:45:00\n" in text for _, text in made.files)
    bare = tuple(r for r in pair.resources if r.kind not in ("database", "service"))
    assert not list(tasks(replace(nightly, resources=bare), platform))


@pytest.mark.parametrize("family", ["debian", "redhat", "suse"])
def test_services_are_looked_after_when_packages_were_installed_and_without_a_database_of_the_role(
    pair: Pair, family: str
) -> None:
    kept = tuple(r for r in pair.resources if r.kind != "database")
    (task,) = tasks(replace(pair, sync=Sync(), resources=kept), platform_for(family, "systemd"))
    assert task.argv[:5] == ("hamn", "check", "--only", "services-not-at-boot", "--fix") and task.mounts == ()
    made = schedule_of(task, platform_for(family, "systemd").init)
    assert made is not None and any("\nPathChanged=/var/l" in text for _, text in made.files)


@pytest.mark.parametrize(
    "said", ["", "[]", "{}", '{"files": {"/a": {"colour": 1}}, "received": {}}', '{"files": 3}']
)
def test_a_listing_that_can_not_be_read_is_not_known(said: str) -> None:
    assert hear_listing(Answer(0, said)) is None
    assert hear_listing(Answer(1, '{"files": {}, "received": {}}')) is None
