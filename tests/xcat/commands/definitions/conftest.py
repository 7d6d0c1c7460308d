"""One cluster for each test, made once."""

from pathlib import Path

import pytest

from tests.xcat.commands.definitions import cluster
from tests.xcat.commands.definitions.cluster import Cluster


@pytest.fixture(scope="session")
def sample_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cluster.made(tmp_path_factory.mktemp("definitions") / "xcat")


@pytest.fixture
def mn(tmp_path: Path, sample_tables: Path) -> Cluster:
    return cluster.copy(sample_tables, tmp_path / "xcat")
