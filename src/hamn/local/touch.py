"""The touch test: a block that one machine writes to a disk, and the other reads, past every cache.

Only on a disk that holds nothing: no signature that blkid(8) knows, and nothing where the block goes.
"""

from __future__ import annotations

import argparse
import mmap
import os
import subprocess
from collections.abc import Sequence

from hamn.local.duty import Refused, duty

PLACE = 512 * 1024
"""Behind a partition table and before a first partition (1 MiB): no filesystem that is made later keeps it."""
BLOCK = 4096
_HEAD = b"hamn touch test: "


def signature(device: str) -> str:
    """What blkid sees there, as "TYPE=ext4 UUID=..."; "" for nothing. Raises OSError, Refused."""
    os.close(os.open(device, os.O_RDONLY))  # says itself what is wrong with it
    done = subprocess.run(("blkid", "-p", "-o", "export", device), capture_output=True, text=True, check=False)
    if done.returncode not in (0, 2):
        raise Refused(f"{device}: what is on it isn't clear: {done.stderr.strip() or 'blkid failed'}")
    words = (line for line in done.stdout.splitlines() if not line.startswith("DEVNAME="))
    return " ".join(words)


def read_block(device: str) -> bytes:
    with _Direct(device, os.O_RDONLY) as direct:
        os.preadv(direct.handle, [direct.memory], PLACE)
        return direct.memory[:]


def write_block(device: str, content: bytes) -> None:
    """Raises OSError; EBUSY where the disk is in use."""
    with _Direct(device, os.O_RDWR | os.O_EXCL | os.O_SYNC) as direct:
        direct.memory[:] = content.ljust(BLOCK, b"\0")
        os.pwritev(direct.handle, [direct.memory], PLACE)


class _Direct:
    """A device opened past every cache, with one aligned block of memory, as O_DIRECT wants it."""

    def __init__(self, device: str, flags: int) -> None:
        self.handle = os.open(device, flags | os.O_DIRECT | os.O_CLOEXEC)
        self.memory = mmap.mmap(-1, BLOCK)

    def __enter__(self) -> _Direct:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.handle)


def is_touched(device: str, token: str) -> bool:
    return read_block(device).rstrip(b"\0") == _HEAD + token.encode()


def touch_disk(words: Sequence[str]) -> int:
    """touch-disk DEVICE TOKEN: the block is on the disk. With --look on the other machine: whether it is there.

    Refused where the disk holds anything."""
    parser = argparse.ArgumentParser(prog="hamn-local touch-disk")
    parser.add_argument("device")
    parser.add_argument("token")

    def act(arguments: argparse.Namespace) -> None:
        if found := signature(arguments.device):
            raise Refused(f"{arguments.device} is not empty: {found}; if nobody needs it: wipefs -a, by hand")
        there = read_block(arguments.device)
        if there.strip(b"\0") and not there.startswith(_HEAD):
            raise Refused(
                f"{arguments.device} holds data that is no filesystem; if nobody needs it, zero its begin"
            )
        write_block(arguments.device, _HEAD + arguments.token.encode())

    return duty(parser, words, lambda arguments: is_touched(arguments.device, arguments.token), act)


def make_filesystem(words: Sequence[str]) -> int:
    """make-filesystem DEVICE TYPE UUID TOKEN: an empty filesystem with that UUID, where the touch test was passed.

    ext4 gets multiple-mount protection, looked at every 5 s. Refused on anything else than that touched disk."""
    parser = argparse.ArgumentParser(prog="hamn-local make-filesystem")
    for name in ("device", "type", "uuid", "token"):
        parser.add_argument(name)

    def holds(arguments: argparse.Namespace) -> bool:
        found = signature(arguments.device).split()
        return f"TYPE={arguments.type}" in found and f"UUID={arguments.uuid}" in found

    def act(arguments: argparse.Namespace) -> None:
        if found := signature(arguments.device):
            raise Refused(f"{arguments.device} is not empty: {found}")
        if not is_touched(arguments.device, arguments.token):
            raise Refused(
                f"{arguments.device} doesn't bear the touch test's block: is it the disk that was tried?"
            )
        write_block(arguments.device, b"")
        how = {
            "ext4": ("mkfs.ext4", "-q", "-F", "-O", "mmp", "-E", "mmp_update_interval=5", "-U", arguments.uuid),
            "xfs": ("mkfs.xfs", "-q", "-m", f"uuid={arguments.uuid}"),
        }
        if arguments.type not in how:
            raise Refused(f"no way to make {arguments.type}: ext4 (with multiple-mount protection) or xfs")
        argv = (*how[arguments.type], arguments.device)
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Refused(f"{argv[0]}: {done.stderr.strip()}")

    return duty(parser, words, holds, act)
