"""conserver.cf: a console for each node that has one. Sources: makeconservercf(8), nodehm(5), conserver.cf(5).

The access list is this management node's; blocks that an operator added or changed, and stanzas of other consoles,
are kept.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from hamn.xcat.generators.addresses import is_host_name, is_word
from hamn.xcat.generators.complaints import Complaint, Fault, Judged, Rows
from hamn.xcat.generators.server import Server
from hamn.xcat.generators.site import YES, Site

_BEGIN = re.compile(r"^#xCAT BEGIN (\S+) CONS[^\S\n]*$", re.MULTILINE)
_NEEDED = {"default *": "master", "config *": "ssl"}
"""What our consoles can't do without. In a file without any of them such a block is the package's, and goes."""
_COMMANDS = "/opt/xcat/share/xcat/cons"
_TERMINAL_SERVERS = ("cyclades", "mrv")
_LABEL = re.compile(r"\s*(\w+)\s+([^\s{]+)\s*\{").match


class Existing(NamedTuple):
    """A file that is there: xCAT's stanzas by node, all else by `kind name` of its blocks."""

    stanzas: dict[str, str]
    blocks: dict[str, str]


class Console(NamedTuple):
    """`method` is a program of `share/xcat/cons`, or the kind of a terminal server."""

    node: str
    method: str
    server: str = ""
    port: str = ""
    elsewhere: str = ""
    on_demand: bool = False


def consoles(nodehm: Rows, site: Site, server: Server) -> Judged[Console]:
    """Nodes with a console method: nodehm.cons, or nodehm.mgt where the node has a serial port."""
    good: list[Console] = []
    wrong: list[Complaint] = []
    for node, row in nodehm.items():
        method = row.get("cons") or (row.get("mgt", "") if "serialport" in row else "")
        if not method:
            continue
        at, port = row.get("termserver", ""), row.get("termport", "")
        elsewhere = row.get("conserver", "")
        if site.is_of(server, elsewhere):
            elsewhere = ""
        if not is_host_name(node):
            wrong.append(Complaint(Fault.BAD_NAME, node, "nodelist.node", node))
        elif not is_word(method):
            wrong.append(Complaint(Fault.BAD_VALUE, node, "nodehm.cons", method))
        elif elsewhere and not is_word(elsewhere):
            wrong.append(Complaint(Fault.BAD_VALUE, node, "nodehm.conserver", elsewhere))
        elif method in _TERMINAL_SERVERS and not (is_word(at) and is_word(port)):
            column = "termport" if is_word(at) else "termserver"
            wrong.append(Complaint(Fault.BAD_VALUE, node, f"nodehm.{column}", row.get(column, "")))
        else:
            demanded = row["consoleondemand"].lower() in YES if "consoleondemand" in row else site.on_demand
            good.append(Console(node, method, at, port, elsewhere, demanded))
    return Judged(good, wrong)


def text(
    existing: Existing,
    consoles: Sequence[Console],
    site: Site,
    server: Server,
    gone: Collection[str] = (),
    trusted: Sequence[str] = (),
) -> Iterator[str]:
    """`existing` with these consoles in place of those of the same nodes and without those in `gone`.

    `trusted`: more hosts that may connect, as makeconservercf -t takes them.
    """
    stanzas, blocks = existing.stanzas, dict(existing.blocks)
    out = frozenset(gone).union(console.node for console in consoles)
    yield _access(site, server, trusted)
    blocks.pop("access *", None)
    standard = _standard(site)
    for label in [label for label in blocks if label.startswith("default ") and label not in standard]:
        yield blocks.pop(label)  # before those that may include them
    for label, block in standard.items():
        there = blocks.pop(label, block).replace("master localhost;", "master 127.0.0.1;")
        yield there if stanzas or _NEEDED.get(label, "") in there else block
    yield from blocks.values()
    for node, stanza in stanzas.items():
        if node not in out:
            yield stanza
    for console in consoles:
        yield _stanza(console)


def read(existing: str) -> Existing:
    """A stanza that isn't closed before the next one begins is none: it would swallow every console after it."""
    found = Existing({}, {})
    marks = list(_BEGIN.finditer(existing))
    _read_blocks(existing[: marks[0].start()] if marks else existing, found.blocks)
    for mark, following in zip_longest(marks, marks[1:]):
        part = existing[mark.start() : following.start() if following else None]
        last = part.find(f"\n#xCAT END {mark[1]} CONS")
        if last >= 0:
            stanza, _, rest = part[last + 1 :].partition("\n")
            found.stanzas[mark[1]] = f"{part[: last + 1]}{stanza}\n"
            if rest:
                _read_blocks(rest, found.blocks)
    return found


def _read_blocks(text: str, blocks: dict[str, str]) -> None:
    """Comments go with the block below them. A block that is never closed is no block."""
    held: list[str] = []
    label = ""
    depth = 0
    for line in text.splitlines(keepends=True):
        line = line if line.endswith("\n") else line + "\n"
        held.append(line)
        code = line.partition("#")[0]
        if not depth and (opened := _LABEL(code)):
            label = f"{opened[1]} {opened[2]}"
        depth = max(0, depth + code.count("{") - code.count("}"))
        if depth == 0 and "}" in code:
            label = label or f"# {len(blocks)}"
            earlier = blocks.get(label, "") if label.startswith("access ") else ""  # those add up, others replace
            blocks[label] = earlier + "".join(held)
            label, held = "", []
    if held and not depth:
        blocks[f"# {len(blocks)}"] = "".join(held)


def _access(site: Site, server: Server, trusted: Sequence[str]) -> str:
    master = f"  trusted {site.master};\n" if site.master else ""
    others = (*server.addresses, server.name, *server.known_as, *trusted)
    more = dict.fromkeys(("localhost", *(name for name in others if is_word(name) and name != site.master)))
    return f"access * {{\n  trusted 127.0.0.1;\n{master}  trusted {','.join(more)};\n}}\n"


def _standard(site: Site) -> Mapping[str, str]:
    """The master is an address: conserver looks a name up once for each console, and the hosts file has a line for
    each node (26 s for 10,000 consoles, 1 s with the address)."""
    certificates = f"{site.configuration}/cert"
    return {
        "default *": "default * {\n  logfile /var/log/consoles/&;\n  timestamp 1lab;\n  rw *;\n"
        "  master 127.0.0.1;\n}\n",
        "config *": f"config * {{\n  sslrequired yes;\n  sslcacertificatefile {certificates}/ca.pem;\n"
        f"  sslcredentials {certificates}/server-cred.pem;\n}}\n",
        "default cyclades": "default cyclades { type host; portbase 7000; portinc 1; }\n",
        "default mrv": "default mrv { type host; portbase 2000; portinc 100; }\n",
    }


def _stanza(console: Console) -> str:
    node, method = console.node, console.method
    if method in _TERMINAL_SERVERS:
        lines = f"  include {method};\n  host {console.server};\n  port {console.port};\n"
    else:
        lines = f"  type exec;\n  exec {_COMMANDS}/{method} {node};\n"
    if console.elsewhere:
        lines += f"  master {console.elsewhere};\n"
    if console.on_demand:
        lines += "  options ondemand;\n"
    return f"#xCAT BEGIN {node} CONS\nconsole {node} {{\n{lines}}}\n#xCAT END {node} CONS\n"
