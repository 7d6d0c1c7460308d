"""One request against the rows, by priority; the first that matches decides.

Source: xcat policy(5), and how the real one was seen to decide. Where a row can't be understood, the doubt is
never in favour of who asks: an allowing row that is broken matches nothing, a denying one everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from hamn.xcat.ranges import PatternError, RangeError
from hamn.xcat.ranges.patterns import compiled
from hamn.xcat.tables import is_disabled

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_ALLOWS, _TRUSTS = re.compile("allow|accept|trusted", re.IGNORECASE), re.compile("trusted", re.IGNORECASE)

Expand = Callable[[str], Collection[str]]
"""Node range -> names; RangeError where it means nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`user` is the certificate's common name, None without one. `host` is the peer's short name. `noderange`
    is as it was typed, None where the request has none."""

    user: str | None
    host: str
    command: str
    args: Sequence[str] = ()
    noderange: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """`is_trusted`: a user name that the request itself gives is believed. `because` names the row, for the
    log."""

    is_allowed: bool
    is_trusted: bool = False
    because: str = "no row of policy matches"


class _Doubt(Exception):
    """A field that can't be understood."""


def decide(rows: Sequence[Mapping[str, str]], asked: Asked, expand: Expand) -> Decision:
    """Denied where nothing matches. Rows with a node range share the work: each takes its nodes off what was asked
    for, and whoever takes the last one decides; a denying row needs to meet only one node that is left."""
    left: set[str] | None = None  # of the nodes asked for, those that no row has allowed yet
    all_trusted = True
    for row in in_order(rows):
        allows = is_allowing(row)
        try:
            if not _matches(row, asked):
                continue
            if row.get("noderange"):
                if left is None:
                    left = _asked_for(asked, expand)
                its = _nodes_of(row, expand)
                if not left or (not allows and not left & its):
                    continue
                if allows:
                    left -= its
                    all_trusted &= is_trusting(row)
                    if left:
                        continue
        except _Doubt:
            if allows:
                continue
        trusted = is_trusting(row) and all_trusted
        return Decision(allows, trusted, f"policy row {row.get('priority', '')!r}: {row.get('rule', '')}")
    return Decision(False)


def in_order(rows: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """By priority as a number, as Perl reads one: what comes before anything else; a text without counts as 0."""
    return sorted((row for row in rows if not is_disabled(row)), key=lambda row: number(row.get("priority", "")))


def number(text: str) -> float:
    found = _NUMBER.match(text)
    return float(found[1]) if found else 0.0


def is_allowing(row: Mapping[str, str]) -> bool:
    return bool(_ALLOWS.search(row.get("rule", "")))


def is_trusting(row: Mapping[str, str]) -> bool:
    return bool(_TRUSTS.search(row.get("rule", "")))


def _matches(row: Mapping[str, str], asked: Asked) -> bool:
    """All fields but the node range. `time` is ignored, as by the real one."""
    if (name := row.get("name")) and (asked.user is None or name not in ("*", asked.user)):
        return False
    if row.get("host", asked.host) not in ("", asked.host):
        return False
    if (commands := row.get("commands")) and asked.command not in commands.split(","):
        return False
    if pattern := row.get("parameters"):
        try:
            return bool(compiled(pattern).search(" ".join(asked.args)))
        except PatternError as wrong:
            raise _Doubt from wrong
    return True


def _asked_for(asked: Asked, expand: Expand) -> set[str]:
    """Nothing where the range means nothing: no row that names nodes matches, and the command will say why."""
    try:
        return set(expand(asked.noderange)) if asked.noderange else set()
    except RangeError:
        return set()


def _nodes_of(row: Mapping[str, str], expand: Expand) -> set[str]:
    try:
        return set(expand(row["noderange"]))
    except RangeError as wrong:
        raise _Doubt from wrong
