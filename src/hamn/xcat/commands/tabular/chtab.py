"""chtab: single cells, written. Source: chtab(8). It works on the tables themselves, daemon or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hamn.xcat.commands.answering import called
from hamn.xcat.commands.tabular import pairs
from hamn.xcat.commands.tabular.pairs import Setting
from hamn.xcat.commands.words import Usage, options
from hamn.xcat.commands.world import World
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.stores import Change, StoreError
from hamn.xcat.stores.store import checked

_USAGE = """\
Usage: chtab [-h|--help|-v|--version]
       chtab key=value,... table.column=value table.column+=value ...
       chtab -d|--delete key=value,... table ...
    the row that has the keys is changed, or made; +=: what isn't in the list yet, behind it; -d: removed"""


@called(_USAGE)
def chtab(request: Request, world: World) -> Iterator[Answer]:
    given, words = options(request.args, "d", ["delete"])
    if not words:
        raise Usage(1)
    if "=" not in words[0]:
        yield Answer("info", f'Incorrect argument "{words[0]}".')
        raise Usage(1)
    if len(words) < 2:
        if given:
            yield Answer("info", "Missing table name.")
        raise Usage(1)
    keys = pairs.keys(words[0])
    try:
        if given:
            _delete(world, keys, words[1:])
        else:
            _set(world, keys, pairs.settings(words[1:]))
    except StoreError as why:
        if why.report.code != "no-table":
            raise
        yield Answer("info", why.report.what, errorcode=1)  # so the real one has it, on standard output


def _delete(world: World, keys: Mapping[str, str], names: Sequence[str]) -> None:
    tables = [pairs.table(name.partition(".")[0]) for name in names]
    for table in tables:
        checked(table, keys)
    with world.store.change([table.name for table in tables]) as change:
        for table in tables:
            change.delete(table.name, keys)


def _set(world: World, keys: Mapping[str, str], settings: Sequence[Setting]) -> None:
    """All of it, or nothing. A key with nothing behind it is a column that is empty."""
    tables = {one.table.name: one.table for one in settings}
    for table in tables.values():
        checked(table, keys)
    with world.store.change(tables) as change:
        for name in tables:
            values: dict[str, str] = {}
            for one in settings:
                if one.table.name == name:
                    before = values.get(one.column, _there(change, name, keys, one.column)) if one.adds else ""
                    values[one.column] = _joined(before, one.value) if before else one.value
            if change.update(name, keys, values) == 0:
                change.insert(name, [{**keys, **values}])


def _joined(now: str, more: str) -> str:
    """A list: what is in it isn't added again."""
    return ",".join(dict.fromkeys(item for item in f"{now},{more}".split(",") if item))


def _there(change: Change, table: str, keys: Mapping[str, str], column: str) -> str:
    for row in change.read(table):
        if all(row.get(key, "") == value for key, value in keys.items()):
            return row.get(column, "")
    return ""
