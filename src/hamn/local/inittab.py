"""AIX's /etc/inittab, by its own commands: an entry that stays, and starts nothing."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence


def off(line: str) -> str:
    """Identifier:RunLevel:Action:Command with the action "off" (inittab of the AIX Files Reference)."""
    identifier, levels, _, command = line.split(":", 3)
    return ":".join((identifier, levels, "off", command))


def inittab_off(words: Sequence[str]) -> int:
    """inittab-off ENTRY: init doesn't start it any more; nothing to do where there is no such entry."""
    parser = argparse.ArgumentParser(prog="hamn-local inittab-off")
    parser.add_argument("entry")
    entry = parser.parse_args(words).entry
    found = subprocess.run(["lsitab", entry], capture_output=True, text=True, check=False)
    line = found.stdout.rstrip("\n")
    if found.returncode != 0 and not found.stderr.strip():  # lsitab(1): there is none, and it says nothing
        print(f"no entry {entry}")
        return 0
    if found.returncode != 0 or line.count(":") < 3:
        print(f"lsitab {entry}: {found.stderr.strip() or 'an entry without an action'}", file=sys.stderr)
        return 1
    if line == off(line):
        print(f"{entry} is off")
        return 0
    return subprocess.run(["chitab", off(line)], check=False).returncode
