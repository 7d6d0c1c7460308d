"""Listing and receiving on real files; how they come over is the lab's to show."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import hamn.local.receive
from hamn.local.receive import outdated, put_in_place
from hamn.model.owner import OwnerRecord


def listed(*words: str | Path) -> dict[str, Any]:
    argv = [sys.executable, "-m", "hamn.local.main", "listing", *map(str, words)]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def order(files: dict[Path, str], **told: Any) -> dict[str, Any]:
    own = {"mode": 0o640, "user": str(os.geteuid()), "group": str(os.getegid()), "parent": 0o700}
    wanted = {
        str(path): {"sha256": hashlib.sha256(text.encode()).hexdigest(), **own} for path, text in files.items()
    }
    return {"from": "mn1", "epoch": 3, "keep": 2, "after": [], "same": {}, "files": wanted, **told}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "state" / "sync").mkdir(parents=True)
    return tmp_path / "state"


def staged(state: Path, files: dict[Path, str]) -> str:
    place = state / "sync" / "incoming"
    for path, text in files.items():
        target = Path(f"{place}{path}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return str(place)


def received(state: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((state / "sync" / "received.json").read_text())
    return found


def put(state: Path, files: dict[Path, str], **told: Any) -> dict[str, Any]:
    return put_in_place(str(state), staged(state, files), order(files, **told))


def test_lists_plain_files_and_never_who_may_log_in(tmp_path: Path, state: Path) -> None:
    ssh = tmp_path / "ssh"
    ssh.mkdir(0o700)
    for name in ("id_rsa", "authorized_keys", "authorized_keys2", "known_hosts"):
        (ssh / name).write_text(name)
    (ssh / "id_rsa").chmod(0o600)
    (ssh / "link").symlink_to("id_rsa")
    os.mkfifo(ssh / "pipe")
    found = listed(state, ssh, f"{ssh}/id_*", "--except", f"{ssh}/known*")["files"]
    assert set(found) == {f"{ssh}/{name}" for name in ("id_rsa", "link", "pipe")}
    assert found[f"{ssh}/id_rsa"]["sha256"] == hashlib.sha256(b"id_rsa").hexdigest()
    assert (found[f"{ssh}/id_rsa"]["mode"], found[f"{ssh}/id_rsa"]["parent"]) == (0o600, 0o700)
    assert found[f"{ssh}/link"]["real"] == f"{ssh}/id_rsa"
    assert found[f"{ssh}/pipe"]["trouble"]


def test_the_earlier_version_is_kept_and_only_so_many(tmp_path: Path, state: Path) -> None:
    path = tmp_path / "new" / "file"
    kept = [put(state, {path: text})["installed"][str(path)] for text in ("one", "two", "three", "four")]
    assert path.read_text() == "four" and path.stat().st_mode & 0o777 == 0o640
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert kept[0] == "" and not Path(kept[1]).exists()
    assert [Path(each).read_text() for each in kept[2:]] == ["two", "three"]
    assert Path(kept[3]).parent.stat().st_mode & 0o777 == 0o700


def test_what_changed_on_the_way_is_not_put_in_place(tmp_path: Path, state: Path) -> None:
    path = tmp_path / "file"
    path.write_text("mine")
    wanted = order({path: "as listed"})
    done = put_in_place(str(state), staged(state, {path: "as it came"}), wanted)
    assert path.read_text() == "mine" and not done["installed"] and "changed" in done["failed"][str(path)]


def test_a_file_of_an_account_that_is_not_here_stays_out_and_the_others_come(tmp_path: Path, state: Path) -> None:
    files = {tmp_path / "a": "a", tmp_path / "b": "b"}
    wanted = order(files)
    wanted["files"][str(tmp_path / "a")]["user"] = "nobody-of-that-name"
    done = put_in_place(str(state), staged(state, files), wanted)
    assert list(done["failed"]) == [str(tmp_path / "a")] and not (tmp_path / "a").exists()
    assert (tmp_path / "b").read_text() == "b"


def test_a_command_that_follows_is_owed_until_it_has_worked(tmp_path: Path, state: Path) -> None:
    path, flag = tmp_path / "file", tmp_path / "flag"
    after = [[f"{tmp_path}/*", ["test", "-e", str(flag)]], ["/elsewhere", ["false"]]]
    done = put(state, {path: "x"}, after=after)
    assert [argv for argv, why in done["after"] if why] == [["test", "-e", str(flag)]]
    assert received(state)["owed"] == [["test", "-e", str(flag)]]
    flag.touch()
    assert put(state, {})["after"] == [(["test", "-e", str(flag)], "")]
    assert received(state)["owed"] == []


def test_remembers_what_came_and_what_was_the_same(tmp_path: Path, state: Path) -> None:
    put(state, {tmp_path / "a": "a"}, same={"/etc/hosts": "5a"})
    told = received(state)
    assert told["files"] == {str(tmp_path / "a"): hashlib.sha256(b"a").hexdigest(), "/etc/hosts": "5a"}
    assert (told["epoch"], told["from"]) == (3, "mn1")


def test_an_rsync_without_end_is_said(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rsync = tmp_path / "bin" / "rsync"
    rsync.parent.mkdir()
    rsync.write_text("#!/bin/sh\nexec sleep 60\n")
    rsync.chmod(0o755)
    monkeypatch.setenv("PATH", f"{rsync.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(hamn.local.receive, "FETCH_S", 0.1)
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(order({tmp_path / "one": "new"}))))
    assert hamn.local.receive.receive([str(state), "root@mn1:/", "--rsh", "ssh"]) == 1
    assert "no end" in capsys.readouterr().err
    assert not (state / "sync" / "incoming").exists()


def test_nothing_is_taken_from_who_is_no_longer_the_owner(state: Path) -> None:
    memory = state / "owner.json"
    sent = {"from": "mn1", "epoch": 3}
    assert outdated(str(state), sent) == ""
    for record, fits in (
        (OwnerRecord("hpc1", 3, "mn1"), True),
        (OwnerRecord("hpc1", 2, "mn2"), True),
        (OwnerRecord("hpc1", 3, "mn2"), False),
        (OwnerRecord("hpc1", 4, "mn2"), False),
        (OwnerRecord("hpc1", 4, None, released_by="mn2"), False),
    ):
        memory.write_text(record.text())
        assert (outdated(str(state), sent) == "") is fits, record
    memory.unlink()
    put(state, {}, epoch=4)
    assert "epoch 4" in outdated(str(state), sent)
