"""One program on all service nodes at once, over ssh, as root's own ssh configuration and known hosts have it.

A node that is dead or doesn't come to an end is named, and nobody waits for it longer than for the others.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from argparse import REMAINDER, ArgumentParser
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from hamn.xcat.ranges import NodeView
from hamn.xcat.stores import StoreError, locate, open_store

AT_ONCE = 64
"""ssh clients side by side. More wait for these to end, within the same limit."""
CONNECT_S = 2
"""Two of TCP's packets: on a cluster's own network who doesn't answer these isn't there."""
NO_CONNECTION = 255
NAMED = 8
"""In the summary, an operator's one line; the lines before it have them all."""
_NODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")

Tables = Mapping[str, Sequence[Mapping[str, str]]]


def main(words: Sequence[str]) -> int:
    """hamn xcat on-service-nodes [--nodes A,B | --but A,B] [--limit-s S] -- PROGRAM ...: 0: done on every one.

    `--nodes`: these, instead of all that the tables name but for `--but` (the management node itself)."""
    parser = ArgumentParser(
        prog="hamn xcat on-service-nodes", description="a program on all service nodes, over ssh"
    )
    parser.add_argument("--nodes", type=_listed, default=())
    parser.add_argument("--but", type=_listed, default=())
    parser.add_argument("--limit-s", type=float, default=30.0)
    parser.add_argument("program", nargs=REMAINDER)
    asked = parser.parse_args(list(words))
    program = asked.program[1:] if asked.program[:1] == ["--"] else asked.program
    if not program:
        parser.error("no program is named")
    try:
        nodes = asked.nodes or found(_tables(), asked.but)
    except _Unreadable as why:
        print(f"which nodes are service nodes can't be read: {why}", file=sys.stderr)
        return 1
    deadline_s = time.monotonic() + asked.limit_s
    with ThreadPoolExecutor(AT_ONCE) as pool:
        said = pool.map(lambda node: _run(node, program, deadline_s, asked.limit_s), nodes)
        failed = {node: reason for node, reason in zip(nodes, said, strict=True) if reason}
    for node, reason in failed.items():
        print(f"{node}: {reason}", file=sys.stderr)
    print(summary(nodes, failed))
    return 1 if failed else 0


def found(tables: Tables, but: Iterable[str]) -> tuple[str, ...]:
    """Who has a row in servicenode, by itself or by a group, and whom nodes name as theirs (noderes.servicenode).

    Source: xCAT's tables servicenode(5), noderes(5): several, in order of preference, with commas between."""
    view = NodeView(tables)
    names = [node for node, _ in view.all("servicenode")]
    names += [name for _, row in view.all("noderes") for name in _listed(row.get("servicenode", ""))]
    return tuple(name for name in dict.fromkeys(names) if name not in set(but) and _NODE.fullmatch(name))


def summary(nodes: Sequence[str], failed: Mapping[str, str]) -> str:
    if not nodes:
        return "there are no service nodes"
    if not failed:
        return f"done on {len(nodes)} service nodes"
    shown = ", ".join(f"{node} ({why})" for node, why in list(failed.items())[:NAMED])
    more = f" and {len(failed) - NAMED} more" if len(failed) > NAMED else ""
    return f"not done on {len(failed)} of {len(nodes)} service nodes: {shown}{more}"


class _Unreadable(Exception):
    """Why the tables can't be read."""


def _tables() -> Tables:
    try:
        store = open_store(locate(os.environ))
        try:
            return store.read_all(("nodelist", "nodegroup", "servicenode", "noderes"))
        finally:
            store.close()
    except StoreError as why:
        raise _Unreadable(str(why.report)) from None


def _run(node: str, program: Sequence[str], deadline_s: float, limit_s: float) -> str:
    """Why it wasn't done there; "" when it was."""
    left_s = deadline_s - time.monotonic()
    if left_s <= 0:
        return f"not begun within {limit_s:g} s: its turn didn't come"
    options = ("-o", "BatchMode=yes", "-o", f"ConnectTimeout={CONNECT_S}")
    argv = ("ssh", "-n", *options, node, shlex.join(program))
    try:
        done = subprocess.run(argv, capture_output=True, text=True, errors="replace", timeout=left_s, check=False)
    except subprocess.TimeoutExpired:
        return f"no end within {limit_s:g} s"
    said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    if done.returncode == NO_CONNECTION:
        return said[-1] if said else "ssh gave no connection"
    if done.returncode:
        return said[-1] if said else f"exit status {done.returncode}"
    return ""


def _listed(text: str) -> tuple[str, ...]:
    return tuple(name for part in text.split(",") if (name := part.strip()))
