"""The client and the bare sequence on the real pair, with each database: what the figures stand on."""

import subprocess
from collections.abc import Iterator

import pytest

from hamn.lab import bare
from hamn.lab.lab import Lab
from hamn.lab.witness import Witness
from hamn.reports.report import Stop

pytestmark = pytest.mark.lab

SERVICES = ("database", "dns", "http", "dhcp", "lsdef", "ping")


@pytest.fixture(scope="module", params=["mariadb", "postgresql", "sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def lab(engine: str) -> Iterator[Lab]:
    """A pair of these tests' own; every test begins and ends with mn1 holding the role."""
    pair = Lab("witness")
    pair.down()
    try:
        pair.up(database=engine)  # type: ignore[arg-type]
        connect(pair)
        move(pair, "mn1", "start=mn1")
        yield pair
    finally:
        pair.down()


def connect(lab: Lab) -> None:
    """The bare sequence's way from mn1 to mn2; it stays open in the background."""
    nowhere = subprocess.DEVNULL
    assert lab.start("mn1", bare.connect("mn2"), stdin=nowhere, stdout=nowhere, stderr=nowhere).wait(30) == 0


def move(lab: Lab, machine: str, *halves: str) -> None:
    done = lab.run(machine, ["python3", "-m", "hamn.lab.bare", f"database={lab.database}", *halves])
    assert done.returncode == 0, done.stderr


def test_every_service_is_seen_and_nothing_is_lost_when_nothing_happens(lab: Lab) -> None:
    with Witness(lab) as seen:
        pass
    assert set(seen.longest_gap_s) == set(SERVICES)
    assert None not in seen.longest_gap_s.values()
    assert seen.rows_acknowledged > 0
    assert seen.rows_missing == 0


def test_a_move_is_seen_as_an_absence_that_ends(lab: Lab) -> None:
    with Witness(lab) as seen:
        move(lab, "mn1", "stop=mn1", "start=mn2")
    told = [(line["event"], line["service"]) for line in seen.lines() if "service" in line]
    move(lab, "mn1", "stop=mn2", "start=mn1")
    for service in ("database", "dns", "http", "lsdef"):  # the address alone may be back before it is missed
        assert ("lost", service) in told
        assert ("back", service) in told
    assert seen.rows_missing == 0


def test_rows_acknowledged_before_a_power_cut_are_there_after_it(lab: Lab) -> None:
    with Witness(lab, ["database"]) as seen:
        lab.crash("mn1")
        move(lab, "mn2", "take-over=mn2")
    lab.power("mn1", "on")
    connect(lab)
    move(lab, "mn1", "stop=mn2", "start=mn1")
    assert seen.rows_acknowledged > 0
    assert seen.rows_missing == 0


def test_a_service_that_never_answers_is_named(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hamn.lab.witness.READY_S", 1.0)
    lab.run("mn1", ["systemctl", "stop", "named"])
    try:
        with pytest.raises(Stop, match="dns"), Witness(lab, ["dns", "ping"]):
            pass
    finally:
        lab.run("mn1", ["systemctl", "start", "named"])
