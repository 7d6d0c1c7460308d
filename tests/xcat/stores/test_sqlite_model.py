"""Any sequence of changes leaves the tables as a plain list of rows would be."""

import sqlite3
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hamn.xcat.stores import StoreError
from hamn.xcat.stores.sqlite import SqliteStore
from hamn.xcat.stores.store import Change
from hamn.xcat.tables import TABLES, Row

HOSTS = TABLES["hosts"]
names = st.sampled_from(["n1", "n2", "n3", "größe"])
texts = st.sampled_from(["", "x", "a,b", 'quo"te', "l\nine", "caf\udce9"])
rows = st.fixed_dictionaries({"node": names}, optional={"ip": texts, "comments": texts})
wheres = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"node": names}),
    st.fixed_dictionaries({"ip": texts}),
    st.fixed_dictionaries({"node": st.lists(names, max_size=3)}, optional={"ip": texts}),
)
steps = st.one_of(
    st.tuples(st.just("insert"), st.lists(rows, max_size=2)),
    st.tuples(st.just("put"), st.lists(rows, max_size=3)),
    st.tuples(st.just("replace"), st.lists(rows, max_size=3, unique_by=lambda row: row["node"])),
    st.tuples(st.just("update"), wheres, st.dictionaries(st.sampled_from(["ip", "comments"]), texts)),
    st.tuples(st.just("delete"), wheres),
)


class Model:
    """The same methods over a list."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def insert(self, rows: list[Row]) -> None:
        for row in rows:
            if any(other["node"] == row["node"] for other in self.rows):
                raise KeyError
            self.rows.append(HOSTS.row(row))

    def put(self, rows: list[Row]) -> None:
        for row in rows:
            if not self.update({"node": row["node"]}, row):
                self.insert([row])

    def replace(self, rows: list[Row]) -> None:
        self.rows = []
        self.insert(rows)

    def update(self, where: dict[str, str | list[str]], values: Row) -> int:
        matching = [number for number, row in enumerate(self.rows) if matches(row, where)]
        for number in matching:
            self.rows[number] = HOSTS.row(self.rows[number] | values)
        return len(matching)

    def delete(self, where: dict[str, str | list[str]]) -> int:
        before = len(self.rows)
        self.rows = [row for row in self.rows if not matches(row, where)]
        return before - len(self.rows)


def matches(row: Row, where: dict[str, str | list[str]]) -> bool:
    return all(row.get(c, "") in (v if isinstance(v, list) else [v]) for c, v in where.items())


def told(change: Change, model: Model, step: tuple) -> None:
    name, *arguments = step
    said = getattr(change, name)("hosts", *arguments)  # where the store refuses, so must the model
    assert getattr(model, name)(*arguments) == said
    assert change.read("hosts") == model.rows


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(steps, max_size=4), max_size=4))
def test_changes(changes: list[list[tuple]]):
    with tempfile.TemporaryDirectory() as name:
        store, model = SqliteStore(Path(name)), Model()
        small(Path(name))
        for group in changes:
            before = list(model.rows)
            try:
                with store.change(["hosts"]) as change:
                    for step in group:
                        told(change, model, step)
            except StoreError as error:
                assert error.report.code == "store-duplicate"
                model.rows = before
            assert store.read("hosts") == model.rows


def small(directory: Path) -> None:
    """A site and nothing else: seventy files for each example would take a minute."""
    with sqlite3.connect(directory / "site.sqlite") as connection:
        connection.execute("CREATE TABLE site (key VARCHAR(128), value TEXT, comments TEXT, disable TEXT)")
        connection.execute("INSERT INTO site (key) VALUES ('master')")
    connection.close()
