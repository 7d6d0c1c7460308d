"""/etc/hosts: the nodes' lines are ours, every other line is its owner's and stays as it is. Source:
makehosts(8)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from hamn.xcat.generators.addresses import packed
from hamn.xcat.generators.entries import Entry
from hamn.xcat.generators.link_local import is_link_local
from hamn.xcat.generators.networks import Networks
from hamn.xcat.generators.server import Server

_MADE = re.compile(r"(\S+) ([^\s.#]+) (\2\.\S+) [^#]*\n?\Z|(\S+) (([^\s.#]+)\.\S+) \6 [^#]*\n?\Z").match
"""The form of a line that makehosts wrote: single blanks, the two forms of a name, then a blank."""


def text(
    existing: Iterable[str], entries: Sequence[Entry], server: Server, gone: Collection[str] = ()
) -> Iterator[str]:
    """`existing` lines with those of the entries' names put in place of what was there, new ones at the end,
    and the lines of the hosts in `gone` taken out.

    Kept in any case: comments, loopback, this server's own lines, and lines that only share an address with a
    node.
    """
    waiting = dict.fromkeys(entries)
    by_name: dict[str, Entry] = {}
    by_address: dict[str, Entry] = {}
    for entry in entries:
        by_name.setdefault(entry.host, entry)
        by_address.setdefault(entry.address, entry)
    # a host with several addresses has several lines: each is replaced by the entry with its own
    exact = {(entry.address, entry.host): entry for entry in entries}
    out = frozenset(gone)
    for line in existing:
        address, names = _owner(line, server)
        if not names and address:  # the server's own line says it already: a management node may be a node, too
            said = line.partition("#")[0].split()[1:]
            here = next((exact[address, name] for name in said if (address, name) in exact), None)
            if here:
                waiting.pop(here, None)
        found = None
        for name in names:
            if found := exact.get((address, name)):
                break
            if (found := by_name.get(name)) and not is_link_local(address):
                break
            found = None  # an address of another kind is one more, not an older one
        if found is None and names and _MADE(line):
            found = by_address.get(address)
        if found is None:
            if not out or out.isdisjoint(names):
                yield line if line.endswith("\n") else line + "\n"
        elif found in waiting:
            del waiting[found]
            yield found.line
    for entry in waiting:
        yield entry.line


def not_made(existing: Iterable[str], networks: Networks, server: Server) -> Iterator[str]:
    """What `makehosts -n` begins with: `existing` without the lines that makehosts wrote for addresses of the
    cluster's networks. The real one drops everything but localhost."""
    for line in existing:
        address, names = _owner(line, server)
        binary = packed(address) if names and _MADE(line) else None
        if binary is None or networks.at(binary) is None:
            yield line


def _owner(line: str, server: Server) -> tuple[str, Sequence[str]]:
    """Address and short names; no names for a line that no node can own."""
    address, *names = line.partition("#")[0].split() or [""]
    if address.startswith("127.") or address in ("::1", "255.255.255.255") or address in server.addresses:
        return address, ()
    if len(names) == 2 and names[1].startswith(names[0]) and names[0] != server.name:
        return address, names[:1]
    short = [name.partition(".")[0] for name in names]
    return address, () if server.name in short else short
