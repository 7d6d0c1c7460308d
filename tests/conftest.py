"""What all tests share: properties are judged by what holds, never by how long it took."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# At a desk every run draws anew and may find more; a check that gates must say the same of the same code.
settings.register_profile("hamn", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("hamn")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests recorded as "figure" (`name value`), one a line, whichever process they ran in."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties:
            if name == "figure":
                terminalreporter.write_line(str(value))
