"""The bare sequence: what an operator's own script does to move the role, with no check of anything.

    python3 -m hamn.lab.bare stop=mn1 start=mn2

Runs on a machine of the lab, over an ssh connection that is already open (`connect`). It is what hamn is
measured against, so it is as good as such a script can be: no sleep, no look, all the services in one command, and
a machine's whole half in one call. It is a shell script on purpose: that is what it stands for.
"""

from __future__ import annotations

import json
import shlex
import socket
import subprocess
import sys
import time

from hamn.lab.disk import UUID
from hamn.lab.network import VIRTUAL_IP
from hamn.lab.role import DATA, MOUNT, Engine, directories

DEVICE = f"/dev/disk/by-uuid/{UUID}"
SERVICES = (
    *("named", "isc-dhcp-server", "conserver-server", "nginx", "tftpd-hpa"),
    *("nfs-ganesha", "xcatd"),
)
DATABASE = {"mariadb": "mariadb", "postgresql": "postgresql@15-main", "sqlite": ""}
_CONTROL = "ControlPath=/run/hamn-lab-bare-%h"


def stop(engine: Engine) -> list[list[str]]:
    database = DATABASE[engine]
    return [
        ["systemctl", "stop", *SERVICES],
        *([["systemctl", "stop", database]] if database else []),
        ["umount", *reversed(directories(engine)), MOUNT],
        ["ip", "address", "del", VIRTUAL_IP, "dev", "eth0"],
    ]


def start(engine: Engine) -> list[list[str]]:
    database = DATABASE[engine]
    return [
        # as the requirement has it: the address first, by which daemons reach the database
        ["ip", "address", "add", VIRTUAL_IP, "dev", "eth0"],
        ["setsid", "--fork", "arping", "-q", "-U", "-c", "1", "-I", "eth0", VIRTUAL_IP.partition("/")[0]],
        ["mount", "-t", "ext4", DEVICE, MOUNT],
        *(["mount", "--bind", MOUNT + directory, directory] for directory in directories(engine)),
        *([["systemctl", "start", database]] if database else []),
        ["systemctl", "start", *SERVICES],
    ]


def take_over(engine: Engine) -> list[list[str]]:
    """`start` after a power cut: the dead machine's mark on the filesystem is taken away, it being off."""
    return [["tune2fs", "-f", "-E", "clear_mmp", DEVICE], *start(engine)]


def connect(machine: str) -> list[str]:
    """The command that opens the connection and leaves it open."""
    return ["ssh", "-o", _CONTROL, "-o", "BatchMode=yes", "-M", "-N", "-f", machine]


def _run(machine: str, commands: list[list[str]]) -> int:
    shell = ["sh", "-e"]
    if machine != socket.gethostname():
        shell = ["ssh", "-o", _CONTROL, "-o", "ControlMaster=no", "-o", "BatchMode=yes", machine, *shell]
    script = "".join(shlex.join(command) + "\n" for command in commands)
    return subprocess.run(shell, input=script, text=True, check=False, stdout=subprocess.DEVNULL).returncode


def main(argv: list[str] | None = None) -> int:
    """Prints {"began_s": ..., "ended_s": ...} of the kernel's monotonic clock, one for all of the lab."""
    words = list(sys.argv[1:] if argv is None else argv)
    engine = next(name for name in DATA if f"database={name}" in words)
    halves = {"stop": stop, "start": start, "take-over": take_over}
    began_s = time.monotonic()
    for word in words:
        half, _, machine = word.partition("=")
        if half in halves and (status := _run(machine, halves[half](engine))):
            return status
    print(json.dumps({"began_s": began_s, "ended_s": time.monotonic()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
