"""Runs inside a machine: hamn itself, over its own journal, stopped the moment that one entry is durable.

    python3 -IS driver.py HOW EVENT STEP WORD...

HOW: "kill" (SIGKILL to itself, not one instruction more), "pause" (says "stopped PID" on stdout and waits for
SIGCONT) or "run" (never stopped). STEP is "" for the entries that belong to none.
"""

import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

sys.path += ["/opt/hamn/src", "/opt/hamn/site"]

from hamn import wiring
from hamn.cli.main import main
from hamn.journal.file_journal import FileJournal

HOW, EVENT, STEP, *WORDS = sys.argv[1:]


class StoppingJournal(FileJournal):
    def begin(self, operation: str, entry: Mapping[str, Any]) -> None:
        super().begin(operation, entry)
        _stop_at(entry)

    def append(self, operation: str, entry: Mapping[str, Any]) -> None:
        super().append(operation, entry)
        _stop_at(entry)


def _stop_at(entry: Mapping[str, Any]) -> None:
    if (entry["event"], entry.get("step", "")) != (EVENT, STEP):
        return
    if HOW == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if HOW == "pause":
        print("stopped", os.getpid(), flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)


setattr(wiring, "FileJournal", StoppingJournal)  # noqa: B010 - what the wiring chooses is chosen here
sys.exit(main(WORDS))
