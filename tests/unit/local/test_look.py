from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.own_namespace import Namespace

HERE = "127.0.0.1"


@pytest.fixture
def net() -> Iterator[Namespace]:
    with Namespace("net") as net:
        net.run("ip", "link", "set", "lo", "up")
        yield net


@contextmanager
def server(net: Namespace, *words: str | Path) -> Iterator[None]:
    process = subprocess.Popen(
        net.argv(sys.executable, "-u", *words), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield
    finally:
        process.kill()
        process.communicate(timeout=10)


DATAGRAMS = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", int(sys.argv[1]))); print(flush=True)
while True:
    query, client = s.recvfrom(4096)
    s.sendto(bytes.fromhex(sys.argv[2].replace("ID", query[:2].hex())), client)
"""


def test_http_answers_when_the_file_is_there(net: Namespace, tmp_path: Path) -> None:
    (tmp_path / "image").write_text("x")
    with server(net, "-m", "http.server", "8080", "--bind", HERE, "--directory", str(tmp_path)):
        found = net.local("look", "http", HERE, "8080", "/image")
        assert (found.returncode, found.stdout) == (0, "answers HTTP 200 OK\n")
        missing = net.local("look", "http", HERE, "8080", "/nothing")
        assert (missing.returncode, missing.stdout) == (1, "")
        assert missing.stderr == f"http {HERE} 8080 /nothing: 404 File not found\n"
        assert net.local("look", "tcp", HERE, "8080").stdout == f"answers tcp {HERE}:8080\n"


def test_nobody_there_is_one_line(net: Namespace) -> None:
    for question in (["tcp", HERE, "81"], ["http", HERE, "81", "/"], ["dns", HERE, "mn"], ["tftp", HERE, "x"]):
        silent = net.local("look", *question)
        assert silent.returncode == 1
        assert silent.stdout in ("", "silent\n")  # a swallowed question, in one word for a check
        assert silent.stderr.count("\n") == 1, silent.stderr


def test_an_address_that_swallows_everything_is_given_up(net: Namespace) -> None:
    net.run("ip", "link", "add", "hole", "type", "veth", "peer", "name", "sink")
    net.run("ip", "link", "set", "sink", "up")
    net.run("ip", "link", "set", "hole", "up")
    net.run("ip", "address", "add", "192.0.2.1/24", "dev", "hole")
    net.run("ip", "neigh", "add", "192.0.2.2", "lladdr", "02:00:00:00:00:01", "dev", "hole")
    assert net.local("look", "tcp", "192.0.2.2", "22").stderr == "tcp 192.0.2.2 22: no answer\n"


NAME = "026d6e00"  # mn
QUESTION = NAME + "00010001"


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (
            "ID 8180 0001 0001 0000 0000" + QUESTION + "c00c 0001 0001 0000003c 0004 c0000209",
            0,
            "mn with 1 record",
        ),
        ("ID 8580 0001 0000 0000 0000" + QUESTION, 0, "mn with authority"),
        ("ID 8180 0001 0000 0000 0000" + QUESTION, 1, "knows no address of it"),
        ("ID 8583 0001 0000 0000 0000" + QUESTION, 1, "NXDOMAIN"),
        ("ID 8182 0001 0000 0000 0000" + QUESTION, 1, "SERVFAIL"),
        ("ffff", 1, "not in DNS"),
    ],
)
def test_dns(net: Namespace, answer: str, status: int, said: str) -> None:
    with server(net, "-c", DATAGRAMS, "53", answer.replace(" ", "")):
        looked = net.local("look", "dns", HERE, "mn")
    assert looked.returncode == status
    assert said in looked.stdout + looked.stderr


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [("00030001" + "61" * 512, 0, "512 bytes"), ("00050001" + b"File not found\0".hex(), 1, "File not found")],
)
def test_tftp(net: Namespace, answer: str, status: int, said: str) -> None:
    with server(net, "-c", DATAGRAMS, "69", answer):
        looked = net.local("look", "tftp", HERE, "pxelinux.0")
    assert looked.returncode == status
    assert said in looked.stdout + looked.stderr


def test_it_waits_for_a_service_that_is_still_starting(net: Namespace) -> None:
    start: Callable[..., subprocess.Popen[bytes]] = subprocess.Popen
    looking = start(
        net.argv(sys.executable, "-m", "hamn.local.main", "look", "tcp", HERE, "8081", "--within-s", "50")
    )
    try:
        with server(net, "-m", "http.server", "8081", "--bind", HERE):
            assert looking.wait() == 0
    finally:
        looking.kill()
        looking.wait()
