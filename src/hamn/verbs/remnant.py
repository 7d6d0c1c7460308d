"""What can be used of a declaration that is wrong: enough to ask questions, not to move anything."""

from __future__ import annotations

import socket
import tomllib
from pathlib import Path
from typing import Any

from hamn.declaration.profile import load_profile, profile_names
from hamn.declaration.read import read_pair
from hamn.declaration.shape import read_tables
from hamn.model.pair import Machine, Pair
from hamn.reports.report import Report, Stop


def pair_or_remnant(path: Path) -> tuple[Pair, tuple[Report, ...]]:
    """The pair; with what is wrong where it is only a remnant of one. Never raises for what stands in the file.

    Where the two machines can't be read from it, this machine stands for both: only it is asked."""
    try:
        return read_pair(path), ()
    except Stop as stop:
        return _remnant(path), stop.reports


def _remnant(path: Path) -> Pair:
    found = read_tables(_document(path))
    machines = tuple(found.machines[index] for index in sorted(found.machines))
    if len(machines) != 2 or machines[0].name == machines[1].name:
        here = socket.gethostname().partition(".")[0]
        machines = (Machine(here, "127.0.0.1"), Machine(f"not-{here}", "127.0.0.1"))
    own = {key: value for key, value in found.pair.items() if key in ("state", "profile")}
    name = found.pair.get("name", "unknown")
    return Pair(name, (machines[0], machines[1]), tuple(found.resources), source=str(path), **own)


def stands_alone(pair: Pair) -> bool:
    """The second machine is only there because a pair has two."""
    first, second = pair.machines
    return first.address == second.address == "127.0.0.1"


def _document(path: Path) -> dict[str, Any]:
    """On its profile, as `read_pair` has it; empty where it is no TOML."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    pair = document.get("pair")
    profile = pair.get("profile") if isinstance(pair, dict) else None
    return load_profile(profile if profile in profile_names() else "plain").under(document)
