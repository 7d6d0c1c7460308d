"""What the lab needs of its host is what `make` installs there."""

from __future__ import annotations

import re
from pathlib import Path

from hamn.lab.host import TOOLS


def test_make_installs_whatever_the_lab_needs() -> None:
    makefile = (Path(__file__).parents[3] / "Makefile").read_text(encoding="utf-8")
    words = re.search(r"^TOOLS :=((?:.*\\\n)*.*)$", makefile, re.MULTILINE)
    assert words is not None
    installed = {word.partition(":")[2] for word in words[1].replace("\\", " ").split()}
    assert set(TOOLS.values()) <= installed
