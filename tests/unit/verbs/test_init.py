from __future__ import annotations

import asyncio
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hamn.declaration.draft import FILL_IN
from hamn.model.command import Answer, Command
from hamn.ports import Holder
from hamn.reports.report import Stop
from hamn.verbs.init import draft_declaration, fstab

SYSTEM = """\
==> /etc/os-release <==
NAME="Rocky Linux"
ID="rocky"
ID_LIKE="rhel centos fedora"
VERSION_ID="8.10"

==> /proc/1/stat <==
1 (systemd) S 0 1

==> /proc/sys/kernel/osrelease <==
4.18.0
==> /proc/sys/kernel/hostname <==
HPC-mn1.cluster.test
"""

ADDRESSES = """\
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
2: bond0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 52:54:00:00:00:01 brd ff:ff:ff:ff:ff:ff
    inet 10.77.0.10/24 brd 10.77.0.255 scope global bond0
       valid_lft forever preferred_lft forever
    inet 10.77.0.11/24 brd 10.77.0.255 scope global secondary bond0
       valid_lft forever preferred_lft forever
    inet6 fe80::5054:ff:fe00:1/64 scope link
       valid_lft forever preferred_lft forever
"""

MOUNTS = """\
22 1 253:0 / / rw,relatime shared:1 - xfs /dev/mapper/rl-root rw
60 22 0:50 / /install rw,relatime shared:30 - nfs4 nas:/xcat/install rw,vers=4.2
61 22 0:51 / /home rw,relatime shared:31 - nfs4 nas:/home rw,vers=4.2
62 22 8:16 / /etc/xcat rw,relatime shared:32 - ext4 /dev/sdb rw
"""

TABLE = """\
# what is mounted by hand
UUID=77aa /etc/xcat ext4 noauto,noatime 0 0
nas:/xcat/install /install nfs4 noauto,_netdev,vers=4.2 0 0
//nas/tftp /tftpboot cifs noauto,user=x,password=calvin,pass=calvin 0 0
/dev/mapper/rl-root / xfs defaults 0 0
broken line
"""


@dataclass
class Machine:
    """A machine that has these files and programs, and nothing else."""

    files: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    """By program."""
    machine: str = "here"

    async def run(self, command: Command) -> Answer:
        program, *words = command.argv
        if program in self.said:
            return Answer(0, self.said[program])
        if program == "cat" and words[-1] in self.files:
            return Answer(0, self.files[words[-1]])
        if program == "cut" and words[-1] in self.files:
            return Answer(0, self.files[words[-1]].partition(":")[0] + "\n")
        if program == "ls":
            return Answer(2, "\n".join(word for word in words if any(f.startswith(word) for f in self.files)))
        return Answer(1, stderr=f"{program}: no such thing")

    async def lock(self, holder: Holder) -> Holder | None:
        raise AssertionError("init only looks")

    async def close(self) -> None: ...


@pytest.fixture
def xcat() -> Machine:
    return Machine(
        files={
            "/etc/fstab": TABLE,
            "/proc/self/mountinfo": MOUNTS,
            "/etc/xcat/cfgloc": "Pg:dbname=xcatdb;host=10.77.0.10|xcatadm|calvin\n",
            "/opt/xcat/sbin/xcatd": "",
        },
        said={"head": SYSTEM, "ip": ADDRESSES, "/opt/xcat/sbin/gettab": "10.77.0.10\n"},
    )


def drafted(machine: Machine, script: Path | None = None) -> tuple[str, dict[str, Any]]:
    text = asyncio.run(draft_declaration(machine, script))
    return text, tomllib.loads(text)


def test_a_live_xcat_machine(xcat: Machine) -> None:
    text, found = drafted(xcat)
    assert found["pair"] == {"name": "hpc-mn", "profile": "xcat"}
    assert found["machine"] == [{"name": "hpc-mn1", "address": "10.77.0.11", "family": "redhat"}, {}]
    assert found["virtual_ip"]["cluster"] == {"address": "10.77.0.10/24", "interface": "bond0"}
    assert found["database"]["xcat"] == {"engine": "postgresql", "data": "/var/lib/pgsql"}
    assert found["filesystem"] == {
        "etc-xcat": {"source": "UUID=77aa", "mount": "/etc/xcat", "type": "ext4", "options": "noatime"},
        "install": {"source": "nas:/xcat/install", "mount": "/install", "type": "nfs4", "options": "vers=4.2"},
        "tftpboot": {"source": "//nas/tftp", "mount": "/tftpboot", "type": "cifs", "options": "user=x"},
    }
    assert "nas:/home is mounted on /home" in text
    assert [line for line in text.splitlines() if FILL_IN in line and "name =" in line]


def test_no_secret_of_the_machine_gets_into_the_draft(xcat: Machine) -> None:
    assert "calvin" not in drafted(xcat)[0]


def test_a_script_adds_what_the_machine_does_not_know(xcat: Machine) -> None:
    xcat.said["/opt/xcat/sbin/gettab"] = "\n"
    xcat.files["/root/activate-mn"] = (
        'SHAREDFS="/install /srv/x"\nDBDIR=/var/lib/pgsql\nRESTARTDNS=no\n# activate-mn -i bond0:2 -v 10.77.0.9\n'
    )
    xcat.files["/etc/fstab"] += "UUID=99 /srv/x xfs noauto 0 0\n"
    _, found = drafted(xcat, Path("/root/activate-mn"))
    assert found["virtual_ip"]["cluster"] == {"address": "10.77.0.9/24", "interface": "bond0"}
    assert found["filesystem"]["srv-x"] == {"source": "UUID=99", "mount": "/srv/x", "type": "xfs"}
    assert found["filesystem"]["var-lib-pgsql"] == {"mount": "/var/lib/pgsql"}
    assert found["configuration"]["cluster"] == {"makes": ["hosts", "dhcp", "consoles"]}


def test_a_script_that_is_not_there(xcat: Machine) -> None:
    with pytest.raises(Stop) as stop:
        drafted(xcat, Path("/root/activate-mn"))
    assert [report.code for report in stop.value.reports] == ["unreadable"]


def test_a_machine_without_xcat() -> None:
    machine = Machine(said={"head": SYSTEM, "ip": ""})
    text, found = drafted(machine)
    assert found["pair"]["profile"] == "plain"
    assert "database" not in found
    assert text.count(FILL_IN) == 7


def test_a_swap_line_or_a_bind_is_no_filesystem_to_move() -> None:
    assert fstab("/dev/sda2 none swap sw 0 0\n/a /b none bind 0 0\n\n# x\n") == ()
