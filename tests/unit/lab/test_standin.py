"""The stand-in daemon as a process of its own, with a database file, on the loopback."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hamn.lab.rows import NoAnswer, StandinRows


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Where the database is; not there yet, as a shared filesystem that isn't mounted."""
    return tmp_path / "shared"


@pytest.fixture
def daemon(data: Path, port: int, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Ready by its own word, as an init system would wait for it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
        ready.bind(str(tmp_path / "notify"))
        ready.settimeout(20)
        words = ["--database", f"sqlite:{data}/rows.db", "--address", "127.0.0.1", "--port", str(port)]
        process = subprocess.Popen(
            [sys.executable, "-m", "hamn.lab.standin", *words],
            env=os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify")},
        )
        try:
            assert ready.recv(64) == b"READY=1"
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def rows(daemon: subprocess.Popen[bytes], port: int, data: Path) -> Iterator[StandinRows]:
    data.mkdir()
    client = StandinRows("127.0.0.1", port=port, connect_s=5, read_s=5)
    yield client
    client.close()


def test_rows_that_were_acknowledged_are_found(rows: StandinRows) -> None:
    for number in (3, 1, 2):
        rows.insert(number)
    assert rows.numbers() == [1, 2, 3]


def test_a_row_that_cannot_be_inserted_is_not_acknowledged(rows: StandinRows) -> None:
    rows.insert(1)
    with pytest.raises(NoAnswer, match="UNIQUE"):
        rows.insert(1)
    assert rows.numbers() == [1]


def test_it_survives_a_database_that_is_not_there(daemon: subprocess.Popen[bytes], port: int, data: Path) -> None:
    client = StandinRows("127.0.0.1", port=port, connect_s=5, read_s=5)
    client.create()  # a ping: it answers although it has no database
    with pytest.raises(NoAnswer):
        client.insert(1)
    assert not data.exists()
    data.mkdir()
    client.insert(1)
    assert client.numbers() == [1]
    assert daemon.poll() is None


@pytest.mark.parametrize("request_", ["", "insert", "insert -1", "insert x", "drop", "rows all"])
def test_what_is_no_request_is_an_error(rows: StandinRows, port: int, request_: str) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
        wire.sendall(f"{request_}\ncount\n".encode())
        answers = wire.makefile()
        assert answers.readline().startswith("error")
        assert answers.readline() == "ok 0\n"


def test_sigterm_ends_it_though_a_client_stays_connected(
    daemon: subprocess.Popen[bytes], rows: StandinRows, port: int
) -> None:
    rows.insert(1)
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(timeout=20) == 0


def test_a_missing_password_file_is_said_at_the_start(tmp_path: Path) -> None:
    words = ["--database", "mariadb", "--password-file", str(tmp_path / "none")]
    done = subprocess.run([sys.executable, "-m", "hamn.lab.standin", *words], capture_output=True, text=True)
    assert done.returncode == 2
    assert str(tmp_path / "none") in done.stderr
    assert "Traceback" not in done.stderr
