"""One client's conversation: requests one after another, each answered before the next is begun.

Bounded in time and memory for whoever is at the other end: a client that says nothing is left after 15 s, one that
sends a byte a second gets to its end only with a short request, one without a certificate may not send a long one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from hamn.xcat.daemon import asked
from hamn.xcat.daemon.asked import Peer
from hamn.xcat.daemon.log import Entry
from hamn.xcat.daemon.work import Work
from hamn.xcat.protocol import frames, markup, response

if TYPE_CHECKING:
    from hamn.xcat.daemon.service import Service

SILENCE_S = 15.0
"""Without a byte, before a request and between two."""
SENDING_S, SENDING_BYTES_A_S = 30.0, 16 * 1024
"""A request may take so long, and longer in proportion to its length."""
TAKING_S = 300.0
"""For a client to take anything at all of what waits for it."""
UNKNOWN_BYTES, KNOWN_BYTES = 64 * 1024, 128 * 1024 * 1024
"""Of one request: without a certificate of this cluster, and with one (a table of 500,000 rows)."""
LONG_BYTES = 256 * 1024
"""A request that is longer is read in a thread: nobody else waits for that."""
READ_BYTES = 64 * 1024
REQUESTS_AHEAD = 8
REFUSING_S = 2.0
_ABORTS = b"<abortcommand>"  # no text can have this in it: its < would be &lt;


class Gone(Exception):
    """The client has ended the conversation, or it was ended for it."""


class Client:
    def __init__(self, service: Service, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._service, self._reader, self._writer = service, reader, writer
        self._peer = _peer(writer)
        self._cut = frames.Frames(frames.REQUEST, KNOWN_BYTES if self._peer.user else UNKNOWN_BYTES)
        self._documents: deque[bytes] = deque()
        self._spoiled: ValueError | None = None
        """What came after them can't be read, nor anything that follows; what came before is answered."""
        self.is_at_work = False
        self.is_last = False
        """The request that it is at work on is the last that it takes."""

    async def converse(self) -> None:
        try:
            while not self.is_last:
                await self._answer(await self._next())
        except (markup.BadMarkup, frames.TooLong) as why:
            self._service.log.complain(f"request from {self._peer.address} refused: {why}")
            await self._refuse(f"Request refused: {why}")
        except (Gone, OSError, TimeoutError, frames.NotThis):
            pass  # as the real one: without a word
        finally:
            self._writer.close()
            with suppress(OSError, TimeoutError):
                await self._writer.wait_closed()

    async def _next(self) -> bytes:
        """The next request. A client that still takes what was said before isn't silent."""
        loop = asyncio.get_running_loop()
        began_s, waiting, taken_s = loop.time(), self._waiting, loop.time()
        while not self._documents:
            if self._spoiled:
                raise self._spoiled
            held = self._cut.held
            limit_s = began_s + SENDING_S + held / SENDING_BYTES_A_S if held else loop.time() + SILENCE_S
            try:
                async with asyncio.timeout_at(limit_s):
                    await self._hear()
            except TimeoutError:
                if held or not self._waiting:
                    raise
                if self._waiting < waiting:
                    waiting, taken_s = self._waiting, loop.time()
                if loop.time() - taken_s > TAKING_S:
                    self._writer.transport.abort()
                    raise
                began_s = loop.time()
        return self._documents.popleft()

    async def _hear(self) -> None:
        data = await self._reader.read(READ_BYTES)
        if not data:
            raise Gone
        try:
            for document in self._cut.feed(data):
                self._documents.append(document)
        except (frames.NotThis, frames.TooLong) as why:
            self._spoiled = why

    async def _read(self, document: bytes) -> markup.Element:
        if len(document) < LONG_BYTES:
            return markup.read(document)
        return await asyncio.get_running_loop().run_in_executor(self._service.executor, markup.read, document)

    async def _answer(self, document: bytes) -> None:
        """Meanwhile the client may end it, by an abort or by going away. Requests that come early wait."""
        if _ABORTS in document:
            return  # it came too late
        question = asked.read(await self._read(document), self._peer)
        entry = Entry(question)
        work = Work(self._service.answers(question), self._service.name, entry.heard, self._writer.write)
        self.is_at_work = True
        listening = asyncio.create_task(self._until_unwanted())
        listening.add_done_callback(lambda _: work.stop())
        try:
            await work.run(self._service.executor, self._service.slots, self._drain)
        finally:
            is_unwanted = listening.done()
            listening.cancel()
            await asyncio.wait([listening])
            self.is_at_work = False
        self._service.ended(question, entry)
        if is_unwanted:
            raise Gone

    async def _until_unwanted(self) -> None:
        while not any(_ABORTS in document for document in self._documents):
            if self._spoiled or self._cut.held > READ_BYTES or len(self._documents) > REQUESTS_AHEAD:
                await asyncio.sleep(1)
                continue
            try:
                await self._hear()
            except (Gone, OSError):
                return

    async def _drain(self) -> None:
        async with asyncio.timeout(TAKING_S):
            await self._writer.drain()

    @property
    def _waiting(self) -> int:
        return self._writer.transport.get_write_buffer_size()

    async def _refuse(self, text: str) -> None:
        """It is still sending: what isn't read would take the words that are on their way to it."""
        self._writer.write(response.refused(text))
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(REFUSING_S):
                while await self._reader.read(READ_BYTES):
                    pass


def _peer(writer: asyncio.StreamWriter) -> Peer:
    address = writer.get_extra_info("peername")[0].removeprefix("::ffff:")
    shown = writer.get_extra_info("peercert") or {}
    names = [value for part in shown.get("subject", ()) for key, value in part if key == "commonName"]
    return Peer(names[0] if names else None, "localhost" if address in ("127.0.0.1", "::1") else address)
