"""The lab's client, watched from the host: at work while something happens, asked afterwards what it saw."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from hamn.lab.client import SERVICES
from hamn.lab.lab import Lab
from hamn.reports.report import Exit, Stop, error

READY_S = 60.0
BACK_S = 30.0
BLINK_S = 0.7
"""Longer than the slowest service takes to be missed: a DHCP exchange's beat and its patience."""


class Witness:
    """`with Witness(lab) as seen: ...`: begins when every service answers, ends when all are back, or won't be.

    After the block `longest_gap_s`, `rows_acknowledged` and `rows_missing` tell. Raises Stop where the services
    don't answer to begin with, or where the rows can't be looked up.
    """

    def __init__(
        self, lab: Lab, services: Sequence[str] = SERVICES, *, every_ms: float = 10, address: str = "10.77.0.10"
    ) -> None:
        self._lab, self._services = lab, services
        self._argv = ["python3", "-m", "hamn.lab.client", "--address", address, "--database", lab.database]
        self._work = ["--services", ",".join(services), "--every-ms", str(every_ms), "--until-eof"]
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by __exit__
        self._client: subprocess.Popen[bytes] | None = None
        self.longest_gap_s: dict[str, float | None] = {}
        self.rows_acknowledged = 0
        self.rows_missing = 0

    def __enter__(self) -> Witness:
        self._client = self._lab.start(
            "client",
            [*self._argv, *self._work],
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.DEVNULL,
        )
        deadline_s = time.monotonic() + READY_S
        while not any(line.get("event") == "ready" for line in self.lines()):
            if self._client.poll() is not None or time.monotonic() > deadline_s:
                silent = ", ".join(sorted(self._lost() or set(self._services)))
                self._end()
                raise Stop(
                    Exit.FAILED,
                    [error("lab-client-unanswered", f"the client gets no answer from: {silent}", "client")],
                )
            time.sleep(0.05)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._end()
            self._log.close()
            return
        time.sleep(BLINK_S)
        deadline_s = time.monotonic() + BACK_S
        while self._lost() and time.monotonic() < deadline_s:
            time.sleep(0.05)
        self._end()
        last = self.lines()[-1]
        self.longest_gap_s = {name: seen["longest_gap_s"] for name, seen in last["services"].items()}
        self.rows_acknowledged = last["rows_acknowledged"]
        if "database" in self._services:
            self.rows_missing = self._look_rows_up()

    def lines(self) -> list[dict[str, Any]]:
        """What the client has said until now; a line half-written isn't there yet."""
        self._log.seek(0)
        return [json.loads(line) for line in self._log.read().split("\n")[:-1]]

    def _lost(self) -> set[str]:
        lost: set[str] = set()
        for line in self.lines():
            if line.get("event") == "lost":
                lost.add(line["service"])
            elif line.get("event") == "back":
                lost.discard(line["service"])
        return lost

    def _end(self) -> None:
        if self._client is not None:
            self._client.communicate(timeout=30)  # closes its stdin: it sums up and ends

    def _look_rows_up(self) -> int:
        self._log.seek(0)
        done = self._lab.run("client", [*self._argv, "--verify"], stdin=self._log.read(), timeout_s=120)
        if not done.stdout:
            said = (done.stderr.strip() or "nothing said").splitlines()[-1]
            raise Stop(Exit.FAILED, [error("lab-rows-unknown", f"the rows can't be looked up: {said}", "client")])
        return int(json.loads(done.stdout)["rows_missing"])
