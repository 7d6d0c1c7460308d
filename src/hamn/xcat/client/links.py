"""A directory with a command under each of its names: `PATH=DIR:$PATH`, and old scripts run as they are."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

PROGRAM = "xcatclient"
_TEXT = "#!{python} -I\nimport sys\nfrom hamn.xcat.client.main import main\nsys.exit(main())\n"


def make(directory: str, names: Iterable[str]) -> list[str]:
    """The names that weren't there. What isn't a link of ours is left alone: OSError says which."""
    os.makedirs(directory, exist_ok=True)
    program = os.path.join(directory, PROGRAM)
    fresh = f"{program}.new"
    with open(fresh, "w", encoding="utf-8") as file:
        file.write(_TEXT.format(python=sys.executable))
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
