"""Commands in the client's own process: the same words, no daemon."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest

from hamn.xcat.client import main
from hamn.xcat.credentials.places import Places
from hamn.xcat.stores.sqlite import SqliteStore

HERE = socket.gethostname().partition(".")[0]


@pytest.fixture
def tables(first_day: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No daemon listens where the client would ask."""
    directory = tmp_path / "xcat"
    shutil.copytree(first_day.etc, directory)
    monkeypatch.setenv("XCATCFG", str(directory))
    monkeypatch.setenv("XCATHOST", "127.0.0.1:1")
    monkeypatch.chdir(tmp_path)
    return directory


def said(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    return (main.run(words[0], words[1:]), *capfd.readouterr())


def test_without_a_daemon(
    tables: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said(capfd, "gettab", "key=master", "site.value")[0] == 111
    monkeypatch.setenv("XCATBYPASS", "1")
    assert said(capfd, "gettab", "key=master", "site.value") == (0, "10.1.0.1\n", "")
    assert said(capfd, "tabdump", "nosuch") == (1, "", f"Error: [{HERE}]: No such table: nosuch\n")
    assert said(capfd, "nosuch") == (1, "", "Error: Unsupported request\n")


def test_chtab_never_asks_a_daemon(tables: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert said(capfd, "chtab", "key=x", "site.value=1") == (0, "", "")
    assert {"key": "x", "value": "1"} in SqliteStore(tables).read("site")


def test_a_table_from_a_file(
    tables: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XCATBYPASS", "1")
    (tmp_path / "hosts.csv").write_text('#node,ip\n"n1","a\u2028b\x0bc"\n', newline="")
    assert said(capfd, "tabrestore", "hosts.csv") == (0, "", "")
    assert SqliteStore(tables).read("hosts") == [{"node": "n1", "ip": "a\u2028b\x0bc"}]


@pytest.mark.parametrize("place", ["/nowhere/at/all", "oracle:x|y|z"])
def test_no_tables(
    place: str, tables: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XCATBYPASS", "1")
    monkeypatch.setenv("XCATCFG", place)
    status, out, errors = said(capfd, "tabdump", "site")
    assert (status, out, errors.startswith("Error: ")) == (1, "", True)
