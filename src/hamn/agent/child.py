"""A command at work: a session of its own, bounded output, a limit, and an end in any case."""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import signal
import stat
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from hamn.local.lock import Lock
from hamn.local.main import main as hamn_local

PATH = (
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/xcat/sbin:/opt/xcat/bin"
    # DFM's and its network manager's
    ":/opt/isnm/cnm/bin:/opt/isnm/hdwr_svr/bin"
    # AIX: its Toolbox, and where MySQL is there
    ":/opt/freeware/sbin:/opt/freeware/bin:/usr/local/mysql/bin"
)
OUTPUT_BYTES = 4 * 1024 * 1024
"""Of each stream the last so many are kept: an operator reads the end."""
READS = 64
"""In a row from one stream, 64 KiB each, before anybody else gets a turn."""
TERM_S = 2.0
"""From SIGTERM, at the limit, to SIGKILL. A question has nothing to put in order."""
KILL_S = 0.5
"""From SIGKILL to the answer: what the kernel doesn't let die (D state) is "alive" in it."""
CANNOT_RUN, NOT_FOUND = 126, 127
CHANGED = (signal.SIGCHLD, signal.SIGPIPE, signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
"""The signals that the agent has its own ways with; a command gets them as they were."""


class Child:
    """One command from fork to answer. Whoever owns it polls `inputs`, `outputs` and `due_s`."""

    def __init__(self, request: dict[str, Any], lock: Lock | None = None) -> None:
        """A command of hamn-local keeps the `lock` by itself, should this process be killed.
        Raises OSError when there is no room for another process, or a secret can't be read."""
        self._argv = [str(word) for word in request["argv"]]
        self._input = _input(request)
        self.began_s = time.monotonic()
        self.due_s = self.began_s + float(request["timeout_s"])
        """When `press` is to be called next."""
        self.timed_out = False
        self._killed = False
        self.changes = bool(request.get("changes"))
        self._status: int | None = None
        self._kept = {"stdout": bytearray(), "stderr": bytearray()}
        self._fork(lock)

    def _fork(self, lock: Lock | None) -> None:
        stdin, self._stdin = os.pipe()
        out, stdout = os.pipe()
        err, stderr = os.pipe()
        self._streams = {out: "stdout", err: "stderr"}
        try:
            self.pid = _start(self._argv, (stdin, stdout, stderr), lock)
        except OSError:
            self._streams = {}
            for handle in (self._stdin, out, err):
                os.close(handle)
            raise
        finally:
            for handle in (stdin, stdout, stderr):
                os.close(handle)
        for handle in (self._stdin, out, err):
            os.set_blocking(handle, False)
        self.feed()

    @property
    def inputs(self) -> list[int]:
        """Descriptors to read from when they are readable."""
        return list(self._streams)

    @property
    def outputs(self) -> list[int]:
        """Descriptors to write to when they are writable."""
        return [self._stdin] if self._stdin >= 0 else []

    @property
    def is_alive(self) -> bool:
        """As far as `has_ended` has seen."""
        return self._status is None

    def feed(self) -> None:
        """Write as much of the input as there is room for."""
        try:
            while self._input:
                self._input = self._input[os.write(self._stdin, self._input) :]
        except BlockingIOError:
            return
        except BrokenPipeError:  # it reads no further: its own business
            pass
        os.close(self._stdin)
        self._stdin = -1

    def drain(self, handle: int) -> None:
        """Read what there is; of an endless stream a part."""
        kept = self._kept[self._streams[handle]]
        for _ in range(READS):
            try:
                said = os.read(handle, 65536)
            except BlockingIOError:
                return
            if not said:
                os.close(handle)
                del self._streams[handle]
                return
            kept += said
            if len(kept) > OUTPUT_BYTES:
                del kept[: len(kept) - OUTPUT_BYTES]

    def has_ended(self) -> bool:
        """A zombie keeps its number until it is waited for: so the rest of its group is killed before that."""
        if not self.is_alive:
            return True
        if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return False
        if self.timed_out:
            self._signal(signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        self._status = os.waitstatus_to_exitcode(status)
        return True

    def press(self, now_s: float) -> bool:
        """At `due_s`: TERM, then KILL to the whole group. True when there is nothing left to try: from then on the
        machine's lock has to outlive this command."""
        if not self.timed_out and self.changes:
            self.timed_out = True
            self._signal(signal.SIGTERM)
            self.due_s = now_s + TERM_S
        elif not self._killed:
            self.timed_out = self._killed = True
            self._signal(signal.SIGKILL)
            self.due_s = now_s + KILL_S
        else:
            return True
        return False

    def _signal(self, which: signal.Signals) -> None:
        try:
            os.killpg(self.pid, which)
        except (ProcessLookupError, PermissionError):
            return

    def answer(self) -> dict[str, Any]:
        """What came of it, or that it is still alive; lets go of its pipes, which a daemon that it started may
        still have open."""
        for handle in self.inputs:
            self.drain(handle)
        for handle in (*self.inputs, *self.outputs):
            os.close(handle)
        status = self._status
        if status is not None and status < 0:
            status = 128 - status
        return {
            "exit_status": None if self.timed_out else status,
            **{name: bytes(kept).decode(errors="replace") for name, kept in self._kept.items()},
            "took_s": round(time.monotonic() - self.began_s, 6),
            "timed_out": self.timed_out,
            "alive": self.is_alive,
        }

    def __str__(self) -> str:
        return f"{shlex.join(self._argv)} (pid {self.pid})"


def refusal(why: OSError) -> dict[str, Any]:
    """The answer for a command that could not even begin."""
    said = f"{why.filename}: {why.strerror}" if why.filename else str(why.strerror)
    status = NOT_FOUND if isinstance(why, NoProgram) else CANNOT_RUN
    ended = {"exit_status": status, "took_s": 0.0, "timed_out": False, "alive": False}
    return {**ended, "stdout": "", "stderr": said + "\n"}


def _input(request: dict[str, Any]) -> bytes:
    lines = str(request.get("stdin", "")).encode(errors="surrogateescape")
    for option, path in request.get("secrets", ()):
        lines += f"{option}={_secret(str(path))}\n".encode(errors="surrogateescape")
    return lines


def _secret(path: str) -> str:
    """The first line of a file that only its owner can read. Raises OSError."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise PermissionError(errno.EPERM, "others can read it: chmod 600", path)
        return file.readline().rstrip("\r\n")


class NoProgram(OSError):
    """There is nothing of that name in PATH."""


def _start(argv: list[str], streams: tuple[int, int, int], lock: Lock | None) -> int:
    """The process id of the new process, leader of its own session. Raises OSError."""
    if argv[0] == "hamn-local":
        pid = os.fork()
        if pid == 0:
            _become(argv, streams, lock)
        return pid
    actions = [(os.POSIX_SPAWN_DUP2, handle, place) for place, handle in enumerate(streams)]
    try:
        return os.posix_spawnp(
            argv[0], argv, environment(), file_actions=actions, setsid=True, setsigmask=(), setsigdef=CHANGED
        )
    except FileNotFoundError:
        raise NoProgram(errno.ENOENT, "no such program on this machine", argv[0]) from None
    except NotImplementedError:  # posix_spawn(3) knows no sessions there (AIX)
        return _fork_and_exec(argv, streams)


def _fork_and_exec(argv: list[str], streams: tuple[int, int, int]) -> int:
    program = shutil.which(argv[0], path=PATH)
    if program is None:
        raise NoProgram(errno.ENOENT, "no such program on this machine", argv[0])
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            for number in CHANGED:
                signal.signal(number, signal.SIG_DFL)
            for place, handle in enumerate(streams):
                os.dup2(handle, place)  # all others close by themselves
            os.execve(program, argv, environment())  # noqa: S606 - that is the purpose
        except OSError as why:
            os.write(2, f"{program}: {why.strerror}\n".encode())
        finally:
            os._exit(CANNOT_RUN)
    return pid


def _become(argv: list[str], streams: tuple[int, int, int], lock: Lock | None) -> None:
    """hamn-local in a copy of this process, where everything is loaded already: never returns."""
    status = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in CHANGED:
            signal.signal(number, signal.SIG_DFL)
        for place, handle in enumerate(streams):
            os.dup2(handle, place)
        # Nothing closes by itself, as it would for another program: a command's input would never see its end.
        kept = {0, 1, 2, lock.handle if lock else -1}
        for handle in set(_handles()) - kept:
            with suppress(OSError):  # the listing's own
                os.close(handle)
        status = hamn_local(argv[1:])
        sys.stdout.flush()
    except SystemExit as end:  # argparse, for wrong words
        status = end.code if isinstance(end.code, int) else 1
    except (
        BaseException
    ):  # a fault of ours: said before this copy of the agent goes, instead of carrying on as two
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)


def _handles() -> Iterable[int]:
    """Those that are open here; where the system doesn't list them, all that may be."""
    try:
        return [int(name) for name in os.listdir(f"/proc/{os.getpid()}/fd")]
    except FileNotFoundError:
        return range(os.sysconf("SC_OPEN_MAX"))


def environment() -> dict[str, str]:
    """All that a command sees of its surroundings, whoever called and from wherever."""
    kept = {name: os.environ[name] for name in ("HOME", "USER") if name in os.environ}
    return {"LC_ALL": "C", "PATH": PATH, **kept}
