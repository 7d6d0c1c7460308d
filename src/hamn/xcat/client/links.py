"""A directory with a program under each of its names: `PATH=DIR:$PATH`, and old scripts run as they are."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import hamn
from hamn.xcat.commands import COMMANDS

CLIENT = "xcatclient"
PROGRAMS = {
    CLIENT: ("hamn.xcat.client.main", "main"),
    "xcatd": ("hamn.xcat.daemon.xcatd", "main"),
    "restartxcatd": ("hamn.xcat.daemon.xcatd", "restart"),
}
"""Module and function; all other names are links to the client."""

_TEXT = """\
#!{python} -IS
import sys
sys.path += {paths!r}
from {module} import {function}
sys.exit({function}())
"""
"""Isolated, and without site: what it is depends on nothing around it, and it starts at once."""


def names() -> list[str]:
    """Everything that can be in such a directory."""
    return sorted({*COMMANDS, *PROGRAMS})


def make(directory: str, names: Iterable[str]) -> list[str]:
    """Programs are written again, links made where they are missing: the names of those. What isn't ours is left
    alone: FileExistsError says which."""
    os.makedirs(directory, exist_ok=True)
    for program in PROGRAMS:
        _write(directory, program)
    return [name for name in sorted(set(names) - PROGRAMS.keys()) if _linked(os.path.join(directory, name))]


def _write(directory: str, program: str) -> None:
    source = os.path.dirname(os.path.dirname(os.path.abspath(hamn.__file__)))
    paths = [source, *(path for path in sys.path if path != source and _has_packages(path))]
    module, function = PROGRAMS[program]
    text = _TEXT.format(python=sys.executable, paths=paths, module=module, function=function)
    path = os.path.join(directory, program)
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(f"{path}.new", 0o755)  # noqa: S103 - anybody may ask; policy decides
    os.replace(f"{path}.new", path)


def _has_packages(path: str) -> bool:
    """Of databases' drivers, that is: where they are installed, wherever that is."""
    return os.path.isdir(path) and any(name.endswith((".dist-info", ".egg-info")) for name in os.listdir(path))


def _linked(path: str) -> bool:
    if os.path.islink(path) and os.readlink(path) == CLIENT:
        return False
    os.symlink(CLIENT, path)
    return True
