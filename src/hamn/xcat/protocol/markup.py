"""The little of XML that is spoken here: elements, text, five named entities, characters by number.

No attributes, no document type, no entities of one's own: what can make a short text long isn't in the language.
Bytes that aren't UTF-8 pass through, as they do in tables and their dumps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

DEPTH = 16
"""Requests are three deep, responses four."""
ENCODING, ERRORS = "utf-8", "surrogateescape"

_TOKEN = re.compile(
    r"<(?P<leaf>[A-Za-z_][\w.:-]*)>(?P<inside>[^<]*)</(?P=leaf)>\s*"  # nearly all there is, in one step
    r"|<(?P<open>[A-Za-z_][\w.:-]*)\s*>"
    r"|</(?P<close>[A-Za-z_][\w.:-]*)\s*>"
    r"|(?P<text>[^<]+)"
    r"|<(?P<empty>[A-Za-z_][\w.:-]*)\s*/>"
    r"|<!\[CDATA\[(?P<cdata>.*?)\]\]>"
    r"|(?P<nothing><!--.*?-->|<\?.*?\?>)"
    r"|(?P<wrong>.)",
    re.DOTALL,
)
_REFERENCE = re.compile(r"&(?:(?P<name>\w+)|#(?P<number>\d{1,7})|#x(?P<hex>[0-9A-Fa-f]{1,6}));|&")
_ODD = re.compile(r"&(?!(?:lt|gt|quot|amp);)")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_CONTROL = {number: "?" for number in (*range(1, 0x20), 0x7F) if chr(number) not in "\t\n\r"} | {
    ord("\r"): "&#13;"
}
_HAS_CONTROL = re.compile(r"[\x01-\x08\x0b-\x1f\x7f]")


class BadMarkup(ValueError):
    """What is wrong, and at which character."""


class Element:
    """`text` is all text directly inside, in one piece."""

    __slots__ = ("children", "name", "text")

    def __init__(self, name: str, text: str = "") -> None:
        self.name, self.text = name, text
        self.children: list[Element] = []

    def texts(self, name: str) -> list[str]:
        return [child.text for child in self.children if child.name == name]

    def first(self, name: str, otherwise: str = "") -> str:
        return next(iter(self.texts(name)), otherwise)

    def has(self, name: str) -> bool:
        return any(child.name == name for child in self.children)


def read(document: bytes) -> Element:
    """One document's root. Raises BadMarkup; takes time in proportion to the length, whatever is in it."""
    text = document.decode(ENCODING, ERRORS)
    root = Element("")
    path = [root]
    for token in _TOKEN.finditer(text):
        kind, here = token.lastgroup, path[-1]
        if kind == "inside":
            here.children.append(Element(token[1], unescaped(token[2])))
            here.text = ""
        elif kind == "text":
            if len(path) > 1 and not here.children:  # between elements it is layout
                here.text += unescaped(token.group())
        elif kind in ("open", "empty"):
            element = Element(token[kind])
            here.children.append(element)
            here.text = ""
            if kind == "open":
                path.append(element)
                if len(path) > DEPTH:
                    raise BadMarkup(f"more than {DEPTH} elements inside one another at character {token.start()}")
        elif kind == "close":
            if here.name != token[kind] or here is root:
                raise BadMarkup(f"</{token[kind]}> without its beginning at character {token.start()}")
            path.pop()
        elif kind == "cdata":
            here.text += token[kind]
        elif kind == "wrong":
            raise BadMarkup(f"neither text nor a plain element at character {token.start()}")
    if len(path) > 1:
        raise BadMarkup(f"<{path[-1].name}> has no end")
    if len(root.children) != 1:
        raise BadMarkup(f"{len(root.children)} documents instead of one")
    return root.children[0]


def unescaped(text: str) -> str:
    if "&" not in text:
        return text
    if _ODD.search(text):
        return _REFERENCE.sub(_character, text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")


def _character(reference: re.Match[str]) -> str:
    if name := reference["name"]:
        if name in _NAMED:
            return _NAMED[name]
    elif digits := reference["number"] or reference["hex"]:
        number = int(digits, 10 if reference["number"] else 16)
        if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000:
            return chr(number)
    raise BadMarkup(f"{reference.group()!r} is no character that XML knows by itself")


def escaped(text: str) -> str:
    """Characters that XML has no way of writing become `?` (a zero is the caller's affair); a carriage return,
    which readers drop, is numbered."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return text.translate(_CONTROL) if _HAS_CONTROL.search(text) else text


def elements(name: str, texts: Iterable[str], indent: str = "  ") -> str:
    """`<name>text</name>`, one a line. Escaped all at once: there may be hundreds of thousands."""
    joined = "\0".join([text.replace("\0", "?") for text in texts])
    between = f"</{name}>\n{indent}<{name}>"
    return f"{indent}<{name}>{escaped(joined).replace(chr(0), between)}</{name}>\n"
