"""The leases file of ISC's DHCP server: host declarations are there and nowhere else. Source: dhcpd.leases(5).

dhcpd appends to it while it runs and what comes later wins: it is rewritten only while dhcpd is stopped.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from hamn.xcat.generators import boot
from hamn.xcat.generators.addresses import packed
from hamn.xcat.generators.bindings import Binding
from hamn.xcat.generators.boot import Urls
from hamn.xcat.generators.site import Site

_STATEMENT = re.compile(
    r"""\}.*\n            # the end of something that never began
    | [^{\n]*\n           # a line of its own
    | .*\}[^\S\n]*\n      # one with all of its braces
    | .*\{.*\n(?:(?!\}).*\n)*\}.*\n""",
    re.VERBOSE,
).match
_HOST = re.compile(r'host\s+"?([^\s"{]+)"?\s*\{')


_PLACE = re.compile(r"hardware ethernet ([0-9a-fA-F:]+);(?:.*?fixed-address ([0-9.]+);)?", re.DOTALL)


class Leases:
    """A leases file as it is. Of a host declared several times the last one counts."""

    def __init__(self, existing: str) -> None:
        self.existing = existing

    def text(self, declarations: Mapping[str, str], gone: Collection[str] = ()) -> Iterator[str]:
        """The file with these declarations in place of those of the same names, and without those in `gone`.
        Leases, the server's identifier and everything else stay."""
        out = frozenset(gone).union(declarations)
        for name, statement in self._statements:
            if not name:
                yield statement
        for name, statement in self._declared.items():
            if name not in out:
                yield statement
        yield from declarations.values()

    def differing(self, declarations: Mapping[str, str], gone: Collection[str] = ()) -> list[str]:
        """The names whose declarations `text` would change: if there are none, dhcpd need not be stopped. In what
        order it wrote them doesn't matter."""
        if not declarations and not gone:
            return []
        present = self._declared
        changed = [name for name, declared in declarations.items() if present.get(name) != declared]
        return changed + [name for name in gone if name in present]

    @property
    def hosts(self) -> list[str]:
        """The names that are declared, in the order of the file."""
        return list(self._declared)

    @property
    def entered(self) -> dict[str, tuple[str, str]]:
        """Each declared host's MAC address, and its IP address or ""."""
        found = ((name, _PLACE.search(statement)) for name, statement in self._declared.items())
        return {name: (place[1], place[2] or "") for name, place in found if place}

    @cached_property
    def _statements(self) -> list[tuple[str, str]]:
        """Top-level ones, each with the name of the host that it declares or none."""
        return list(_statements(self.existing))

    @cached_property
    def _declared(self) -> dict[str, str]:
        """Name to declaration, the last one of each, without those that were deleted since."""
        found: dict[str, str] = {}
        for name, statement in self._statements:
            if name:
                found.pop(name, None)
                if "deleted;" not in statement:
                    found[name] = statement
        return found


def declarations(bindings: Iterable[Binding], site: Site, statements: str = "") -> dict[str, str]:
    """By name, each as OMAPI leaves it behind. `statements` go into each of them as they stand."""
    return {binding.name: _declaration(binding, site, statements) for binding in bindings}


def _declaration(binding: Binding, site: Site, statements: str) -> str:
    more = "".join(f"        supersede {statement};\n" for statement in _supersede(binding, site))
    more += f"        {statements}\n" if statements else ""
    return (
        f"host {binding.name} {{\n  dynamic;\n  hardware ethernet {binding.mac};\n  uid {binding.mac};\n"
        f"  fixed-address {binding.address};\n"
        f'        supersede server.ddns-hostname = "{binding.name}";\n'
        f'        supersede host-name = "{binding.name}";\n{more}}}\n'
    )


def _supersede(binding: Binding, site: Site) -> Iterator[str]:
    binary = packed(binding.next_server) if binding.next_server else None
    if binary:
        yield f"server.next-server = {binary.hex(':')}"
    if method := boot.BY_NODE.get(binding.netboot):
        yield f'server.filename = "{method.format(node=binding.node)}"'
    elif binding.netboot == "petitboot" and binding.next_server:
        yield f'conf-file = "{Urls(site, binding.next_server).petitboot_node(binding.node)}"'


def _statements(existing: str) -> Iterator[tuple[str, str]]:
    """dhcpd begins and ends those of several lines at the left edge."""
    end = 0
    while found := _STATEMENT(existing, end):
        end = found.end()
        yield _named(found[0])
    if rest := existing[end:]:
        yield _named(rest)  # cut off, as by a full disk


def _named(statement: str) -> tuple[str, str]:
    found = _HOST.match(statement)
    return (found[1] if found else ""), statement
