"""Every rule: it passes on a healthy pair, finds what it is there for, and never takes silence for a pass."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.facts.facts import MachineFacts
from hamn.model.owner import OwnerRecord
from hamn.readiness.inventory import Clock, Inventory, Tried
from hamn.readiness.rule import Verdict
from hamn.readiness.rules import RULES
from hamn.reports.report import Severity

from .cases import (
    ID,
    PROBLEMS,
    REMEMBERED,
    UNKNOWN,
    Spoil,
    database_on_nfs,
    device,
    group_active_on_both,
    needing_the_group,
)
from .healthy import (
    MACS,
    VIRTUAL,
    declared,
    findings,
    found,
    healthy,
    resource,
    rule,
    seen,
    silent,
    verdict,
)

KNOWN_BY_DECLARATION = {"machines-answer", "fence-declared"}
MOOT_WITHOUT = {
    "owner-epoch": "the record, whose absence owner-record reports",
}


@pytest.mark.parametrize("id_", [r.id for r in RULES if r.id != "nothing-beneath"])
def test_passes_on_a_healthy_pair(id_: str) -> None:
    assert verdict(healthy(), id_) is Verdict.OK, findings(healthy(), id_)


def test_nothing_beneath_passes_where_nothing_was_written() -> None:
    assert verdict(seen(healthy(), "mn2", remembered=REMEMBERED), "nothing-beneath") is Verdict.OK


def test_nothing_beneath_has_no_word_on_a_machine_that_never_saw_an_owner() -> None:
    assert verdict(healthy(), "nothing-beneath") is Verdict.MOOT


@pytest.mark.parametrize(
    ("id_", "spoil"),
    [pytest.param(i, s, id=f"{i}-{n}") for i, all_ in PROBLEMS.items() for n, s in enumerate(all_)],
)
def test_finds_its_problem_and_says_what_to_do(id_: str, spoil: Spoil) -> None:
    problems = [f for f in findings(spoil(healthy()), id_) if f.verdict is Verdict.PROBLEM]
    assert problems
    assert all(f.what and f.hint for f in problems)


@pytest.mark.parametrize("id_", UNKNOWN)
def test_not_knowing_is_no_pass(id_: str) -> None:
    spoiled = UNKNOWN[id_](healthy())
    assert verdict(spoiled, id_) is Verdict.UNKNOWN, findings(spoiled, id_)


def test_every_rule_has_its_cases() -> None:
    ids = {r.id for r in RULES}
    assert set(PROBLEMS) == ids
    assert set(UNKNOWN) | KNOWN_BY_DECLARATION | set(MOOT_WITHOUT) == ids
    assert len(RULES) == len(ids)


@pytest.mark.parametrize("name", ["mn1", "mn2"])
@pytest.mark.parametrize("id_", [r.id for r in RULES if r.id not in KNOWN_BY_DECLARATION])
def test_nothing_good_is_said_of_a_silent_machine(id_: str, name: str) -> None:
    good = [f for f in findings(silent(healthy(), name), id_) if f.verdict is Verdict.OK and f.machine == name]
    assert not good


@pytest.mark.parametrize("id_", PROBLEMS)
def test_says_nothing_of_what_a_bare_pair_has_not(id_: str) -> None:
    """Two machines and nothing else: no rule invents a problem but of the machines themselves."""
    e = healthy()
    bare = declared(e, resources=(), profile="plain")
    spoken = {f.verdict for f in findings(bare, id_)}
    assert Verdict.PROBLEM not in spoken


# -- single behaviours that a table can't say


def test_a_stranger_can_not_be_told_from_a_machine_that_is_silent() -> None:
    e = found(silent(healthy(), "mn1"), "mn2", probes={"virtual_ip.cluster": (MACS["mn1"],)})
    mine = [f for f in findings(e, "virtual-ip-free") if f.what.startswith("whose")]
    assert [f.verdict for f in mine] == [Verdict.UNKNOWN]


def test_the_other_machines_own_probe_is_no_stranger() -> None:
    e = found(healthy(), "mn1", probes={"virtual_ip.cluster": (MACS["mn2"],)})
    assert verdict(e, "virtual-ip-free") is Verdict.OK


def test_a_fence_device_that_says_off_of_a_dead_machine_is_right() -> None:
    e = found(silent(healthy(), "mn2"), "mn1", fence=Tried(True, "off"))
    assert [f.verdict for f in findings(e, "fence-answers") if f.machine == "mn1"] == [Verdict.OK]


def test_a_logical_volume_is_looked_for_only_where_its_group_is_active() -> None:
    e = found(needing_the_group(healthy()), "mn2", devices={ID: None})
    assert verdict(e, "device-present") is Verdict.OK
    assert verdict(e, "same-device") is Verdict.MOOT
    both = group_active_on_both(e)
    assert verdict(both, "device-present") is Verdict.PROBLEM


def test_devices_that_tell_nothing_of_themselves_are_not_the_same() -> None:
    e = healthy()
    for name in ("mn1", "mn2"):
        e = device(name, uuid="", serial="", wwn="")(e)
    assert verdict(e, "same-device") is Verdict.UNKNOWN


def test_a_declared_override_lets_the_database_be_on_the_network() -> None:
    e = resource(database_on_nfs(healthy()), "database.xcat", on_network_filesystem=True)
    assert verdict(e, "database-not-on-network") is Verdict.OK


def test_an_account_that_neither_machine_has_is_not_missed() -> None:
    said = [f.what for f in findings(healthy(), "same-accounts")]
    assert not any("named" in what for what in said)


def test_clocks_are_judged_with_the_doubt_of_asking() -> None:
    slow = found(healthy(), "mn2", clock=Clock(1001.5, 0.8))
    assert verdict(slow, "clocks-agree") is Verdict.UNKNOWN


def test_a_container_needs_no_time_service() -> None:
    e = found(found(healthy(), "mn1", time_service="", container="lxc"), "mn2", container="lxc")
    assert verdict(e, "time-service") is Verdict.OK


def test_after_an_orderly_release_nobody_is_active_and_nothing_is_wrong_but_that() -> None:
    released = OwnerRecord("hpc1", 3, None, released_by="mn1")
    idle = healthy().facts["mn2"]
    e = healthy()
    for name in ("mn1", "mn2"):
        own = tuple(a for a in e.facts[name].addresses or () if a.address != VIRTUAL)
        e = seen(
            e,
            name,
            owner=None,
            remembered=released,
            addresses=own,
            mounts=idle.mounts,
            units=idle.units,
            groups=idle.groups,
            databases=idle.databases,
        )
        bare = dict.fromkeys(("/shared", "/install", "/var/lib/mysql"), "")
        e = found(e, name, probes={"virtual_ip.cluster": ()}, beneath=bare)
    wrong = {r.id for r in RULES if verdict(e, r.id) in (Verdict.PROBLEM, Verdict.UNKNOWN)}
    assert wrong == {"role-held"}
    assert rule("role-held").severity is Severity.WARNING


# -- whatever is missing


def _partial(kind: type, name: str, keep: frozenset[str]) -> dict[str, object]:
    """Fields that are not kept fall back to their "not known"."""
    blank = kind(name) if kind is Inventory else MachineFacts(name, answers=True)
    return {f.name: getattr(blank, f.name) for f in fields(kind) if f.name not in (*keep, "name", "machine")}


SEEN_FIELDS = [f.name for f in fields(MachineFacts)]
FOUND_FIELDS = [f.name for f in fields(Inventory)]


@given(
    st.frozensets(st.sampled_from(SEEN_FIELDS)),
    st.frozensets(st.sampled_from(FOUND_FIELDS)),
    st.sampled_from(["mn1", "mn2"]),
    st.booleans(),
)
def test_no_rule_raises_whatever_is_missing(
    keep_seen: frozenset[str], keep_found: frozenset[str], name: str, other_silent: bool
) -> None:
    e = seen(healthy(), name, **_partial(MachineFacts, name, keep_seen))
    e = found(e, name, **_partial(Inventory, name, keep_found))
    if other_silent:
        e = silent(e, "mn2" if name == "mn1" else "mn1")
    for each in RULES:
        assert all(f.what for f in each.judge(e))


# -- documentation


def test_every_rule_is_documented_with_its_severity() -> None:
    page = (Path(__file__).parents[3] / "docs" / "checks.md").read_text()
    for each in RULES:
        assert f"### {each.id}\n" in page, f"docs/checks.md says nothing of {each.id}"
        section = page.split(f"### {each.id}\n", 1)[1].split("\n### ", 1)[0]
        assert str(each.severity).capitalize() in section.splitlines()[0], each.id
        assert "To do:" in section, each.id
    documented = {line.removeprefix("### ") for line in page.splitlines() if line.startswith("### ")}
    assert documented == {each.id for each in RULES}


def test_every_rule_says_why() -> None:
    for each in RULES:
        assert each.why, each.id
        assert each.title, each.id
