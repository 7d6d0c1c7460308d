"""The truth about a lab's machines, read from the host's kernel and from a client's record: never from hamn."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from hamn.lab.lab import Lab
from hamn.lab.network import MACHINES, VIRTUAL_IP
from hamn.lab.role import MOUNT

LOOK_S = 0.05
SERVED_WITHIN_S = 60.0
_ADDRESS = re.escape(VIRTUAL_IP.partition("/")[0])
_OURS = re.compile(rf"\|-- {_ADDRESS}\n\s+/32 host LOCAL")


def init_of(lab: Lab, machine: str) -> int | None:
    """Read from where the lab notes it: whether it lives is seen by what is asked of it next."""
    try:
        return int((lab.directory / machine / "init.pid").read_text())
    except (OSError, ValueError):
        return None


def _of_init(lab: Lab, machine: str, file: str) -> str:
    """Empty for a machine without power."""
    try:
        return Path(f"/proc/{init_of(lab, machine)}/{file}").read_text()
    except OSError:
        return ""


def mounted(lab: Lab, machine: str) -> bool:
    return f" {MOUNT} " in _of_init(lab, machine, "mountinfo")


def addressed(lab: Lab, machine: str) -> bool:
    return _OURS.search(_of_init(lab, machine, "net/fib_trie")) is not None


def database_runs(lab: Lab, machine: str) -> bool:
    for pid in lab.machine(machine).cgroup.pids():
        try:
            if Path(f"/proc/{pid}/comm").read_text().strip() == "mariadbd":
                return True
        except OSError:  # it ended meanwhile
            continue
    return False


HELD = {"the filesystem": mounted, "the virtual IP": addressed, "the database": database_runs}


class Watch:
    """Looks all the time whether both machines have what only one may have; `seen` is what it saw."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._over = threading.Event()
        self.seen: list[str] = []
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        one, other = MACHINES
        while not self._over.wait(LOOK_S):
            for what in ("the filesystem", "the virtual IP"):
                has = HELD[what]
                # Held here before and after it was seen there: both had it then, it didn't move between two looks.
                if has(self._lab, one) and has(self._lab, other) and has(self._lab, one):
                    self.seen.append(f"both machines had {what} at {time.time():.3f}")


class Writer:
    """A client that writes numbered rows through the virtual IP without pause and notes what was acknowledged."""

    def __init__(self, lab: Lab, record: Path) -> None:
        self._lab, self._record = lab, record
        words = ["--services", "database", "--every-ms", "30"]
        with record.open("w") as out:
            self._process = lab.start(
                "client", ["python3", "-m", "hamn.lab.client", *words], stdout=out, stderr=subprocess.DEVNULL
            )

    def lines(self) -> list[dict[str, Any]]:
        return [
            json.loads(line) for line in self._record.read_text().splitlines(keepends=True) if line[-1] == "\n"
        ]

    def is_served(self) -> bool:
        """A row was acknowledged that was written after this was asked."""
        now_s = end_s = time.monotonic()
        end_s += SERVED_WITHIN_S
        while time.monotonic() < end_s:
            if any("row" in line and line["at_s"] > now_s + 0.1 for line in self.lines()[-20:]):
                return True
            time.sleep(0.05)
        return False

    def lost(self) -> str:
        """Every row acknowledged until now is looked for, through the virtual IP; empty when all are there."""
        done = self._lab.run(
            "client",
            ["python3", "-m", "hamn.lab.client", "--services", "database", "--verify"],
            stdin="".join(json.dumps(line) + "\n" for line in self.lines() if "row" in line),
            timeout_s=90,
        )
        return "" if done.returncode == 0 else f"rows: {done.stdout.strip()} {done.stderr.strip()}"

    def end(self) -> None:
        self._process.terminate()
        self._process.wait()
