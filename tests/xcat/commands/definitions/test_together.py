"""Rows written together are as rows written one by one."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hamn.xcat.commands import together
from hamn.xcat.stores.sqlite import SqliteStore

ROWS = st.lists(
    st.fixed_dictionaries(
        {"node": st.sampled_from("abc"), "switch": st.sampled_from(["s", "t"])},
        optional={"port": st.sampled_from(["", "1"]), "vlan": st.sampled_from(["", "x", "y"])},
    ),
    max_size=6,
)


@settings(max_examples=25, deadline=None)
@given(there=ROWS, rows=ROWS, by=st.sampled_from([("node",), ("node", "switch")]))
def test_as_one_by_one(
    sample_tables: Path,
    there: list[dict[str, str]],
    rows: list[dict[str, str]],
    by: tuple[str, ...],
) -> None:
    store = SqliteStore(sample_tables)
    kept = {(row["node"], row["switch"], row.get("port", "")): row for row in there}
    rows = [{column: value for column, value in row.items() if column in (*by, "vlan")} for row in rows]
    left = []
    for is_together in (False, True):
        with store.change(["switch"]) as change:
            change.replace("switch", kept.values())
            if is_together:
                keys = {tuple(row[column] for column in by) for row in kept.values()}
                together.put(change, "switch", by, rows, keys)
            else:
                change.put("switch", rows, by)
            left.append(change.read("switch"))
            change.delete("switch", {})
    assert left[0] == left[1]
