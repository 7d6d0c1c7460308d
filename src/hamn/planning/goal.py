"""Where a role should be, and why the other machine may be believed not to hold it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Answered:
    """The other machine answers: what it holds is seen, and given back in the same plan."""


@dataclass(frozen=True, slots=True)
class Fencing:
    """The other machine is switched off by its fence device, and that is read back: steps of the plan."""


@dataclass(frozen=True, slots=True)
class Word:
    """An operator typed the dead machine's name. Recorded; protects nothing by itself, so what guards
    the disk (ext4 MMP) stays in force."""

    by: str


@dataclass(frozen=True, slots=True)
class NeverTook:
    """The other machine answered at the operation's start, held nothing, and was never told to take
    anything since: it fell silent before its first taking step. Only a back-out may say so."""


Proof: TypeAlias = Answered | Fencing | Word | NeverTook


@dataclass(frozen=True, slots=True)
class Goal:
    """`active` None: nobody holds the role afterwards (deactivate)."""

    verb: str
    active: str | None
    proof: Proof = Answered()
    only: str | None = None
    """deactivate: the machine that gives back; the other one is left as it is."""
    gives: bool = True
    """The other machine's holdings may be taken from it in order (switchover). False: they refuse (activate)."""

    strict: bool = False
    """One failure ends it, because it will be taken back (switchover). Otherwise everything that doesn't
    need what failed goes on: at a failover DNS without a database is better than neither."""

    @property
    def text(self) -> str:
        if self.active is None:
            return f"{self.only} holds nothing"
        return f"{self.active} active"
