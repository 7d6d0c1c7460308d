"""Commands as they are typed, without a daemon: XCATBYPASS on tables of their own, and what they print where."""

from __future__ import annotations

from pathlib import Path

import pytest

from hamn.xcat.client.main import run
from tests.xcat.commands.table_world import Tables


class Shell:
    """`tables` are what the commands work on; files are named from their directory."""

    def __init__(self, tables: Tables, keys: pytest.MonkeyPatch, printed: pytest.CaptureFixture[bytes]) -> None:
        self.tables, self._printed = tables, printed
        keys.setenv("XCATBYPASS", "1")
        keys.setenv("XCATCFG", str(tables.directory))
        keys.setattr("socket.gethostname", lambda: "xcatmn.cluster.test")
        keys.chdir(tables.directory)

    def run(self, line: str) -> tuple[int, bytes, bytes]:
        """Status, standard output, standard error. Words are set apart by blanks, nothing else."""
        command, *words = line.split(" ")
        self._printed.readouterr()
        status = run(command, words)
        return status, *self._printed.readouterr()

    def write(self, name: str, text: str) -> Path:
        path = self.tables.directory / name
        path.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
        return path
