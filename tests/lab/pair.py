"""The lab's pair as an operator has it: hamn typed on its machines, and a way back to a healthy pair."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hamn.lab.bmc import fault_file
from hamn.lab.lab import Lab

RESOURCES = (
    "virtual_ip.cluster",
    "filesystem.shared",
    "database.xcat",
    *(f"service.{name}" for name in ("dns", "dhcp", "console", "http", "tftp", "nfs", "daemon")),
)


class Pair:
    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.running: subprocess.Popen[str] | None = None
        """What was begun last."""

    @property
    def uuid(self) -> str:
        found = re.search(r"UUID=([0-9a-f-]{36})", self.sh("mn1", "cat", "/etc/hamn/pair.toml"))
        assert found
        return found[1]

    # -- typing hamn

    def hamn(self, where: str, *words: str, exits: int | None = 0) -> dict[str, Any]:
        """Type it on `where`; its document. Whatever happens, it is a document and never a traceback."""
        return self.finish(self.begin(where, *words), exits=exits)

    def hamn_document(self, where: str, *words: str) -> dict[str, Any]:
        """Of a verb that only tells (plan, history)."""
        document: dict[str, Any] = json.loads(self.sh(where, "hamn", "--json", *words))
        return document

    def begin(self, where: str, *words: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        argv = ["hamn", "--json", "--yes", *words]
        self.running = self.lab.start(where, argv, stdout=pipe, stderr=pipe, text=True)
        return self.running

    def finish(self, running: subprocess.Popen[str], *, exits: int | None) -> dict[str, Any]:
        try:
            out, said = running.communicate(timeout=200)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"no end: {self._told(running)}") from None
        assert "Traceback" not in said, said
        assert out.strip(), f"no document: {said}"
        document: dict[str, Any] = json.loads(out)
        if exits is not None:
            assert running.returncode == exits, f"exit {running.returncode}: {out[-3000:]}\n{said[-1500:]}"
        assert document["exit_status"] == running.returncode
        return document

    def until(self, where: str, holds: Callable[[], bool], within_s: float = 60) -> None:
        """Ask again until it holds; where it is looked at is only for the message."""
        end_s = time.monotonic() + within_s
        while not holds():
            if time.monotonic() > end_s:
                raise AssertionError(f"it never came to hold on {where}; hamn: {self._told(self.running)}")
            time.sleep(0.02)

    def _told(self, running: subprocess.Popen[str] | None) -> str:
        """What it said up to now. It ends with this."""
        if running is None or running.returncode is not None:
            return "nothing is running"
        running.terminate()
        out, said = running.communicate(timeout=60)
        return f"exit {running.returncode}: {out[-2000:]}\n{said[-3000:]}"

    def said(self, where: str, *words: str, exits: int) -> str:
        """The messages of a verb that doesn't end well: what an operator reads."""
        return "\n".join(f"{m['code']} {m['where']}: {m['what']} ({m['hint']})" for m in self.hamn(
            where, *words, exits=exits)["messages"])  # fmt: skip

    def sh(self, where: str, *argv: str, ok: bool = True) -> str:
        done = self.lab.run(where, list(argv), timeout_s=60)
        assert not ok or done.returncode == 0, f"{argv}: {done.stderr}"
        return str(done.stdout)

    def put(self, where: str, path: str, text: str) -> None:
        done = self.lab.run(where, ["tee", path], stdin=text)
        assert done.returncode == 0, done.stderr

    def states(self, where: str) -> dict[str, dict[str, str]]:
        status = self.hamn(where, "status", exits=None)
        return {resource["id"]: resource["states"] for resource in status["resources"]}

    def holds_everything(self, name: str, other: str) -> None:
        """Asked of the world: every resource here, none there."""
        states = {
            id_: by for id_, by in self.states(name).items() if by[name] != "-"
        }  # generated files are no hold
        assert {id_: by[name] for id_, by in states.items()} == dict.fromkeys(RESOURCES, "held")
        there = {by[other] for by in states.values()}
        assert there in ({"absent"}, {"unknown"}), states

    def healthy(self, active: str = "mn1") -> None:
        """Both machines on and connected, `active` serves, the other is a clean standby."""
        lab, standby = self.lab, "mn2" if active == "mn1" else "mn1"
        for name in ("mn1", "mn2"):
            self.bmc_fault(name, "")
            lab.power(name, "on")
            lab.thaw(name)
            lab.heal(name)
        status = self.hamn(active, "status", exits=None)
        if status["active"] == standby:
            self.hamn(active, "switchover", "--to", active)
        elif status["exit_status"] != 0:
            self.hamn(active, "activate", "--on", active)
        if any(m["code"] == "returned" for m in self.hamn(active, "status", exits=None)["trouble"]):
            self.hamn(active, "rejoin", standby)
        assert self.hamn(active, "status")["active"] == active

    @contextmanager
    def changed(self, where: str, path: str, text: str | None) -> Iterator[None]:
        """A file with other content (None: away) for a while."""
        saved = f"{path}.saved"
        there = self.lab.run(where, ["cp", "-a", path, saved]).returncode == 0
        if text is None:
            self.sh(where, "rm", path)
        else:
            self.put(where, path, text)
        try:
            yield
        finally:
            self.sh(where, "mv", saved, path) if there else self.sh(where, "rm", "-f", path)

    @contextmanager
    def declared(self, old: str, new: str) -> Iterator[None]:
        """The declaration changed on both machines."""
        text = self.sh("mn1", "cat", "/etc/hamn/pair.toml")
        assert old in text
        for name in ("mn1", "mn2"):
            self.put(name, "/etc/hamn/pair.toml", text.replace(old, new))
        try:
            yield
        finally:
            for name in ("mn1", "mn2"):
                self.put(name, "/etc/hamn/pair.toml", text)

    # -- what breaks

    def forget_connections(self) -> None:
        """An ssh connection that is already open outlives a change of keys: the next verb makes a new one."""
        for name in ("mn1", "mn2"):
            self.sh(name, "find", "/run/hamn", "-type", "s", "-delete")

    def bmc_fault(self, machine: str, word: str) -> None:
        fault_file(self.lab.directory, machine).write_text(word)

    @contextmanager
    def without_device(self, machine: str) -> Iterator[str]:
        """The shared disk is gone from that machine, every node of it; the path by which it is known."""
        path = self.sh(machine, "blkid", "-U", self.uuid).strip()
        numbers = self.sh(machine, "stat", "-c", "%Hr %Lr", path).split()
        listed = self.sh(machine, "find", "/dev", "-xdev", "-type", "b", "-printf", "%p\n").split()
        nodes = [n for n in listed if self.sh(machine, "stat", "-c", "%Hr %Lr", n).split() == numbers]
        self.sh(machine, "rm", *nodes)
        try:
            yield path
        finally:
            for node in nodes:
                self.sh(machine, "rm", "-f", node)
                self.sh(machine, "mknod", node, "b", *numbers)

    @contextmanager
    def another_disk(self, machine: str) -> Iterator[None]:
        """Another filesystem with the very same UUID where the shared disk should be."""
        uuid, file = self.uuid, self.lab.directory / "another.img"
        with file.open("wb") as made:
            made.truncate(64 * 1024 * 1024)
        subprocess.run(["mkfs.ext4", "-q", "-O", "mmp", "-U", uuid, str(file)], check=True)
        loop = subprocess.run(["losetup", "-f", "--show", str(file)], check=True, capture_output=True, text=True)
        device = loop.stdout.strip()
        number = device.removeprefix("/dev/loop")
        try:
            with self.without_device(machine) as path:
                self.sh(machine, "mknod", path, "b", "7", number)
                yield
        finally:
            subprocess.run(["losetup", "-d", device], check=True)
            file.unlink()
