"""Tables as xCAT writes them down: `#column,...`, then a line for each row. In and out byte for byte.

A value is quoted, its own quotes doubled; an empty one is nothing. Commas and line breaks may stand within quotes.
Bytes that are no UTF-8 survive as lone surrogates: read and write files with `ENCODING` and `ERRORS`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from hamn.reports.report import Report, error
from hamn.xcat.tables.table import Row, Table

ENCODING, ERRORS = "utf-8", "surrogateescape"
_SHOWN = 60  # characters of a wrong line that are repeated

csv.field_size_limit(2**31 - 1)  # a virtual machine's definition may be longer than Python's limit of 128 KB


class BadDump(Exception):
    """The text is not a dump of that table; `reports` has all that is wrong, each with its line in the file."""

    def __init__(self, reports: Sequence[Report]) -> None:
        super().__init__("\n".join(str(report) for report in reports))
        self.reports = tuple(reports)


def header(table: Table) -> str:
    return "#" + ",".join(table.columns)


def line(table: Table, row: Mapping[str, str]) -> str:
    """One row without its line end; it has line breaks where a value has."""
    get = row.get
    return ",".join(['"' + value.replace('"', '""') + '"' if (value := get(c)) else "" for c in table.columns])


def lines(table: Table, rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    yield header(table)
    for row in rows:
        yield line(table, row)


def write(table: Table, rows: Iterable[Mapping[str, str]]) -> str:
    return "\n".join(lines(table, rows)) + "\n"


def read(table: Table, text: str, where: str = "") -> list[Row]:
    """The rows of a dump. A file with anything wrong in it gives no row at all, but BadDump.

    `where` is the file's name for the complaints. A line with fewer fields than the header is refused: a file that
    was cut says exactly that, and the real one would take it as "make the rest empty".
    """
    place = where or f"{table.name}.csv"
    first, _, body = text.removeprefix("\ufeff").partition("\n")
    columns = _read_header(table, first.rstrip("\r"), f"{place}:1")
    keep = columns == table.columns
    rows: list[Row] = []
    wrong: list[Report] = []
    reader = csv.reader(io.StringIO(body, newline="\n"), strict=True)
    begins = 2
    try:
        for values in reader:
            if len(values) == len(columns):
                row = {column: value for column, value in zip(columns, values, strict=True) if value}
                rows.append(row if keep else table.row(row))
            elif values:
                wrong.append(_wrong_count(values, len(columns), f"{place}:{begins}", begins))
            begins = reader.line_num + 2
    except csv.Error as trouble:
        wrong.append(_wrong_quotes(trouble, f"{place}:{begins}"))
    if "\0" in text:
        at = text.count("\n", 0, text.index("\0")) + 1
        wrong.append(error("dump-nul", "a zero byte", f"{place}:{at}", "the file is damaged; take another dump"))
    if wrong:
        raise BadDump(wrong)
    return rows


def _read_header(table: Table, first: str, place: str) -> tuple[str, ...]:
    if not first.startswith("#"):
        raise BadDump([error("dump-no-header", "Data missing header line starting with #", place)])
    columns = tuple(name.strip().strip('"') for name in first[1:].split(","))
    wrong = [
        error(
            "dump-unknown-column",
            f"The header line indicates that column '{name}' should exist, "
            f"which is not defined in the schema for '{table.name}'",
            place,
        )
        for name in columns
        if name not in table.column_set
    ]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    wrong += [error("dump-column-twice", f"The header line names column '{name}' twice", place) for name in twice]
    if wrong:
        raise BadDump(wrong)
    return columns


def _wrong_count(values: Sequence[str], expected: int, place: str, number: int) -> Report:
    shown = ",".join(values)[:_SHOWN]
    if len(values) > expected:
        return error("dump-too-many-fields", f"Too many fields on line {number}: {shown}", place)
    return error(
        "dump-cut-line",
        f"{len(values)} of {expected} fields on line {number}: {shown}",
        place,
        "the file may have been cut; an empty field still needs its comma",
    )


def _wrong_quotes(trouble: csv.Error, place: str) -> Report:
    if "unexpected end" in str(trouble):
        return error("dump-open-quote", "a quote opened here is never closed", place, "the file may have been cut")
    return error("dump-quotes", f"{trouble}", place, "double a quote that belongs to the value")
