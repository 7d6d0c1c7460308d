"""3002: nodes that are being installed say how far they are, and ask for what they need next. Clear text, one
line.

The real one takes one node at a time, and writes each status by itself. Ten thousand nodes that boot together
are one list here: their statuses are collected and written together, a few times a second.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from hamn.xcat.conversation import Answer, Request
from hamn.xcat.daemon.gate import Hosts
from hamn.xcat.daemon.log import Log
from hamn.xcat.daemon.service import Command
from hamn.xcat.ranges import NodeView
from hamn.xcat.stores import Store, StoreError

IDLE_S = 2.0
TOGETHER_S = 0.2
"""How long a status may wait for others."""
AGAIN_S = 1.0
REMEMBERED_S = 5.0
LINE_BYTES = 1024
THREADS = 8

_COLUMNS = {"installstatus": ("status", "statustime"), "hpcbootstatus": ("appstatus", "appstatustime")}
_ASKING = {"getpostscript": "getpostscript", "next": "nextdestiny", "syncfiles": "syncfiles"}
"""What a node says -> the command that is meant, for that node."""


@dataclass(frozen=True, slots=True)
class Status:
    text: str
    time: str


class Statuses:
    """What nodes have said and isn't in the tables yet: the last word of each. It waits while the tables are
    away."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._said: dict[tuple[str, str], Status] = {}
        self._turn = threading.Lock()

    def __len__(self) -> int:
        return len(self._said)

    def say(self, word: str, node: str, text: str) -> None:
        with self._turn:
            self._said[word, node] = Status(text, time.strftime("%m-%d-%Y %H:%M:%S"))

    def write(self) -> None:
        """Raises StoreError; then everything is still to be said."""
        with self._turn:
            said = dict(self._said)
        together: dict[tuple[str, Status], list[str]] = {}
        for (word, node), status in said.items():
            together.setdefault((word, status), []).append(node)
        with self._store.change(["nodelist"]) as change:
            for (word, status), nodes in together.items():
                column, moment = _COLUMNS[word]
                change.update("nodelist", {"node": nodes}, {column: status.text, moment: status.time})
        with self._turn:
            for key, status in said.items():
                if self._said.get(key) is status:
                    del self._said[key]


class NodeList:
    """Which node has which address, as the tables had it a few seconds ago. Several threads may use it.

    Only an address that no table has is looked up elsewhere: when many nodes boot, so may the name server.
    """

    def __init__(self, store: Store, hosts: Hosts) -> None:
        self._store, self._hosts, self._turn = store, hosts, threading.Lock()
        self._read_s = -REMEMBERED_S
        self._names: Collection[str] = ()
        self._by_address: Mapping[str, str] = {}

    def at(self, address: str) -> str:
        """ "" where there's no node. Raises StoreError."""
        with self._turn:
            if time.monotonic() - self._read_s >= REMEMBERED_S:
                view = NodeView(self._store.read_all(["nodelist", "hosts"]))
                self._by_address = {row["ip"]: node for node, row in view.all("hosts") if "ip" in row}
                self._names = view.groups_of.keys()
                self._read_s = time.monotonic()
            if node := self._by_address.get(address):
                return node
            names = self._names
        name = self._hosts.of(address)
        return name if name in names else ""


class Nodes:
    def __init__(self, store: Store, commands: Mapping[str, Command], hosts: Hosts, log: Log) -> None:
        self._commands, self._log = commands, log
        self.statuses = Statuses(store)
        self._has_news = asyncio.Event()
        self._list = NodeList(store, hosts)
        self._executor = ThreadPoolExecutor(THREADS, "node")

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One node. Whoever isn't one hears nothing."""
        loop = asyncio.get_running_loop()
        try:
            address = writer.get_extra_info("peername")[0].removeprefix("::ffff:")
            node = await loop.run_in_executor(self._executor, self._node_at, address)
            if node:
                writer.write(b"ready\n")
                async with asyncio.timeout(IDLE_S):
                    line = (await reader.readline()).decode("ascii", "replace").strip()
                writer.write(b"done\n")
                answer = await loop.run_in_executor(self._executor, self._heard, node, line)
                if self.statuses:
                    self._has_news.set()
                writer.write(answer)
                async with asyncio.timeout(60):
                    await writer.drain()
        except (OSError, TimeoutError, ValueError):
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def write_statuses(self) -> None:
        """For as long as the daemon runs."""
        loop = asyncio.get_running_loop()
        while await self._has_news.wait():
            await asyncio.sleep(TOGETHER_S)
            self._has_news.clear()
            try:
                await loop.run_in_executor(self._executor, self.statuses.write)
            except StoreError as why:
                self._log.complain(f"what nodes say of themselves can't be written yet: {why}")
                self._has_news.set()
                await asyncio.sleep(AGAIN_S)

    async def end(self) -> None:
        """The last that was said is written, if the tables can be."""
        if self.statuses:
            with suppress(StoreError):
                await asyncio.get_running_loop().run_in_executor(self._executor, self.statuses.write)

    def _node_at(self, address: str) -> str:
        try:
            return self._list.at(address)
        except StoreError as why:
            self._log.complain(f"nodes can't be told from others: {why}")
            return ""

    def _heard(self, node: str, line: str) -> bytes:
        word, _, rest = line.partition(" ")
        if word in _COLUMNS and rest:
            self.statuses.say(word, node, rest.strip())
        command = self._commands.get(_ASKING.get(word, ""))
        if command is None:
            return b""
        request = Request(command=_ASKING[word], noderange=node, user="", host=node)
        return "".join(_lines(command(request))).encode("utf-8", "surrogateescape")


def _lines(answers: Iterator[Answer]) -> Iterator[str]:
    for answer in answers:
        if answer.kind in ("data", "info", "node"):
            yield answer.text + "\n"
