"""Deliberate bugs, one at a time: what the simulation must find, or it proves nothing.

Each is a function that puts its bug in by `monkeypatch`; its docstring says what was left out or believed.
"""

from __future__ import annotations

from collections.abc import Callable

from pytest import MonkeyPatch

from tests.simulation.mutants import planning, running, verbs

Mutant = Callable[[MonkeyPatch], None]
MUTANTS: dict[str, Mutant] = {
    f"{room.__name__.rpartition('.')[2]}.{name}": mutant
    for room in (planning, running, verbs)
    for name, mutant in vars(room).items()
    if callable(mutant) and getattr(mutant, "__module__", "") == room.__name__ and not name.startswith("_")
}
