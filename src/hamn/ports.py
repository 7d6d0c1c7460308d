"""What the work asks of the world. Adapters fulfil these; nothing else talks to a machine, a clock or a disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hamn.model.command import Answer, Command


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is at work on a pair: the content of a machine's lock."""

    operation: str
    verb: str
    user: str
    machine: str
    """Where that operator's hamn runs."""
    pid: int
    since: str
    """UTC, ISO 8601."""
    stuck: str = ""
    """Commands of it that the kernel doesn't let die; "" when there are none."""
    left: bool = False
    """Nobody is at work any more: the lock is kept by what is stuck."""


class Unreachable(Exception):
    """No connection. `why` is one line for an operator; `hint` what to do about it.

    `code` is one of: "timeout", "refused", "no-route", "name", "key-refused", "host-key-unknown",
    "host-key-changed", "no-hamn", "old-hamn", "no-lock", "lost".
    """

    def __init__(self, machine: str, code: str, why: str, hint: str = "") -> None:
        super().__init__(f"{machine}: {why}")
        self.machine, self.code, self.why, self.hint = machine, code, why, hint


class Shell(Protocol):
    """One machine's command runner. Commands of one Shell run side by side.

    A command that was begun goes on to its end, or its own limit, whatever happens to the caller:
    to the machine a lost caller is only somebody who doesn't read the answer.
    """

    machine: str
    version: str
    """hamn's version on that machine."""

    async def run(self, command: Command) -> Answer:
        """Never raises for what the world does: a lost connection is an Answer with `lost`."""
        ...

    async def lock(self, holder: Holder) -> Holder | None:
        """Take the machine's lock for this Shell's lifetime: None when taken, else who has it.

        The machine gives it up when this Shell is gone *and* its last command there has ended."""
        ...

    async def close(self) -> None: ...


class Shells(Protocol):
    """Opens Shells. `local` is the name of the machine this process runs on, None on neither."""

    local: str | None

    async def open(self, machine: str) -> Shell:
        """Raises Unreachable within 5 s."""
        ...


class Clock(Protocol):
    def now_s(self) -> float:
        """Monotonic seconds; never a wall clock."""
        ...

    def wall(self) -> str:
        """UTC as ISO 8601 with milliseconds; for people."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class Journal(Protocol):
    """The append-only record of operations on the machine that runs them."""

    def begin(self, operation: str, entry: Mapping[str, Any]) -> None:
        """Open an operation's record. Durable before it returns, as are the others.
        Raises JournalError when the disk can't take it: nothing may be done then."""
        ...

    def append(self, operation: str, entry: Mapping[str, Any]) -> None: ...

    def read(self, operation: str) -> Sequence[Mapping[str, Any]]:
        """Every whole entry; a torn last line (power cut) is left out. Raises KeyError if there is none."""
        ...

    def operations(self) -> Sequence[str]:
        """Ids, oldest first."""
        ...


class JournalError(Exception):
    """The journal can't be written or read; `str()` says where and why."""
