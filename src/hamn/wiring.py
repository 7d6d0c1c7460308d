"""The one place that chooses the adapters."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

from hamn.journal.file_journal import FileJournal
from hamn.model.pair import Pair
from hamn.ports import Shell
from hamn.remote.clock import SystemClock
from hamn.remote.shells import AgentShells, open_here
from hamn.verbs.world import World


def real_world(pair: Pair) -> World:
    """The machines themselves, over ssh and on this one; this machine's journal."""
    return World(
        pair=pair,
        shells=AgentShells(pair),
        clock=SystemClock(),
        journal=FileJournal(Path(pair.state)),
        user=os.environ.get("SUDO_USER") or getpass.getuser(),
        seat=_seat(),
        pid=os.getpid(),
    )


def _seat() -> str:
    """Where the operator sits, as far as the session tells: the host that logged in here, else the terminal."""
    if connection := os.environ.get("SSH_CONNECTION"):
        return connection.split()[0]
    return os.ttyname(0) if os.isatty(0) else ""


async def shell_here() -> Shell:
    """This machine, before there is a pair."""
    return await open_here()
