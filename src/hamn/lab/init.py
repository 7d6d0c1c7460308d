"""The first moments of a machine: from the host's namespaces to its own init.

Run as a program in fresh namespaces by `machine.boot`, with the machine's description as JSON; ends by becoming
the init. Standard library only. Everything it mounts is in the machine's own mount namespace and goes with it.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import stat
import sys
import uuid
from pathlib import Path
from typing import TypedDict

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
_MNT_DETACH = 2
_PR_CAPBSET_DROP = 24
_CAPS_OF_THE_HOST = (16, 25)
"""CAP_SYS_MODULE, CAP_SYS_TIME: modules and the clock are the host's. CAP_SYS_BOOT stays: in a PID namespace
reboot(2) ends that namespace, and tells whoever waits for it by which signal (see `keeper`)."""

_libc = ctypes.CDLL(None, use_errno=True)


class Description(TypedDict):
    name: str
    root: str
    argv: list[str]
    readonly: dict[str, str]
    """What of the host is shown, read-only: path in the machine -> path on the host."""
    disk: str
    """The host's block device that is the machine's /dev/shared; empty for none."""
    disk_uuid: str
    disk_label: str


def mount(source: str, target: Path | str, kind: str = "", flags: int = 0, options: str = "") -> None:
    words = (source.encode(), os.fsencode(target), kind.encode(), flags, options.encode())
    if _libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[4]) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(target))


def bind(source: str, target: Path, *, readonly: bool = False) -> None:
    mount(source, target, flags=MS_BIND | MS_REC)
    if readonly:
        mount("", target, flags=MS_BIND | MS_REMOUNT | MS_RDONLY)


def furnish(root: Path, machine: Description) -> None:
    """The kernel's filesystems and the devices of a machine, at `root`."""
    mount("", "/", flags=MS_REC | MS_PRIVATE)
    quiet = MS_NOSUID | MS_NODEV | MS_NOEXEC
    mount("proc", root / "proc", "proc", quiet)
    mount("sysfs", root / "sys", "sysfs", quiet)
    mount("cgroup2", root / "sys/fs/cgroup", "cgroup2", quiet)
    mount("tmpfs", root / "run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")
    mount("tmpfs", root / "tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")
    _devices(root / "dev", machine)
    _kernel_settings(root)
    for target, source in machine["readonly"].items():
        place = root / target.lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        bind(source, place, readonly=True)


def _kernel_settings(root: Path) -> None:
    """The host's kernel isn't the machine's to set, but its network namespace is."""
    # a machine that was down has another boot id; the kernel's own would say that nothing happened
    boot_id = root / "run/boot-id"
    boot_id.write_text(f"{uuid.uuid4()}\n")
    settings = root / "proc/sys"
    bind(str(settings), settings, readonly=True)
    bind(str(settings / "net"), settings / "net")
    mount("", settings / "net", flags=MS_BIND | MS_REMOUNT)
    bind(str(boot_id), settings / "kernel/random/boot_id", readonly=True)
    for dangerous in ("sysrq-trigger", "kcore"):
        if (path := root / "proc" / dangerous).exists():
            bind(str(root / "dev/null"), path)


def _devices(dev: Path, machine: Description) -> None:
    mount("tmpfs", dev, "tmpfs", MS_NOSUID, "mode=755")
    for name, major, minor in (
        *(("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9)),
        *(("tty", 5, 0), ("fuse", 10, 229)),
    ):
        _node(dev / name, stat.S_IFCHR | 0o666, os.makedev(major, minor))
    for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        (dev / name).symlink_to(f"/proc/self/{target}")
    (dev / "ptmx").symlink_to("pts/ptmx")
    (dev / "pts").mkdir()
    mount("devpts", dev / "pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620,gid=5")
    (dev / "shm").mkdir()
    mount("tmpfs", dev / "shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")
    if not machine["disk"]:
        return
    # a node of the machine's own: some agents unmount a device that is itself a bind mount. Also under the
    # kernel's name, where lsblk looks, and by UUID and label, where udev would have put it
    number = os.stat(machine["disk"]).st_rdev  # noqa: PTH116
    for name in ("shared", Path(machine["disk"]).name):
        _node(dev / name, stat.S_IFBLK | 0o660, number)
    for kind, name in (("uuid", machine["disk_uuid"]), ("label", machine["disk_label"])):
        (dev / "disk" / f"by-{kind}").mkdir(parents=True)
        (dev / "disk" / f"by-{kind}" / name).symlink_to("../../shared")


def _node(path: Path, mode: int, device: int) -> None:
    os.mknod(path, mode, device)
    path.chmod(stat.S_IMODE(mode))


def enter(root: Path) -> None:
    """Make `root` the root and let go of the host's tree.

    Detaching it is the only way out of a tree that this very program runs from. It concerns the machine's own
    namespace alone: nothing is unmounted on the host, and nothing of the role is mounted yet.
    """
    os.chdir(root)
    if _libc.pivot_root(b".", b".") != 0 or _libc.umount2(b".", _MNT_DETACH) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(root))
    os.chdir("/")


def main() -> None:
    machine: Description = json.loads(sys.argv[1])
    root = Path(machine["root"])
    socket.sethostname(machine["name"])
    furnish(root, machine)
    enter(root)
    for capability in _CAPS_OF_THE_HOST:
        _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    environment = {"container": "lab", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    os.execve(machine["argv"][0], machine["argv"], environment)  # noqa: S606


if __name__ == "__main__":
    main()
