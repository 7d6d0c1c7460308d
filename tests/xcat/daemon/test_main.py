"""How the daemon begins, or says why it can't; how it is started and stopped by others."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hamn.xcat.credentials.places import Places
from hamn.xcat.daemon import background
from hamn.xcat.stores.sqlite import SqliteStore
from tests.xcat.daemon import running
from tests.xcat.daemon.running import ME, PATIENCE_S


class Machine:
    def __init__(self, places: Places) -> None:
        self.places = places
        self.program = (sys.executable, running.__file__, str(places.root))
        self.pid_file = places.root / "xcatd.pid"
        self.port, nodes_port = free_port(), free_port()
        self.site(xcatdport=str(self.port), xcatiport=str(nodes_port), xcatconfdir=str(places.etc))

    def site(self, **values: str) -> None:
        with SqliteStore(self.places.etc, PATIENCE_S).change(["site"]) as change:
            change.put("site", [{"key": key, "value": value} for key, value in values.items()])

    def run(self, *words: str) -> tuple[int, str]:
        done = subprocess.run([*self.program, *words], capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stderr

    def start(self, notices: socket.socket, stderr: int | None = None) -> subprocess.Popen[bytes]:
        """As systemd does."""
        environment = {**os.environ, "NOTIFY_SOCKET": notices.getsockname(), "JOURNAL_STREAM": "1:1"}
        return subprocess.Popen([*self.program, "-f"], env=environment, stderr=stderr)

    @property
    def listens(self) -> bool:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def process(self) -> int:
        return int(self.pid_file.read_text())


def free_port() -> int:
    with socket.create_server(("", 0)) as one:
        return int(one.getsockname()[1])


@pytest.fixture
def machine(first_day: Places, tmp_path: Path) -> Iterator[Machine]:
    shutil.copytree(first_day.root, tmp_path / "machine")
    one = Machine(Places(tmp_path / "machine", ME))
    yield one
    background.stop(one.pid_file)


def test_there_when_its_starter_ends(machine: Machine) -> None:
    assert machine.run("-p", str(machine.pid_file)) == (0, "")
    assert machine.listens
    background.stop(machine.pid_file)
    assert not machine.listens
    assert not machine.pid_file.exists()


def test_again(machine: Machine) -> None:
    background.start(["-p", str(machine.pid_file)], machine.program)
    first = machine.process
    background.stop(machine.pid_file)
    background.start(["-p", str(machine.pid_file)], machine.program)
    assert machine.process != first
    assert not Path(f"/proc/{first}").exists() or "Z" in Path(f"/proc/{first}/stat").read_text()
    assert machine.listens


def test_another_is_there(machine: Machine) -> None:
    background.start(["-p", str(machine.pid_file)], machine.program)
    status, said = machine.run("-f")
    assert (status, said.count("\n")) == (1, 1)
    assert said.startswith(f"xcatd: port {machine.port} or ")
    assert "Address already in use" in said
    assert machine.listens
    with pytest.raises(background.NotStarted, match="Address already in use"):
        background.start([], machine.program)


def test_no_port(machine: Machine) -> None:
    with SqliteStore(machine.places.etc).change(["site"]) as change:
        change.delete("site", {"key": "xcatdport"})
    status, said = machine.run("-f")
    assert (status, said.startswith("xcatd: ERROR: Need xcatdport defined in site table")) == (1, True)


@pytest.mark.parametrize("port", ["", "0", "65536", "-1", "many"])
def test_a_port_that_is_none(machine: Machine, port: str) -> None:
    machine.site(xcatiport=port or " ")
    status, said = machine.run("-f")
    assert (status, "xcatiport" in said) == (1, True)


@pytest.mark.parametrize("file", ["server-cred.pem", "ca.pem"])
def test_no_certificate(machine: Machine, file: str) -> None:
    (machine.places.server / file).write_text("")
    status, said = machine.run("-f")
    assert (status, said.count("\n"), "hamn xcat init" in said) == (1, 1, True)


def test_no_place_for_the_pid_file(machine: Machine) -> None:
    status, said = machine.run("-f", "-p", "/no/where/xcatd.pid")
    assert (status, said) == (1, "xcatd: /no/where/xcatd.pid: can't be written: No such file or directory\n")


def test_nothing_is_mounted(machine: Machine) -> None:
    shutil.rmtree(machine.places.etc)
    machine.places.etc.mkdir()
    status, said = machine.run("-f")
    assert (status, "no table site here" in said) == (1, True)
    assert list(machine.places.etc.iterdir()) == []


@pytest.fixture
def notices(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.bind(str(tmp_path / "notices"))
        one.settimeout(30)
        yield one


def test_it_waits_for_tables_that_are_locked(machine: Machine, notices: socket.socket) -> None:
    with sqlite3.connect(machine.places.etc / "site.sqlite", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        process = machine.start(notices)
        assert notices.recv(1000).startswith(b"STATUS=waiting for the tables: ")
        assert not machine.listens
        other.execute("ROLLBACK")
    other.close()
    while not notices.recv(1000).startswith(b"READY=1\n"):
        pass
    assert machine.listens
    process.terminate()
    assert process.wait(timeout=10) == 0


def test_systemd_is_told(machine: Machine, notices: socket.socket) -> None:
    process = machine.start(notices)
    assert notices.recv(1000).startswith(b"READY=1\n")
    assert machine.listens
    process.terminate()
    assert notices.recv(1000) == b"STOPPING=1"
    assert process.wait(timeout=10) == 0


def test_odd_policy_rows_are_said(machine: Machine, notices: socket.socket) -> None:
    with SqliteStore(machine.places.etc).change(["policy"]) as change:
        change.insert("policy", [{"priority": "99", "rule": "allow"}])
    process = machine.start(notices, stderr=subprocess.PIPE)
    assert notices.recv(1000).startswith(b"READY=1\n")
    process.terminate()
    _, said = process.communicate(timeout=10)
    assert b"policy row '99': names nobody and nothing: allows everybody everything" in said


def test_the_pid_file_of_somebody_else(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "600"]) as sleeper:
        (tmp_path / "pid").write_text(f"{sleeper.pid}\n")
        background.stop(tmp_path / "pid")
        assert sleeper.poll() is None
        sleeper.kill()


@pytest.mark.parametrize("text", ["", "x", "99999999", "-1"])
def test_a_pid_file_that_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "pid").write_text(text)
    background.stop(tmp_path / "pid")
