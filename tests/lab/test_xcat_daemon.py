"""The daemon as a service of a real machine, its tables on a filesystem that must be free when it has stopped."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator

import pytest

from hamn.lab.lab import Lab
from hamn.lab.network import ADDRESSES

pytestmark = pytest.mark.lab

WHERE, ROOT, PORT = "mn1", "/root/xcat", 4001
ADDRESS = ADDRESSES[WHERE].partition("/")[0]
UNIT = "xcatd-test"
SET_UP = f"""\
import sys
sys.path += ["/opt/hamn/src", "/opt/hamn/site"]
from pathlib import Path
from hamn.xcat.client import links
from hamn.xcat.credentials import setup
from hamn.xcat.credentials.first_rows import Beginning
from hamn.xcat.credentials.places import Places
from hamn.xcat.stores import open_store, parse

root = Path("{ROOT}")
places, store = Places(root), open_store(parse(str(root / "etc/xcat"), "here"))
for report in setup.primary(places, store, Beginning("mn", "10.77.0.10", "cluster.test"), ["{ADDRESS}"]):
    print(report.code)
with store.change(["site"]) as change:
    for key, value in (("xcatdport", "{PORT}"), ("xcatiport", "4002"), ("xcatconfdir", str(places.etc))):
        change.put("site", [{{"key": key, "value": value}}])
links.make(str(root / "bin"), links.names())
"""


def do(lab: Lab, *argv: str, where: str = WHERE, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return lab.run(where, argv, stdin=stdin, timeout_s=60)


def done(lab: Lab, *argv: str, where: str = WHERE, stdin: str = "") -> str:
    found = do(lab, *argv, where=where, stdin=stdin)
    assert (found.returncode, found.stderr) == (0, ""), argv
    return found.stdout


def command(*words: str, home: str = f"{ROOT}/root") -> tuple[str, ...]:
    return ("env", f"HOME={home}", f"XCATHOST={ADDRESS}:{PORT}", f"{ROOT}/bin/{words[0]}", *words[1:])


@pytest.fixture(scope="module")
def machine(session_lab: Lab) -> Iterator[Lab]:
    """Tables and credentials on a filesystem of their own."""
    done(session_lab, "mkdir", "-p", f"{ROOT}/etc/xcat")
    done(session_lab, "mount", "-t", "tmpfs", "none", f"{ROOT}/etc/xcat")
    made = done(session_lab, "python3", "-IS", "-", stdin=SET_UP).split()
    assert {"authority-made", "certificate-made", "tables-made"} <= set(made)
    yield session_lab
    do(session_lab, "systemctl", "stop", UNIT)
    do(session_lab, "umount", f"{ROOT}/etc/xcat")
    do(session_lab, "rm", "-rf", ROOT)


@pytest.fixture
def serving(machine: Lab) -> Lab:
    do(machine, "systemctl", "stop", UNIT)
    do(machine, "systemctl", "reset-failed", UNIT)
    argv = ["systemd-run", "--quiet", f"--unit={UNIT}", "--service-type=notify", "-p", "NotifyAccess=main"]
    done(machine, *argv, "-p", "TimeoutStopSec=5", f"--setenv=XCATCFG={ROOT}/etc/xcat", f"{ROOT}/bin/xcatd", "-f")
    return machine


def test_it_serves_when_its_start_is_over(serving: Lab) -> None:
    assert '"domain","cluster.test",,' in done(serving, *command("tabdump", "site")).splitlines()


def test_from_another_machine(serving: Lab) -> None:
    """With root's certificate everything, without it only what anybody may."""
    where, home = "client", "/root/there"
    do(serving, "mkdir", "-p", f"{home}/.xcat", where=where)
    for name in ("client-cred.pem", "ca.pem"):
        text = base64.b64encode(done(serving, "cat", f"{ROOT}/root/.xcat/{name}").encode()).decode()
        done(serving, "dd", "status=none", f"of={home}/.xcat/{name}.b64", where=where, stdin=text)
        done(serving, "sh", "-c", f"base64 -d {home}/.xcat/{name}.b64 > {home}/.xcat/{name}", where=where)
    program = "import sys; sys.path += ['/opt/hamn/src']; from hamn.xcat.client.main import run; "
    ask = ("python3", "-IS", "-c", program + "sys.exit(run(sys.argv[1], sys.argv[2:]))")
    there = ("env", f"HOME={home}", f"XCATHOST={ADDRESS}:{PORT}", *ask)
    nowhere = ("env", "HOME=/nowhere", f"XCATHOST={ADDRESS}:{PORT}", *ask)
    assert '"domain","cluster.test",,' in done(serving, *there, "tabdump", "site", where=where)
    assert do(serving, *nowhere, "lsxcatd", "-v", where=where).stdout.startswith("Version ")
    denied = do(serving, *nowhere, "tabdump", "site", where=where)
    assert (denied.returncode, denied.stdout) == (1, "")
    assert "Permission denied for request" in denied.stderr


def test_stopped_it_holds_nothing(serving: Lab) -> None:
    done(serving, *command("tabdump", "site"))
    done(serving, "systemctl", "stop", UNIT)
    done(serving, "umount", f"{ROOT}/etc/xcat")
    done(serving, "mount", "-t", "tmpfs", "none", f"{ROOT}/etc/xcat")
    refused = do(serving, *command("lsxcatd", "-v"))
    assert refused.returncode == 111
    done(serving, "rm", "-rf", f"{ROOT}/home", f"{ROOT}/root/.xcat")
    done(serving, "python3", "-IS", "-", stdin=SET_UP)


def test_killed_it_holds_nothing(serving: Lab) -> None:
    done(serving, "systemctl", "kill", "--signal=KILL", UNIT)
    do(serving, "systemctl", "stop", UNIT)
    assert do(serving, "fuser", "-sm", f"{ROOT}/etc/xcat").returncode == 1


def test_nothing_is_mounted(serving: Lab) -> None:
    """It says so, and makes nothing under the mount point."""
    done(serving, "systemctl", "stop", UNIT)
    done(serving, "mkdir", "-p", "/root/empty")
    found = do(serving, "env", "XCATCFG=/root/empty", f"{ROOT}/bin/xcatd", "-f")
    assert found.returncode == 1
    assert "no table site here" in found.stderr
    assert done(serving, "ls", "/root/empty") == ""
