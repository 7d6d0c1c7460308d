"""Names and their addresses in /etc/hosts."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from hamn.local import file
from hamn.local.duty import duty

PATH = "/etc/hosts"


def edited(text: str, address: str, name: str) -> str:
    """`text` where `name` leads to `address` alone: a line that has the name gets the address and keeps its other
    names; only from the loopback's own line (Debian's 127.0.1.1 is not that) is the name taken out."""
    found, lines = False, []
    for line in text.splitlines():
        entry, hash_, comment = line.partition("#")
        words = entry.split()
        if name not in words[1:] or words[0] == address:
            found = found or name in words[1:]
            lines.append(line)
            continue
        if "localhost" in words:
            words = [word for word in words if word != name]
        elif _family(words[0]) == _family(address) and not found:
            words[0], found = address, True
        elif _family(words[0]) != _family(address):
            lines.append(line)  # the same name's address in the other family
            continue
        else:
            words = [word for word in words if word != name]
        if len(words) > 1:
            lines.append(" ".join(words) + (f"  #{comment}" if hash_ else ""))
    return "".join(f"{line}\n" for line in (lines if found else [*lines, f"{address} {name}"]))


def _family(address: str) -> bool:
    return ":" in address


def hosts(words: Sequence[str]) -> int:
    """hosts ADDRESS NAME [ADDRESS NAME ...]: /etc/hosts says so."""
    parser = argparse.ArgumentParser(prog="hamn-local hosts")
    parser.add_argument("entries", nargs="+", metavar="ADDRESS NAME")

    def now() -> str:
        try:
            with open(PATH, encoding="utf-8", errors="surrogateescape") as opened:
                return opened.read()
        except FileNotFoundError:
            return ""

    def wanted(arguments: argparse.Namespace) -> str:
        text = now()
        for address, name in zip(arguments.entries[::2], arguments.entries[1::2], strict=True):
            text = edited(text, address, name)
        return text

    def act(arguments: argparse.Namespace) -> None:
        file.write(PATH, wanted(arguments).encode(errors="surrogateescape"), 0o644)

    return duty(parser, words, lambda arguments: wanted(arguments) == now(), act)
