"""Two management nodes on their first day. To make keys takes seconds: tests share these, and copy to spoil."""

from __future__ import annotations

import pytest

from hamn.xcat.credentials.places import Places
from tests.xcat.daemon import running


@pytest.fixture(scope="session")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> Places:
    return running.made(tmp_path_factory.mktemp("first-day"))


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """Of another cluster."""
    return running.made(tmp_path_factory.mktemp("foreign"))
