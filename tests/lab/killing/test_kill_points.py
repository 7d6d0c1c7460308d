"""Stopped anywhere, one command away from serving: every boundary of a move on real machines."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from tests.lab.killing import story
from tests.lab.killing.boundary import Boundary, Side, apart, beginnings, waves
from tests.lab.killing.carry import carry_out_all
from tests.lab.killing.field import Field
from tests.lab.killing.story import Point, Story

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

SIDES: tuple[Side, Side] = ("giver", "target")
EVERY = 1 if os.environ.get("HAMN_KILL_POINTS") == "all" else 7
"""Of the boundaries; `make kill-points` takes each. Odd, so that who types alternates all the same."""


@pytest.fixture(scope="session")
def switchover(fields: list[Field]) -> list[Boundary]:
    """Every entry of a switchover's journal."""
    fields[0].ready()
    return fields[0].learn("switchover")


@pytest.fixture(scope="session")
def failover(fields: list[Field]) -> list[Boundary]:
    """Every entry of a failover's journal."""
    fields[0].ready()
    fields[0].lab.crash(fields[0].active)
    found = fields[0].learn("failover")
    fields[0].mend()
    return found


def points(told: Story, found: Sequence[Boundary], controllers: Sequence[Side] = SIDES) -> list[Point]:
    """The sides on which is typed change from boundary to boundary, in all combinations."""
    whole = [
        Point(told, boundary, controllers[number % len(controllers)], SIDES[number // len(controllers) % 2])
        for number, boundary in enumerate(found)
    ]
    return whole[::EVERY]


def test_the_controller_of_a_switchover_is_killed(fields: list[Field], switchover: list[Boundary]) -> None:
    carry_out_all(fields, points(story.CONTROLLER_OF_SWITCHOVER, apart(switchover)))


def test_the_controller_of_a_failover_is_killed(fields: list[Field], failover: list[Boundary]) -> None:
    carry_out_all(fields, points(story.CONTROLLER_OF_FAILOVER, apart(failover), ["target"]))


def test_the_active_loses_its_power_in_a_switchover(fields: list[Field], switchover: list[Boundary]) -> None:
    carry_out_all(fields, points(story.POWER_OF_GIVER, waves(switchover)))


def test_the_standby_loses_its_power_in_a_switchover(fields: list[Field], switchover: list[Boundary]) -> None:
    carry_out_all(fields, points(story.POWER_OF_TARGET, waves(switchover)))


def test_a_frozen_active_wakes_in_a_failover(fields: list[Field], failover: list[Boundary]) -> None:
    carry_out_all(fields, points(story.WOKEN, beginnings(failover), ["target"]))


def test_a_frozen_active_that_was_sworn_to_be_dead_wakes(fields: list[Field]) -> None:
    found = [
        Boundary("begin", "target", "filesystem.shared/mount-points"),
        Boundary("begin", "target", "virtual_ip.cluster/last-probe"),
        Boundary("end", "target", "virtual_ip.cluster/last-probe"),
        Boundary("end", "target", "filesystem.shared/mount"),
        Boundary("ended"),
    ]
    carry_out_all(fields, points(story.SWORN, found, ["target"]))


@pytest.mark.parametrize("told", story.PARTITIONS, ids=str)
def test_a_partition_in_a_switchover(told: Story, fields: list[Field], switchover: list[Boundary]) -> None:
    carry_out_all(fields, points(told, beginnings(switchover)))


@pytest.mark.parametrize("told", [story.HEALED, story.LONELY], ids=str)
def test_a_partition_in_a_failover(told: Story, fields: list[Field], failover: list[Boundary]) -> None:
    carry_out_all(fields, points(told, beginnings(failover), ["target"]))
