"""The way into a machine: joins its control group and namespaces, then becomes the parent of a command there.

Run as a program: `enter.py PROCS INIT COMMAND...`. Not nsenter(1): that stops itself with a child that is stopped,
as an init stops all before a reboot; nobody then reaps the child, and the machine never ends. And a caller that
gives up must end the command, not only its own side. Standard library only.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

_SPACES = ("cgroup", "ipc", "uts", "net", "pid", "mnt")
"""The mount namespace last: from then on paths are the machine's, and so are root and working directory."""
_PR_SET_PDEATHSIG = 1

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "TERM": os.environ.get("TERM", "dumb"),
}

_libc = ctypes.CDLL(None, use_errno=True)


def join(pid: str) -> None:
    """Raises OSError when the machine has gone meanwhile."""
    handles = [os.open(f"/proc/{pid}/ns/{space}", os.O_RDONLY) for space in _SPACES]
    for handle in handles:
        if _libc.setns(handle, 0) != 0:
            raise OSError(ctypes.get_errno(), "the machine has ended")
        os.close(handle)


def command(argv: list[str]) -> int:
    """Run it, and return how it ended as a shell would say it. It ends with us, however we end."""
    child = os.fork()  # the PID namespace is entered by children alone
    if child == 0:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        try:
            os.execvpe(argv[0], argv, ENVIRONMENT)  # noqa: S606
        except OSError as failure:
            print(f"{argv[0]}: {failure.strerror}", file=sys.stderr, flush=True)
            os._exit(127)
    for passed_on in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(passed_on, lambda number, _: os.kill(child, number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to the command itself
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    _, procs, pid, *argv = sys.argv
    try:
        Path(procs).write_text("0")
        join(pid)
        status = command(argv)
    except OSError as failure:
        sys.exit(f"the machine can't be entered: {failure.strerror}")
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
