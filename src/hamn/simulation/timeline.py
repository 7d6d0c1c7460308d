"""Virtual time. Everything that happens in a simulated world is a callback on one timeline, which belongs to
somebody: whose machine is off never runs again, whose machine is frozen runs when it wakes."""

from __future__ import annotations

import asyncio
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine
from heapq import heappop, heappush
from typing import Any, TypeAlias


class Owner:
    """Whose code it is: a machine since its boot, an operator's hamn, or the world itself."""

    __slots__ = ("dead", "frozen", "loop", "name", "waiting")

    def __init__(self, name: str) -> None:
        self.name = name
        self.dead = self.frozen = False
        self.loop: VirtualLoop | None = None
        self.waiting: list[Due] = []
        """What should have happened while frozen."""


Due: TypeAlias = "tuple[Owner, Callable[..., object], tuple[Any, ...]]"


class Handle:
    """A callback that can be called off; asyncio's TimerHandle as far as futures and timeouts use it."""

    __slots__ = ("args", "callback", "is_cancelled", "when_s")

    def __init__(self, callback: Callable[..., object], args: tuple[Any, ...], when_s: float) -> None:
        self.callback, self.args, self.when_s = callback, args, when_s
        self.is_cancelled = False

    def fire(self) -> None:
        if not self.is_cancelled:
            self.callback(*self.args)

    def cancel(self) -> None:
        self.is_cancelled = True

    def cancelled(self) -> bool:
        return self.is_cancelled

    def when(self) -> float:
        return self.when_s


class Timeline:
    """Runs what is due, in the order of time, and of asking where times are equal."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.news = False
        """Something has happened that a `run` may be waiting for."""
        self._heap: list[tuple[float, int, Due]] = []
        self.ready: deque[Due] = deque()
        self._number = 0

    def soon(self, owner: Owner, callback: Callable[..., object], *args: Any) -> None:
        self.ready.append((owner, callback, args))

    def later(self, delay_s: float, owner: Owner, callback: Callable[..., object], *args: Any) -> None:
        self._number += 1
        heappush(self._heap, (self.now_s + delay_s, self._number, (owner, callback, args)))

    def timer(self, delay_s: float, owner: Owner, callback: Callable[..., object], *args: Any) -> Handle:
        """As `later`, and it can be called off."""
        handle = Handle(callback, args, self.now_s + delay_s)
        self.later(delay_s, owner, handle.fire)
        return handle

    def thaw(self, owner: Owner) -> None:
        """What waited happens now, in its order."""
        owner.frozen = False
        self.ready.extend(owner.waiting)
        owner.waiting = []

    def run(self, until: Callable[[], bool], limit_s: float) -> bool:
        """Until there was news and it holds: True. False when nothing can come any more, or at the limit."""
        self.news = True
        try:
            return self._run(until, limit_s)
        finally:
            events._set_running_loop(None)

    def _run(self, until: Callable[[], bool], limit_s: float) -> bool:
        ready, heap = self.ready, self._heap
        at_work: VirtualLoop | None = None
        while True:
            if ready:
                owner, callback, args = ready.popleft()
            else:
                if self.news:
                    self.news = False
                    if until():
                        return True
                if not heap:
                    return False
                if heap[0][0] > limit_s:
                    self.now_s = max(self.now_s, limit_s)
                    return False
                self.now_s, _, (owner, callback, args) = heappop(heap)
            if owner.dead:
                continue
            if owner.frozen:
                owner.waiting.append((owner, callback, args))
                continue
            loop = owner.loop
            if loop is not at_work and loop is not None:
                at_work = loop
                events._set_running_loop(loop.asyncio)
            callback(*args)


class VirtualLoop:
    """As much of an event loop as tasks, futures and timeouts ask for, on a timeline.

    Duck-typed: asyncio.AbstractEventLoop has forty methods more, for what doesn't exist here."""

    def __init__(self, timeline: Timeline, owner: Owner) -> None:
        self._timeline, self._owner = timeline, owner
        self.asyncio: Any = self
        """Itself, as asyncio's types want to have it."""
        self.complaints: list[BaseException] = []
        """Exceptions of tasks that nobody waited for."""

    def time(self) -> float:
        return self._timeline.now_s

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> Any:
        self._timeline.ready.append((self._owner, callback, args))

    def call_later(self, delay: float, callback: Any, *args: Any, context: Any = None) -> Any:
        return self._timeline.timer(delay, self._owner, callback, *args)

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Any:
        return self._timeline.timer(when - self._timeline.now_s, self._owner, callback, *args)

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self.asyncio)

    def create_task(self, coro: Coroutine[Any, Any, Any], *, name: Any = None, context: Any = None) -> Any:
        return asyncio.Task(coro, loop=self.asyncio)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException) and not self._owner.dead:
            self.complaints.append(error)
