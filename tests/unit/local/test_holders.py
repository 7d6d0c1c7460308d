from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.own_namespace import Namespace


class Disk:
    """An ext4 in a file, on a loop device, mounted in a mount namespace of its own at `mount`."""

    def __init__(self, here: Namespace, directory: Path) -> None:
        self.here = here
        self.mount, self.image = directory / "shared", directory / "image"
        self.mount.mkdir()
        with self.image.open("wb") as file:
            file.truncate(16 << 20)
        here.run("mkfs.ext4", "-q", self.image)
        self.device = here.run("losetup", "-f", "--show", self.image).strip()

    def attach(self) -> None:
        self.here.run("mount", self.device, self.mount)

    def detach(self) -> None:
        self.here.run("umount", self.mount)

    def remove(self) -> None:
        subprocess.run(["losetup", "-d", self.device], check=False)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with Namespace("mount") as here:
        disk = Disk(here, tmp_path)
        disk.attach()
        yield disk
    disk.remove()


class Process:
    """Something that runs in the namespace until the block ends."""

    def __init__(self, where: Namespace, *words: str | Path) -> None:
        self.process = subprocess.Popen(
            where.argv(*words), stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.process.stdout.readline()

    @property
    def pid(self) -> int:
        return self.process.pid

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate(timeout=10)


WORK = {
    "open": ["sh", "-c", 'exec 7>"$0/file"; echo; exec sleep 1000'],
    "deleted": ["sh", "-c", 'exec 7>"$0/gone"; rm "$0/gone"; echo; exec sleep 1000'],
    "inside": ["sh", "-c", 'cd "$0"; echo; exec sleep 1000'],
    "program": ["sh", "-c", 'cp /bin/sleep "$0/prog"; echo; exec "$0/prog" 1000'],
    "mapped": [
        "python3",
        "-c",
        "import mmap,sys,time\n"
        "f=open(sys.argv[1]+'/map','w+b'); f.write(b'x'*4096); f.flush()\n"
        "m=mmap.mmap(f.fileno(),0); f.close(); print(flush=True); time.sleep(1000)",
    ],
}


@pytest.mark.parametrize(
    ("how", "path"),
    [("open", "/file"), ("deleted", "/gone"), ("inside", ""), ("program", "/prog"), ("mapped", "/map")],
)
def test_every_way_to_hold_it_is_named(disk: Disk, how: str, path: str) -> None:
    with Process(disk.here, *WORK[how], disk.mount) as process:
        found = disk.here.local("holders", disk.mount).stdout.splitlines()
        lines = [line for line in found if line.startswith(f"{process.pid} root ")]
        assert [line.split()[3] for line in lines] == [f"{disk.mount}{path}"], found
    assert disk.here.local("holders", disk.mount).stdout == ""
    disk.detach()


def test_a_file_elsewhere_is_nobodys_business(disk: Disk, tmp_path: Path) -> None:
    with Process(disk.here, *WORK["open"], tmp_path):
        assert disk.here.local("holders", disk.mount).stdout == ""


def test_another_namespace_that_still_has_it_is_named(disk: Disk) -> None:
    with Namespace("mount", within=disk.here) as other:
        disk.detach()
        assert disk.here.local("device-free", disk.device).stdout == "busy\n"
        found = disk.here.local("holders", disk.mount).stdout.splitlines()
        assert [line for line in found if str(disk.mount) in line and "in its own namespace" in line], found
        assert other.pid in [int(line.split()[0]) for line in found]
    assert disk.here.local("device-free", disk.device).stdout == "free\n"


def test_a_copy_that_goes_with_ours_is_nobodys_fault(disk: Disk) -> None:
    """systemd gives many services a namespace that follows the machine's own."""
    disk.here.run("mount", "--make-shared", disk.mount)
    with Process(disk.here, "unshare", "-m", "--propagation", "slave", "sh", "-c", "echo; exec sleep 1000"):
        assert disk.here.local("holders", disk.mount).stdout == ""


def test_a_bind_mount_counts_as_the_same_filesystem(disk: Disk, tmp_path: Path) -> None:
    bound = tmp_path / "bound"
    bound.mkdir()
    disk.here.run("mount", "--bind", disk.mount, bound)
    with Process(disk.here, *WORK["open"], bound) as process:
        found = disk.here.local("holders", disk.mount).stdout
        assert found == f"{process.pid} root sleep {bound}/file\n"


def test_nested_mounts_and_loop_devices_are_named(disk: Disk) -> None:
    inner = disk.mount / "inner"
    disk.here.run("mkdir", inner)
    disk.here.run("mount", "-t", "tmpfs", "tmpfs", inner)
    disk.here.run("truncate", "-s", "1M", disk.mount / "backing")
    loop = disk.here.run("losetup", "-f", "--show", disk.mount / "backing").strip()
    try:
        found = disk.here.local("holders", disk.mount).stdout.splitlines()
        assert set(found) == {
            f"- kernel mount {inner}",
            f"- kernel {Path(loop).name} {disk.mount}/backing",
        }
    finally:
        disk.here.run("losetup", "-d", loop)


def test_only_the_named_are_ended(disk: Disk) -> None:
    stubborn = [
        "python3",
        "-c",
        "import signal,sys,time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "open('/proc/self/comm','w').write('stubborn'); f=open(sys.argv[1]+'/stubborn','w')\n"
        "print(flush=True); time.sleep(1000)",
    ]
    with (
        Process(disk.here, *WORK["open"], disk.mount) as sleeper,
        Process(disk.here, *WORK["mapped"], disk.mount) as mapper,
        Process(disk.here, *stubborn, disk.mount) as deaf,
    ):
        ended = disk.here.local("end-holders", "--name", "sleep", "--name", "stubborn", disk.mount)
        assert ended.returncode == 0, ended.stderr
        assert sorted(int(line.split()[1]) for line in ended.stdout.splitlines()) == sorted(
            [sleeper.pid, deaf.pid]
        )
        assert sleeper.process.wait() == -15
        assert deaf.process.wait() == -9
        assert mapper.process.poll() is None
        left = disk.here.local("holders", disk.mount).stdout.splitlines()
        assert [line.split()[0] for line in left] == [str(mapper.pid)]


def test_a_device_is_free_when_nobody_has_it_mounted(disk: Disk) -> None:
    uuid = disk.here.run("blkid", "-p", "-s", "UUID", "-o", "value", disk.device).strip()
    for source in (disk.device, f"UUID={uuid}"):
        busy = disk.here.local("device-free", source)
        assert (busy.returncode, busy.stdout) == (1, f"busy: mounted at {disk.mount}\n"), busy.stderr
    disk.detach()
    for source in (disk.device, f"UUID={uuid}"):
        free = disk.here.local("device-free", source)
        assert (free.returncode, free.stdout) == (0, "free\n"), free.stderr


def test_what_is_no_device_says_so(disk: Disk) -> None:
    for source, said in (
        (disk.image, f"{disk.image}: is not a block device"),
        ("/dev/not-there", "/dev/not-there: No such file or directory"),
        ("UUID=0000", "UUID=0000: no block device of this machine has it"),
    ):
        failed = disk.here.local("device-free", source)
        assert (failed.returncode, failed.stderr) == (1, f"hamn-local device-free: {said}\n")
