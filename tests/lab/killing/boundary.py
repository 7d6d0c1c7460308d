"""Where an operation can be stopped: each entry that its journal gets, told by who did the step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Side = Literal["giver", "target"]
"""Who had the role when the move began, and who shall have it."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """The moment when this entry is on the disk and nothing after it has happened."""

    event: str
    side: Side | None = None
    action: str = ""
    """The step without its machine; empty for the entries that belong to none."""

    def step(self, machines: Mapping[Side, str]) -> str:
        return "" if self.side is None else f"{machines[self.side]}/{self.action}"

    def __str__(self) -> str:
        return " ".join(filter(None, (self.event, self.side, self.action)))


def boundaries(entries: Iterable[Mapping[str, Any]], giver: str) -> list[Boundary]:
    """Of an operation that went well, in the order of its journal."""
    found = []
    for entry in entries:
        if "step" not in entry:
            found.append(Boundary(entry["event"]))
            continue
        machine, action = entry["step"].split("/", 1)
        found.append(Boundary(entry["event"], "giver" if machine == giver else "target", action))
    return found


def apart(found: Sequence[Boundary]) -> list[Boundary]:
    """Those at which the world differs: steps that begin at one moment share the last one's beginning, because
    until then no byte of any of them has left."""
    following = [*found[1:], Boundary("")]
    return [
        here for here, then in zip(found, following, strict=True) if (here.event, then.event) != ("begin",) * 2
    ]
