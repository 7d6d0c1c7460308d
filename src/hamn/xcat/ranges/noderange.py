"""A node range: `node01-node04,rack2@compute,-node02`, and every other way to say which nodes.

Source: noderange(3). Where that manual and the real program differ, the program's answer is ours; where both are
silent, a range that isn't understood is an error: the wrong nodes are worse than none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hamn.xcat.ranges.names import CONDITION, Names
from hamn.xcat.ranges.numbered import RangeError, counted
from hamn.xcat.ranges.patterns import PatternError, compiled, steps

LONGEST = 2_000_000  # characters: 100,000 names, and then some
DEEPEST = 10  # parentheses in each other
LOOKS = 10_000_000  # names that one range may look at: a hundred times all of 100,000 nodes
STEPS = 20  # of a regular expression are as much work as looking at a name
SEARCH = 10_000  # what looking through all nodes costs besides, in names: reading a pattern or a column
NAMED = 50  # invalid names that a message lists
WIDEST = 200  # characters of each
CLOSING = {"(": ")", "[": "]", "{": "}"}


def expand(text: str, names: Names) -> list[str]:
    """The nodes, once each, in plain string order; none for an empty text.

    Raises RangeError for a name that is no node and no group (all of them in one message), for a text that isn't
    understood, and for one that means more than a million names. Exclusions are taken out last, wherever they
    stand. Hidden nodes and site.excludenodes are never among the answer: naming one is no error."""
    if len(text) > LONGEST:
        raise RangeError(f"Invalid noderange: {len(text)} characters, more than {LONGEST}")
    reading = Reading(names)
    found = reading.union(text, 0)
    if reading.invalid:
        raise invalid_names(list(reading.invalid))
    if names.excluded:
        # A node that is gone stays in site.excludenodes: that must not stop every command.
        try:
            found -= Reading(names).union(names.excluded, 0)
        except RangeError as wrong:
            raise RangeError(f"site.excludenodes: {wrong}") from None
    return sorted(found - (names.view.hidden if names.hidden is None else names.hidden))


def invalid_names(names: Sequence[str]) -> RangeError:
    more = f",... ({len(names)} names)" if len(names) > NAMED else ""
    listed = ",".join(name[:WIDEST] for name in names[:NAMED])
    return RangeError(f"Invalid nodes and/or groups in noderange: {listed}{more}", names)


class Reading:
    """One expansion. `invalid` are the unknown names so far, in order; `left` is how many it may still look at."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.invalid: dict[str, None] = {}
        self.left = LOOKS

    def union(self, text: str, depth: int) -> set[str]:
        if depth > DEEPEST:
            raise RangeError(f"Invalid noderange: more than {DEEPEST} parentheses in each other")
        included: set[str] = set()
        excluded: set[str] = set()
        nodes = self.names.nodes
        for item in dict.fromkeys(split(text, ",")):
            if item.startswith("-"):
                if item.startswith("-^"):
                    raise RangeError(
                        f"Invalid noderange: {item} (a file can't be excluded: put its nodes in a group)"
                    )
                excluded |= self._intersection(item[1:].lstrip(), depth)
            elif item in nodes:  # long lists are mostly of these
                included.add(item)
            elif item:
                included |= self._intersection(item, depth)
        return included - excluded

    def _intersection(self, text: str, depth: int) -> set[str]:
        parts = list(dict.fromkeys(split(text, "@")))
        if "" in parts:
            raise RangeError(f"Invalid noderange: {text or '-'} (a name is missing)")
        found = self._atom(parts[0], depth)
        for part in parts[1:]:
            found = found & self._atom(part, depth)
        return found

    def _atom(self, text: str, depth: int) -> set[str]:
        if text.startswith("("):
            if closing(text, 0) != len(text) - 1:
                raise RangeError(f"Invalid noderange: {text} (',' or '@' expected after a closing parenthesis)")
            return self.union(text[1:-1], depth + 1)
        if text.startswith("/"):
            return self._matching(text)
        if text.startswith("^"):
            return self._listed(text[1:], depth)
        if condition := CONDITION.fullmatch(text):
            self._look(SEARCH + self.names.steps(condition) // STEPS)
            return self.names.where(condition)
        return self._named(text)

    def _named(self, text: str) -> set[str]:
        """A node before a group, both before a range: names may have dashes in them."""
        if (known := self._known(text)) is not None:
            return known
        candidates = counted(text)
        if candidates is None:
            self.invalid[text] = None
            return set()
        found: set[str] = set()
        nodes = self.names.nodes
        for name in candidates:
            if name in nodes:
                found.add(name)
                self._look(1)
            elif (members := self._known(name)) is not None:
                found |= members
            else:
                self.invalid[name] = None
                self._look(1)
        return found

    def _known(self, name: str) -> set[str] | None:
        if name in self.names.nodes:
            return {name}
        members = self.names.group(name)
        if members is None:
            return None
        self._look(len(members))
        return set(members)

    def _look(self, names: int) -> None:
        self.left -= names
        if self.left < 0:
            raise RangeError("Invalid noderange: too much work for one range (make it shorter, with fewer .*)")

    def _matching(self, text: str) -> set[str]:
        """Nodes only, the whole name."""
        self._look(SEARCH + steps(text[1:], map(len, self.names.nodes)) // STEPS)
        try:
            matches = compiled(text[1:]).fullmatch
        except PatternError as wrong:
            raise RangeError(f"Invalid noderange: {text} ({wrong})") from None
        return {node for node in self.names.nodes if matches(node)}

    def _listed(self, path: str, depth: int) -> set[str]:
        """Each line is a range; lines in it can't exclude, nor name another file."""
        found: set[str] = set()
        for line in (self.names.read(path) or "").splitlines():
            words = re.split(r"[\s:]", line.strip(), maxsplit=1)
            if words[0] and words[0][0] not in "#^-":
                found |= self.union(words[0], depth + 1)
        return found


def split(text: str, separator: str) -> list[str]:
    """The parts between separators outside of any bracket, without the blanks around them."""
    if not any(opening in text for opening in CLOSING):
        return [part.strip() for part in text.split(separator)]
    return [part.strip() for part in _parts(text, separator)]


def _parts(text: str, separator: str) -> Iterator[str]:
    start = at = 0
    while at < len(text):
        character = text[at]
        if character in CLOSING:
            at = closing(text, at)
        elif character == "\\":
            at += 1
        elif character == separator:
            yield text[start:at]
            start = at + 1
        at += 1
    yield text[start:]


def closing(text: str, opening: int) -> int:
    """Where the bracket that opens there is closed; brackets in it count, but for those in square ones."""
    expected: list[str] = []
    at = opening
    while at < len(text):
        character = text[at]
        if character == "\\":
            at += 1
        elif expected and character == expected[-1]:
            expected.pop()
            if not expected:
                return at
        elif character in CLOSING and expected[-1:] != ["]"]:
            expected.append(CLOSING[character])
        at += 1
    raise RangeError(f"Unclosed '{text[opening]}' in noderange: {text[:200]}")
