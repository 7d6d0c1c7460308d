"""One machine for each test, its empty tables made once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.xcat.making import place
from tests.xcat.making.place import Place


@pytest.fixture(scope="session")
def empty_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return place.empty(tmp_path_factory.mktemp("making") / "xcat")


@pytest.fixture
def mn(tmp_path: Path, empty_tables: Path) -> Iterator[Place]:
    made = place.make(tmp_path / "root", empty_tables)
    yield made
    left = [str(path) for path in made.root.rglob(".*hamn-*")]
    shutil.rmtree(made.root)
    assert not left, "a staged file was left behind"
