"""One daemon for all tests that leave it as it is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hamn.xcat.credentials.places import Places
from tests.xcat.daemon import running
from tests.xcat.daemon.running import Daemon


@pytest.fixture(scope="session")
def daemon(first_day: Places) -> Iterator[Daemon]:
    with running.daemon(first_day) as one:
        yield one


@pytest.fixture
def own(first_day: Places, tmp_path: Path) -> Iterator[Daemon]:
    """A daemon to stop, with tables to spoil."""
    shutil.copytree(first_day.root, tmp_path / "own")
    with running.daemon(Places(tmp_path / "own", running.ME)) as one:
        yield one
