"""mkdef and chdef: what is to be so of some objects, in one transaction. Sources: mkdef(1), chdef(1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hamn.xcat.commands.definitions import renaming, stanza, usage, words
from hamn.xcat.commands.definitions.catalog import Catalog, tables_of
from hamn.xcat.commands.definitions.intention import Intention, Wrong
from hamn.xcat.commands.definitions.lsdef import Test, selections
from hamn.xcat.commands.definitions.stanza import Stanza
from hamn.xcat.commands.definitions.words import Refused, Words
from hamn.xcat.commands.definitions.writing import tables_written
from hamn.xcat.commands.ondemand import OnDemand
from hamn.xcat.commands.ranging import reader
from hamn.xcat.commands.words import VERSION
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.making.definitions import many_values
from hamn.xcat.tables.objects import SITE, TYPES

if TYPE_CHECKING:
    from hamn.xcat.commands.world import World

_NONE = "No object definitions have been created or modified"
_NO_NAMES = "No object names were provided."
_FAILED = "One or more errors occured when attempting to create or modify xCAT object definitions."


def mkdef(request: Request, world: World) -> Iterator[Answer]:
    asked = words.read(request)
    if about := _about(request, asked):
        yield about
        return
    if not (asked.given or asked.template or asked.has("stanza")) and set(asked.kinds) != {"group"}:
        needed = (
            " The 'groups' attribute is required when creating node definitions." if "node" in asked.kinds else ""
        )
        yield Answer("error", f"{_NONE}: no attributes were specified.{needed}", errorcode=1)
        return
    yield from _defined(request, asked, world)


def chdef(request: Request, world: World) -> Iterator[Answer]:
    asked = words.read(request)
    if about := _about(request, asked):
        yield about
    elif asked.new_name:
        yield from renaming.renamed(asked, world)
    elif not (asked.names or asked.where or asked.has("stanza") or asked.kinds == ("site",)):
        raise Refused(_NO_NAMES, with_usage=asked.has_type)
    elif not (asked.given or asked.options & {"dynamic", "stanza"} or (asked.where and asked.kinds == ("group",))):
        yield Answer("info", f"{_NONE}.")
    else:
        yield from _defined(request, asked, world)


def _about(request: Request, asked: Words) -> Answer | None:
    if asked.has("version"):
        return Answer("info", f"{request.command} - {VERSION}")
    if asked.has("help") and asked.has_type:
        return Answer("info", usage.attributes(asked.kinds))
    return Answer("info", usage.usage(request.command)) if asked.has("help") or not request.args else None


def _defined(request: Request, asked: Words, world: World) -> list[Answer]:
    with many_values():
        stanzas = _read(request, asked) if asked.has("stanza") else []
        kinds = {one.kind for one in stanzas} if stanzas else set(asked.kinds)
        attributes = {name for one in stanzas for name in one.attributes} | set(asked.given)
        return _written(request, asked, stanzas, kinds, attributes, world)


def _written(
    request: Request,
    asked: Words,
    stanzas: list[Stanza],
    kinds: set[str],
    attributes: set[str],
    world: World,
) -> list[Answer]:
    """Nothing is written where anything is wrong."""
    whole = asked.has("force") or bool(asked.template)
    of_members = kinds == {"group"} and bool(asked.names) and not asked.has("dynamic")
    tests = [] if asked.has("dynamic") else selections(asked.where, {"node"} if of_members else kinds)
    tested = [attribute for attribute, _ in tests]
    written = tables_written(kinds, None if whole else attributes)
    needed = tables_of(kinds, None if whole else [*attributes, *tested])
    if of_members and tests:
        needed |= tables_of({"node"}, tested)
    seen = world.store.read_all(needed - written)
    try:
        with world.store.change(written) as change:
            tables = {**seen, **{table: change.read(table) for table in sorted(written)}}
            catalog = Catalog(tables, OnDemand(world.store, tables), shows_hidden=True)
            wanted = stanzas or list(_named(request, asked, catalog))
            if tests and not of_members:
                wanted = [one for one in wanted if _is_chosen(catalog, one, [test for _, test in tests])]
            intention = Intention(catalog, asked, is_new=request.command == "mkdef", is_text=bool(stanzas))
            if of_members:
                intention.members = [test for _, test in tests]
            intention.take(wanted)
            intention.write(change)
    except Wrong as wrong:
        said = [Answer("error", text, errorcode=1) for text in wrong.texts]
        return [*said, Answer("error", _FAILED, errorcode=1)]
    return _said(request.command, asked, intention)


def _said(command: str, asked: Words, intention: Intention) -> list[Answer]:
    said = [*intention.said]
    status = max((answer.errorcode for answer in said), default=0)
    done = f"{len(intention.done)} object definitions have been created or modified."
    if not intention.has_names:
        return [*said, Answer("error", _NO_NAMES, errorcode=1)]
    if not intention.done:
        empty = done if command == "mkdef" else f"{_NONE}."
        return [*said, Answer("error" if command == "mkdef" else "info", empty, errorcode=1)]
    if asked.has("verbose"):
        done = "\n".join(["The database was updated for the following objects:", *sorted(intention.done)])
    said.append(Answer("info", done, errorcode=status))
    if command == "chdef" and intention.made:
        said.append(Answer("info", f"New object definitions '{','.join(intention.made)}' have been created."))
    return said


def _read(request: Request, asked: Words) -> list[Stanza]:
    if asked.given:
        raise Refused("-z takes attributes from standard input, not from the command line", with_usage=True)
    found = stanza.read(request.stdin or "")
    if unknown := sorted({one.kind for one in found} - TYPES.keys()):
        raise Refused("\n" + "\n".join(f"Type '{kind}' is not a valid xCAT object type." for kind in unknown))
    return [Stanza(SITE, one.kind, one.attributes) if one.kind == "site" else one for one in found]


def _named(request: Request, asked: Words, catalog: Catalog) -> Iterator[Stanza]:
    """The objects that the words name, there or not. A range of nodes that have yet to be made is one too."""
    for kind in asked.kinds:
        names: Sequence[str]
        unknown: Sequence[str] = ()
        if kind == "site" and not asked.names:
            names = [SITE]
        elif asked.names:
            names, unknown = catalog.asked(kind, asked.names, reader(request))
            if kind == "site" and unknown:
                raise Wrong([f"Could not find an object named '{name}' of type 'site'." for name in unknown])
        else:
            names = catalog.names(kind) if asked.where and not asked.has("dynamic") else ()
        yield from (Stanza(name, kind, asked.given) for name in [*names, *unknown])


def _is_chosen(catalog: Catalog, one: Stanza, tests: Sequence[Test]) -> bool:
    if not catalog.has(one.kind, one.name):
        return False
    ((_, seen),) = catalog.of(one.kind, [one.name])
    return all(test(seen) for test in tests)
