"""What nodes hear on 3001/udp and 3002, and what is kept of what they say."""

from __future__ import annotations

import socket
import time

import pytest

from hamn.xcat.daemon.boot_flow import ASKS, HEARD, ROOM
from tests.xcat.daemon.running import Daemon


def test_room_for_one_more(daemon: Daemon) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.settimeout(30)
        out.sendto(b"something else", ("127.0.0.1", daemon.port))
        out.sendto(ASKS + b"\n", ("127.0.0.1", daemon.port))
        assert [out.recv(100), out.recv(100)] == [HEARD, ROOM]


def say(daemon: Daemon, *lines: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", daemon.nodes_port), timeout=30) as node:
        said = node.recv(6)
        if said:
            node.sendall(b"".join(lines))
            while data := node.recv(1000):
                said += data
        return said


@pytest.fixture
def known(own: Daemon) -> Daemon:
    with own.store.change(["nodelist"]) as change:
        change.insert("nodelist", [{"node": "n1", "groups": "all"}, {"node": "n2"}])
    return own


def status(daemon: Daemon) -> dict[str, str]:
    return daemon.store.read("nodelist")[0]


def test_a_status_is_written(known: Daemon) -> None:
    assert say(known, b"installstatus installing\n") == b"ready\ndone\n"
    assert say(known, b"installstatus booted\n") == b"ready\ndone\n"
    while status(known).get("status") != "booted":
        time.sleep(0.02)
    assert set(status(known)) == {"node", "groups", "status", "statustime"}
    assert time.strptime(status(known)["statustime"], "%m-%d-%Y %H:%M:%S")
    assert known.store.read("nodelist")[1] == {"node": "n2"}


def test_the_last_status_is_written(known: Daemon) -> None:
    say(known, b"installstatus booted\n")
    known.stop()
    assert status(known)["status"] == "booted"


def test_a_status_waits_for_the_tables(known: Daemon) -> None:
    say(known, b"installstatus installing\n")
    while "status" not in status(known):
        time.sleep(0.02)
    etc, away = known.places.etc, known.places.root / "away"
    etc.rename(away)
    say(known, b"installstatus booted\n")
    time.sleep(0.5)
    away.rename(etc)
    while status(known)["status"] != "booted":
        time.sleep(0.02)


def test_a_node_asks(known: Daemon) -> None:
    assert say(known, b"getpostscript\n") == b"ready\ndone\necho n1\n#END OF SCRIPT\n"


def test_tables_know_better_than_name_servers(own: Daemon) -> None:
    with own.store.change(["nodelist", "hosts"]) as change:
        change.insert("nodelist", [{"node": "n1"}, {"node": "n7", "groups": "all"}])
        change.insert("hosts", [{"node": "all", "ip": "|n(\\d+)|127.0.0.($1-6)|"}])
    assert say(own, b"getpostscript\n") == b"ready\ndone\necho n7\n#END OF SCRIPT\n"


@pytest.mark.parametrize("line", [b"nonsense\n", b"\n", b"\xff\xfe\n", b"installstatus\n"])
def test_what_means_nothing_changes_nothing(known: Daemon, line: bytes) -> None:
    assert say(known, line) == b"ready\ndone\n"
    time.sleep(0.3)
    assert known.store.read("nodelist")[0] == {"node": "n1", "groups": "all"}


def test_who_is_no_node_hears_nothing(own: Daemon) -> None:
    assert say(own) == b""


def test_a_line_without_end(known: Daemon) -> None:
    with socket.create_connection(("127.0.0.1", known.nodes_port), timeout=30) as node:
        assert node.recv(6) == b"ready\n"
        node.sendall(b"x" * 100_000)
        with pytest.raises(ConnectionError):
            while node.recv(1000):
                node.sendall(b"x" * 100_000)
            raise ConnectionError
