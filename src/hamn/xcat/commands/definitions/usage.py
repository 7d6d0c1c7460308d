"""How each definition command is called, and what each type of object is made of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from hamn.xcat.commands.definitions import nics
from hamn.xcat.tables.objects import TYPES, Place

_SHORT = 7

NOT_HERE: Mapping[str, str] = MappingProxyType(
    {
        "update": "-u: attributes of an osimage are not looked for in directories here: give them",
    }
)
"""Options of the real one that aren't followed, and what to do instead."""

_USAGE: Mapping[str, str] = MappingProxyType(
    {
        "lsdef": """
Usage: lsdef - List xCAT data object definitions.
  lsdef [-h | --help] [-t object-types]
  lsdef [-V | --verbose] [-l | --long] [-s | --short] [-a | --all] [-S] [-t object-types]
        [-o object-names] [-z | --stanza] [-i attr-list] [-c | --compress]
        [-w attr==val [-w attr=~val] ...] [--osimage] [--nics] [noderange]""",
        "mkdef": """
Usage: mkdef - Create xCAT data object definitions.
  mkdef [-h | --help] [-t object-types]
  mkdef [-V | --verbose] [-t object-types] [--template existing-object] [-o object-names]
        [-z | --stanza] [-d | --dynamic] [-f | --force] [-w attr==val [-w attr=~val] ...]
        [noderange] [attr=val [attr=val...]]""",
        "chdef": """
Usage: chdef - Change xCAT data object definitions.
  chdef [-h | --help] [-t object-types]
  chdef [-t object-types] [-o object-names] [-n new-name] [node]
  chdef [-V | --verbose] [-t object-types] [-o object-names] [-d | --dynamic] [-p | --plus]
        [-m | --minus] [-z | --stanza] [-w attr==val [-w attr=~val] ...]
        [noderange] [attr=val [attr=val...]]""",
        "rmdef": """
Usage: rmdef - Remove xCAT data object definitions.
  rmdef [-h | --help] [-t object-types]
  rmdef [-V | --verbose] [-a | --all] [-t object-types] [-o object-names] [-f | --force]
        [-C | --cleanup] [noderange]""",
    }
)


def usage(command: str) -> str:
    types = "\n".join(TYPES)
    return (
        f"{_USAGE[command]}\n\nThe following data object types are supported by xCAT.\n\n{types}\n\n"
        "Use the '-h' option together with the '-t' option to\n"
        "get a list of valid attribute names for each object type."
    )


def attributes(kinds: Iterable[str], wanted: Collection[str] | None = None) -> str:
    """Every attribute of these types, or those that are `wanted`: where it is kept, and when."""
    return "\n".join(_attributes(kind, wanted) for kind in kinds)


def _attributes(kind: str, wanted: Collection[str] | None) -> str:
    lines = [] if wanted is not None else [f"The valid attribute names for object type '{kind}' are:"]
    lines.append("Attribute          Description\n")
    for name, places in sorted(TYPES[kind].by_attribute.items()):
        if wanted is None or name in map(nics.column, wanted):
            tabs = "\t\t" if len(name) < _SHORT else "\t"
            lines.append(f"{name}:{tabs}{', '.join(map(_kept, places))}\n")
    if kind == "site":
        lines.append("Every other name too: what a site needs to say.\n")
    return "\n".join(lines).removesuffix("\n")


def _kept(place: Place) -> str:
    condition = f" if {place.needs} is {' or '.join(place.among)}" if place.needs else ""
    return f"{place.table}.{place.column}{condition}"
