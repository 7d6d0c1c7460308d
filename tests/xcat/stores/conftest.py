"""A store that was set up: one row in `site`, nothing else."""

import shutil
from pathlib import Path

import pytest

from hamn.xcat.stores.sqlite import SqliteStore

PATIENCE_S = 0.2

collect_ignore = [] if shutil.which("postgres") else ["test_postgresql.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if collect_ignore:
        terminalreporter.write_line("not run: the tables in PostgreSQL, which isn't installed here")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    etc = tmp_path / "xcat"
    etc.mkdir()
    return etc


@pytest.fixture
def sqlite(directory: Path) -> SqliteStore:
    store = SqliteStore(directory, PATIENCE_S)
    store.create()
    with store.change(["site"]) as change:
        change.insert("site", [{"key": "master", "value": "10.1.0.1"}])
    return store
