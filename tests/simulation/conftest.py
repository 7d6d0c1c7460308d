"""The figures of the simulation stand at the end of what pytest prints."""

from __future__ import annotations

import pytest

FIGURES: list[str] = []
"""`name value`, one a line."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for figure in FIGURES:
        terminalreporter.write_line(figure)
