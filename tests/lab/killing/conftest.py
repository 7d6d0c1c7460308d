"""The labs of the kill points, and their figures at the end of the run."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.lab.killing import tally
from tests.lab.killing.field import Field

LABS = 4
"""Side by side: what a move does is mostly waiting."""


@pytest.fixture(scope="session")
def fields() -> Iterator[list[Field]]:
    name = os.environ.get("HAMN_TEST_LAB", "test")
    found = [Field(f"{name}{number}") for number in range(1, LABS + 1)]
    yield found
    for field in found:
        field.end()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if tally.points:
        terminalreporter.write_line(f"kill_points {len(tally.points)}")
        terminalreporter.write_line(f"kill_points_failed {len(tally.failed)}")
