"""What every conversation uses: tables, commands, policy, logs, threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from hamn.xcat.conversation import Answer, Request
from hamn.xcat.daemon.asked import Asked
from hamn.xcat.daemon.gate import Gate, Hosts
from hamn.xcat.daemon.log import Entry, Log
from hamn.xcat.stores import Store

Command = Callable[[Request], Iterator[Answer]]


class Service:
    def __init__(self, name: str, store: Store, commands: Mapping[str, Command], log: Log, at_work: int) -> None:
        """`name`: the short host name that every answer carries. So many commands are `at_work` at a time, others
        wait for their turn. (site.xcatmaxconnections, which with the real one is for connections.)"""
        self.name, self.log = name, log
        self._commands = commands
        self.hosts = Hosts()
        self._gate = Gate(store, self.hosts)
        self.executor = ThreadPoolExecutor(at_work, "command")
        self.slots = asyncio.Semaphore(at_work)
        self.logging: set[asyncio.Future[None]] = set()
        """What is being written of commands that have ended."""

    @property
    def has_room(self) -> bool:
        return not self.slots.locked()

    def answers(self, asked: Asked) -> Iterator[Answer]:
        """Lazily, in whatever thread pulls: the policy's word first, then the command's."""
        decision = self._gate.judge(asked)
        self.log.judged(asked, decision)
        request = asked.request
        if not decision.is_allowed:
            yield _refusal("Permission denied for request")
            return
        if decision.is_trusted and asked.claimed:
            request = replace(request, user=asked.claimed)
        if request.command == "authcheck":
            yield Answer("data", "Authenticated")
            return
        command = self._commands.get(request.command)
        if command is None:
            yield _refusal("Unsupported request")
            return
        yield from command(request)

    def ended(self, asked: Asked, entry: Entry) -> None:
        """Logged by a thread: no client waits for a disk."""
        writing = asyncio.get_running_loop().run_in_executor(self.executor, self.log.ended, asked, entry)
        self.logging.add(writing)
        writing.add_done_callback(self.logging.discard)


def _refusal(text: str) -> Answer:
    return Answer("error", text, errorcode=1, is_sourced=False)
