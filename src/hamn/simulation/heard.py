"""What is pure need be worked out once: what a text means, what a pair needs in which order.

It changes nothing but the time that thousands of schedules take.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from hamn.facts.questions import Questions
from hamn.model.command import Answer
from hamn.model.owner import OwnerRecord
from hamn.planning import move
from hamn.platforms import iproute, mountinfo
from hamn.platforms.answers import Unit
from hamn.platforms.systemd import Systemd


def remember() -> None:
    """For this process, from now on."""
    if hasattr(iproute.addresses, "cache_info"):
        return
    for room, name in ((iproute, "addresses"), (mountinfo, "mounts")):
        setattr(room, name, lru_cache(4096)(getattr(room, name)))
    for name in ("dependencies", "in_order"):
        setattr(move, name, _by_identity(getattr(move, name)))
    OwnerRecord.from_text = lru_cache(4096)(OwnerRecord.from_text)  # type: ignore[method-assign]
    Systemd.hear = _heard(Systemd.hear)  # type: ignore[method-assign]
    setattr(Questions, "commands", _asked(Questions.commands))  # noqa: B010 - as mypy wants it


def _by_identity(work: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A pair is frozen, but can't be hashed."""
    known: dict[int, tuple[Any, Any]] = {}

    def recall(pair: Any) -> Any:
        if id(pair) not in known:
            known[id(pair)] = pair, work(pair)
        return known[id(pair)][1]

    return recall


def _heard(hear: Callable[..., dict[str, Unit]]) -> Callable[..., dict[str, Unit]]:
    known: dict[object, dict[str, Unit]] = {}

    def recall(self: Systemd, services: Sequence[str], answers: Sequence[Answer]) -> dict[str, Unit]:
        key = (self, tuple(services), *[answer.stdout for answer in answers])
        if key not in known:
            known[key] = hear(self, services, answers)
        return known[key]

    return recall


def _asked(commands: Callable[[Questions], Any]) -> Callable[[Questions], Any]:
    known: dict[tuple[int, str], tuple[Any, Any]] = {}

    def recall(self: Questions) -> Any:
        key = id(self.pair), self.machine
        if key not in known:
            known[key] = self.pair, commands(self)
        return known[key][1]

    return recall
