"""One lab for the whole session (one for each process of it), given to every test with nobody holding the role."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hamn.lab.lab import Lab
from hamn.lab.network import MACHINES
from tests.lab.pair import Pair


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.lab)


@pytest.fixture(scope="session")
def session_lab() -> Iterator[Lab]:
    lab = Lab(os.environ.get("HAMN_TEST_LAB", "test") + os.environ.get("PYTEST_XDIST_WORKER", ""))
    lab.down()
    lab.up()
    yield lab
    lab.down()


@pytest.fixture
def lab(session_lab: Lab) -> Lab:
    """Both machines run, thawed and connected, and nobody holds the role, whatever a test before left."""
    session_lab.up()
    for name in MACHINES:
        session_lab.power(name, "on")
        session_lab.thaw(name)
        session_lab.heal(name)
    for name in MACHINES:
        given = session_lab.run(name, ["hamn", "--yes", "deactivate"])
        assert given.returncode == 0, given.stderr
    return session_lab


@pytest.fixture
def pair(session_lab: Lab) -> Pair:
    """mn1 active, mn2 a clean standby, whatever the test before left."""
    healthy = Pair(session_lab)
    healthy.healthy()
    return healthy
