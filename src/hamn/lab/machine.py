"""One machine of the lab: its root, its boot, its end, and the way in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hamn
from hamn.lab import disk, enter, init
from hamn.lab.cgroup import Cgroup
from hamn.lab.disk import Disk
from hamn.lab.host import tool
from hamn.lab.network import MACHINES, Network
from hamn.reports.report import Exit, Stop, error


def packages() -> dict[str, str]:
    """hamn's own source and what it imports, as machines see them and where the host has them."""
    return {
        "/opt/hamn/src": str(Path(hamn.__file__).parents[1]),
        "/opt/hamn/site": sysconfig.get_paths()["purelib"],
    }


class Machine:
    """A root filesystem with namespaces of its own: a real systemd in mn1 and mn2, none in the client.

    Whether it runs is asked of its control group: the truth survives whoever started it.
    """

    def __init__(self, lab: str, name: str, directory: Path, network: Network, shared: Disk) -> None:
        self.lab, self.name, self.network, self.disk = lab, name, network, shared
        self.directory = directory / name
        self.root = self.directory / "root"
        self.cgroup = Cgroup(lab, name)
        self.is_real = name in MACHINES
        self._file = self.directory / "init.pid"

    def assemble(self, base: Path) -> None:
        """Its local disk: the base below, what it writes above, which outlives a power cut. Idempotent."""
        upper, work = self.directory / "disk", self.directory / "work"
        for path in (self.root, upper, work):
            path.mkdir(parents=True, exist_ok=True)
        if not os.path.ismount(self.root):
            options = f"lowerdir={base},upperdir={upper},workdir={work}"
            tool("mount", "-t", "overlay", "-o", options, f"hamn-{self.name}", self.root)

    @property
    def init(self) -> int | None:
        """The host's number of its PID 1; None when it is off."""
        known = self._file.read_text() if self._file.exists() else ""
        pids = self.cgroup.pids()
        if known and int(known) in pids:
            return int(known)
        for pid in pids:
            if _is_init(pid):
                self._file.write_text(str(pid))
                return pid
        return None

    def boot(self, *, ipv6: bool) -> None:
        """Power on: returns as soon as the init runs (see `wait_running`). Idempotent."""
        if self.init is not None:
            return
        self.cgroup.make()
        self.cgroup.freeze(frozen=False)
        with (self.directory / "console.log").open("ab") as console:
            argv = [sys.executable, "-m", "hamn.lab.keeper", self.lab, self.name, *(["ipv6"] if ipv6 else [])]
            subprocess.run(
                self.cgroup.joining(["setsid", "--fork", *argv]),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                cwd="/",
                check=True,
            )
        self._wait_init(timeout_s=30)

    def live(self, *, ipv6: bool) -> int:
        """One life of the machine, from its boot to the end of its init: returns how that ended, as Popen does.

        Called by its keeper, in its control group."""
        device = str(self.disk.device(self.name)) if self.is_real else ""
        description: init.Description = {
            "name": self.name,
            "root": str(self.root),
            "argv": ["/lib/systemd/systemd"] if self.is_real else ["/usr/bin/sleep", "infinity"],
            "readonly": packages(),
            "disk": device,
            "disk_uuid": disk.UUID,
            "disk_label": disk.LABEL,
        }
        self.network.plug(self.name, ipv6=ipv6)
        spaces = ("--mount", "--pid", "--uts", "--ipc", "--cgroup")
        ended = subprocess.run(
            [
                *(
                    "nsenter",
                    f"--net={self.network.file(self.name)}",
                    "unshare",
                    *spaces,
                    "--fork",
                    "--kill-child",
                ),
                *(sys.executable, "-I", "-S", init.__file__, json.dumps(description)),
            ],
            check=False,
        ).returncode
        # whoever is without power has no network, however it came to that
        self.network.disconnect(self.name)
        self.network.flush(self.name)
        return ended

    def _wait_init(self, *, timeout_s: float) -> None:
        """Until PID 1 is the init itself and no longer the program that furnishes the machine for it."""
        deadline_s = time.monotonic() + timeout_s
        while (pid := self.init) is None or init.__file__ in _cmdline(pid):
            if not self.cgroup.pids() or time.monotonic() > deadline_s:
                raise Stop(
                    Exit.FAILED,
                    [error("lab-boot-failed", "its init does not run", self.name, self._console_hint())],
                )
            time.sleep(0.005)

    def wait_running(self, *, timeout_s: float = 90.0) -> None:
        """Returns when its init has started all that starts at boot. Raises Stop, naming the units that failed."""
        if not self.is_real:
            return
        deadline_s = time.monotonic() + timeout_s
        state = ""
        while time.monotonic() < deadline_s:
            state = self.run(["systemctl", "is-system-running", "--wait"], timeout_s=timeout_s).stdout.strip()
            if state in ("running", "degraded"):
                break
            time.sleep(0.02)  # its bus isn't there yet
        if state != "running":
            failed = self.run(["systemctl", "list-units", "--failed", "--plain", "--no-legend"]).stdout.split("\n")
            names = ", ".join(line.split()[0] for line in failed if line.strip())
            raise Stop(
                Exit.FAILED,
                [
                    error(
                        "lab-boot-failed",
                        f"its system is {state or 'silent'} {names}",
                        self.name,
                        self._console_hint(),
                    )
                ],
            )

    def lose_power(self) -> None:
        """Everything ends at once and what was in memory is lost: the network first, then the disk, then the rest.

        Idempotent. The shared disk is left as a power cut leaves it: the journal unplayed, and its MMP block
        saying that the machine still has it.
        """
        self.network.disconnect(self.name)
        mount_point = self._shared_mount() if self.is_real else None
        if mount_point is not None:
            # before the cut: from then on the kernel writes "clean" there as soon as it notices
            held = self.disk.mmp_block()
            disk.cut_power(mount_point)
        self.cgroup.kill()
        if self.is_real:
            self.disk.wait_unused(self.name)
        if mount_point is not None:
            self.disk.put_mmp_block(held)
        self.network.flush(self.name)
        self._file.unlink(missing_ok=True)

    def _shared_mount(self) -> Path | None:
        """Where the host can reach the machine's mount of the shared disk, in whichever namespace has it."""
        number = os.stat(self.disk.device(self.name)).st_rdev  # noqa: PTH116
        wanted = f"{os.major(number)}:{os.minor(number)}"
        seen = set()
        for pid in self.cgroup.pids():
            try:
                namespace = Path(f"/proc/{pid}/ns/mnt").readlink()
                text = "" if namespace in seen else Path(f"/proc/{pid}/mountinfo").read_text()
            except OSError:  # it ended meanwhile
                continue
            seen.add(namespace)
            mounts = [line.split() for line in text.splitlines()]
            covered = {(words[1], words[4]) for words in mounts}
            for words in mounts:
                # A place that something else is mounted over leads into that, and the way may never end.
                if words[2] == wanted and (words[0], words[4]) not in covered:
                    return Path(f"/proc/{pid}/root{words[4]}")
        return None

    def command(self, argv: Sequence[str]) -> list[str]:
        """The argv that runs `argv` inside, as root, in an environment of its own, and in the machine's control
        group from the first instruction: frozen and killed with it. Raises Stop when it is off."""
        pid = self.init
        if pid is None:
            hint = f"hamn lab power {self.name} on"
            raise Stop(Exit.FAILED, [error("lab-machine-off", f"{self.name} has no power", hint=hint)])
        procs = self.cgroup.path / "cgroup.procs"
        return [sys.executable, "-I", "-S", enter.__file__, str(procs), str(pid), *argv]

    def start(self, argv: Sequence[str], **popen: Any) -> subprocess.Popen[Any]:
        """It ends with the machine, and with the process that this returns."""
        return subprocess.Popen(self.command(argv), **popen)

    def run(
        self, argv: Sequence[str], *, stdin: str = "", timeout_s: float = 600
    ) -> subprocess.CompletedProcess[str]:
        return finish(
            self.start(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True),
            argv,
            stdin=stdin,
            timeout_s=timeout_s,
        )

    def _console_hint(self) -> str:
        return f"its console is {self.directory / 'console.log'}"


def finish(
    process: subprocess.Popen[str], argv: Sequence[str], *, stdin: str, timeout_s: float
) -> subprocess.CompletedProcess[str]:
    """Like subprocess.run. Raises TimeoutExpired, the process then being killed."""
    with process:
        try:
            out, err = process.communicate(stdin, timeout=timeout_s)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(list(argv), process.returncode, out, err)


def _is_init(pid: int) -> bool:
    """PID 1 of a namespace below the host's."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return False
    numbers = next((line.split()[1:] for line in lines if line.startswith("NSpid:")), [])
    return len(numbers) > 1 and numbers[-1] == "1"


def _cmdline(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []
