"""On which line of a TOML document each key stands: what tomllib doesn't tell.

The scanner trusts that tomllib has accepted the text; it finds keys and skips values, and judges nothing.
Source: TOML v1.0.0.
"""

from __future__ import annotations

import re
import tomllib

from hamn.declaration.complaint import Key

BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
SPACE = re.compile(r"[ \t]*")
KEY_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*'""")
STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'  # up to two quotes may stand before the closing three
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
SCALAR = re.compile(r"[^,\]}#\n]+")


def places(text: str) -> dict[Key, int]:
    """The line, counted from 1, where each key and each element of an array is first written.

    `text` is valid TOML. Raises RecursionError for arrays nested beyond reason, as tomllib does.
    """
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.document()
    return scanner.lines


def line_of(key: Key, lines: dict[Key, int]) -> int:
    """The line of a key, or of the innermost thing around it that is written; 1 when nothing is."""
    return next((lines[key[:end]] for end in range(len(key), 0, -1) if key[:end] in lines), 1)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.lines: dict[Key, int] = {}
        self.elements: dict[Key, int] = {}
        """How many elements each array of tables has so far."""

    def document(self) -> None:
        table: Key = ()
        self.skip(BLANK)
        while self.at < len(self.text):
            if self.next_is("["):
                table = self.header()
            else:
                self.assignment(table)
            self.skip(BLANK)

    def header(self) -> Key:
        is_array = self.next_is("[[")
        self.move(2 if is_array else 1)
        *outer, last = self.key()
        self.move(2 if is_array else 1)
        table: Key = ()
        for part in outer:
            table = self.inside((*table, part))
        table = (*table, last)
        self.note(table)
        if not is_array:
            return table
        index = self.elements.get(table, 0)
        self.elements[table] = index + 1
        self.note((*table, index))
        return (*table, index)

    def inside(self, table: Key) -> Key:
        """A header that goes through an array of tables means its last element."""
        self.note(table)
        return (*table, self.elements[table] - 1) if table in self.elements else table

    def assignment(self, table: Key) -> None:
        key = table
        for part in self.key():
            key = (*key, part)
            self.note(key)
        self.move(1)  # the equals sign
        self.skip(SPACE)
        self.value(key)

    def key(self) -> list[str]:
        """A dotted key, and the space around it."""
        parts = []
        while True:
            self.skip(SPACE)
            token = self.skip(KEY_PART)
            # quoted keys have the escapes of strings: let tomllib say what they mean
            parts.append(next(iter(tomllib.loads(f"{token} = 0"))))
            self.skip(SPACE)
            if not self.next_is("."):
                return parts
            self.move(1)

    def value(self, key: Key) -> None:
        if self.next_is("["):
            self.array(key)
        elif self.next_is("{"):
            self.inline_table(key)
        elif not self.skip(STRING):
            self.skip(SCALAR)

    def array(self, key: Key) -> None:
        self.move(1)
        index = 0
        self.skip(BLANK)
        while not self.next_is("]"):
            self.note((*key, index))
            self.value((*key, index))
            index += 1
            self.skip(BLANK)
            if self.next_is(","):
                self.move(1)
                self.skip(BLANK)
        self.move(1)

    def inline_table(self, key: Key) -> None:
        self.move(1)
        self.skip(SPACE)
        while not self.next_is("}"):
            self.assignment(key)
            self.skip(SPACE)
            if self.next_is(","):
                self.move(1)
                self.skip(SPACE)
        self.move(1)

    def note(self, key: Key) -> None:
        self.lines.setdefault(key, self.line)

    def next_is(self, sign: str) -> bool:
        return self.text.startswith(sign, self.at)

    def move(self, count: int) -> None:
        self.at += count

    def skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        self.line += found[0].count("\n")
        return found[0]
