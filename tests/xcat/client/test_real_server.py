"""What a real xcatd was heard to say, said again: the client prints it as the real client did."""

from __future__ import annotations

import gc
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hamn.xcat.client import main
from hamn.xcat.client.connection import place
from hamn.xcat.credentials.places import Places

SAMPLES = Path(__file__).parent.parent / "protocol/samples"


@contextmanager
def server(places: Places, said: bytes) -> Iterator[int]:
    """Says it to one client, whatever that asks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(places.server / "server-cred.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            plain, _ = listening.accept()
            with context.wrap_socket(plain, server_side=True) as connection:
                while not connection.recv(65536).endswith(b"</xcatrequest>\n"):
                    pass
                connection.sendall(said)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


HEARD = {
    "chdef-t-site": (0, "1 object definitions have been created or modified.\n", ""),
    "lsdef-error": (
        1,
        "No object definitions have been found\n",
        "Error: [xcatmn]: Could not find an object named 'nosuch' of type 'node'.\n",
    ),
    "lsdef-t-site-i-master": (0, "Object name: clustersite\n    master=10.1.0.1\n", ""),
    "nodels-error": (1, "", "Error: Invalid nodes and/or groups in noderange: nosuch\n"),
    "nodels-two-nodes": (0, "n01: 10.1.1.1\nn02: 10.1.1.2\n", ""),
    "permission-denied": (1, "", "Error: Permission denied for request\n"),
    "unsupported-command": (0, "", "Error: Unsupported request\n"),
}


Hear = Callable[[bytes], tuple[int, str, str]]


@pytest.fixture
def hear(first_day: Places, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Hear]:
    """The client's status, output and complaints when a server says this."""

    def hear(said: bytes) -> tuple[int, str, str]:
        with server(first_day, said) as port:
            monkeypatch.setenv("XCATHOST", f"127.0.0.1:{port}")
            status = main.main(["/opt/xcat/bin/lsdef"])
        return (status, *capfd.readouterr())

    monkeypatch.setenv("HOME", str(first_day.root_home))
    yield hear
    gc.enable()  # the client is a process of its own otherwise


@pytest.mark.parametrize("name", HEARD)
def test_as_the_real_client(name: str, hear: Hear) -> None:
    said = (SAMPLES / f"{name}.response.xml").read_bytes()
    assert hear(said) == HEARD[name]


def test_a_table(hear: Hear) -> None:
    said = (SAMPLES / "tabdump-site.response.xml").read_bytes()
    table = (SAMPLES.parent.parent / "tables/samples/site.csv").read_text()
    assert hear(said) == (0, table, "")


def test_descriptions(hear: Hear) -> None:
    node = b"<node><name>n1</name><data><desc>mac.mac</desc><contents>02:00</contents></data></node>"
    said = b"<xcatresponse>" + node + b"<data>x</data></xcatresponse><xcatresponse><serverdone/></xcatresponse>"
    assert hear(said) == (0, "n1: mac.mac: 02:00\nx\n", "")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"<xcatresponse><data>half",
        b"<xcatresponse><a></b></xcatresponse>",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"<xcatresponse>\n</xcatresponse>\n",
    ],
)
def test_less_than_all(said: bytes, hear: Hear) -> None:
    words = "ERROR/WARNING: communication with the xCAT server seems to have been ended prematurely\n"
    assert hear(said) == (1, "", words)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (None, ("localhost", 3001)),
        ("", ("localhost", 3001)),
        ("mn", ("mn", 3001)),
        ("mn:4001", ("mn", 4001)),
        ("10.1.0.1:4001", ("10.1.0.1", 4001)),
        ("[fd00::1]:4001", ("fd00::1", 4001)),
        ("[fd00::1]", ("fd00::1", 3001)),
    ],
)
def test_where(text: str | None, meant: tuple[str, int]) -> None:
    assert place({} if text is None else {"XCATHOST": text}) == meant
