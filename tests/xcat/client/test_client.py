"""The program as a user starts it, against the daemon: what it prints where, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hamn.xcat.client import links
from hamn.xcat.credentials.places import Places
from tests.xcat.daemon import running
from tests.xcat.daemon.running import Daemon

PROGRAM = "import sys; from hamn.xcat.client.main import main; sys.exit(main())"


@pytest.fixture(scope="module")
def daemon(first_day: Places) -> Iterator[Daemon]:
    with running.daemon(first_day) as one:
        yield one


class Shell:
    """Where a user sits: commands by name, as links to the one program."""

    def __init__(self, daemon: Daemon, directory: Path) -> None:
        self._bin = directory / "bin"
        self._bin.mkdir()
        self.cwd = directory
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(daemon.places.root_home),
            "XCATHOST": f"127.0.0.1:{daemon.port}",
        }

    def start(self, command: str, *words: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        link = self._bin / command
        if not link.exists():
            link.write_text(f"#!{sys.executable}\n{PROGRAM}\n")
            link.chmod(0o755)
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [link, *words], stdin=stdin, stdout=pipe, stderr=pipe, text=True, cwd=self.cwd, env=self.environment
        )

    def run(self, command: str, *words: str, given: str | None = None) -> tuple[int, str, str]:
        process = self.start(command, *words, stdin=subprocess.DEVNULL if given is None else subprocess.PIPE)
        out, err = process.communicate(given, timeout=30)
        return process.returncode, out, err


@pytest.fixture
def shell(daemon: Daemon, tmp_path: Path) -> Shell:
    return Shell(daemon, tmp_path)


def test_lines(shell: Shell) -> None:
    assert shell.run("lines", "2", "é") == (0, "é 0\né 1\n", "")


def test_errors_warnings_nodes(shell: Shell) -> None:
    assert shell.run("wrong") == (
        3 | 4,
        "n2: up\n",
        "Error: [xcatmn]: that was wrong\nWarning: [xcatmn]: mind this\nn1: Error: [xcatmn]: down\n",
    )


def test_what_no_command_says_has_no_name_before_it(shell: Shell) -> None:
    assert shell.run("nosuch") == (1, "", "Error: Unsupported request\n")


def test_the_server_is_shown(shell: Shell) -> None:
    shell.environment["XCATSHOWSVR"] = "1"
    assert shell.run("lines", "1") == (0, "[xcatmn]: line 0\n", "")


def test_the_xml_is_shown(shell: Shell) -> None:
    shell.environment["XCATSHOWXML"] = "1"
    status, out, err = shell.run("wrong")
    assert (status, err) == (7, "")
    assert out.startswith("<xcatresponse>\n  <error>that was wrong</error>\n  <errorcode>3</errorcode>\n")
    del shell.environment["XCATSHOWXML"]
    shell.environment["XCATXMLTRACE"] = "1"
    status, out, err = shell.run("wrong")
    assert (status, out.splitlines()[0], out.splitlines()[-1]) == (7, "<xcatrequest>", "</xcatresponse>")
    assert "\nn2: up\n" in out
    assert "Error: [xcatmn]: that was wrong\n" in err


@pytest.mark.parametrize(
    ("command", "words", "args", "noderange", "stdin"),
    [
        ("echo", ["n1", "-x"], ("n1", "-x"), None, None),
        ("nodels", ["-S", "n1", "hosts.ip"], ("-S", "hosts.ip"), "n1", None),
        ("nodels", [""], (), "", None),
        ("nodels", [], (), None, None),
        ("lsdef", ["-z", "n1"], ("-z", "n1"), None, ""),
        ("mkdef", ["-z"], ("-z",), None, "n1:\n  objtype=node\n"),
        ("chdef", ["-fz"], ("-fz",), None, "n1:\n  objtype=node\n"),
        ("mkdef", ["-t", "node"], ("-t", "node"), None, ""),
    ],
)
def test_what_is_asked(
    shell: Shell, command: str, words: list[str], args: tuple[str, ...], noderange: str | None, stdin: str | None
) -> None:
    _, out, _ = shell.run(command, *words, given="n1:\n  objtype=node\n")
    assert out.splitlines()[1:4] == [f"args={args!r}", f"noderange={noderange!r}", f"stdin={stdin!r}"]


def test_an_idle_pipe_is_nobodys_input(shell: Shell) -> None:
    process = shell.start("lsdef", "n1", stdin=subprocess.PIPE)
    assert process.wait(timeout=30) == 0
    for pipe in (process.stdin, process.stdout, process.stderr):
        assert pipe
        pipe.close()


def test_a_table_from_a_file(shell: Shell) -> None:
    (shell.cwd / "site.csv").write_text('#key,value\n"a","1\n2"\n')
    _, out, _ = shell.run("tabrestore", "-a", "site.csv")
    assert "args=('-a', 'site.csv')" in out
    assert 'stdin=\'#key,value\\n"a","1\\n2"\\n\'' in out
    assert shell.run("tabrestore", "gone.csv") == (3, "Error: Unable to open gone.csv for reading.\n", "")


def test_nobody_there(shell: Shell) -> None:
    shell.environment["XCATHOST"] = "127.0.0.1:1"
    status, out, err = shell.run("lines", "1")
    assert (status, err) == (111, "Connection failure: connect: Connection refused\n")
    assert out.splitlines() == [
        "Unable to open socket connection to xcatd daemon on 127.0.0.1:1.",
        "Verify that the xcatd daemon is running and that your SSL setup is correct.",
    ]


def test_a_server_of_another_authority(shell: Shell, foreign: Places) -> None:
    shell.environment["HOME"] = str(foreign.root_home)
    status, _, err = shell.run("lines", "1")
    assert status == 255
    assert err.startswith("Connection failure: SSL connect attempt failed error:")


def test_without_a_certificate(shell: Shell, tmp_path: Path) -> None:
    shell.environment["HOME"] = str(tmp_path)
    status, out, err = shell.run("lsxcatd", "-v")
    assert (status, out) == (0, "Version 1\n")
    assert "client certificates" in err
    status, out, err = shell.run("lines", "1")
    assert (status, out, err.splitlines()[1:]) == (1, "", ["Error: Permission denied for request"])


def test_interrupted(shell: Shell, tmp_path: Path) -> None:
    process = shell.start("forever", str(tmp_path / "ended"))
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    while not (tmp_path / "ended").exists():
        pass


def test_the_reader_has_enough(shell: Shell) -> None:
    process = shell.start("lines", "1000000")
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=30) == 141
    process.stderr.close()


def test_cut_in_the_middle(first_day: Places, tmp_path: Path) -> None:
    with running.daemon(first_day) as own:
        process = Shell(own, tmp_path).start("forever", "/dev/null")
        assert process.stdout
        process.stdout.readline()
        own.process.kill()
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert err == "ERROR/WARNING: communication with the xCAT server seems to have been ended prematurely\n"


def test_names_of_a_directory(tmp_path: Path) -> None:
    assert links.make(str(tmp_path / "bin"), ["tabdump", "lsdef"]) == ["lsdef", "tabdump"]
    assert links.make(str(tmp_path / "bin"), ["tabdump", "nodels"]) == ["nodels"]
    environment = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path), "XCATHOST": "127.0.0.1:1"}
    assert subprocess.run(["nodels"], env=environment, capture_output=True, check=False).returncode == 111
    (tmp_path / "bin/chdef").write_text("another's")
    with pytest.raises(FileExistsError):
        links.make(str(tmp_path / "bin"), ["chdef"])


def test_it_starts_light(shell: Shell) -> None:
    """What takes long to import has no place in a command that has to be there in a tenth of a second."""
    said = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import hamn.xcat.client.main, hamn.xcat.client.connection"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    loaded = {line.split("|")[-1].strip() for line in said.splitlines()}
    assert not loaded & {"asyncio", "dataclasses", "sqlite3", "sqlalchemy", "pathlib", "argparse", "inspect"}
