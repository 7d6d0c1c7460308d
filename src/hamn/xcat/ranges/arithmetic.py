"""What stands in a row expression's parentheses: `$1`, `($1+3)%4`, `sprintf('%02d',$1/24+1)`. Parsed once into
functions, never run as a program.

Whole numbers of 64 bits, dividing towards zero, as the real one counts. Source: xcatdb(5), "Groups and regular
expressions in tables"."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Value = str | int  # a text as it was captured, with its leading zeros, or a number
Groups = Sequence[str | None]  # what the pattern captured, `$1` first
Term = Callable[[Groups], Value]
Count = Callable[[Groups], int]

LONGEST = 500  # characters of one replacement
DEEPEST = 40  # parentheses in parentheses
LIMIT = 2**63
TOKEN = re.compile(
    r"\s*(?:\$(?:(?P<group>\d+)|\{(?P<braced>\d+)\})|(?P<number>0[xX][0-9a-fA-F]+|\d+)"
    r"|'(?P<single>[^']*)'|\"(?P<double>[^\"$@\\]*)\"|(?P<name>[A-Za-z_]\w*)|(?P<sign>[-+*/%(),]))"
)
FORMAT = re.compile(r"%(?P<flags>[-+ 0]*)(?P<width>\d{0,3})(?:\.(?P<precision>\d{1,3}))?(?P<kind>[diusxXo%]?)")


class ExpressionError(ValueError):
    """An expression that can't be read, or not be computed for this node; the text says which and why."""


def parsed(text: str, start: int) -> tuple[Term, int]:
    """The parenthesis that opens at `start`, and where the text goes on after it."""
    if len(text) > LONGEST:
        raise ExpressionError(f"{text[:40]!r}... has {len(text)} characters, more than {LONGEST}")
    reader = Reader(text, start)
    reader.expect("(")
    value = reader.sum().value
    reader.expect(")")

    def term(groups: Groups) -> Value:
        result = value(groups)
        return result if isinstance(result, str) or -LIMIT <= result < LIMIT else bounded(result)

    return term, reader.at


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression as it was read. `count` is its value as a number; a `constant` needs no name."""

    value: Term
    count: Count
    constant: int | None = None


class Reader:
    """Recursive descent, one method for a level of precedence. `at` is behind the last token taken."""

    def __init__(self, text: str, at: int) -> None:
        self.text, self.at, self.depth = text, at, 0

    def sign(self) -> str:
        """The sign that comes next, or nothing."""
        match = TOKEN.match(self.text, self.at)
        return (match["sign"] or "") if match else ""

    def expect(self, sign: str) -> None:
        match = TOKEN.match(self.text, self.at)
        if match is None or match["sign"] != sign:
            raise ExpressionError(
                f"{sign!r} expected before {self.text[self.at :] or 'the end'!r} in {self.text!r}"
            )
        self.at = match.end()

    def sum(self) -> Node:
        return self._chain(self._product, ("+", "-"))

    def _product(self) -> Node:
        return self._chain(self._signed, ("*", "/", "%"))

    def _chain(self, operand: Callable[[], Node], signs: Sequence[str]) -> Node:
        node = operand()
        while (sign := self.sign()) in signs:
            self.expect(sign)
            node = _combined(sign, node, operand())
        return node

    def _signed(self) -> Node:
        negative = False
        while (sign := self.sign()) in ("-", "+"):
            self.expect(sign)
            negative ^= sign == "-"
        node = self._atom()
        return _combined("-", ZERO, node) if negative else node

    def _atom(self) -> Node:
        match = TOKEN.match(self.text, self.at)
        if match is None:
            raise ExpressionError(f"{self.text[self.at :] or 'the end'!r} can't be read in {self.text!r}")
        self.at = match.end()
        if match["sign"] == "(":
            return self._inside(self.sum)
        if match["sign"]:
            raise ExpressionError(f"{match['sign']!r} has nothing before it in {self.text!r}")
        if match["name"]:
            return self._call(match["name"])
        if match["number"]:
            return _known(literal(match["number"]))
        if digits := match["group"] or match["braced"]:
            return _captured(int(digits[:4]), self.text)
        quoted = match["single"] or match["double"] or ""
        return _worked_out(lambda _: quoted)

    def _inside(self, read: Callable[[], T]) -> T:
        """What stands before the closing parenthesis."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError(f"more than {DEEPEST} parentheses in each other in {self.text!r}")
        found = read()
        self.expect(")")
        self.depth -= 1
        return found

    def _list(self) -> list[Node]:
        found = [self.sum()]
        while self.sign() == ",":
            self.expect(",")
            found.append(self.sum())
        return found

    def _call(self, name: str) -> Node:
        if name not in FUNCTIONS:
            known = ", ".join(sorted(FUNCTIONS))
            raise ExpressionError(
                f"{name!r} is no function of a row expression, in {self.text!r}: there are {known}"
            )
        function = FUNCTIONS[name]
        self.expect("(")
        arguments = self._inside(self._list)
        return _worked_out(lambda groups: function([argument.value(groups) for argument in arguments]))


def _known(constant: int) -> Node:
    return Node(lambda _: constant, lambda _: constant, constant)


def _worked_out(value: Term) -> Node:
    return Node(value, lambda groups: number(value(groups)))


def _captured(index: int, text: str) -> Node:
    """A group that took no part in the match is nothing, as in Perl."""
    if index == 0:
        raise ExpressionError(f"'$0' is no part of a node's name, in {text!r}: the first is $1")
    index -= 1

    def value(groups: Groups) -> str:
        return (groups[index] or "") if index < len(groups) else ""

    def count(groups: Groups) -> int:
        text = groups[index] if index < len(groups) else None
        return int(text) if text and text.isdecimal() and text.isascii() and len(text) < 19 else number(text or "")

    return Node(value, count)


def _combined(sign: str, left: Node, right: Node) -> Node:
    """Most right sides are constants, and every node of a cluster comes through here: they have their own way."""
    a, b, constant, function = left.count, right.count, right.constant, SIGNS[sign]
    count: Count = lambda groups: function(a(groups), b(groups))  # noqa: E731
    if constant is not None and constant > 0:
        count = WITH_CONSTANT[sign](a, constant)
    return Node(count, count)


def bounded(result: int) -> int:
    if not -LIMIT <= result < LIMIT:
        raise ExpressionError("the result has more than 64 bits")
    return result


def number(value: Value) -> int:
    """Leading zeros are dropped; what is empty counts as 0. Text without digits is an error: counting it as 0,
    as the real one does, gives every node the same address."""
    if isinstance(value, int):
        return value
    digits = re.match(r"\s*(-?\d{1,19})(?!\d)", value, re.ASCII)
    if digits is None and value:
        raise ExpressionError(f"{value[:40]!r} is no number")
    return bounded(int(digits[1])) if digits else 0


def literal(digits: str) -> int:
    """As Perl reads it: 010 is octal."""
    base = 16 if digits[1:2] in ("x", "X") else 8 if digits[0] == "0" else 10
    if base == 8 and not set(digits) <= set("01234567"):
        raise ExpressionError(f"{digits!r} is octal, because of its leading zero, and has an 8 or a 9")
    return bounded(int(digits, base))


def divided(left: int, right: int) -> int:
    if left >= 0 < right:
        return left // right
    if right == 0:
        raise ExpressionError("a division by zero")
    whole = abs(left) // abs(right)
    return whole if (left < 0) == (right < 0) else -whole


def remainder(left: int, right: int) -> int:
    return left % right if left >= 0 < right else left - right * divided(left, right)


def sprintf(arguments: Sequence[Value]) -> Value:
    template, rest = str(arguments[0]), list(arguments[1:])

    def directive(match: re.Match[str]) -> str:
        flags, kind = match["flags"], match["kind"]
        if kind == "%":
            return "%"
        if not kind:
            raise ExpressionError(f"sprintf can't format {template!r}: there are %d %s %x %X %o %%")
        if not rest:
            raise ExpressionError(f"sprintf has no value for {match.group()!r}")
        if kind != "s":
            return match.group().replace("u", "d") % number(rest.pop(0))
        text = str(rest.pop(0))[: int(match["precision"]) if match["precision"] else None]
        width = int(match["width"] or 0)
        return text.ljust(width) if "-" in flags else text.rjust(width, "0" if "0" in flags else " ")

    return FORMAT.sub(directive, template)


def letter_index(first: int) -> Callable[[Sequence[Value]], Value]:
    def index(arguments: Sequence[Value]) -> Value:
        text = str(arguments[0]).lower()
        if len(text) != 1 or not "a" <= text <= "z":
            raise ExpressionError(f"{text[:40]!r} is no single letter")
        return ord(text) - ord("a") + first

    return index


ZERO = _known(0)
SIGNS: Mapping[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divided,
    "%": remainder,
}
WITH_CONSTANT: Mapping[str, Callable[[Count, int], Count]] = {  # greater than zero
    "+": lambda a, constant: lambda groups: a(groups) + constant,
    "-": lambda a, constant: lambda groups: a(groups) - constant,
    "*": lambda a, constant: lambda groups: a(groups) * constant,
    "/": lambda a, constant: lambda groups: left // constant if (left := a(groups)) >= 0 else -(-left // constant),
    "%": lambda a, constant: lambda groups: left % constant if (left := a(groups)) >= 0 else -(-left % constant),
}
FUNCTIONS: Mapping[str, Callable[[Sequence[Value]], Value]] = {
    "sprintf": sprintf,
    "a2idx": letter_index(1),
    "a2zidx": letter_index(0),
    "lc": lambda arguments: str(arguments[0]).lower(),
    "uc": lambda arguments: str(arguments[0]).upper(),
    "int": lambda arguments: number(arguments[0]),
}
