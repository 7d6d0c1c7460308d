"""A store that was set up: one row in `site`, nothing else."""

import shutil
from pathlib import Path

import pytest

from hamn.xcat.stores.sqlite import SqliteStore

PATIENCE_S = 0.2

# Where the server isn't installed, its tests are not there: the lab's machines have all of them.
collect_ignore = [] if shutil.which("postgres") else ["test_postgresql.py"]


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
