"""chdef -n: an object gets another name, in every table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hamn.xcat.commands.definitions.catalog import Catalog
from hamn.xcat.commands.definitions.intention import is_name
from hamn.xcat.commands.definitions.words import Refused, Words
from hamn.xcat.commands.definitions.writing import keys_of
from hamn.xcat.commands.ondemand import OnDemand
from hamn.xcat.conversation import Answer

if TYPE_CHECKING:
    from hamn.xcat.commands.world import World

_FIXED = ("site", "group", "monitoring")


def renamed(asked: Words, world: World) -> Iterator[Answer]:
    """Attributes of other objects that name it stay as they are: which mean it, the operator knows."""
    kind, new = asked.kinds[0], asked.new_name
    if len(asked.kinds) > 1 or kind in _FIXED:
        raise Refused(f"Objects of type {', '.join(asked.kinds)} can't be given another name.")
    if not is_name(kind, new):
        raise Refused(f"'{new}' is no name for an object of type '{kind}'.")
    seen = world.store.read_all({*keys_of(kind), "nodelist", "nodegroup", "site"})
    catalog = Catalog(seen, OnDemand(world.store, seen), shows_hidden=True)
    there, unknown = catalog.asked(kind, asked.names)
    if len(there) + len(unknown) > 1:
        text = "The '-n' option (changing object name) can only work on one object."
        raise Refused(text, with_usage=True)
    if unknown:
        raise Refused(f"The {unknown[0]} is not a valid object.")
    if not there:
        raise Refused("No object names were provided.")
    old = there[0]
    if catalog.has(kind, new) or (kind == "node" and catalog.has("group", new)):
        raise Refused(f"'{new}' is the name of another object already.")
    keys = keys_of(kind)
    tables = [table for table, key in keys.items() if any(row.get(key) == old for row in seen[table])]
    with world.store.change(tables) as change:
        for table in tables:
            change.delete(table, {keys[table]: new})  # what an object of that name left behind isn't this one's
            change.update(table, {keys[table]: old}, {keys[table]: new})
    yield Answer("info", f"Changed the object name from {old} to {new}.")
