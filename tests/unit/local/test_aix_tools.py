"""What hamn does by AIX's own tools. Programs stand in for them that say what IBM's documentation shows."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hamn.local.account_tools import AIX
from hamn.local.main import main

Tools = Callable[..., None]


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def make(name: str, says: str = "", complains: str = "", status: int = 0) -> None:
        """It also notes how it was called."""
        (tmp_path / f"{name}.out").write_text(says)
        (tmp_path / f"{name}.err").write_text(complains)
        program = tmp_path / name
        program.write_text(
            f'#!/bin/sh\necho "{name} $*" >> {tmp_path}/called\n'
            f"cat {tmp_path}/{name}.out\ncat {tmp_path}/{name}.err >&2\nexit {status}\n"
        )
        program.chmod(0o755)

    return make


def called(tmp_path: Path) -> list[str]:
    return (tmp_path / "called").read_text().splitlines()


def test_several_in_turn_up_to_the_first_that_fails(
    tool: Tools, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tool("umount")
    assert main(["in-turn", "umount", "/etc/xcat", "then", "umount", "/shared"]) == 0
    tool("busy", complains="umount: 0506-349 Cannot unmount", status=1)
    assert main(["in-turn", "umount", "/a", "then", "busy", "/b", "then", "umount", "/c"]) == 1
    assert called(tmp_path) == ["umount /etc/xcat", "umount /shared", "umount /a", "busy /b"]
    assert "0506-349" in capfd.readouterr().err
    assert main(["in-turn", "umount", "then"]) == 2
    assert main(["in-turn", "no-such-program-here"]) == 127


LSLV = "LOGICAL VOLUME: xcatlv00\nVG STATE: active/complete LV STATE: {}/syncd\nMOUNT POINT: {}\n"


@pytest.mark.parametrize(
    ("says", "complains", "status", "word", "end"),
    [
        (LSLV.format("closed", "/etc/xcat"), "", 0, "free\n", 0),
        (LSLV.format("opened", "/etc/xcat"), "", 0, "busy: mounted at /etc/xcat\n", 1),
        ("", "0516-306 lslv: Unable to find  xcatlv00 in the Device Configuration Database.", 1, "none\n", 1),
        ("", "0516-010 lslv: Volume group must be varied on; use varyonvg command.", 1, "none\n", 1),
        ("", "0516-1201 lslv: Warning: Volume group rootvg is locked.", 1, "", 1),
        ("", "", 0, "", 1),
    ],
)
def test_a_volume_is_free_busy_not_there_or_not_known(
    tool: Tools, capfd: pytest.CaptureFixture[str], says: str, complains: str, status: int, word: str, end: int
) -> None:
    tool("lslv", says, complains, status)
    assert main(["volume-free", "/dev/xcatlv00"]) == end
    assert capfd.readouterr().out == word


@pytest.mark.parametrize(
    ("arp", "entstat", "word", "end"),
    [
        (
            "? (9.114.47.97) at 0:1a:64:44:98:d2 [ethernet] stored in bucket 5\n",
            "",
            "taken 00:1a:64:44:98:d2\n",
            1,
        ),
        ("? (9.114.47.97) at (incomplete)\n", "Link Status: Up\n", "free\n", 0),
        ("9.114.47.97 (9.114.47.97) -- no entry\n", "Driver Flags: Up Broadcast Running\n", "free\n", 0),
        ("9.114.47.97 (9.114.47.97) -- no entry\n", "Link Status: Down\n", "", 1),
        ("", "Physical Port Link State: Down\nPhysical Port Link State: Up\n", "free\n", 0),
    ],
)
def test_who_has_an_address(
    tool: Tools, tmp_path: Path, capfd: pytest.CaptureFixture[str], arp: str, entstat: str, word: str, end: int
) -> None:
    """Who answers no ping is found all the same; who hears nothing for want of a link has heard nothing."""
    tool("ping", status=1)
    tool("arp", arp)
    tool("entstat", entstat)
    assert main(["ping-address", "en0", "9.114.47.97", "--count", "2", "--wait-ms", "100"]) == end
    assert capfd.readouterr().out == word
    order = [line for line in called(tmp_path) if not line.startswith("entstat")]
    assert order == ["arp -d 9.114.47.97", "ping -c 2 -w 1 9.114.47.97", "arp 9.114.47.97"]


def test_who_keeps_a_filesystem_busy(tool: Tools, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """fuser gives numbers on stdout, the rest on stderr."""
    tool("fuser", says=" 5898430 6226128", complains="/etc/xcat: c(root)e(mysql)")
    tool("ps", says=" 5898430     root ksh\n 6226128    mysql mysqld\n")
    assert main(["fuser-holders", "/etc/xcat"]) == 0
    assert capfd.readouterr().out == "5898430 root ksh /etc/xcat\n6226128 mysql mysqld /etc/xcat\n"
    assert called(tmp_path) == ["fuser -cux /etc/xcat", "ps -o pid=,user=,comm= -p 5898430,6226128"]


def test_only_those_of_the_name_are_ended(tool: Tools, capfd: pytest.CaptureFixture[str]) -> None:
    tool("fuser", says=" 1")
    tool("ps", says=" 1     root init\n")
    assert main(["end-fuser-holders", "--name", "tail", "/etc/xcat"]) == 0
    assert capfd.readouterr().err == ""


def test_an_entry_of_inittab_is_turned_off_and_stays(tool: Tools, tmp_path: Path) -> None:
    tool("chitab")
    tool("lsitab", "xcatd:2:once:/opt/xcat/sbin/restartxcatd > /dev/console 2>&1\n")
    assert main(["inittab-off", "xcatd"]) == 0
    assert called(tmp_path)[-1] == "chitab xcatd:2:off:/opt/xcat/sbin/restartxcatd > /dev/console 2>&1"
    tool("lsitab", "xcatd:2:off:/opt/xcat/sbin/restartxcatd > /dev/console 2>&1\n")
    assert main(["inittab-off", "xcatd"]) == 0
    tool("lsitab", status=1)
    assert main(["inittab-off", "xcatd"]) == 0
    tool("lsitab", complains="lsitab: cannot open /etc/inittab", status=1)
    assert main(["inittab-off", "xcatd"]) == 1
    assert [line for line in called(tmp_path) if line.startswith("chitab")] == [called(tmp_path)[1]]


def test_a_fingerprint_is_that_of_sha256sum(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pair.toml"
    file.write_bytes(b"abc")
    assert main(["fingerprint", str(file)]) == 0
    assert capfd.readouterr().out == (
        f"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  {file}\n"
    )


def test_as_another_user(capfd: pytest.CaptureFixture[str]) -> None:
    """In a process of its own, as the agent runs it: it becomes the other program."""
    pid = os.fork()
    if pid == 0:
        os._exit(main(["as-user", "nobody", "id", "-un"]))
    assert os.waitpid(pid, 0)[1] == 0
    assert capfd.readouterr().out == "nobody\n"
    assert main(["as-user", "nosuchuser0", "id"]) == 1


def test_a_crontab_keeps_what_it_has_and_gets_the_line_once(
    tool: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """crontab -l prints the table, crontab FILE puts another in its place."""
    table = tmp_path / "table"
    table.write_text("0 3 * * 0 /usr/bin/errclear 90\n0 0 * * * hamn sync # hamn-sync\n")
    tool("crontab")
    (tmp_path / "crontab").write_text(f'#!/bin/sh\n[ "$1" = -l ] && exec cat {table}\nexec cp "$1" {table}\n')
    words = ["crontab", "hamn-sync", "* * * * * hamn sync"]
    assert main([*words, "--look"]) == 0 and capsys.readouterr().out == "lacks\n"
    assert main(words) == 0
    assert table.read_text() == "0 3 * * 0 /usr/bin/errclear 90\n* * * * * hamn sync # hamn-sync\n"
    assert main([*words, "--look"]) == 0 and capsys.readouterr().out == "holds\n"


NO_TABLE = (
    "0481-103 Cannot open a file in the /var/spool/cron/crontabs directory.\nA file or directory does not exist."
)


@pytest.mark.parametrize(("says", "end"), [(NO_TABLE, 0), ("crontab: you may not use this", 3)])
def test_a_crontab_that_isn_t_there_is_empty_and_one_that_can_t_be_read_is_not(
    tool: Tools, says: str, end: int
) -> None:
    tool("crontab", complains=says, status=1)
    assert main(["crontab", "hamn-sync", "* * * * * hamn sync", "--look"]) == end


def test_sshd_knows_signals_only(tool: Tools, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    waits = subprocess.Popen(
        ["sh", "-c", f"trap 'touch {heard}; exit' HUP; touch {heard}.ready; while :; do sleep 0.05; done"]
    )
    while not Path(f"{heard}.ready").exists():
        assert waits.poll() is None
    tool(
        "lssrc",
        f"Subsystem         Group            PID  Status\n sshd             ssh      {waits.pid}      active\n",
    )
    tool("refresh", complains="0513-005 The Subsystem, sshd, only supports signal communication.", status=1)
    assert main(["refresh-subsystem", "sshd"]) == 0
    assert waits.wait(timeout=10) == 0 and heard.exists()
    tool("refresh", complains="0513-085 The sshd Subsystem is not on file.", status=1)
    assert main(["refresh-subsystem", "sshd"]) == 1


AIX_MOUNTS = """\
  node       mounted        mounted over    vfs       date        options
-------- ---------------  ---------------  ------ ------------ ---------------
         /dev/hd4         /                jfs2   Mar 04 10:12 rw,log=/dev/hd8
         /proc            /proc            procfs Mar 04 10:12 rw
nas      /export/home     /u               nfs3   Mar 04 10:14 bg,hard,intr
"""


def test_accounts_by_aix_s_tools(tool: Tools, tmp_path: Path) -> None:
    """Source: the requirement, set-up of the standby, step 7."""
    tool("mkgroup")
    tool("mkuser")
    like = {"uid": 64901, "gid": 64902, "group": "xcatdb", "home": "/db2database", "shell": "/bin/ksh"}
    assert main(["same-accounts", json.dumps({"xcatdb": like}), "--with", "aix"]) == 0
    assert called(tmp_path) == [
        "mkgroup -a id=64902 xcatdb",
        "mkuser id=64901 pgrp=xcatdb home=/db2database shell=/bin/ksh xcatdb",
    ]
    assert AIX.renumber_group("mysql", 301) == ("chgroup", "id=301", "mysql")
    assert AIX.renumber("mysql", 300, 301, "mysql") == ("chuser", "id=300", "pgrp=mysql", "mysql")


def test_what_is_mounted_from_elsewhere_is_nobody_s_to_renumber(tool: Tools) -> None:
    tool("mount", AIX_MOUNTS)
    assert AIX.mounted() == [("/", "jfs2"), ("/proc", "procfs"), ("/u", "nfs3")]
