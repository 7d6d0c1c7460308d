"""One command at work: in threads, a piece at a time, so that nobody who reads slowly keeps a thread.

A thread pulls answers until there is enough for its client, then goes; when the client has taken that, a thread
goes on. What a slow command has said so far is passed on now and then, as the real one does.
"""

from __future__ import annotations

import asyncio
import threading
from asyncio import Semaphore
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Iterator
from concurrent.futures import Executor

from hamn.xcat.conversation import Answer
from hamn.xcat.protocol import response

PIECE = 64 * 1024
"""Characters of answers that are turned into XML at a time."""
AHEAD = 1024 * 1024
"""Bytes that a command may be ahead of its client before it waits."""
SAID_WITHIN_S = 0.3
"""How long something that was said may wait for more."""


class Work:
    """`answers` is pulled by one thread at a time; by the last one to its end, or to where nobody wants the
    rest."""

    def __init__(
        self,
        answers: Iterator[Answer],
        source: str,
        heard: Callable[[Answer], None],
        deliver: Callable[[bytes], None],
    ) -> None:
        """`heard` is called, in one thread at a time, with everything that is said; `deliver`, on the event
        loop, with what is to be sent."""
        self._answers, self._source, self._heard, self._deliver = answers, source, heard, deliver
        self._loop = asyncio.get_running_loop()
        self._said: deque[Answer] = deque()
        self._turn = threading.Lock()  # pieces go out in the order in which they were said
        self._characters = self._ahead = 0
        self._is_wanted, self._is_over = True, False

    async def run(self, executor: Executor, slots: Semaphore, drained: Callable[[], Awaitable[None]]) -> None:
        """Until the command is over. `drained` is awaited whenever the client has enough for now; its slot is for
        others meanwhile."""
        while not self._is_over:
            async with slots:
                await self._piece(executor)
            if not self._is_over:
                await drained()
                self._ahead = 0

    async def _piece(self, executor: Executor) -> None:
        pulling = self._loop.run_in_executor(executor, self._pull)
        while not (await asyncio.wait([pulling], timeout=SAID_WITHIN_S))[0]:
            if self._turn.acquire(blocking=False):
                try:
                    self._pass_on()
                finally:
                    self._turn.release()
        await pulling

    def stop(self) -> None:
        """Nobody wants the rest: the command ends where it next says something."""
        self._is_wanted = False

    def _pull(self) -> None:
        for answer in self._answers:
            self._said.append(answer)
            self._characters += len(answer.text) + 32
            if not self._is_wanted:
                break
            if self._characters >= PIECE:
                with self._turn:
                    self._pass_on()
                if self._ahead >= AHEAD:
                    return
        if isinstance(self._answers, Generator):
            self._answers.close()
        with self._turn:
            self._pass_on(is_end=True)
        self._is_over = True

    def _pass_on(self, *, is_end: bool = False) -> None:
        said = [self._said.popleft() for _ in range(len(self._said))]
        self._characters = 0
        if not said and not is_end:
            return
        for answer in said:
            self._heard(answer)
        data = b"".join(response.written(said, self._source, is_end=is_end))
        self._ahead += len(data)
        self._loop.call_soon_threadsafe(self._deliver, data)
