from __future__ import annotations

import json
import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hamn.declaration.complaint import Key
from hamn.declaration.places import line_of, places

SAMPLE = '''\
# a comment with [brackets] and = signs
title = "x = [1]"   # trailing

[a.b]               # 4
"quoted \\u0041" = 1
c.d.e = """
[not.a.table]
also = "no" \\""" still
""""
f = \'\'\'
g = 1\'\'\'\'

[[list]]            # 13
name = 1979-05-27 07:32:00
nested = [
  [1, 2], # ]
  { deep = [ "}" ], more.dots = 2 },
]

[[list]]            # 20
[list.inner]
x = 1
[[list.inner.again]]
y = {}
'''


def test_every_form_of_key_has_its_line() -> None:
    tomllib.loads(SAMPLE)
    lines = places(SAMPLE)
    assert lines[("title",)] == 2
    assert lines[("a", "b")] == 4
    assert lines[("a", "b", "quoted A")] == 5
    assert lines[("a", "b", "c", "d", "e")] == 6
    assert lines[("a", "b", "f")] == 10
    assert lines[("list", 0)] == 13
    assert lines[("list", 0, "name")] == 14
    assert lines[("list", 0, "nested", 0, 1)] == 16
    assert lines[("list", 0, "nested", 1, "deep", 0)] == 17
    assert lines[("list", 0, "nested", 1, "more", "dots")] == 17
    assert lines[("list", 1)] == 20
    assert lines[("list", 1, "inner", "x")] == 22
    assert lines[("list", 1, "inner", "again", 0, "y")] == 24


def test_windows_line_ends_count_once() -> None:
    assert places('a = 1\r\nb = """\r\n"""\r\nc = 1\r\n')[("c",)] == 4


def test_what_is_not_written_has_the_line_around_it() -> None:
    lines = places("\n[a.b]\nc = 1\n")
    assert line_of(("a", "b", "missing", 3), lines) == 2
    assert line_of(("elsewhere",), lines) == 1


BARE = st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True)
NAMES = st.one_of(BARE, st.text(max_size=4))
SCALARS = st.one_of(
    st.integers(-99, 99),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.datetimes(),
)


@st.composite
def tables(draw: st.DrawFn, depth: int = 3) -> dict[str, Any]:
    values = (
        SCALARS if depth == 0 else st.one_of(SCALARS, tables(depth=depth - 1), st.lists(tables(depth=depth - 1)))
    )
    if depth:
        values = st.one_of(values, st.lists(SCALARS, max_size=3))
    found: dict[str, Any] = draw(st.dictionaries(NAMES, values, max_size=4))
    return found


class Writer:
    """Writes a document in a way that is drawn: headers, dotted keys, inline tables, kinds of strings."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def flip(self) -> bool:
        return self.draw(st.booleans())

    def key(self, name: str) -> str:
        if name and name.isascii() and name.replace("-", "").replace("_", "").isalnum() and self.flip():
            return name
        if "'" not in name and name.isprintable() and self.flip():
            return f"'{name}'"
        return quoted(name)

    def value(self, value: Any) -> str:
        match value:
            case bool():
                return str(value).lower()
            case str():
                if "\r" not in value and self.flip():
                    return '"""\n' + quoted(value)[1:-1].replace("\\n", "\n") + '"""'
                return quoted(value)
            case dict():
                return "{ " + ", ".join(f"{self.key(k)} = {self.value(v)}" for k, v in value.items()) + " }"
            case list():
                gap = "\n# ] a comment\n" if self.flip() else " "
                return "[" + gap + "".join(f"{self.value(v)},{gap}" for v in value) + "]"
            case int() | float():
                return repr(value)
        return str(value.isoformat(" " if self.flip() else "T"))

    def table(self, table: dict[str, Any], header: tuple[str, ...]) -> str:
        text, later = "", ""
        for name, value in table.items():
            path = (*header, name)
            written = ".".join(self.key(part) for part in path)
            if isinstance(value, dict) and self.flip():
                later += f"\n  [{written}] # [x]\n" + self.table(value, path)
            elif isinstance(value, dict) and value and self.flip():
                text += "".join(f"{self.key(name)} . {self.key(k)} = {self.value(v)}\n" for k, v in value.items())
            elif isinstance(value, list) and value and all(isinstance(v, dict) for v in value) and self.flip():
                later += "".join(f"[[ {written} ]]\n" + self.table(v, path) for v in value)
            else:
                text += f"{self.key(name)} = {self.value(value)}\n"
        return text + later


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


@st.composite
def documents(draw: st.DrawFn) -> str:
    return Writer(draw).table(draw(tables()), ())


def keys(value: Any, outer: Key = ()) -> list[Key]:
    if isinstance(value, dict):
        return [key for name, inner in value.items() for key in ((*outer, name), *keys(inner, (*outer, name)))]
    if isinstance(value, list):
        return [
            key for index, inner in enumerate(value) for key in ((*outer, index), *keys(inner, (*outer, index)))
        ]
    return []


@given(documents())
def test_each_key_that_tomllib_finds_stands_on_its_line(text: str) -> None:
    document = tomllib.loads(text)
    lines, written = places(text), text.split("\n")
    assert set(keys(document)) == set(lines)
    for key, line in lines.items():
        if isinstance(last := key[-1], str):
            here = written[line - 1]
            assert last in here or quoted(last)[1:-1] in here
