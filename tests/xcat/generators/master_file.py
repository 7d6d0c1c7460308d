"""A zone's text into records: a small reader of RFC 1035 section 5, for what named and the generators write."""

from __future__ import annotations

import re


def records(text: str, origin: str) -> set[tuple[str, str, str]]:
    """Owner and data absolute, in lower case; of the SOA everything but the serial."""
    origin = f"{origin.strip('.').lower()}."
    found, owner = set(), ""
    for line in _logical_lines(text):
        words = line.split()
        if words[0] == "$ORIGIN":
            origin = words[1].lower() if words[1] == "." else f"{words[1].strip('.').lower()}."
            continue
        if words[0] == "$TTL":
            continue
        if not line[0].isspace():
            owner = _absolute(words.pop(0), origin)
        words = [word for word in words if word != "IN"]
        kind, data = words[0], words[1:]
        if kind == "SOA":
            data = [*(_absolute(name, origin) for name in data[:2]), *data[3:]]
        elif kind in ("NS", "PTR", "CNAME"):
            data = [_absolute(data[0], origin)]
        found.add((owner, kind, " ".join(data)))
    return found


def _logical_lines(text: str) -> list[str]:
    plain = re.sub(r";.*", "", text)
    joined = re.sub(r"\(([^)]*)\)", lambda found: " ".join(found[1].split()), plain)
    return [line for line in joined.splitlines() if line.strip()]


def _absolute(name: str, origin: str) -> str:
    if name == "@":
        return origin
    return name.lower() if name.endswith(".") else f"{name}.{origin}".lower().replace("..", ".")
