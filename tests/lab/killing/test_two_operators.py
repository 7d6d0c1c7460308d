"""Two people type at once: one is served, the other is told who is doing what since when."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.lab.killing.boundary import Boundary
from tests.lab.killing.field import Driven, Field

pytestmark = pytest.mark.lab

UNMOUNTED = Boundary("end", "giver", "filesystem.shared/unmount")


@pytest.fixture
def field(fields: list[Field]) -> Iterator[Field]:
    field = fields[0]
    field.ready()
    yield field
    field.end()


def other_of(field: Field) -> str:
    return "mn2" if field.active == "mn1" else "mn1"


def paused(field: Field, where: str, boundary: Boundary, *words: str) -> tuple[Driven, str]:
    driven = field.drive(where, "pause", boundary, field.active, *words)
    pid = driven.stopped()
    assert pid is not None, driven.end()
    return driven, str(pid)


def is_told(field: Field, where: str, *words: str, verb: str, by: str) -> None:
    """Refused with who, what, since when, and nothing else happened."""
    refused = field.pair.hamn(where, *words, exits=3)
    said = "\n".join(message["what"] for message in refused["messages"])
    running = [o for o in field.pair.hamn(where, "status", exits=None)["operations"] if o["running"]]
    assert [operation["verb"] for operation in running] == [verb]
    since = re.search(rf"{verb} is at work since (\S+),", said)
    assert since and since[1] <= running[0]["begun"], "the lock is taken before the journal begins"
    assert f"begun by root on {by}" in said
    assert running[0]["id"] in said


def test_of_two_switchovers_at_once_one_moves_the_role(field: Field) -> None:
    for _ in range(4):
        target = other_of(field)
        both = {name: field.pair.begin(name, "switchover", "--to", target) for name in ("mn1", "mn2")}
        ended = {name: field.pair.finish(running, exits=None) for name, running in both.items()}
        assert sorted(document["exit_status"] for document in ended.values()) == [0, 3], ended
        winner = next(name for name, document in ended.items() if document["exit_status"] == 0)
        loser = next(name for name in ended if name != winner)
        assert ended[winner]["active"] == target
        said = "\n".join(message["what"] for message in ended[loser]["messages"])
        assert "switchover is at work since" in said and f"begun by root on {winner}" in said
        assert ended[winner]["operation"] in said
        field.active = target
        assert field.audit(target) == []


def test_an_activation_during_a_deactivation_waits_for_its_end(field: Field) -> None:
    active, other = field.active, other_of(field)
    driven, pid = paused(field, active, UNMOUNTED, "deactivate")
    is_told(field, other, "activate", verb="deactivate", by=active)
    is_told(field, active, "activate", verb="deactivate", by=active)
    field.pair.sh(active, "kill", "-CONT", pid)
    status, said = driven.end()
    assert status == 0, said
    field.active = str(field.pair.hamn(other, "activate")["active"])
    assert field.audit(other) == []


@pytest.mark.parametrize("options", [(), ("--fence-anyway",)], ids=["plain", "fence-anyway"])
def test_a_failover_during_a_switchover_takes_nothing_from_it(field: Field, options: tuple[str, ...]) -> None:
    active, other = field.active, other_of(field)
    driven, pid = paused(field, active, UNMOUNTED, "switchover")
    is_told(field, other, "failover", "--to", other, *options, verb="switchover", by=active)
    field.pair.sh(active, "kill", "-CONT", pid)
    status, said = driven.end()
    assert status == 0, said
    assert field.lab.power(active, "status") == "on"
    assert field.audit(other) == []
