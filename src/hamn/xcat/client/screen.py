"""What was said back, in the lines that the real client prints. Errors and warnings go to stderr."""

from __future__ import annotations

import os
import sys

from hamn.xcat.protocol.markup import ENCODING, ERRORS, Element


class Screen:
    """`status` is what the program ends with: every errorcode that was said, joined bit by bit."""

    def __init__(self, *, shows_server: bool = False) -> None:
        self.status = 0
        self._shows_server = shows_server

    def show(self, response: Element, *, is_silent: bool = False) -> None:
        """`is_silent`: only the status counts."""
        self._count(response)
        if is_silent:
            return
        server = response.first("xcatdsource")
        behind = f"[{server}]: " if server else ""
        before = behind if self._shows_server else ""
        self.complain([f"Error: {behind}{text}" for text in response.texts("error")])
        self.complain([f"Warning: {behind}{text}" for text in response.texts("warning")])
        lines = [before + text for text in response.texts("info") + response.texts("sinfo")]
        for one in response.children:
            if one.name == "node":
                if complaints := _complaints(one, behind):
                    self.print(lines)
                    self.complain(complaints)
                    lines = []
                lines += [before + line for line in _about(one)]
        self.print(lines + [before + _text(data) for data in response.children if data.name == "data"])

    def _count(self, element: Element) -> None:
        for one in element.children:
            if one.name == "node":
                self._count(one)
            elif one.name == "errorcode":
                self.status |= int(one.text) if one.text.isdecimal() else 1

    def trace(self, document: bytes) -> None:
        """The XML itself, as it travels."""
        self.print([document.decode(ENCODING, ERRORS).rstrip("\n")])

    def print(self, lines: list[str]) -> None:
        _write(1, lines)

    def complain(self, lines: list[str]) -> None:
        _write(2, lines)


def _complaints(node: Element, behind: str) -> list[str]:
    name = node.first("name")
    errors = [f"{name}: Error: {behind}{text}" for text in node.texts("error")]
    return errors + [f"{name}: Warning: {behind}{text}" for text in node.texts("warning")]


def _about(node: Element) -> list[str]:
    name = node.first("name")
    lines = [f"{name}: {_text(data)}" for data in node.children if data.name == "data"]
    return lines or ([] if node.has("error") or node.has("warning") else [name])


def _text(data: Element) -> str:
    """`description: contents` where it has those inside."""
    if not data.children:
        return data.text
    return ": ".join(child.text for child in data.children if child.name in ("desc", "contents"))


def _write(stream: int, lines: list[str]) -> None:
    """At once and in order: what both streams say stays in the order in which it was said."""
    if not lines:
        return
    for standard in (sys.stdout, sys.stderr):
        standard.flush()
    rest = memoryview(("\n".join(lines) + "\n").encode(ENCODING, ERRORS))
    while rest:
        rest = rest[os.write(stream, rest) :]
