"""What passes between whoever asks and a command: plain values, however they travel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["data", "info", "warning", "error", "node"]


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks: over TLS, or in the same process (XCATBYPASS)."""

    command: str
    args: tuple[str, ...] = ()
    noderange: str | None = None
    """As typed, unexpanded."""
    stdin: str | None = None
    """What the client read from its own standard input, if the command takes it."""
    user: str = "root"
    """Who asks, as policy and audit name it."""
    host: str = ""
    """From where."""
    cwd: str = "/"
    """The client's."""
    is_local: bool = False
    """In the caller's own process: files by relative name are this user's."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One piece of what is said back, in order. A command's exit status joins the errorcodes of all."""

    kind: Kind
    text: str = ""
    node: str = ""
    errorcode: int = 0
    is_sourced: bool = True
    """Whether the server's name stands before it; not where the real one leaves it away."""
