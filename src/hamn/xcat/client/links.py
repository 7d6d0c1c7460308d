"""A directory with a command under each of its names: `PATH=DIR:$PATH`, and old scripts run as they are."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import hamn

PROGRAM = "xcatclient"
_TEXT = """\
#!{python} -IS
import sys
sys.path += {paths!r}
from hamn.xcat.client.main import main
sys.exit(main())
"""
"""Isolated, and without site: what it is depends on nothing around it, and it starts at once."""


def make(directory: str, names: Iterable[str]) -> list[str]:
    """The names that weren't there. What isn't a link of ours is left alone: FileExistsError says which."""
    os.makedirs(directory, exist_ok=True)
    program = os.path.join(directory, PROGRAM)
    fresh = f"{program}.new"
    source = os.path.dirname(os.path.dirname(os.path.abspath(hamn.__file__)))
    packages = [path for path in sys.path if path.endswith("-packages") and path != source]
    with open(fresh, "w", encoding="utf-8") as file:
        file.write(_TEXT.format(python=sys.executable, paths=[source, *packages]))
    os.chmod(fresh, 0o755)  # noqa: S103 - anybody may ask; policy decides
    os.replace(fresh, program)
    made = []
    for name in sorted(names):
        link = os.path.join(directory, name)
        if os.path.islink(link) and os.readlink(link) == PROGRAM:
            continue
        os.symlink(PROGRAM, link)
        made.append(name)
    return made
