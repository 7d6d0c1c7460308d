"""The tables of the real one's three nodes, for each test its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.xcat.commands.shell import Shell
from tests.xcat.commands.table_world import Tables


@pytest.fixture(scope="session")
def first_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Making 73 files takes a second: each test has a copy."""
    tables = Tables(tmp_path_factory.mktemp("first-tables"))
    tables.begin()
    return tables.directory


@pytest.fixture
def tables(first_tables: Path, tmp_path: Path) -> Tables:
    shutil.copytree(first_tables, tmp_path, dirs_exist_ok=True)
    return Tables(tmp_path)


@pytest.fixture
def shell(tables: Tables, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Shell:
    return Shell(tables, monkeypatch, capfdbinary)
