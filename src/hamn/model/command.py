"""A command for one machine, and what came back of it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

_LOG_PREFIX = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ ERROR: ")
"""What fence agents put before their reason."""


@dataclass(frozen=True, slots=True)
class Command:
    """One argv for one machine; never a shell line.

    `argv[0]` "hamn-local" names what hamn itself does on a machine where no standard tool does it
    (see `hamn.local`); everything else is found by PATH there.
    `stdin` and what `secrets` bring are never shown, journalled or logged.
    """

    argv: tuple[str, ...]
    timeout_s: float = 30.0
    stdin: str = ""
    secrets: tuple[tuple[str, str], ...] = ()
    """(option, path): the machine that runs the command reads the file there and adds the line
    "option=content" to stdin. The content never leaves that machine."""
    changes: bool = False
    """It is a step, not a question: should it not even die at its limit, its machine's lock waits for it."""

    def __str__(self) -> str:
        return shlex.join(self.argv)


def in_turn(commands: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Several as one, which ends at the first that fails."""
    if len(commands) == 1:
        return commands[0]
    words = [word for argv in commands for word in (*argv, "then")][:-1]
    return ("hamn-local", "in-turn", *words)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known after a command was sent. `exit_status` None: nobody knows what it did."""

    exit_status: int | None
    stdout: str = ""
    stderr: str = ""
    took_s: float = 0.0
    timed_out: bool = False
    """The limit passed and the process was killed: how far it came is not known."""
    alive: bool = False
    """It could not even be killed: what it does it may still do, at any time."""
    lost: str = ""
    """Why the connection went away; the command may or may not have taken effect."""

    @property
    def ok(self) -> bool:
        return self.exit_status == 0 and not self.timed_out

    @property
    def known(self) -> bool:
        """The command ran to its own end."""
        return self.exit_status is not None and not self.timed_out

    @property
    def complaint(self) -> str:
        """The last thing said, for an operator: one line."""
        if self.lost:
            return self.lost
        said = [_LOG_PREFIX.sub("", line.strip()) for line in (self.stderr + "\n" + self.stdout).splitlines()]
        said = [
            line for line in said if line and not line.startswith("dmesg(1)")
        ]  # mount(8)'s advice, not its reason
        if self.timed_out:
            how = ", and it can't be killed" if self.alive else ""
            return f"no end within its limit{how}" + (f"; last words: {said[-1]}" if said else "")
        return said[-1] if said else f"exit status {self.exit_status}"
