"""One conversation with one agent: requests out, answers in, by number."""

from __future__ import annotations

import asyncio
import json
import subprocess
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from hamn import __version__
from hamn.agent.conversation import PROTOCOL
from hamn.model.command import Answer, Command
from hamn.ports import Holder, Unreachable

STILL_HERE_S = 2.0
"""Between two signs of life: the agent gives a silent caller up."""
BEYOND_LIMIT_S = 8.0
"""What an agent may take longer than the command's limit (it ends the command, then answers)."""
LINE_BYTES = 64 * 1024 * 1024
"""Two full streams, escaped."""
NOISE_LINES = 100
"""What a login script there may print before the greeting."""


class Gone(Exception):
    """The conversation ended before it began."""


class AgentShell:
    """ports.Shell over the pipes of a process: the agent itself, or ssh with the agent at its end."""

    version = ""

    def __init__(self, machine: str, process: subprocess.Popen[bytes], lock: str) -> None:
        self.machine = machine
        self._process = process
        self._lock = lock
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._number = 0
        self._lost = ""
        self._said = bytearray()
        self._answers = asyncio.StreamReader(limit=LINE_BYTES)
        self._requests: asyncio.WriteTransport | None = None
        self._transports: list[asyncio.BaseTransport] = []
        self._tasks: list[asyncio.Task[None]] = []

    # -- beginning and end

    async def greet(self) -> None:
        """Hear who is there. Raises Gone when nobody is, Unreachable when it is another hamn."""
        loop = asyncio.get_running_loop()
        out, err, into = self._process.stdout, self._process.stderr, self._process.stdin
        assert out and err and into
        answers = self._answers
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(answers), out)
        complaints, _ = await loop.connect_read_pipe(lambda: _Complaints(self._said), err)
        self._requests, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, into)
        self._transports = [transport, complaints, self._requests]
        for _ in range(NOISE_LINES):
            line = await self._answers.readline()
            if not line:
                raise Gone
            if line.startswith(b'{"hamn-agent"'):
                return self._welcome(json.loads(line))
        raise Gone

    def _welcome(self, greeting: dict[str, Any]) -> None:
        self.version = str(greeting["version"])
        if greeting["hamn-agent"] != PROTOCOL:
            self.abandon()
            theirs, ours = (
                f"{version} (protocol {number})"
                for version, number in ((self.version, greeting["hamn-agent"]), (__version__, PROTOCOL))
            )
            why = f"its hamn is {theirs}, this one is {ours}: they can't talk to each other"
            raise Unreachable(self.machine, "old-hamn", why, "install the same version on both machines")
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._stay())]

    async def end(self) -> tuple[int | None, str]:
        """After Gone: the exit status of what we started, and what it complained of."""
        for _ in range(100):
            if self._process.poll() is not None:
                break
            await asyncio.sleep(0.01)
        await asyncio.sleep(0)
        self.abandon()
        return self._process.returncode, self._said.decode(errors="replace")

    def abandon(self) -> None:
        """Let go of the pipes at once. An agent that is at work sees that nobody listens any more, and goes on."""
        self._lose("the connection was closed")
        for task in self._tasks:
            task.cancel()
        for transport in self._transports:
            if not transport.is_closing():
                transport.abort() if isinstance(transport, asyncio.WriteTransport) else transport.close()
        self._process.poll()

    async def close(self) -> None:
        self.abandon()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks)

    # -- talking

    async def _listen(self) -> None:
        try:
            while line := await self._answers.readline():
                answer = json.loads(line)
                waiting = self._waiting.pop(answer["id"], None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)
        except (ValueError, KeyError, OSError) as error:
            self._lose(f"{self.machine} said what is no answer: {error}")
        await asyncio.sleep(0)
        said = self._said.decode(errors="replace").strip().splitlines()
        self._lose(": ".join([f"connection to {self.machine} lost", *said[-1:]]))

    async def _stay(self) -> None:
        while not self._lost:
            self._send({})
            await asyncio.sleep(STILL_HERE_S)

    def _lose(self, why: str) -> None:
        """Everybody who waits learns that nobody knows."""
        self._lost = self._lost or why
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError(self._lost))
        self._waiting.clear()

    def _send(self, message: dict[str, Any]) -> None:
        assert self._requests is not None
        if not self._requests.is_closing():
            self._requests.write(json.dumps(message).encode() + b"\n")

    async def _ask(self, message: dict[str, Any], limit_s: float) -> dict[str, Any]:
        """Raises ConnectionError when no answer can come any more.

        Whoever asked may be cancelled: then the answer, when it comes, is for nobody."""
        if self._lost:
            raise ConnectionError(self._lost)
        self._number += 1
        waiting = asyncio.get_running_loop().create_future()
        self._waiting[self._number] = waiting
        self._send({"id": self._number, **message})
        try:
            return await asyncio.wait_for(waiting, limit_s)
        except TimeoutError:
            raise ConnectionError(f"{self.machine} gave no answer within {limit_s:g} s") from None

    async def run(self, command: Command) -> Answer:
        request = {
            "argv": command.argv,
            "timeout_s": command.timeout_s,
            "stdin": command.stdin,
            "secrets": command.secrets,
            "changes": command.changes,
        }
        try:
            answer = await self._ask({"run": request}, command.timeout_s + BEYOND_LIMIT_S)
        except ConnectionError as why:
            return Answer(None, lost=str(why))
        return Answer(
            exit_status=answer["exit_status"],
            stdout=answer["stdout"],
            stderr=answer["stderr"],
            took_s=answer["took_s"],
            timed_out=answer["timed_out"],
            alive=answer["alive"],
        )

    async def lock(self, holder: Holder) -> Holder | None:
        """Raises Unreachable when the connection was lost, or the machine can't keep a lock."""
        try:
            answer = await self._ask({"lock": {"file": self._lock, "holder": asdict(holder)}}, BEYOND_LIMIT_S)
        except ConnectionError as why:
            raise Unreachable(self.machine, "lost", str(why), "try again") from None
        if error := answer.get("error"):
            raise Unreachable(self.machine, "no-lock", f"its lock can't be taken: {error}", "are you root there?")
        return _holder(answer["holder"])


def _holder(found: dict[str, Any] | None) -> Holder | None:
    """One who has only just taken the lock may not have written its name yet."""
    if found is None:
        return None
    words = {name: str(found.get(name, "unknown")) for name in ("operation", "verb", "user", "machine", "since")}
    stuck = str(found.get("stuck", ""))
    return Holder(**words, pid=int(found.get("pid", 0)), stuck=stuck, left=bool(found.get("left")))


class _Complaints(asyncio.Protocol):
    """What comes on stderr, the end of it."""

    def __init__(self, kept: bytearray) -> None:
        self._kept = kept

    def data_received(self, data: bytes) -> None:
        self._kept += data
        del self._kept[: len(self._kept) - 65536]
