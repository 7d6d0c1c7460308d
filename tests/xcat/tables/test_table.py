"""The schema as data: what the other parts of the management node may rely on."""

import pytest

from hamn.xcat.tables import TABLES, is_disabled


def test_every_table_is_there_in_order():
    assert len(TABLES) == 73
    assert list(TABLES) == sorted(TABLES)


def test_every_table_has_the_columns_that_all_have():
    without_comments = [table.name for table in TABLES.values() if "comments" not in table.columns]
    assert without_comments == ["taskstate"]
    assert all("disable" in table.columns for table in TABLES.values())


def test_every_key_is_a_column_and_no_column_is_there_twice():
    for table in TABLES.values():
        assert table.keys
        assert table.column_set.issuperset(table.keys)
        assert len(table.column_set) == len(table.columns)


def test_types():
    assert TABLES["site"].type_of("key") == "VARCHAR(128)"
    assert TABLES["site"].type_of("value") == "TEXT"
    assert TABLES["kvm_nodedata"].type_of("xml") == "VARCHAR(16000)"
    assert {table.name: table.counted for table in TABLES.values() if table.counted} == {
        "auditlog": "recid",
        "eventlog": "recid",
    }


def test_a_row_has_the_columns_that_are_not_empty_in_order():
    row = TABLES["site"].row({"comments": "", "value": "b", "key": "a"})
    assert list(row.items()) == [("key", "a"), ("value", "b")]
    assert TABLES["site"].key_of(row) == ("a",)
    assert TABLES["networks"].key_of({"net": "10.0.0.0"}) == ("10.0.0.0", "")


def test_a_row_of_columns_that_are_not_there_names_them():
    with pytest.raises(KeyError, match="nic, speed"):
        TABLES["site"].row({"key": "a", "speed": "1", "nic": "x"})


@pytest.mark.parametrize(
    ("value", "disabled"), [("1", True), ("yes", True), ("YES", True), ("0", False), ("", False)]
)
def test_disabled(value: str, disabled: bool):
    assert is_disabled({"disable": value}) is disabled
