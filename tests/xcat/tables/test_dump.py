"""Dumps in and out: byte for byte, or refused with the line that is wrong."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.tables import TABLES, Row, Table, dump

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.csv"))
SITE, HOSTS = TABLES["site"], TABLES["hosts"]

values = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=12)


@st.composite
def tables_with_rows(draw: st.DrawFn) -> tuple[Table, list[Row]]:
    table = TABLES[draw(st.sampled_from(sorted(TABLES)))]
    some = st.dictionaries(st.sampled_from(table.columns), values, min_size=1, max_size=4)
    return table, [row for row in map(table.row, draw(st.lists(some, max_size=5))) if row]


def complaints(table: Table, text: str) -> list[tuple[str, str]]:
    with pytest.raises(dump.BadDump) as caught:
        dump.read(table, text)
    return [(report.code, report.where) for report in caught.value.reports]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_real_dump_goes_in_and_comes_out_byte_for_byte(sample: Path):
    table, text = TABLES[sample.stem], sample.read_bytes().decode(dump.ENCODING, dump.ERRORS)
    assert dump.write(table, dump.read(table, text)).encode(dump.ENCODING, dump.ERRORS) == sample.read_bytes()


@given(tables_with_rows())
def test_what_was_written_is_what_is_read(drawn: tuple[Table, list[Row]]):
    table, rows = drawn
    again = dump.read(table, dump.write(table, rows))
    assert again == rows
    assert [list(row) for row in again] == [list(row) for row in rows]


@given(st.text(max_size=200))
def test_any_text_gives_rows_or_a_complaint_with_a_line(body: str):
    text = dump.header(HOSTS) + "\n" + body
    try:
        rows = dump.read(HOSTS, text)
    except dump.BadDump as bad:
        assert all(int(report.where.rpartition(":")[2]) >= 2 for report in bad.reports)
    else:
        assert dump.read(HOSTS, dump.write(HOSTS, rows)) == [row for row in rows if row]


@given(tables_with_rows(), st.integers(min_value=1, max_value=40))
def test_a_file_cut_anywhere_is_refused_or_lacks_whole_rows_at_its_end(drawn: tuple[Table, list[Row]], cut: int):
    table, rows = drawn
    text = dump.write(table, rows)[:-cut]
    try:
        left = dump.read(table, text)
    except dump.BadDump:
        return
    *whole, last = left or [{}]
    assert whole == rows[: len(whole)]
    # The last column of all is an empty `disable`: what was cut before it is too short, after it is whole.
    assert not last or last == rows[len(whole)] or rows[len(whole)].get(table.columns[-1])


@pytest.mark.parametrize("invalid", [b"caf\xe9", b"\xff\xfe", "Rechenzentrum Köln".encode()])
def test_bytes_that_are_no_ascii_or_no_utf8_survive(invalid: bytes):
    data = b'#key,value,comments,disable\n"a","' + invalid + b'",,\n'
    rows = dump.read(SITE, data.decode(dump.ENCODING, dump.ERRORS))
    assert dump.write(SITE, rows).encode(dump.ENCODING, dump.ERRORS) == data


def test_columns_may_be_a_subset_in_any_order_and_values_unquoted():
    assert dump.read(HOSTS, "#ip,node\n10.1.1.1,n01\n,n02\n") == [
        {"node": "n01", "ip": "10.1.1.1"},
        {"node": "n02"},
    ]


def test_a_file_that_another_editor_saved():
    assert dump.read(SITE, '\ufeff#key,value\r\n"a","one\r\ntwo"\r\n\r\n"b",2\r\n') == [
        {"key": "a", "value": "one\r\ntwo"},
        {"key": "b", "value": "2"},
    ]


def test_a_value_longer_than_the_standard_library_allows():
    rows = [{"key": "a", "value": "x" * 300_000}]
    assert dump.read(SITE, dump.write(SITE, rows)) == rows


@pytest.mark.parametrize("text", ["", "\n", '"a","b",,\n', "key,value\n"])
def test_no_header(text: str):
    assert complaints(SITE, text) == [("dump-no-header", "site.csv:1")]


def test_a_wrong_header_names_every_column_that_is_wrong():
    assert complaints(HOSTS, "#node,ipp,node,speed\n") == [
        ("dump-unknown-column", "hosts.csv:1"),
        ("dump-unknown-column", "hosts.csv:1"),
        ("dump-column-twice", "hosts.csv:1"),
    ]


def test_the_words_that_scripts_read():
    with pytest.raises(dump.BadDump, match="Data missing header line starting with #"):
        dump.read(HOSTS, "x\n")
    undefined = "The header line indicates that column 'ipp' should exist, which is not defined in the schema for"
    with pytest.raises(dump.BadDump, match=f"{undefined} 'hosts'"):
        dump.read(HOSTS, "#node,ipp\n")
    with pytest.raises(dump.BadDump, match="Too many fields on line 2: a,b,c"):
        dump.read(HOSTS, "#node,ip\na,b,c\n")


def test_every_wrong_line_is_named_where_it_begins():
    text = '#key,value\n"a","two\nlines"\n"b"\n"c","d","e"\n"f","g"\n'
    assert complaints(SITE, text) == [("dump-cut-line", "site.csv:4"), ("dump-too-many-fields", "site.csv:5")]


def test_a_quote_never_closed_is_named_where_it_opens():
    assert complaints(SITE, '#key,value\n"a","b"\n"c","d\n"e","f"\n"g",\n')[-1][1].startswith("site.csv:3")
    assert complaints(SITE, '#key,value\n"a","b"\n"c","d\nmore\n') == [("dump-open-quote", "site.csv:3")]


def test_a_quote_within_a_value():
    assert complaints(SITE, '#key,value\n"a"b,c\n') == [("dump-quotes", "site.csv:2")]


def test_a_zero_byte():
    assert complaints(SITE, '#key,value\n"a","b\0"\n') == [("dump-nul", "site.csv:2")]
