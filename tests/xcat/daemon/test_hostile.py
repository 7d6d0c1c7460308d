"""Clients that are slow, broken or worse cost the daemon little and the others nothing."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamn.xcat.daemon import client
from tests.xcat.daemon import running
from tests.xcat.daemon.running import Daemon, asked, responses, texts

BOMB = b'<!DOCTYPE a [<!ENTITY b "bb">]><xcatrequest><arg>&b;</arg></xcatrequest>'


def serves(daemon: Daemon) -> bool:
    return texts(daemon.ask("lsxcatd")) == ["Version 1"]


@pytest.mark.parametrize(
    "sent",
    [
        b"<xcatrequest>&b;</xcatrequest>\n",
        b"<xcatrequest>" + b"<a>" * 1000 + b"</xcatrequest>",
        b"<xcatrequest><arg></xcatrequest>",
    ],
)
def test_bad_requests_are_answered(daemon: Daemon, sent: bytes) -> None:
    with daemon.connect() as connection:
        connection.sendall(sent)
        found = responses(connection)
        assert texts(found, "error")[0].startswith("Request refused: ")
        assert texts(found, "errorcode") == ["1"]
    assert serves(daemon)


@pytest.mark.parametrize(
    "sent", [b"GET / HTTP/1.1\r\nHost: mn\r\n\r\n", b"\0" * 100, BOMB, b"<xcatrequest a='b'></xcatrequest>"]
)
def test_what_is_no_request_hears_nothing(daemon: Daemon, sent: bytes) -> None:
    with daemon.connect() as connection:
        connection.sendall(sent)
        assert connection.recv(100) == b""
    assert serves(daemon)


def test_no_tls(daemon: Daemon) -> None:
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=30) as connection:
        connection.sendall(asked("lsxcatd"))
        with contextlib.suppress(ConnectionError):
            while connection.recv(100):
                pass
    assert serves(daemon)


@pytest.mark.parametrize(("user", "limit"), [(None, client.UNKNOWN_BYTES)])
def test_a_request_without_end(daemon: Daemon, user: str | None, limit: int) -> None:
    """Who shows no certificate gets no memory."""
    with daemon.connect(user) as connection:
        connection.sendall(b"<xcatrequest><arg>" + b"x" * (limit + 1))
        assert texts(responses(connection), "error")[0].startswith(f"Request refused: more than {limit} bytes")
    assert serves(daemon)


def test_a_certificate_may_send_much(daemon: Daemon) -> None:
    text = "x" * (4 * client.UNKNOWN_BYTES)
    assert texts(daemon.ask("echo", text))[1] == f"args=({text!r},)"


@given(st.binary(max_size=300) | st.text("<>/&;xcatrequest \n").map(str.encode))
@settings(max_examples=40)
def test_anything_at_all(daemon: Daemon, sent: bytes) -> None:
    with daemon.connect() as connection:
        connection.sendall(asked("lines", "1") + sent)
        assert texts(responses(connection), "info") == ["line 0"]
    assert serves(daemon)


def resident_mb(daemon: Daemon) -> float:
    return int(Path(f"/proc/{daemon.process.pid}/statm").read_text().split()[1]) * 4096 / 1e6


async def converse(daemon: Daemon, context: ssl.SSLContext, *words: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", daemon.port, ssl=context)
    writer.write(asked(*words))
    said = await reader.readuntil(b"<serverdone></serverdone>\n</xcatresponse>\n")
    writer.close()
    return said


def test_many_and_slow_ones(own: Daemon) -> None:
    """A hundred that ask and listen are served while ten take nothing; none is refused."""

    async def slow(context: ssl.SSLContext) -> asyncio.StreamWriter:
        _, writer = await asyncio.open_connection("127.0.0.1", own.port, ssl=context, limit=1)
        writer.transport.pause_reading()
        writer.write(asked("lines", "20000"))
        return writer

    async def all_of_them() -> list[bytes]:
        context = own.context()
        slow_ones = await asyncio.gather(*(slow(context) for _ in range(10)))
        said = await asyncio.gather(*(converse(own, context, "lines", "40") for _ in range(100)))
        for writer in slow_ones:
            writer.transport.abort()
        return said

    said = asyncio.run(all_of_them())
    assert [text.count(b"<info>") for text in said] == [40] * 100
    assert resident_mb(own) < 100


def test_who_reads_nothing_holds_no_thread(own: Daemon) -> None:
    """More clients that don't read than commands may be at work, each with more to take than fits anywhere."""

    async def all_of_them() -> bytes:
        context = own.context()
        writers = []
        for _ in range(running.AT_WORK + 4):
            _, writer = await asyncio.open_connection("127.0.0.1", own.port, ssl=context, limit=1)
            writer.transport.pause_reading()
            writer.write(asked("lines", "1000000000", "x" * 10_000))
            writers.append(writer)
        said = await converse(own, context, "lsxcatd")
        for writer in writers:
            writer.transport.abort()
        return said

    assert b"Version 1" in asyncio.run(all_of_them())


def test_the_tables_go_and_come_back(own: Daemon) -> None:
    etc, away = own.places.etc, own.places.root / "away"
    assert texts(own.ask("echo"))
    etc.rename(away)
    assert texts(own.ask("echo"), "error") == ["Permission denied for request"]
    assert not etc.exists()
    away.rename(etc)
    assert texts(own.ask("echo"))
    assert "no such directory" in own.said


def test_a_store_that_is_locked(own: Daemon) -> None:
    with own.store.change(["policy"]) as change:
        change.insert("policy", [{"priority": "9", "rule": "deny"}])
        assert texts(own.ask("lsxcatd")) == ["Version 1"]  # readers don't wait for who writes


@pytest.mark.parametrize("busy", [(), ("stuck",), ("forever", "/dev/null"), ("lines", "1000000000")])
def test_it_stops(own: Daemon, busy: tuple[str, ...]) -> None:
    with own.connect() as connection, own.connect():
        if busy:
            connection.sendall(asked(*busy))
            if busy[0] != "stuck":
                connection.recv(10)
            else:
                time.sleep(0.2)
        own.stop()
    assert own.process.returncode == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", own.port))


def test_what_is_at_work_is_ended_first(own: Daemon, tmp_path: Path) -> None:
    with own.connect() as connection:
        connection.sendall(asked("slow", str(tmp_path / "go")))
        connection.recv(1000)
        own.process.terminate()
        (tmp_path / "go").touch()
        found = responses(connection)
    assert texts(found, "info") == ["ended"]
    assert own.process.wait(timeout=10) == 0
