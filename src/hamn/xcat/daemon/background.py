"""Starting the daemon so that it is there when the starter ends, and starting it again."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from hamn.reports.report import Report, error

PID_FILE = Path("/run/xcatd.pid")
READY_S = 240.0
"""The daemon itself waits 200 s for a database that is starting."""
STOPPING_S = 10.0
_RUNNING_SYSTEMD = Path("/run/systemd/system")

UNIT = """\
[Unit]
Description=xCAT management daemon
After=network.target

[Service]
Type=notify
NotifyAccess=main
ExecStart={xcatd} -f
Restart=on-failure
RestartSec=5
TimeoutStartSec=300
TimeoutStopSec=5
LimitNOFILE=16000
RuntimeDirectory=xcat
LogsDirectory=xcat
LogsDirectoryMode=0700

[Install]
WantedBy=multi-user.target
"""
"""`{xcatd}` is the daemon's name in the directory of all commands. In a pair only the active machine starts
it: it is never enabled there."""


class NotStarted(Exception):
    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report


def start(words: Sequence[str], program: Sequence[str] = ()) -> int:
    """A daemon of its own that is ready to serve; its process id. Raises NotStarted with its last words."""
    with tempfile.TemporaryDirectory(prefix="xcatd-") as directory, tempfile.TemporaryFile("w+") as said:
        place = str(Path(directory, "notify"))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
            notices.bind(place)
            process = subprocess.Popen(
                [*(program or _program()), "-f", *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                env={**os.environ, "NOTIFY_SOCKET": place},
                start_new_session=True,
                cwd="/",
            )
            if not _is_ready(notices, process):
                said.seek(0)
                words_of = said.read().strip().removeprefix("xcatd: ") or f"ended with {process.returncode}"
                raise NotStarted(error("xcatd", words_of, "xcatd"))
    return process.pid


def _program() -> list[str]:
    """This Python with the same modules, however it was started."""
    text = f"import sys; sys.path[:] = {sys.path!r}; from hamn.xcat.daemon.xcatd import main; sys.exit(main())"
    return [sys.executable, "-IS", "-c", text]


def _is_ready(notices: socket.socket, process: subprocess.Popen[bytes]) -> bool:
    notices.settimeout(0.05)
    until_s = time.monotonic() + READY_S
    while time.monotonic() < until_s and process.poll() is None:
        try:
            if b"READY=1" in notices.recv(4096).split(b"\n"):
                return True
        except TimeoutError:
            continue
    if process.poll() is None:
        process.kill()
        process.wait()
    return False


def restart(pid_file: Path = PID_FILE, program: Sequence[str] = ()) -> None:
    """`restartxcatd`: by systemd where it keeps the daemon, else by itself. Raises NotStarted."""
    if _RUNNING_SYSTEMD.is_dir():
        done = subprocess.run(["systemctl", "restart", "xcatd.service"], capture_output=True, text=True)
        if done.returncode:
            raise NotStarted(error("xcatd", done.stderr.strip(), "systemctl restart xcatd.service"))
        return
    stop(pid_file)
    start(["-p", str(pid_file)], program)


def stop(pid_file: Path) -> None:
    """Ends the daemon that wrote the file, and waits until it is gone. A process that isn't one is left alone."""
    try:
        process = int(pid_file.read_text(encoding="ascii"))
        command = Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return
    if b"xcat" not in command:
        return
    handle = os.pidfd_open(process)
    try:
        signal.pidfd_send_signal(handle, signal.SIGTERM)
        if not select.select([handle], [], [], STOPPING_S)[0]:
            hint = f"`ps -o stat,wchan -p {process}` says what it waits for"
            raise NotStarted(error("xcatd", f"process {process} doesn't end", "xcatd", hint))
    finally:
        os.close(handle)
