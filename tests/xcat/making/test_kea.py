"""makedhcp with Kea: its files, and a real control socket."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hamn.xcat.generators.kea import CONTROL
from hamn.xcat.generators.written import Refused
from hamn.xcat.making import kea
from tests.xcat.making import place
from tests.xcat.making.place import Place

CONF = "etc/kea/kea-dhcp4.conf"
UNIT = "kea-dhcp4-server"


class Kea:
    """Answers one request on each connection, and keeps what it was asked."""

    def __init__(self, path: Path) -> None:
        self.answer = b'{"result": 0, "text": "Configuration successful."}'
        self.asked: list[object] = []
        path.parent.mkdir(parents=True)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(path))
        self.socket.listen()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                said = connection.makefile("rb").read()
                self.asked.append(json.loads(said))
                connection.sendall(self.answer)

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


@pytest.fixture
def mn(tmp_path: Path, empty_tables: Path) -> Place:
    made = place.make(tmp_path / "r", empty_tables, site={"dhcpbackend": "kea"})
    made.good("makehosts")
    made.good("makedhcp", "-n")
    assert made.daemons.told() == [f"systemctl start {unit}" for unit in ("kea-dhcp-ddns-server", UNIT)]
    return made


@pytest.fixture
def server(mn: Place) -> Iterator[Kea]:
    made = Kea(mn.machine.at(CONTROL))
    yield made
    made.close()


def names(mn: Place) -> list[str]:
    return kea.reserved(mn.text(CONF))


def test_reservations_come_by_name_and_stay(mn: Place, server: Kea) -> None:
    assert names(mn) == []
    mn.good("makedhcp", noderange="n02")
    assert names(mn) == ["n02"]
    mn.good("makedhcp", "-n")
    assert names(mn) == ["n02"]
    mn.good("makedhcp", "-a")
    assert names(mn) == ["n01", "n02", "n03"]
    said = mn.good("makedhcp", "-q", noderange="n01")
    assert said == "n01: ip-address = 10.1.1.1 hardware-address = 02:00:0a:01:01:01 hostname = n01"
    mn.good("makedhcp", "-d", noderange="n01")
    assert names(mn) == ["n02", "n03"]
    assert server.asked == [{"command": "config-reload"}] * 3
    assert mn.daemons.told() == []


def test_nodes_that_lost_their_rows_are_not_dropped_in_silence(mn: Place, server: Kea) -> None:
    mn.good("makedhcp", "-a")
    mn.write("etc/hosts", place.HOSTS)
    said = mn.say("makedhcp", "-a")
    assert said[-1].errorcode == 1
    assert "nothing would be left of 3" in said[-1].text
    assert len(names(mn)) == 3


def test_a_file_that_kea_does_not_take_is_put_back(mn: Place, server: Kea) -> None:
    before = mn.text(CONF)
    server.answer = b'{"result": 1, "text": "duplicate reservation"}'
    (said,) = mn.say("makedhcp", "-a")
    assert said.errorcode == 1
    assert "duplicate reservation" in said.text
    assert mn.text(CONF) == before


def test_one_that_does_not_listen_is_restarted(mn: Place) -> None:
    mn.good("makedhcp", "-a")
    assert mn.daemons.told() == [f"systemctl restart {UNIT}"]


def test_an_answer_that_is_none(mn: Place, server: Kea) -> None:
    server.answer = b"[]"
    with pytest.raises(Refused, match="isn't understood"):
        kea.reloaded(str(mn.machine.at(CONTROL)))


def test_stopped(mn: Place) -> None:
    mn.daemons.active.clear()
    (said,) = mn.say("makedhcp", "-a")
    assert said.text == f"{UNIT} is not running. Please start the Kea DHCP service."


def test_the_packages_own_file_has_no_reservations_of_ours() -> None:
    assert kea.reserved('// a comment\n{"Dhcp4": {\n // subnets\n "subnet4": [], }}\n') == []
    assert kea.reserved("") == []
