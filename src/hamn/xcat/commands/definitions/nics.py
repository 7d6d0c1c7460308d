"""Attributes of a node's interfaces: one column holds those of all, `eth0!10.1.0.1|10.1.0.2,ib0!10.2.0.1`; the
definition commands show and take them one by one, as `nicips.eth0`.

Source: nics(5), chdef(1)."""

from __future__ import annotations

from collections.abc import Mapping

OF_NICS = frozenset(
    (
        "nicips",
        "nichostnamesuffixes",
        "nichostnameprefixes",
        "nictypes",
        "niccustomscripts",
        "nicnetworks",
        "nicaliases",
        "nicextraparams",
        "nicdevices",
        "nicsadapter",
    )
)


def column(attribute: str) -> str:
    """What `nicips.eth0` is a part of; every other attribute is itself."""
    whole, dot, _ = attribute.partition(".")
    return whole if dot and whole in OF_NICS else attribute


def apart(attributes: Mapping[str, str]) -> dict[str, str]:
    """Each interface by itself. A text that isn't written by interfaces stays as it is."""
    shown: dict[str, str] = {}
    for name, value in attributes.items():
        parts = _parts(value) if name in OF_NICS else None
        if parts is None:
            shown[name] = value
        else:
            shown.update({f"{name}.{nic}": part for nic, part in parts.items()})
    return shown


def joined(given: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """`given` with whole columns only: the interfaces that it doesn't name stay as they are `known`."""
    found: dict[str, str] = {}
    for name, value in given.items():
        whole = column(name)
        if whole == name:
            found[name] = value
            continue
        parts = _parts(found.get(whole, known.get(whole, ""))) or {}
        parts[name.removeprefix(f"{whole}.")] = value
        found[whole] = ",".join(f"{nic}!{part}" for nic, part in parts.items() if part)
    return found


def _parts(value: str) -> dict[str, str] | None:
    """None for an expression that gives the whole column, and for what has no interface in it."""
    if value[:1] in ("|", "/"):
        return None
    parts: dict[str, str] = {}
    for piece in value.split(",") if value else ():
        nic, mark, part = piece.partition("!")
        if mark:
            parts[nic.strip()] = part
        elif not parts:
            return None
        else:  # a comma inside a value: it belongs to the interface before it
            last = next(reversed(parts))
            parts[last] = f"{parts[last]},{piece}"
    return parts
