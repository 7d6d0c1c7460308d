"""Whether a block device is free: nobody of any namespace has it mounted, or open for itself."""

from __future__ import annotations

import argparse
import errno
import os
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

BY = {"UUID": "by-uuid", "LABEL": "by-label", "PARTUUID": "by-partuuid", "PARTLABEL": "by-partlabel"}


def resolve(source: str) -> str:
    """UUID=… and its like to a device's path. Raises FileNotFoundError when no device has it."""
    tag, equals, value = source.partition("=")
    if not equals or tag not in BY:
        return source
    link = f"/dev/disk/{BY[tag]}/{value}"
    if Path(link).exists():
        return link
    found = subprocess.run(["findfs", source], capture_output=True, text=True, check=False, timeout=8)
    if found.returncode != 0:
        raise FileNotFoundError(errno.ENOENT, "no block device of this machine has it", source)
    return found.stdout.strip()


def is_free(source: str) -> bool:
    """open(2): O_EXCL on a block device fails with EBUSY while the system uses it. Raises OSError."""
    device = resolve(source)
    if not stat.S_ISBLK(Path(device).stat().st_mode):
        raise OSError(errno.ENOTBLK, "is not a block device", device)
    try:
        os.close(os.open(device, os.O_RDONLY | os.O_EXCL | os.O_CLOEXEC))
    except OSError as error:
        if error.errno == errno.EBUSY:
            return False
        raise
    return True


def device_free(words: Sequence[str]) -> int:
    """device-free SOURCE: "free", "none" where this machine has no such device, or "busy" and exit status 1."""
    parser = argparse.ArgumentParser(prog="hamn-local device-free")
    parser.add_argument("source")
    arguments = parser.parse_args(words)
    try:
        free = is_free(arguments.source)
    except FileNotFoundError as error:
        print("none")
        raise error
    except subprocess.TimeoutExpired:
        print(f"hamn-local device-free: {arguments.source}: findfs does not end", file=sys.stderr)
        return 1
    print("free" if free else f"busy{_where(arguments.source)}")
    return 0 if free else 1


def _where(source: str) -> str:
    """Where it is mounted, as far as this process sees."""
    number = Path(resolve(source)).stat().st_rdev
    device = f"{os.major(number)}:{os.minor(number)}"
    mounts = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    targets = [words[4] for words in mounts if words[2] == device]
    return f": mounted at {', '.join(targets)}" if targets else ""
