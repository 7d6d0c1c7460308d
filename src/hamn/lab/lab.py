"""A lab by name: two real machines, a client, a switch and a shared disk on this host."""

from __future__ import annotations

import hashlib
import inspect
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from hamn.lab import base, cluster, disk, furnish, role
from hamn.lab.cgroup import Cgroup
from hamn.lab.disk import Disk
from hamn.lab.host import TOOLS, cache, locked, missing, prune, say, tool
from hamn.lab.machine import Machine, finish
from hamn.lab.network import BMCS, ENDS, MACHINES, Network
from hamn.lab.role import Engine
from hamn.reports.report import Exit, Stop, error
from hamn.xcat import credentials, generators, tables
from hamn.xcat.credentials.places import Places

LABS = Path("/var/lib/hamn-lab")
"""On a disk, not in memory: the shared disk's file is read and written past the host's cache."""


class Lab:
    """Machines mn1 and mn2, a client, and a switch with the machines' BMCs.

    All that exists of it is found by its name, in the kernel and below `directory`: so any process can use a
    lab that another made, and `down` removes what a killed one left. Every method raises Stop for what the
    world does, with a hint.
    """

    def __init__(self, name: str = "lab") -> None:
        if not name.isalnum():
            raise Stop(
                Exit.USAGE, [error("lab-name", f"{name!r} is no name for a lab", hint="letters and digits only")]
            )
        self.name = name
        self.directory = LABS / name
        self.network = Network(name)
        self.disk = Disk(self.directory / "shared.img")
        self._settings = self.directory / "settings"

    def machine(self, name: str) -> Machine:
        if name not in ENDS:
            raise Stop(
                Exit.USAGE, [error("lab-no-such-machine", f"{name!r} is none of the lab's", hint=", ".join(ENDS))]
            )
        return Machine(self.name, name, self.directory, self.network, self.disk)

    @property
    def is_up(self) -> bool:
        return (self.directory / "up").exists()

    @property
    def database(self) -> Engine:
        """Raises Stop when the lab isn't there."""
        return self._said()[0]

    def path(self, machine: str) -> Path:
        """The machine's local disk as the host sees it, running or not; what is mounted inside doesn't show."""
        return self.machine(machine).root

    def up(self, *, database: Engine = "mariadb", ipv6: bool = False) -> None:
        """Both machines run, nobody holds the role, all the role's data is on the shared disk. Idempotent.

        A lab that is there with other settings, or only half there, is removed first. In one that is there a
        machine without power gets it back, and what it had on its disks.
        """
        check_host()
        image = base.base()
        furnish.compile_packages()
        with self._alone():
            there = self.is_up and self._said() == (database, ipv6) and self._on("client")
            if not there:
                self._make(image, database, ipv6=ipv6)
        for name in MACHINES:
            self.power(name, "on")

    def _make(self, image: Path, database: Engine, *, ipv6: bool) -> None:
        self._remove()
        self.directory.mkdir(parents=True, mode=0o700)
        self._settings.write_text(f"{database} {'ipv6' if ipv6 else 'ipv4'}\n")
        self._assemble(image, database, ipv6=ipv6)
        for name in ENDS:
            self.machine(name).boot(ipv6=ipv6)
        self._start_bmcs()
        for name in MACHINES:
            self.machine(name).wait_running()
        (self.directory / "up").touch()

    def down(self) -> None:
        """Nothing of it is left: no process, mount, loop device, namespace, control group or file. Idempotent."""
        check_host()
        with self._alone():
            self._remove()

    def status(self) -> dict[str, Any]:
        """One document: what there is, asked of the kernel now."""
        found: dict[str, Any] = {"schema": "hamn.lab/1", "name": self.name, "up": self.is_up, "machines": {}}
        if not self.is_up or not self.network.exists():
            return found
        database, ipv6 = self._said()
        found |= {"directory": str(self.directory), "database": database, "ipv6": ipv6}
        for name in ENDS:
            machine = self.machine(name)
            seen = found["machines"][name] = {
                "power": "on" if machine.init else "off",
                "frozen": machine.cgroup.is_frozen,
                "port": "up" if self.network.connected(name) else "down",
                "addresses": self.network.addresses(name),
                "processes": len(machine.cgroup.pids()),
            }
            if name in MACHINES:
                seen |= {"disk": str(self.disk.device(name)), "bmc": BMCS[name]}
        return found

    def run(
        self, where: str, argv: Sequence[str], *, stdin: str = "", timeout_s: float = 600
    ) -> subprocess.CompletedProcess[str]:
        """Run `argv` there as root. `where`: "mn1", "mn2", "client", or "switch": the host's own programs in the
        switch's network. Raises subprocess.TimeoutExpired, the process then being killed."""
        pipe = subprocess.PIPE
        process = self.start(where, argv, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        return finish(process, argv, stdin=stdin, timeout_s=timeout_s)

    def start(self, where: str, argv: Sequence[str], **popen: Any) -> subprocess.Popen[Any]:
        """The same, left running; it ends with its machine. `popen`: as for subprocess.Popen."""
        if not self.network.exists():
            raise self._absent()
        if where != "switch":
            return self.machine(where).start(argv, **popen)
        enter = ["nsenter", f"--net={self.network.file('switch')}", "--", *argv]
        return subprocess.Popen(Cgroup(self.name, "switch").joining(enter), **popen)

    def crash(self, machine: str) -> None:
        """A power cut: nothing more is written, nothing said. It stays off until `power(machine, "on")`."""
        self.power(machine, "off")

    def freeze(self, machine: str) -> None:
        """It hangs: no process of it goes on, its kernel still answers ping and ARP and keeps its disk."""
        self._running(machine).cgroup.freeze(frozen=True)

    def thaw(self, machine: str) -> None:
        self._running(machine).cgroup.freeze(frozen=False)

    def cut(self, machine: str) -> None:
        """Its network cable is out; it doesn't know."""
        self._cable(machine)
        self.network.disconnect(machine)

    def heal(self, machine: str) -> None:
        self._cable(machine)
        self.network.connect(machine)

    def power(self, machine: str, state: Literal["on", "off", "cycle", "status"]) -> str:
        """What a BMC does: returns "on" or "off", true at that moment. "off" is a power cut. Idempotent."""
        real = self._real(machine)
        if state != "status":
            with self._alone(machine):
                if state != "on":
                    real.lose_power()
                if state != "off" and not real.init:
                    real.boot(ipv6=self._said()[1])
                    real.wait_running()
        return "on" if real.init else "off"

    def _real(self, name: str) -> Machine:
        if name not in MACHINES:
            raise Stop(
                Exit.USAGE, [error("lab-no-such-machine", f"{name!r} has no power", hint=", ".join(MACHINES))]
            )
        if not self.is_up:
            raise self._absent()
        return self.machine(name)

    def _cable(self, name: str) -> None:
        """Raises Stop where there is none to pull. A machine without power has one all the same."""
        self.machine(name)
        if not self.network.exists():
            raise self._absent()

    def _running(self, name: str) -> Machine:
        machine = self._real(name)
        machine.command([])
        return machine

    def _on(self, name: str) -> bool:
        return self.machine(name).init is not None

    def _said(self) -> tuple[Engine, bool]:
        try:
            engine, family = self._settings.read_text().split()
        except FileNotFoundError:
            raise self._absent() from None
        return next(known for known in role.ENGINES if known == engine), family == "ipv6"

    def _absent(self) -> Stop:
        hint = "hamn lab up" if self.name == "lab" else f"hamn lab --name {self.name} up"
        return Stop(Exit.FAILED, [error("lab-absent", f"there is no lab named {self.name}", hint=hint)])

    @contextmanager
    def _alone(self, machine: str = "") -> Iterator[None]:
        """One at a time makes or removes labs, or switches a machine's power."""
        with locked(LABS if not machine else self.machine(machine).directory):
            yield

    def _assemble(self, image: Path, engine: Engine, *, ipv6: bool) -> None:
        lower = self.directory / "base"
        lower.mkdir()
        tool("mount", "-t", "squashfs", "-o", "loop,ro", image, lower)
        self.network.up(ipv6=ipv6)
        prepared, password = prepared_disk(engine), self.directory / "db.pw"
        if prepared.is_dir():
            shutil.copyfile(prepared / "db.pw", password)
        else:
            password.write_text(secrets.token_hex(16))
        for name in ENDS:
            self.machine(name).assemble(lower)
        furnish.furnish(self, engine, ipv6=ipv6)
        if not prepared.is_dir():
            self._prepare(prepared, engine, password)
        furnish.credentials(self, prepared)
        tool("cp", "--sparse=always", "--reflink=auto", prepared / "shared.img", self.disk.file)
        tool("sync", self.disk.file)
        self.disk.attach()

    def _prepare(self, prepared: Path, engine: Engine, password: Path) -> None:
        """Begin a shared disk with the role's data, by the role's own services on a machine; kept in the cache."""
        say(f"preparing a shared disk with {engine} ...")
        disk.make(self.disk.file)
        self.disk.attach()
        mn1 = self.machine("mn1")
        mn1.boot(ipv6=False)
        mn1.wait_running()
        for argv, stdin in furnish.begin_shared(engine, password.read_text()):
            done = mn1.run(argv, stdin=stdin)
            if done.returncode:
                said = (done.stderr.strip() or done.stdout.strip() or "nothing said").splitlines()[-1]
                raise Stop(Exit.FAILED, [error("lab-disk-not-prepared", f"{argv[0]}: {said}", "mn1")])
        mn1.lose_power()
        self.disk.detach()
        work = prepared.with_suffix(".building")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True, mode=0o700)
        shutil.copyfile(password, work / "db.pw")
        for home, kept in ((Places().console_home / ".xcat", "console"), (cluster.OPERATOR_HOME, "operator")):
            tool("cp", "--recursive", mn1.root / str(home).lstrip("/"), work / kept)
        tool("cp", "--sparse=always", self.disk.file, work / "shared.img")
        self.disk.file.unlink()
        work.rename(prepared)
        prune(f"disk-{engine}-*")

    def _start_bmcs(self) -> None:
        for name, address in BMCS.items():
            secret = self.directory / f"{name}.pw"
            argv = [sys.executable, "-m", "hamn.lab.bmc", "--name", self.name, "--machine", name]
            with (self.directory / f"bmc-{name}.log").open("wb") as log:
                self.start(
                    "switch",
                    ["setsid", "--fork", *argv, "--address", address, "--password-file", str(secret)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                ).wait()

    def _remove(self) -> None:
        Cgroup(self.name).remove()
        self._unmount()
        if self.disk.file.exists():
            self.disk.detach()
        self.network.down()
        if self.directory.exists():
            shutil.rmtree(self.directory)

    def _unmount(self) -> None:
        """The host's own mounts below the lab's directory, innermost first."""
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
        for place in reversed([line.split()[4] for line in lines]):
            if place.startswith(f"{self.directory}/"):
                tool("umount", place)


def prepared_disk(engine: Engine) -> Path:
    """Where the cache has, or will have, a shared disk with that engine."""
    made_by = inspect.getsource(role) + inspect.getsource(furnish) + inspect.getsource(disk.make)
    made_by += inspect.getsource(cluster) + "".join(map(_source, (credentials, generators, tables)))
    mark = hashlib.sha256(f"{base.key()}{made_by}".encode()).hexdigest()[:16]
    return cache() / f"disk-{engine}-{mark}"


def _source(room: ModuleType) -> str:
    files = sorted(Path(str(room.__file__)).parent.iterdir())
    return "".join(file.read_text() for file in files if file.suffix in (".py", ".tsv"))


def check_host() -> None:
    """Raises Stop for what this host lacks, all of it at once."""
    if os.geteuid() != 0:
        raise Stop(
            Exit.FAILED, [error("lab-not-root", "the lab makes namespaces and mounts", hint="run it as root")]
        )
    if sys.version_info[:2] != base.PYTHON:
        ours, theirs = ".".join(map(str, sys.version_info[:2])), ".".join(map(str, base.PYTHON))
        raise Stop(
            Exit.FAILED,
            [
                error(
                    "lab-wrong-python",
                    f"this Python is {ours}; the machines' is {theirs}, and they use this one's packages",
                    sys.executable,
                    f"make the virtual environment with Python {theirs}",
                )
            ],
        )
    if absent := [name for name in TOOLS if shutil.which(name) is None]:
        raise missing(*absent)
