"""Namespaces of the tests' own: nothing of the host's network or mount table is touched by what runs in one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType

KINDS = {"net": "-n", "mount": "-m"}


class Namespace:
    """Lives as long as the block: what was mounted in it and its interfaces go with it. Needs root."""

    def __init__(self, *kinds: str, within: Namespace | None = None) -> None:
        self.flags = [KINDS[kind] for kind in kinds]
        self.outside = within.enter if within else []
        # it waits for an end of input that comes with our own: nothing outlives whoever made it
        self.process = subprocess.Popen(
            [*self.outside, "unshare", *self.flags, "sh", "-c", "echo; exec cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        self.process.stdout.readline()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def enter(self) -> list[str]:
        return [*self.outside, "nsenter", "-t", str(self.pid), *self.flags]

    def argv(self, *words: str | Path) -> list[str]:
        return [*self.enter, *map(str, words)]

    def run(self, *words: str | Path) -> str:
        """What it prints; fails the test when it fails."""
        done = subprocess.run(self.argv(*words), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr or done.stdout
        return done.stdout

    def local(self, *words: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """hamn-local in here."""
        argv = self.argv(sys.executable, "-m", "hamn.local.main", *words)
        return subprocess.run(argv, input=stdin, capture_output=True, text=True)

    def __enter__(self) -> Namespace:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.process.kill()
        self.process.communicate(timeout=10)
