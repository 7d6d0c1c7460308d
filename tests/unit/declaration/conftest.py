from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hamn.declaration.read import read_pair
from hamn.model.pair import Pair
from hamn.reports.report import Exit, Report, Stop

Read = Callable[[str], Pair]
Refuse = Callable[[str], dict[str, Report]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Writes a declaration as an operator would, and reads it."""

    def reading(text: str) -> Pair:
        path = tmp_path / "pair.toml"
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        return read_pair(path)

    return reading


@pytest.fixture
def refuse(read: Read) -> Refuse:
    """The reports about a wrong declaration by "LINE CODE"."""

    def refusing(text: str) -> dict[str, Report]:
        with pytest.raises(Stop) as stop:
            read(text)
        assert stop.value.status is Exit.USAGE
        return {f"{report.where.rpartition(':')[2]} {report.code}": report for report in stop.value.reports}

    return refusing
