"""rmdef: objects go, with every row about them, in one transaction. Source: rmdef(1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hamn.xcat.commands.definitions import usage, words
from hamn.xcat.commands.definitions.catalog import ALWAYS, Catalog, Row
from hamn.xcat.commands.definitions.membership import Membership
from hamn.xcat.commands.definitions.words import Refused, Words
from hamn.xcat.commands.definitions.writing import Writing, keys_of
from hamn.xcat.commands.ondemand import OnDemand
from hamn.xcat.commands.ranging import reader
from hamn.xcat.commands.words import VERSION
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.generators import written
from hamn.xcat.making import consoles
from hamn.xcat.making.definitions import many_values
from hamn.xcat.tables.objects import TYPES

if TYPE_CHECKING:
    from hamn.xcat.commands.world import World

_KEPT = ("site", "policy")
"""Without them no daemon starts, and nobody may ask it for anything."""


def rmdef(request: Request, world: World) -> Iterator[Answer]:
    asked = words.read(request)
    if asked.has("version"):
        yield Answer("info", f"rmdef - {VERSION}")
    elif asked.has("help") and asked.has_type:
        yield Answer("info", usage.attributes(asked.kinds))
    elif asked.has("help") or not request.args:
        yield Answer("info", usage.usage("rmdef"))
    else:
        with many_values():
            said = _removed(request, asked, world)
        yield from said


@dataclass(frozen=True, slots=True)
class _Removal:
    gone: dict[str, list[str]]
    missing: list[str]
    writing: Writing


def _removed(request: Request, asked: Words, world: World) -> list[Answer]:
    kinds = _kinds(asked)
    seen = world.store.read_all({*ALWAYS, *(table for kind in kinds for table in keys_of(kind))})
    removal = _removal(request, asked, kinds, OnDemand(world.store, seen), seen)
    if asked.has("cleanup"):
        _clean_up(world, removal.gone.get("node", ()))
    while tables := removal.writing.tables:
        with world.store.change(sorted(tables)) as change:
            # Looked at again now that nobody else writes: a group's going rewrites its members' other groups too.
            seen = {**seen, **{table: change.read(table) for table in sorted(tables)}}
            removal = _removal(request, asked, kinds, OnDemand(world.store, seen), seen)
            if removal.writing.tables <= tables:
                removal.writing.write(change)
                break
    count = sum(map(len, removal.gone.values()))
    of = "' or '".join(kinds)
    if not count:
        said = "No objects have been removed from the xCAT database."
    elif asked.has("verbose"):
        names = sorted(name for names in removal.gone.values() for name in names)
        said = "\n".join(["The following objects were removed:", *names])
    else:
        said = f"{count} object definitions have been removed."
    errors = [
        Answer("error", f"Could not find an object named '{name}' of type '{of}'.", errorcode=1)
        for name in removal.missing
    ]
    return [Answer("info", said), *errors]


def _clean_up(world: World, nodes: Sequence[str]) -> None:
    """Before the nodes go, so that what can't be cleaned up is still defined."""
    try:
        consoles.forget(world.store, world.machine, nodes)
    except written.Refused as why:
        raise Refused(f"-C: {why}") from None


def _removal(
    request: Request, asked: Words, kinds: tuple[str, ...], others: OnDemand, seen: Mapping[str, Sequence[Row]]
) -> _Removal:
    catalog = Catalog(seen, others, shows_hidden=True)
    gone: dict[str, list[str]] = {}
    missing: dict[str, int] = {}
    for kind in kinds:
        if asked.has("all"):
            gone[kind] = catalog.names(kind)
        else:
            gone[kind], unknown = catalog.asked(kind, asked.names, reader(request))
            for name in unknown:
                missing[name] = missing.get(name, 0) + 1
    writing, membership = Writing(seen), Membership(catalog)
    membership.forget(gone.get("node", ()))
    membership.dissolve(gone.get("group", ()))
    membership.settle(writing)
    for kind, names in gone.items():
        writing.remove(kind, set(names))
    return _Removal(gone, [name for name, times in missing.items() if times == len(kinds)], writing)


def _kinds(asked: Words) -> tuple[str, ...]:
    if asked.has("all"):
        return tuple(kind for kind in TYPES if kind not in _KEPT)
    if not asked.names:
        raise Refused("No object names were provided.", with_usage=asked.has_type)
    if "site" in asked.kinds:
        raise Refused("the site definition can't be removed: every daemon needs it. Empty attributes with chdef.")
    return asked.kinds
