"""The tables in a real PostgreSQL."""

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hamn.xcat.credentials.places import Places
from hamn.xcat.stores import Location, Store, open_store
from hamn.xcat.stores.server import ServerStore
from hamn.xcat.tables import TABLES
from tests.xcat.daemon.running import daemon, texts
from tests.xcat.stores import contract
from tests.xcat.stores.postgresql import DATABASE, PASSWORD, PORT, USER, Server, running


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="pg") as name, running(Path(name)) as server:
        yield server


@pytest.fixture
def store(server: Server) -> Iterator[Store]:
    store = open_store(server.location())
    contract.clean(store)
    yield store
    store.close()


@pytest.mark.parametrize("rule", contract.RULES, ids=lambda rule: rule.__name__)
def test_store(store: Store, rule: Callable[[Store], None]):
    rule(store)


def statement(server: Server, *texts: str) -> list[tuple[object, ...]]:
    """As another program would: a connection of its own."""
    engine = sa.create_engine(server.url())
    with engine.begin() as connection:
        results = [connection.execute(sa.text(text)) for text in texts]
        rows = [tuple(row) for row in results[-1]] if results[-1].returns_rows else []
    engine.dispose()
    return rows


def test_the_types_are_the_real_ones(server: Server, store: Store):
    columns = statement(
        server,
        "SELECT column_name, data_type, character_maximum_length, is_nullable FROM information_schema.columns "
        "WHERE table_name = 'site' ORDER BY ordinal_position",
    )
    assert columns == [
        ("key", "character varying", 128, "NO"),
        ("value", "text", None, "YES"),
        ("comments", "text", None, "YES"),
        ("disable", "text", None, "YES"),
    ]
    [(name,)] = statement(server, "SELECT indexname FROM pg_indexes WHERE tablename = 'nodelist'")
    assert name == "nodelist_pkey"


def test_rows_come_by_key(store: Store):
    with store.change(["hosts"]) as change:
        change.insert("hosts", [{"node": node} for node in ("n2", "n10", "n1")])
    assert [row["node"] for row in store.read("hosts")] == ["n1", "n10", "n2"]


def test_an_older_schema_reads_and_takes_what_it_has_columns_for(server: Server, store: Store):
    statement(server, "ALTER TABLE hosts DROP COLUMN comments", "DROP TABLE mac")
    store.close()
    with store.change(["hosts"]) as change:
        change.insert("hosts", contract.HOSTS)
        change.update("hosts", {"node": "n01"}, {"comments": ""})
    assert store.read_all(["hosts", "mac"]) == {"hosts": contract.HOSTS, "mac": []}
    with contract.refused("store-column", "comments"), store.change(["hosts"]) as change:
        change.put("hosts", [{"node": "n01", "comments": "x"}])
    with contract.refused("store-column", "no table mac"), store.change(["mac"]):
        pass
    store.create()
    with store.change(["hosts", "mac"]) as change:
        change.put("hosts", [{"node": "n01", "comments": "x"}])
        change.insert("mac", [{"node": "n01"}])


def test_a_database_that_nobody_set_up(server: Server):
    store = open_store(server.location(database="postgres"))
    with contract.refused("store-missing", "no table site"):
        store.read("site")
    with contract.refused("store-missing", "no table site"), store.change(TABLES):
        pass
    store.close()


def test_a_server_that_is_not_there_comes_back(server: Server, store: Store):
    assert store.read("site") == contract.SITE
    server.stop()
    with contract.refused("store-unreachable"):
        store.read("site")
    with contract.refused("store-unreachable"), store.change(["site"]):
        pass
    server.start()
    assert store.read("site") == contract.SITE
    server.stop()
    server.start()  # the store's connections died unnoticed
    with store.change(["hosts"]) as change:
        change.insert("hosts", contract.HOSTS)
    assert store.read("hosts") == contract.HOSTS


def test_a_daemon_outlives_its_database(server: Server, store: Store, first_day: Places):
    """While it is away nothing is allowed, and said so at once; then everything is as before."""
    with store.change(["site", "policy"]) as change:
        change.replace("site", [{"key": "master", "value": "10.1.0.1"}])
        change.replace("policy", [{"priority": "1", "name": "root", "rule": "allow"}])
    place = f"Pg:dbname={DATABASE};host={server.directory};port={PORT}|{USER}|{PASSWORD}"
    with daemon(first_day, place) as serving:
        assert texts(serving.ask("echo"))
        server.stop()
        try:
            assert texts(serving.ask("echo"), "error") == ["Permission denied for request"]
            assert texts(serving.ask("echo"), "error") == ["Permission denied for request"]
        finally:
            server.start()
        assert texts(serving.ask("echo"))
        server.stop()
        try:
            serving.stop()
        finally:
            server.start()
        assert serving.process.returncode == 0
        assert "is the database running" in serving.said


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"password": "wr0ng"}, "store-forbidden"),
        ({"user": "nobody"}, "store-forbidden"),
        ({"database": "nosuch"}, "store-unreachable"),
        ({"port": "55433"}, "store-unreachable"),
        ({"host": "/nonexistent"}, "store-unreachable"),
    ],
)
def test_what_is_wrong_with_cfgloc_is_said_without_the_password(server: Server, other: dict[str, str], code: str):
    location: Location = server.location(**other)
    store = open_store(location)
    with contract.refused(code, str(location)):
        try:
            store.read("site")
        except Exception as error:
            assert location.password not in str(error)
            raise


def test_a_value_that_is_no_text(store: Store):
    for value in ("caf\udce9", "a\0b"):
        with contract.refused("store-value"), store.change(["hosts"]) as change:
            change.insert("hosts", [{"node": "n01", "comments": value}])
    with contract.refused("store-value"), store.change(["hosts"]) as change:
        change.insert("hosts", [{"node": "n" * 129}])
    with contract.refused("store-value", "recid is a number"), store.change(["auditlog"]) as change:
        change.insert("auditlog", [{"recid": "one"}])
    assert store.read("hosts") == []


def test_another_writer_is_waited_for_and_then_named(server: Server, store: Store):
    engine = sa.create_engine(server.url())
    impatient = ServerStore(server.location())
    impatient._dialect.connect_arguments = lambda: {"options": "-c lock_timeout=100ms"}
    with engine.begin() as other:
        other.execute(sa.text("UPDATE site SET value = 'x'"))
        with contract.refused("store-locked"), impatient.change(["site"]) as change:
            change.update("site", {"key": "master"}, {"value": "y"})
        assert store.read("site") == contract.SITE
    with impatient.change(["site"]) as change:
        change.update("site", {"key": "master"}, {"value": "y"})
    assert store.read("site") == [{"key": "master", "value": "y"}]
    impatient.close()
    engine.dispose()


def adds(location: Location, names: list[str], number: int) -> None:
    store = open_store(location)
    for turn in range(10):
        with store.change(names) as change:
            for name in names:
                change.insert(name, [{"node": f"n{number}-{turn}", "comments": str(len(change.read(name)))}])
    store.close()


def test_several_writers_wait_for_each_other_and_readers_see_whole_changes(server: Server, store: Store):
    orders = [["hosts", "mac", "nodehm"], ["nodehm", "hosts", "mac"], ["mac", "nodehm", "hosts"]]
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        work = pool.starmap_async(
            adds, [(server.location(), order, number) for number, order in enumerate(orders)]
        )
        while not work.ready():
            seen = store.read_all(orders[0])
            assert len({tuple(row["node"] for row in rows) for rows in seen.values()}) == 1
        work.get()
    assert sorted(int(row["comments"]) for row in store.read("hosts")) == list(range(30))
