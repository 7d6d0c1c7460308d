"""chtab and gettab against a dictionary: whatever is set, added to and removed, in any order."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.tables import TABLES
from tests.xcat.commands.table_world import Tables

COLUMNS = ("ip", "hostnames", "otherinterfaces")
texts = st.text('ab=,.+ "|é', max_size=5)
settings = st.lists(
    st.tuples(st.sampled_from(COLUMNS), st.sampled_from(["=", "+="]), texts), min_size=1, max_size=3
)
steps = st.lists(st.tuples(st.sampled_from(["x1", "x2", "x,3"]), settings | st.none()), max_size=6)


@pytest.fixture(scope="module")
def tables(first_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return Tables(shutil.copytree(first_tables, tmp_path_factory.mktemp("model"), dirs_exist_ok=True))


@given(steps)
def test_rows_are_what_was_said_last(
    tables: Tables, steps: list[tuple[str, list[tuple[str, str, str]] | None]]
) -> None:
    assert tables.said("tabrestore", "hosts.csv", stdin="#node\n") == (0, "", "")
    model: dict[str, dict[str, str]] = {}
    for node, found in steps:
        if found is None:
            words = ["-d", f"node={node}", "hosts"]
            model.pop(node, None)
        else:
            words = [f"node={node}", *(f"hosts.{column}{sign}{text}" for column, sign, text in found)]
            row = model.setdefault(node, {"node": node})
            for column, sign, text in found:
                now = row.get(column, "") if sign == "+=" else ""
                items = [item for item in f"{now},{text}".split(",") if item]
                row[column] = ",".join(dict.fromkeys(items)) if now else text
        assert tables.said("chtab", *words) == (0, "", "")
    assert tables.store.read("hosts") == [TABLES["hosts"].row(row) for row in model.values()]
    for node, row in model.items():
        for column in COLUMNS:
            value = row.get(column, "")
            assert tables.said("gettab", f"node={node}", f"hosts.{column}") == (0, f"{value}\n", "")
