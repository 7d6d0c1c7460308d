"""What any store must hold, whichever database is beneath: each function is given one that was set up, with one
row in `site` and nothing else. Nothing but the standard library: it runs in the lab's machines too."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hamn.xcat.stores import Store, StoreError
from hamn.xcat.tables import TABLES, Row, dump

HOSTS: list[Row] = [{"node": "n01", "ip": "10.1.1.1"}, {"node": "n02", "ip": "10.1.1.2"}]
SITE: list[Row] = [{"key": "master", "value": "10.1.0.1"}]


@contextmanager
def refused(code: str, words: str = "") -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        assert error.report.code == code, error
        assert words in str(error), error
        return
    raise AssertionError(f"nothing was refused: {code}")


def clean(store: Store) -> None:
    store.create()
    with store.change(TABLES) as change:
        for name in TABLES:
            change.delete(name, {})
        change.insert("site", SITE)


def every_table_takes_a_row_with_all_its_columns(store: Store) -> None:
    rows = {
        table.name: [{column: "7" if column == table.counted else f"a {column}" for column in table.columns}]
        for table in TABLES.values()
    }
    with store.change(TABLES) as change:
        for name in TABLES:
            change.replace(name, rows[name])
    assert store.read_all(TABLES) == rows
    assert [list(row) for [row] in store.read_all(TABLES).values()] == [list(t.columns) for t in TABLES.values()]


def put_adds_what_is_missing_and_sets_only_what_it_names(store: Store) -> None:
    with store.change(["hosts", "networks"]) as change:
        change.insert("hosts", [HOSTS[1]])
        change.put("hosts", [{"node": "n02", "hostnames": "x"}, HOSTS[0], {"node": "n02"}])
        change.put("hosts", [{"node": "n03"}, {"node": "n03", "ip": "10.1.1.3"}])
        change.insert("networks", [{"netname": "a", "net": "10.0.0.0", "mask": "255.0.0.0"}])
        change.put("networks", [{"netname": "a", "mtu": "9000"}], by=["netname"])
    assert sorted(store.read("hosts"), key=str) == [
        HOSTS[0],
        {**HOSTS[1], "hostnames": "x"},
        {"node": "n03", "ip": "10.1.1.3"},
    ]
    assert store.read("networks") == [{"netname": "a", "net": "10.0.0.0", "mask": "255.0.0.0", "mtu": "9000"}]


def an_empty_value_empties(store: Store) -> None:
    with store.change(["hosts", "passwd"]) as change:
        change.insert("hosts", HOSTS)
        change.put("hosts", [{"node": "n02", "ip": ""}])
        assert change.update("hosts", {"ip": ""}, {"comments": "none"}) == 1
        change.insert("passwd", [{"key": "system", "password": "x"}])
        assert change.update("passwd", {"key": "system", "username": ""}, {"password": "y"}) == 1
    assert sorted(store.read("hosts"), key=str) == [HOSTS[0], {"node": "n02", "comments": "none"}]
    assert store.read("passwd") == [{"key": "system", "password": "y"}]


def many_values_of_one_column(store: Store) -> None:
    nodes = [f"n{number:05}" for number in range(1203)]
    with store.change(["hosts"]) as change:
        change.insert("hosts", [{"node": node, "ip": "1"} for node in nodes])
        assert change.update("hosts", {"node": nodes, "ip": "1"}, {"ip": "2"}) == len(nodes)
        assert change.delete("hosts", {"node": nodes[1:]}) == len(nodes) - 1
        assert change.delete("hosts", {"node": []}) == 0
    assert store.read("hosts") == [{"node": nodes[0], "ip": "2"}]


def the_log_tables_number_their_rows_and_keep_the_numbers_of_a_dump(store: Store) -> None:
    with store.change(["auditlog"]) as change:
        change.insert("auditlog", [{"userid": "root"}, {"userid": "admin"}])
        change.replace("auditlog", [{"recid": "1041", "userid": "root"}, {"recid": "999", "userid": "old"}])
        change.insert("auditlog", [{"userid": "admin"}])
        assert change.delete("auditlog", {"recid": "999"}) == 1
    assert store.read("auditlog") == [{"recid": "1041", "userid": "root"}, {"recid": "1042", "userid": "admin"}]


def any_text_survives(store: Store) -> None:
    values = [
        "Köln",
        "日本",
        "🙂",
        "a\nb\r\n\tc",
        '"',
        "'; DROP TABLE site; --",
        " x ",
        "%s :x ? \\",
        "|n(\\d+)|($1+0)|",
    ]
    with store.change(["hosts"]) as change:
        change.insert("hosts", [{"node": f"n{n}", "comments": value} for n, value in enumerate(values)])
        for value in values:
            assert change.update("hosts", {"comments": value}, {"ip": "10.1.1.1"}) == 1
    assert [row["comments"] for row in store.read("hosts")] == values


def a_dump_goes_in_and_comes_out(store: Store) -> None:
    text = '#key,value,comments,disable\n"a","1,""2""",,"1"\n"b",,"x\ny",\n'
    with store.change(["site"]) as change:
        change.replace("site", dump.read(TABLES["site"], text))
    assert dump.write(TABLES["site"], store.read("site")) == text


def a_change_that_fails_changes_no_table(store: Store) -> None:
    with refused("store-duplicate"), store.change(["hosts", "mac"]) as change:
        change.insert("mac", [{"node": "n01", "mac": "02:00:00:00:00:01"}])
        change.delete("hosts", {})
        change.insert("hosts", [HOSTS[0], HOSTS[0]])
    assert store.read_all(["hosts", "mac"]) == {"hosts": [], "mac": []}


def a_change_whose_caller_gives_up_changes_nothing(store: Store) -> None:
    try:
        with store.change(["hosts"]) as change:
            change.insert("hosts", HOSTS)
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert store.read("hosts") == []


def a_change_sees_itself_and_nobody_else_does(store: Store) -> None:
    with store.change(["hosts"]) as change:
        change.insert("hosts", HOSTS)
        assert change.read("hosts") == HOSTS
        assert store.read("hosts") == []
    assert store.read("hosts") == HOSTS


def a_table_that_was_not_named_is_no_part_of_a_change(store: Store) -> None:
    with refused("no-table"), store.change(["hosts"]) as change:
        change.insert("mac", [{"node": "n01"}])


def unknown_tables_and_columns_are_refused_in_the_real_words(store: Store) -> None:
    with refused("no-table", "No such table: nosuch"):
        store.read_all(["hosts", "nosuch"])
    with refused("no-table", "No such table: nosuch"), store.change(["nosuch"]):
        pass
    for value in ("x", ""):
        with refused("store-column", 'No column "nosuch" in table "hosts"'), store.change(["hosts"]) as change:
            change.put("hosts", [{"node": "n01", "nosuch": value}])
        with refused("store-column", 'No column "nosuch" in table "hosts"'), store.change(["hosts"]) as change:
            change.delete("hosts", {"nosuch": value})


def an_empty_site_table_is_no_management_node(store: Store) -> None:
    """The real one leaves that in a directory under a mount point: what is regenerated from there is empty."""
    with store.change(["site"]) as change:
        change.delete("site", {})
    store.close()  # who has seen its rows goes on, as a daemon does
    assert store.read("site") == []
    with refused("store-empty"):
        store.read("hosts")
    with refused("store-empty"), store.change(["hosts"]):
        pass
    with store.change(["hosts", "site"]) as change:
        change.insert("site", SITE)
        change.insert("hosts", HOSTS)
    assert store.read("hosts") == HOSTS


def create_changes_nothing_that_is_there(store: Store) -> None:
    store.create()
    assert store.read("site") == SITE


RULES: list[Callable[[Store], None]] = [
    every_table_takes_a_row_with_all_its_columns,
    put_adds_what_is_missing_and_sets_only_what_it_names,
    an_empty_value_empties,
    many_values_of_one_column,
    the_log_tables_number_their_rows_and_keep_the_numbers_of_a_dump,
    any_text_survives,
    a_dump_goes_in_and_comes_out,
    a_change_that_fails_changes_no_table,
    a_change_whose_caller_gives_up_changes_nothing,
    a_change_sees_itself_and_nobody_else_does,
    a_table_that_was_not_named_is_no_part_of_a_change,
    unknown_tables_and_columns_are_refused_in_the_real_words,
    an_empty_site_table_is_no_management_node,
    create_changes_nothing_that_is_there,
]
