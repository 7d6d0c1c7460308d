"""lsdef: what is defined. Sources: lsdef(1); what it prints as the real one was heard to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from hamn.xcat.commands.definitions import images, stanza, usage, words
from hamn.xcat.commands.definitions.catalog import Catalog, tables_of
from hamn.xcat.commands.definitions.listing import Listing, is_attribute, unknown_attribute
from hamn.xcat.commands.definitions.nics import OF_NICS
from hamn.xcat.commands.definitions.words import Refused, Words
from hamn.xcat.commands.ondemand import OnDemand
from hamn.xcat.commands.ranging import reader
from hamn.xcat.commands.words import VERSION
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.making.definitions import many_values
from hamn.xcat.ranges import PatternError
from hamn.xcat.ranges.names import CONDITION
from hamn.xcat.ranges.patterns import compiled
from hamn.xcat.tables.objects import TYPES

if TYPE_CHECKING:
    from hamn.xcat.commands.world import World

Attributes = Mapping[str, str]
Test = Callable[[Attributes], bool]

_LOGS = ("auditlog", "eventlog")
"""They may be long: they are listed by themselves only."""
_NONE_FOUND = "No object definitions have been found"
_NONE_THERE = "Could not find any object definitions to display."


def lsdef(request: Request, world: World) -> Iterator[Answer]:
    asked = words.read(request)
    if asked.has("version"):
        yield Answer("info", f"lsdef - {VERSION}")
    elif asked.has("help"):
        text = usage.attributes(asked.kinds, asked.wanted) if asked.has_type else usage.usage("lsdef")
        yield Answer("info", text)
    else:
        with many_values():
            said = list(_said(request, asked, world))
        yield from said


def _said(request: Request, asked: Words, world: World) -> Iterator[Answer]:
    if asked.template:
        raise Refused("--template: there are no templates here; mkdef --template takes an object that is there")
    kinds = tuple(kind for kind in TYPES if kind not in _LOGS) if asked.has("all") else asked.kinds
    tests = selections(asked.where, kinds)
    needed = None
    if asked.has("nics"):
        needed = [*OF_NICS, *(attribute for attribute, _ in tests)]
    elif asked.wanted is not None and not asked.has("stanza"):
        needed = [*asked.wanted, *(attribute for attribute, _ in tests)]
    elif _is_short(asked):
        needed = [attribute for attribute, _ in tests]
    found = tables_of(kinds, needed)
    if asked.has("osimage"):
        found |= tables_of(["osimage"])
    tables = world.store.read_all(found)
    catalog = Catalog(tables, OnDemand(world.store, tables), shows_hidden=asked.has("hidden"))
    yield from _listed(catalog, asked, kinds, request, [test for _, test in tests])
    for report in catalog.reports:
        yield Answer("error", str(report), errorcode=1)


def selections(where: Sequence[str], kinds: Iterable[str]) -> list[tuple[str, Test]]:
    """What each -w says: the attribute that it looks at, and whether an object is chosen. Raises Refused."""
    found: list[tuple[str, Test]] = []
    for text in where:
        condition = CONDITION.fullmatch(text.strip())
        if condition is None:
            raise Refused(f"Incorrect selection string: {text} (attr==val, or one of != =~ !~)")
        attribute, operator, value = condition.groups()
        if not any(is_attribute(kind, attribute) for kind in kinds):
            raise Refused(unknown_attribute(attribute, next(iter(kinds))))
        try:
            found.append((attribute, _test(attribute, operator, value)))
        except PatternError as wrong:
            raise Refused(f"Incorrect selection string: {text} ({wrong})") from None
    return found


def _test(attribute: str, operator: str, value: str) -> Test:
    if operator in ("==", "!="):
        return lambda seen: (seen.get(attribute, "") == value) is (operator == "==")
    search = compiled(value[1:-1] if re.fullmatch("/.*/", value) else value).search
    return lambda seen: (search(seen.get(attribute, "")) is not None) is (operator == "=~")


def _is_short(asked: Words) -> bool:
    """Names only: asked for, or where nothing else is."""
    if asked.has("short"):
        return True
    return not (asked.names or asked.wanted is not None or asked.options & {"long", "stanza", "nics"})


def _listed(
    catalog: Catalog, asked: Words, kinds: Sequence[str], request: Request, tests: Sequence[Test]
) -> Iterator[Answer]:
    chosen: list[tuple[str, Sequence[str]]] = []
    unknown: dict[str, list[str]] = {}
    for kind in kinds:
        if asked.names and not asked.has("all"):
            names, missing = catalog.asked(kind, asked.names, reader(request))
            for name in missing:
                unknown.setdefault(name, []).append(kind)
        else:
            names = catalog.names(kind)
        if tests and names:
            names = [name for name, seen in catalog.of(kind, names) if all(test(seen) for test in tests)]
        chosen.append((kind, names))
    lost = [name for name, missing in unknown.items() if len(missing) == len(kinds)]
    of = "' or '".join(kinds)
    for name in lost:
        yield Answer("error", f"Could not find an object named '{name}' of type '{of}'.", errorcode=1)
    if any(names for _, names in chosen):
        yield from _shown(catalog, asked, chosen)
    else:
        yield Answer("info", _NONE_FOUND if asked.names else _NONE_THERE)


def _shown(catalog: Catalog, asked: Words, chosen: Sequence[tuple[str, Sequence[str]]]) -> Iterator[Answer]:
    """One answer for each object: a hundred thousand small ones would take longer than reading the tables."""
    if asked.has("stanza"):
        yield Answer("info", stanza.HEADER)
    for kind, names in chosen:
        if not names:
            continue
        if _is_short(asked):
            gap = " " if asked.has("all") else "  "
            yield Answer("info", "\n".join(f"{name}{gap}({kind})" for name in names))
            continue
        listing = Listing(kind, asked, says_type=len(chosen) > 1)
        look = catalog.of if asked.has("stanza") else catalog.shown
        for number, (name, attributes) in enumerate(look(kind, names)):
            text = listing.text(name, attributes)
            if asked.has("osimage") and kind == "node":
                yield from images.beside(catalog, name, text, attributes)
            elif text:
                yield Answer("info", text)
            if number == 0:
                for attribute in listing.unknown:
                    yield Answer("error", unknown_attribute(attribute, kind), errorcode=1)
