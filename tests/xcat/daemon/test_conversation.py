"""What a client hears."""

from __future__ import annotations

import contextlib
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from hamn.xcat.credentials import authority
from hamn.xcat.credentials.identity import identities
from hamn.xcat.credentials.places import Places
from hamn.xcat.protocol import frames, markup, request
from tests.xcat.daemon import running
from tests.xcat.daemon.running import Daemon, asked, responses, texts

SAMPLES = Path(__file__).parent.parent / "protocol/samples"


def test_a_request_reaches_its_command(daemon: Daemon) -> None:
    with daemon.connect() as connection:
        question = request.written("echo", ["-t", "a b"], cwd="/root", noderange="n1", stdin="é\n<x>")
        connection.sendall(question)
        found = responses(connection)
    assert texts(found) == [
        "command='echo'",
        "args=('-t', 'a b')",
        "noderange='n1'",
        "stdin='é\\n<x>'",
        "user='root'",
        "host='localhost'",
        "cwd='/root'",
    ]
    assert [one.first("xcatdsource") for one in found] == [running.NAME, ""]


def test_one_after_another(daemon: Daemon) -> None:
    with daemon.connect() as connection:
        for number in range(3):
            connection.sendall(asked("lines", str(number)))
            assert texts(responses(connection), "info") == [f"line {i}" for i in range(number)]


def test_all_at_once(daemon: Daemon) -> None:
    """Requests that come early wait for their turn."""
    with daemon.connect() as connection:
        connection.sendall(asked("lines", "1", "a") + asked("lines", "1", "b") + asked("wrong"))
        assert [texts(responses(connection), kind) for kind in ("info", "info", "error")] == [
            ["a 0"],
            ["b 0"],
            ["that was wrong"],
        ]


def test_without_its_line_break(daemon: Daemon) -> None:
    with daemon.connect() as connection:
        connection.sendall(asked("lines", "1").rstrip())
        assert texts(responses(connection), "info") == ["line 0"]


def test_errors_and_nodes(daemon: Daemon) -> None:
    found = daemon.ask("wrong")
    assert texts(found, "error") == ["that was wrong"]
    assert texts(found, "errorcode") == ["3"]
    nodes = [node for one in found for node in one.children if node.name == "node"]
    assert [(node.first("name"), node.first("error"), node.first("errorcode")) for node in nodes] == [
        ("n1", "down", "4"),
        ("n2", "", ""),
    ]


def test_without_a_certificate(daemon: Daemon) -> None:
    assert texts(daemon.ask("lsxcatd", user=None)) == ["Version 1"]
    assert texts(daemon.ask("echo", user=None), "error") == ["Permission denied for request"]


def test_unknown_command(daemon: Daemon) -> None:
    found = daemon.ask("nosuch")
    assert (texts(found, "error"), texts(found, "errorcode")) == (["Unsupported request"], ["1"])


def test_a_foreign_certificate(daemon: Daemon, foreign: Places) -> None:
    context = daemon.context(None)
    context.load_cert_chain(foreign.root_home / ".xcat/client-cred.pem")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        plain = running.socket.create_connection(("127.0.0.1", daemon.port), timeout=30)
        with context.wrap_socket(plain) as connection:
            connection.sendall(asked("lsxcatd"))
            assert connection.recv(100) == b""
            raise ConnectionError  # ended without a word is refused, too
    assert texts(daemon.ask("lsxcatd")) == ["Version 1"]


def test_a_client_certificate_is_no_server(daemon: Daemon) -> None:
    """Whoever has a user's certificate can't pass for the server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(daemon.places.root_home / ".xcat/client-cred.pem")
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = daemon.context().wrap_bio(to_client, to_server)
    server = context.wrap_bio(to_server, to_client, server_side=True)
    with pytest.raises(ssl.SSLCertVerificationError):
        for side in (client, server) * 3:
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()


def test_what_was_said_so_far_comes_before_the_end(daemon: Daemon, tmp_path: Path) -> None:
    with daemon.connect() as connection:
        connection.sendall(asked("slow", str(tmp_path / "go")))
        (document,) = frames.Frames(frames.RESPONSE, 1000).feed(connection.recv(1000))
        assert markup.read(document).texts("info") == ["begun"]
        (tmp_path / "go").touch()
        assert texts(responses(connection), "info") == ["ended"]


def test_much(daemon: Daemon) -> None:
    assert texts(daemon.ask("lines", "100000"), "info") == [f"line {i}" for i in range(100_000)]


@pytest.mark.parametrize("how", ["abort", "close"])
def test_nobody_listens_any_more(daemon: Daemon, tmp_path: Path, how: str) -> None:
    with daemon.connect() as connection:
        connection.sendall(asked("forever", str(tmp_path / "ended")))
        connection.recv(100)
        if how == "abort":
            connection.sendall(request.ABORT)
            while connection.recv(65536):
                pass
    while not (tmp_path / "ended").exists():
        time.sleep(0.01)


def test_another_program(daemon: Daemon) -> None:
    """The real client's captured words, through a TLS client that isn't Python's."""
    home = daemon.places.root_home / ".xcat"
    argv = ["openssl", "s_client", "-quiet", "-verify_return_error", "-connect", f"127.0.0.1:{daemon.port}"]
    argv += ["-cert", str(home / "client-cert.pem"), "-key", str(home / "client-key.pem")]
    with subprocess.Popen(
        [*argv, "-CAfile", str(home / "ca.pem")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write((SAMPLES / "nodels-two-nodes.request.xml").read_bytes())
        process.stdin.flush()
        said = b""
        while b"serverdone" not in said:
            said += process.stdout.read1()
        process.kill()
    assert b"<data>noderange=&apos;n01,n02&apos;</data>" in said.replace(b"'", b"&apos;")


def test_a_command_that_breaks_breaks_nothing_else(daemon: Daemon) -> None:
    assert texts(daemon.ask("broken"), "info") == []
    assert texts(daemon.ask("lsxcatd")) == ["Version 1"]
    assert "RuntimeError: a mistake of ours" in daemon.said


def test_a_table_comes_line_by_line(daemon: Daemon) -> None:
    with daemon.connect() as connection:
        more = {"table": ["site"], "data": ["#key,value\n", '"a","b"\n']}
        connection.sendall(request.written("tabrestore", ["-a"], cwd="/", more=more))
        found = texts(responses(connection))
    assert found[1] == "args=('-a', 'site.csv')"
    assert found[3] == 'stdin=\'#key,value\\n"a","b"\\n\''


def test_logged(daemon: Daemon) -> None:
    daemon.ask("echo", "passwd.password=hunter2", "key=system")
    while "[Request]    echo passwd.password=******" not in daemon.log.read_text():
        time.sleep(0.01)
    assert "hunter2" not in daemon.log.read_text()
    assert "hunter2" not in daemon.said
    assert "Allowing echo passwd.password=****** key=system for root from localhost" in daemon.said
    assert daemon.log.stat().st_mode & 0o777 == 0o600


def test_a_renewed_certificate_is_used_at_once(own: Daemon) -> None:
    def serial() -> object:
        with own.connect() as connection:
            return (connection.getpeercert() or {})["serialNumber"]

    before = serial()
    one = authority.Authority(own.places)
    with one.held():
        identities(own.places, "mn", ("other",))[0].ensure(one, own.places, renew=True)
    assert serial() != before
