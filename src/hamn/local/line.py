"""One line of a configuration file: there, once, in its place."""

from __future__ import annotations

import argparse
import os
import re
import stat
from collections.abc import Sequence

from hamn.local import file
from hamn.local.duty import duty


def edited(text: str, line: str, *, replaces: str = "", first: bool = False) -> str:
    """`text` with `line` in it. Where lines match `replaces`, it takes the place of the first of them and the
    others go; else it is put at the end, or, `first`, before everything else."""
    lines = text.splitlines()
    if replaces:
        found = [number for number, old in enumerate(lines) if re.search(replaces, old)]
        if found:
            kept = [old for number, old in enumerate(lines) if number not in found]
            return _text([*kept[: found[0]], line, *kept[found[0] :]])
    if line in lines and not (first and lines[0] != line):
        return text
    kept = [old for old in lines if old != line]
    return _text([line, *kept] if first else [*kept, line])


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def line(words: Sequence[str]) -> int:
    """line PATH TEXT [--replaces REGEX] [--first]: the file has that line; what else it has stays."""
    parser = argparse.ArgumentParser(prog="hamn-local line")
    parser.add_argument("path")
    parser.add_argument("text")
    parser.add_argument("--replaces", default="", metavar="REGEX")
    parser.add_argument("--first", action="store_true")

    def wanted(arguments: argparse.Namespace, text: str) -> str:
        return edited(text, arguments.text, replaces=arguments.replaces, first=arguments.first)

    def holds(arguments: argparse.Namespace) -> bool:
        text, _ = _read(arguments.path)
        return wanted(arguments, text) == text

    def act(arguments: argparse.Namespace) -> None:
        text, mode = _read(arguments.path)
        os.makedirs(os.path.dirname(os.path.realpath(arguments.path)), exist_ok=True)
        content = wanted(arguments, text).encode(errors="surrogateescape")
        file.write(arguments.path, content, mode)

    return duty(parser, words, holds, act)


def _read(path: str) -> tuple[str, int]:
    """Content and mode; of a file that isn't there yet, those of a new one."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as opened:
            return opened.read(), stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
    except FileNotFoundError:
        return "", 0o644
