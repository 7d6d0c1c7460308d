"""The whole definition as one document, YAML or JSON, and what tells two of them apart.

Every row of every table as it stands, disabled ones and comments too, in the tables' own order; only the two logs,
which define nothing, are left out. Read again it gives the very same rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from hamn.reports.report import Report, error
from hamn.xcat.tables import TABLES, Row

SCHEMA = "hamn.xcat/1"
DEPTH = 4
"""Of such a document: itself, tables, rows, columns."""
LOGS = frozenset(("auditlog", "eventlog"))
NAMES = tuple(name for name in TABLES if name not in LOGS)

Tables = Mapping[str, Sequence[Mapping[str, str]]]
Form = Literal["yaml", "json"]


class BadInventory(Exception):
    """No such document; `reports` has all that is wrong with it."""

    def __init__(self, reports: Sequence[Report]) -> None:
        super().__init__("\n".join(map(str, reports)))
        self.reports = tuple(reports)


def write(tables: Tables, form: Form) -> str:
    """Tables without a row are left out. Raises BadInventory for what YAML can't hold."""
    document = {"schema": SCHEMA, "tables": {name: list(tables[name]) for name in NAMES if tables.get(name)}}
    if form == "json":
        return json.dumps(document, indent=1) + "\n"
    yaml = _yaml()
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    try:
        text: str = yaml.dump(
            document, Dumper=dumper, sort_keys=False, allow_unicode=True, width=2**20, encoding=None
        )
        text.encode()
    except UnicodeEncodeError:
        hint = "export it as JSON, or find them: `tabgrep`"
        raise BadInventory([error("inventory-bytes", "a value has bytes that are no UTF-8", hint=hint)]) from None
    return text


def read(text: str, where: str) -> dict[str, list[Row]]:
    """All tables but the logs; those that the document doesn't name are empty. Raises BadInventory."""
    document = _parsed(text, where)
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        hint = "it is what `hamn xcat export` writes"
        raise BadInventory(
            [error("inventory-schema", f"no definition: it has no `schema: {SCHEMA}`", where, hint)]
        )
    named = document.get("tables")
    if not isinstance(named, dict):
        raise BadInventory([error("inventory-tables", "has no `tables`", where)])
    wrong: list[Report] = []
    tables: dict[str, list[Row]] = {name: [] for name in NAMES}
    for name, rows in named.items():
        if name not in tables:
            wrong.append(error("inventory-table", f"No such table: {name}", where))
        else:
            tables[name] = list(_rows(name, rows, where, wrong))
    if not wrong and not tables["site"]:
        hint = "without one no management node works"
        wrong.append(error("inventory-site", "table site has no row", where, hint))
    if wrong:
        raise BadInventory(wrong)
    return tables


def differences(before: Tables, after: Tables) -> Iterator[str]:
    """A line for each row that only one of them has, and for each that is another. What a password is, is not
    said."""
    for name in NAMES:
        key_of = TABLES[name].key_of
        old = {key_of(row): row for row in before.get(name, ())}
        new = {key_of(row): row for row in after.get(name, ())}
        for key in [*old, *(key for key in new if key not in old)]:
            if old.get(key) != new.get(key):
                sign = "-" if key not in new else "+" if key not in old else "~"
                yield f"{sign} {name} {'/'.join(key)}: {_told(name, old.get(key, {}), new.get(key, {}))}"


def _told(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    told = []
    for column in TABLES[name].columns:
        was, is_now = old.get(column, ""), new.get(column, "")
        if was == is_now:
            continue
        if "passw" in column:
            told.append(f"{column} differs")
        elif old and new:
            told.append(f"{column}: {json.dumps(was)} -> {json.dumps(is_now)}")
        elif column not in TABLES[name].keys:
            told.append(f"{column}={json.dumps(is_now or was)}")
    return ", ".join(told) or "nothing more"


def _rows(name: str, rows: object, where: str, wrong: list[Report]) -> Iterator[Row]:
    table = TABLES[name]
    seen = set()
    if not isinstance(rows, list):
        wrong.append(error("inventory-rows", f"table {name} is no list of rows", where))
        return
    for number, found in enumerate(rows, 1):
        place = f"{where}: {name}, row {number}"
        if not isinstance(found, dict) or not all(isinstance(v, str) for pair in found.items() for v in pair):
            wrong.append(error("inventory-row", "is not columns with a text each", place))
        elif unknown := sorted(set(found) - table.column_set):
            wrong.append(error("inventory-column", f"no column {', '.join(unknown)} in table {name}", place))
        elif (key := table.key_of(found)) in seen or not any(key):
            what = "has no key" if not any(key) else f"a second row of {'/'.join(key)}"
            wrong.append(error("inventory-key", what, place))
        else:
            seen.add(key)
            yield table.row(found)


def _parsed(text: str, where: str) -> Any:
    """JSON begins with a brace; what YAML would take for a number or a date stays the text that it is."""
    try:
        return json.loads(text) if text.lstrip()[:1] == "{" else _from_yaml(text)
    except (ValueError, RecursionError) as why:
        what = " ".join(str(why).split())
    raise BadInventory([error("inventory-text", f"can't be read: {what}", where)])


def _from_yaml(text: str) -> Any:
    """libyaml's composer calls itself for each level and ends the process where there are too many: they are
    counted first."""
    yaml = _yaml()
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    depth = 0
    try:
        for event in yaml.parse(text, Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEPTH:
                raise ValueError("nested too deep")
        return yaml.load(text, Loader=loader)
    except yaml.YAMLError as why:
        raise ValueError(str(why)) from None


def _yaml() -> Any:
    try:
        import yaml
    except ImportError:
        what = "YAML needs the Python package PyYAML"
        raise BadInventory(
            [error("inventory-yaml", what, hint="install python3-yaml (PyYAML), or use JSON")]
        ) from None
    return yaml
