"""The agent's loop: one thread, no waiting but for the next thing to happen.

Invariant: a command that was begun goes on to its end or its limit, whatever becomes of the caller; one that
was only asked for when the caller went is never begun. The lock lives as long as this process, and this process
as long as any change that it was told to make under the lock: also one that the kernel doesn't let die, which may
still take effect. The lock then says so.
"""

from __future__ import annotations

import errno
import json
import os
import select
import signal
import time
from typing import Any

from hamn import __version__
from hamn.agent.child import Child, environment, refusal
from hamn.local import lock
from hamn.local.main import load

PROTOCOL = 1
CROWDED = (errno.EAGAIN, errno.ENOMEM)
"""Of fork(2): no room for another process now."""
AGAIN_S = 0.05
TURN_S = 1.0
"""The longest wait in one turn of the loop."""
ASLEEP_S = 3.0
"""A turn that took this much longer than it may means that this machine was stopped: the caller has given it up by
now, perhaps acted upon that, and what is still in the pipe must not be begun."""
SILENCE_S = 8.0
"""A caller that says nothing for so long is gone, even when no end of the connection tells it (a partition)."""


class Conversation:
    def __init__(self) -> None:
        self._caller, self._reply = _connection()
        self._children: dict[int, Child] = {}
        """By the id of the request."""
        self._crowded: list[tuple[float, dict[str, Any]]] = []
        """Requests for which there was no room for another process, and until when they may wait for one."""
        self._heard = bytearray()
        self._to_say = bytearray()
        self._stuck: list[Child] = []
        """Answered for, killed and alive."""
        self._lock: lock.Lock | None = None
        self._holder: dict[str, Any] = {}
        self._there = True
        """Whether the caller is."""
        self._wake, wake = os.pipe()
        for handle in (self._wake, wake, self._reply, self._caller):
            os.set_blocking(handle, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self._part())
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)

    def hold(self) -> int:
        """Until the caller has gone and the last command has ended."""
        self._say({"hamn-agent": PROTOCOL, "version": __version__})
        last_s = heard_s = time.monotonic()
        while self._there or self._children or (self._stuck and self._lock):
            ready = self._wait(last_s)
            now_s = time.monotonic()
            if now_s - last_s > TURN_S + ASLEEP_S or now_s - heard_s > SILENCE_S:
                self._part()
            last_s = now_s
            if self._there and self._caller in ready:
                heard_s = now_s
                self._listen()
            if self._there and self._reply in ready:
                self._speak()
            self._attend(ready, now_s)
            if self._crowded:
                self._try_again()
        return 0

    def _wait(self, now_s: float) -> set[int]:
        """Descriptors for which there is something to do."""
        wanted = {self._wake: select.POLLIN}
        if self._there:
            wanted[self._caller] = select.POLLIN
            if self._to_say:
                wanted[self._reply] = select.POLLOUT
        due_s = now_s + (AGAIN_S if self._crowded else TURN_S)
        for child in self._children.values():
            wanted.update(dict.fromkeys(child.inputs, select.POLLIN))
            wanted.update(dict.fromkeys(child.outputs, select.POLLOUT))
            due_s = min(due_s, child.due_s)
        poll = select.poll()
        for handle, events in wanted.items():
            poll.register(handle, events)
        ready = {handle for handle, _ in poll.poll(max(0.0, due_s - time.monotonic()) * 1000 + 1)}
        if self._wake in ready:
            os.read(self._wake, 4096)
        return ready

    def _listen(self) -> None:
        """Everything that has come; nothing of it is begun when it ends in the caller's going."""
        try:
            while said := os.read(self._caller, 1 << 20):
                self._heard += said
        except BlockingIOError:
            *lines, rest = self._heard.split(b"\n")
            self._heard = bytearray(rest)
            for line in filter(None, lines):
                self._begin(json.loads(line))
            return
        except OSError:  # the connection broke
            pass
        self._part()

    def _begin(self, request: dict[str, Any]) -> None:
        if "run" in request:
            self._run(request, time.monotonic() + float(request["run"]["timeout_s"]))
        elif "lock" in request:
            self._say({"id": request["id"], **self._take_lock(request["lock"])})

    def _run(self, request: dict[str, Any], until_s: float) -> None:
        """A machine at the limit of its processes has room again when one of them ends: our own questions come
        many at once. What could not begin has done nothing, so it may be tried until its limit."""
        try:
            kept = self._lock if request["run"].get("changes") else None
            self._children[request["id"]] = Child(request["run"], kept)
        except OSError as why:
            if why.errno in CROWDED and time.monotonic() < until_s:
                self._crowded.append((until_s, request))
            else:
                self._say({"id": request["id"], **refusal(why)})

    def _try_again(self) -> None:
        waiting, self._crowded = self._crowded, []
        for until_s, request in waiting:
            self._run(request, until_s)

    def _take_lock(self, wanted: dict[str, Any]) -> dict[str, Any]:
        try:
            self._holder = wanted["holder"]
            if self._lock is not None:
                self._write_holder()
                return {"holder": None}
            self._lock, holder = lock.take(wanted["file"], wanted["holder"])
        except OSError as why:
            return {"error": f"{wanted['file']}: {why.strerror}"}
        load()  # an operation is about to begin: its commands shall not wait for an import
        return {"holder": None if self._lock else holder}

    def _attend(self, ready: set[int], now_s: float) -> None:
        """Feed and hear the commands; answer for those that have ended."""
        for number, child in list(self._children.items()):
            if ready.intersection(child.outputs):
                child.feed()
            for handle in ready.intersection(child.inputs):
                child.drain(handle)
            given_up = child.due_s <= now_s and child.press(now_s)
            if child.has_ended() or given_up:
                del self._children[number]
                answer = child.answer()
                if answer["alive"] and child.changes:
                    self._stuck.append(child)
                    self._write_holder()
                self._say({"id": number, **answer})
        if any(child.has_ended() for child in self._stuck):
            self._stuck = [child for child in self._stuck if child.is_alive]
            self._write_holder()
        if not self._there and not self._children and self._stuck and not self._holder.get("left"):
            self._holder = {**self._holder, "left": True}
            self._write_holder()

    def _write_holder(self) -> None:
        """Whose lock it is, and what doesn't let it go."""
        if self._lock is not None:
            self._lock.write({**self._holder, "stuck": ", ".join(map(str, self._stuck))})

    def _say(self, message: dict[str, Any]) -> None:
        if self._there:
            self._to_say += json.dumps(message).encode() + b"\n"
            self._speak()

    def _speak(self) -> None:
        try:
            while self._to_say:
                del self._to_say[: os.write(self._reply, self._to_say)]
        except BlockingIOError:
            return
        except OSError:
            self._part()

    def _part(self) -> None:
        """The caller is gone, or shall believe so."""
        if self._there:
            self._there = False
            self._crowded.clear()
            self._to_say.clear()
            os.close(self._caller)
            os.close(self._reply)


def _connection() -> tuple[int, int]:
    """stdin and stdout, moved out of the way of every command: a stray word must not get into the conversation."""
    os.chdir("/")
    os.environ.update(environment())
    caller, reply = os.dup(0), os.dup(1)
    nothing = os.open("/dev/null", os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return caller, reply
