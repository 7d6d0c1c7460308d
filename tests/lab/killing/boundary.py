"""Where an operation can be stopped: each entry that its journal gets, told by who did the step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    """The step without its machine, "GIVER" for that machine's name in it; empty for the entries that belong to
    no step."""

    phase: str = ""
    """Of the step."""

    def step(self, machines: Mapping[Side, str]) -> str:
        if self.side is None:
            return ""
        return f"{machines[self.side]}/{self.action}".replace("GIVER", machines["giver"])

    def __str__(self) -> str:
        return " ".join(filter(None, (self.event, self.side, self.action)))


def boundaries(
    entries: Iterable[Mapping[str, Any]], steps: Iterable[Mapping[str, Any]], giver: str
) -> list[Boundary]:
    """Of an operation that went well, in the order of its journal. `steps`: of its result."""
    phases = {step["id"]: step["phase"] for step in steps}
    found = []
    for entry in entries:
        if "step" not in entry:
            found.append(Boundary(entry["event"]))
            continue
        machine, action = entry["step"].split("/", 1)
        side: Side = "giver" if machine == giver else "target"
        found.append(Boundary(entry["event"], side, action.replace(giver, "GIVER"), phases[entry["step"]]))
    return found


def apart(found: Sequence[Boundary]) -> list[Boundary]:
    """Those at which the world differs: steps that begin at one moment share the last one's beginning, because
    until then no byte of any of them has left."""
    return [here for here, then in _pairs(found) if (here.event, then.event) != ("begin", "begin")]


def waves(found: Sequence[Boundary]) -> list[Boundary]:
    """Fewer: steps that run side by side share their beginning and their end too, if nothing was begun between."""
    return [here for here, then in _pairs(found) if here.event != then.event]


def _pairs(found: Sequence[Boundary]) -> Iterator[tuple[Boundary, Boundary]]:
    return zip(found, [*found[1:], Boundary("")], strict=True)


def beginnings(found: Sequence[Boundary]) -> list[Boundary]:
    """Where each side begins its part of each phase, and the end of it all."""
    firsts: dict[tuple[str, Side | None], Boundary] = {}
    for boundary in found:
        if boundary.event in ("begin", "ended"):
            firsts.setdefault((boundary.phase, boundary.side), boundary)
    return list(firsts.values())
