"""The shared disk: one backing file, a loop device for each machine.

Two devices of one file have separate caches, as two hosts have of one LUN: what one machine did not write out the
other does not see. One device for both would prove nothing: the kernel would share one superblock between them.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import re
import struct
import time
from contextlib import suppress
from pathlib import Path

from hamn.lab.host import tool
from hamn.lab.network import MACHINES
from hamn.reports.report import Exit, Stop, error

UUID = "68616d6e-0000-4000-8000-6c6162646973"
LABEL = "hamn-shared"
SIZE = 1 << 30
_BLOCK = 4096

_FS_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32), linux/fs.h
_FITHAW = 0xC0045878  # _IOWR('X', 120, int), linux/fs.h
_NO_LOG_FLUSH = 2


def make(file: Path) -> None:
    """An empty ext4 that no two machines can mount at once."""
    with file.open("wb") as image:
        image.truncate(SIZE)
    extended = ("-E", "mmp_update_interval=1,nodiscard,lazy_itable_init=0,lazy_journal_init=0")
    tool("mkfs.ext4", "-q", "-F", "-b", str(_BLOCK), "-O", "mmp", *extended, "-L", LABEL, "-U", UUID, file)


class Disk:
    """The backing file of one lab, and its devices by machine."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def attach(self) -> None:
        """Idempotent: as many devices as machines, with the file's own cache left out of the way."""
        for _ in MACHINES[len(self._devices()) :]:
            tool("losetup", "--direct-io=on", "--find", "--show", self.file)

    def detach(self) -> None:
        for device in self._devices():
            tool("losetup", "--detach", device)
        deadline_s = time.monotonic() + 30
        while self._devices():  # a device that is still open goes with its last user
            if time.monotonic() > deadline_s:
                raise Stop(
                    Exit.FAILED,
                    [error("lab-disk-busy", "somebody still has the shared disk open", str(self._devices()[0]))],
                )
            time.sleep(0.01)

    def device(self, machine: str) -> Path:
        """The host's name of a machine's loop device. Raises KeyError when it has none."""
        return dict(zip(MACHINES, self._devices(), strict=False))[machine]

    def wait_unused(self, machine: str, *, timeout_s: float = 30.0) -> None:
        """Returns when the kernel has let the device go: a killed machine's mounts end after its processes."""
        device, deadline_s = self.device(machine), time.monotonic() + timeout_s
        while True:
            try:
                os.close(os.open(device, os.O_RDONLY | os.O_EXCL))
            except OSError as failure:
                if failure.errno != errno.EBUSY:
                    raise
                if time.monotonic() > deadline_s:
                    raise Stop(
                        Exit.FAILED,
                        [error("lab-disk-busy", f"{machine} is gone but its disk is still mounted", str(device))],
                    ) from None
                time.sleep(0.005)
            else:
                return

    def mmp_block(self) -> bytes:
        """The block where a machine says that it has the filesystem mounted, as it is on the disk now."""
        with _direct(self.file, os.O_RDONLY) as block:
            block.read(self._mmp_offset())
            return bytes(block.memory)

    def put_mmp_block(self, content: bytes) -> None:
        with _direct(self.file, os.O_WRONLY | os.O_DSYNC) as block:
            block.memory[:] = content
            block.write(self._mmp_offset())

    def _mmp_offset(self) -> int:
        header = tool("dumpe2fs", "-h", self.file)
        found = re.search(r"^MMP block number:\s*(\d+)", header, re.MULTILINE)
        if found is None:
            raise Stop(
                Exit.FAILED, [error("lab-no-mmp", "the shared disk has lost its MMP block", str(self.file))]
            )
        return int(found[1]) * _BLOCK

    def _devices(self) -> list[Path]:
        """In the order of their numbers, which stays the same as long as they live."""
        listed = tool("losetup", "--noheadings", "--output", "NAME", "--associated", self.file)
        return [
            Path(name) for name in sorted(listed.split(), key=lambda name: int(name.removeprefix("/dev/loop")))
        ]


def cut_power(mount_point: Path) -> None:
    """End a mounted filesystem as a power cut would: nothing more reaches the disk, the journal isn't flushed.

    Without it the kernel's own unmount at the end of a killed machine would write everything out. Whoever waits
    for a frozen filesystem (fsfreeze(8)) is let go, to find nothing to write to: else it could never be killed.
    """
    handle = os.open(mount_point, os.O_RDONLY)
    try:
        fcntl.ioctl(handle, _FS_IOC_SHUTDOWN, struct.pack("I", _NO_LOG_FLUSH))
        with suppress(OSError):  # it wasn't frozen
            fcntl.ioctl(handle, _FITHAW, 0)
    finally:
        os.close(handle)


class _direct:  # noqa: N801
    """A file opened past every cache, with one aligned block of memory, as O_DIRECT wants it."""

    def __init__(self, file: Path, flags: int) -> None:
        self.handle = os.open(file, flags | os.O_DIRECT)
        self.memory = mmap.mmap(-1, _BLOCK)

    def __enter__(self) -> _direct:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.handle)

    def read(self, offset: int) -> None:
        os.preadv(self.handle, [self.memory], offset)

    def write(self, offset: int) -> None:
        os.pwritev(self.handle, [self.memory], offset)
