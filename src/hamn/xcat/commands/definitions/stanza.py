"""Definitions as a text that goes out with `lsdef -z` and in with `mkdef -z` and `chdef -z`.

Source: xcatstanzafile(5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

HEADER = "# <xCAT data object stanza file>"
_TYPE = "objtype"
_DEFAULT = "default-"


class BadStanza(Exception):
    """A text that can't be read; `problems` are all of them, each with its line's number."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True)
class Stanza:
    name: str
    kind: str
    attributes: Mapping[str, str]


def written(name: str, kind: str, attributes: Iterable[tuple[str, str]]) -> str:
    """One object. Between two of them, and before the first, stands an empty line."""
    lines = [f"    {attribute}={value}\n" for attribute, value in attributes]
    return f"{name}:\n    {_TYPE}={kind}\n{''.join(lines)}"


def read(text: str, kind: str = "") -> list[Stanza]:
    """In the order of the text. `kind` is for those that don't say their own. Defaults of a type hold for what
    comes after them. Raises BadStanza."""
    defaults: dict[str, dict[str, str]] = {}
    found: dict[tuple[str, str], Stanza] = {}
    problems: list[str] = []
    for number, name, attributes, wrong in _blocks(text):
        problems += wrong
        if not name:
            continue
        if name.startswith(_DEFAULT):
            standing = defaults.setdefault(name.removeprefix(_DEFAULT), {})
            standing.update(attributes)
            continue
        own = attributes.pop(_TYPE, "") or kind
        if not own:
            problems.append(f"line {number}: '{name}' has no objtype")
        elif (own, name) in found:
            problems.append(f"line {number}: '{name}' of type '{own}' is there twice")
        else:
            given = {a: value for a, value in defaults.get(own, {}).items() if value and a != _TYPE}
            found[own, name] = Stanza(name, own, given | attributes)
    if not found and not problems:
        problems.append("no definition was found in it")
    if problems:
        raise BadStanza(problems)
    return list(found.values())


def _blocks(text: str) -> Iterator[tuple[int, str, dict[str, str], list[str]]]:
    """Line number, name and attributes of each, and what is wrong with its lines."""
    block: tuple[int, str, dict[str, str], list[str]] = (0, "", {}, [])
    for number, untrimmed in enumerate(text.splitlines(), 1):
        line = untrimmed.strip()
        if not line or line.startswith("#"):
            continue
        attribute, equals, value = line.partition("=")
        if equals:
            if not block[0]:
                block[3].append(f"line {number}: an attribute before the first name: {line[:80]}")
            block[2][attribute.rstrip()] = value.lstrip()
        elif line.endswith(":") and line[:-1].strip():
            if block[0]:
                yield block
            block = (number, line[:-1].strip(), {}, [] if block[0] else block[3])
        else:
            block[3].append(f"line {number}: neither a name with a colon nor attribute=value: {line[:80]}")
    if block[0] or block[3]:
        yield block
