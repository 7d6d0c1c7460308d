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

    def show(self, response: Element) -> None:
        server = response.first("xcatdsource")
        behind = f"[{server}]: " if server else ""
        before = behind if self._shows_server else ""
        self._count(response)
        self.complain([f"Error: {behind}{text}" for text in response.texts("error")])
        self.complain([f"Warning: {behind}{text}" for text in response.texts("warning")])
        self.print([before + text for text in response.texts("info")])
        for node in response.children:
            if node.name == "node":
                self._show_node(node, behind, before)
        self.print([before + _text(data) for data in response.children if data.name == "data"])

    def _show_node(self, node: Element, behind: str, before: str) -> None:
        self._count(node)
        name = node.first("name")
        self.complain([f"{name}: Error: {behind}{text}" for text in node.texts("error")])
        self.complain([f"{name}: Warning: {behind}{text}" for text in node.texts("warning")])
        lines = [f"{before}{name}: {_text(data)}" for data in node.children if data.name == "data"]
        self.print(lines or ([] if node.has("error") or node.has("warning") else [before + name]))

    def _count(self, element: Element) -> None:
        for code in element.texts("errorcode"):
            self.status |= int(code) if code.isdecimal() else 1

    def print(self, lines: list[str]) -> None:
        _write(1, lines)

    def complain(self, lines: list[str]) -> None:
        _write(2, lines)


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
