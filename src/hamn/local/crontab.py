"""One entry in root's crontab, where cron has no directory of tables (AIX)."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import tempfile
from collections.abc import Sequence

from hamn.local.duty import Refused, duty

_NONE = re.compile(r"0481-103|no crontab for")
"""What crontab -l says of an account that has none: AIX's message, and everybody else's."""


def edited(text: str, name: str, line: str) -> str:
    """`text` with the line, which ends in the name as a comment of the shell's; what had that name before goes."""
    mark = f" # {name}"
    kept = [old for old in text.splitlines() if not old.endswith(mark)]
    return "".join(f"{entry}\n" for entry in (*kept, line + mark))


def crontab(words: Sequence[str]) -> int:
    """crontab NAME LINE: root's table has that line, once; what else it has stays."""
    parser = argparse.ArgumentParser(prog="hamn-local crontab")
    parser.add_argument("name")
    parser.add_argument("line")

    def holds(arguments: argparse.Namespace) -> bool:
        return f"{arguments.line} # {arguments.name}" in _read().splitlines()

    def act(arguments: argparse.Namespace) -> None:
        _write(edited(_read(), arguments.name, arguments.line))

    return duty(parser, words, holds, act)


def _read() -> str:
    """Raises Refused where the table can't be read: a new one in its place would lose it."""
    done = subprocess.run(("crontab", "-l"), capture_output=True, text=True, check=False)
    if done.returncode and not _NONE.search(done.stderr):
        raise Refused(f"crontab -l: {done.stderr.strip() or f'exit status {done.returncode}'}")
    return "" if done.returncode else done.stdout


def _write(text: str) -> None:
    with tempfile.NamedTemporaryFile("w", prefix="hamn-crontab-") as table:
        table.write(text)
        table.flush()
        os.fsync(table.fileno())
        done = subprocess.run(("crontab", table.name), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"crontab: {(done.stderr or done.stdout).strip()}")
