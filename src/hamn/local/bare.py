"""A bare mount point of the shared data: empty, marked, closed to whoever would write beneath the mount.

The mark is a file that says why, and the immutable attribute (chattr(1)): not even root writes there by mistake.
What was in the directory is kept beside it; the shared data has its own copy, or is what the other machine has.
"""

from __future__ import annotations

import argparse
import array
import errno
import fcntl
import os
import shutil
import stat
import subprocess
from collections.abc import Sequence

from hamn.local import file
from hamn.local.duty import Refused, duty

MARK = "NOTHING-IS-MOUNTED-HERE"
SAYS = "The shared data of the management node is mounted over this directory while this machine has the role.\n"
KEPT = ".before-hamn"
INHERITED = ("security.selinux", "system.posix_acl")
"""What of the directory's extended attributes decides who may enter it."""
_GET_FLAGS, _SET_FLAGS = 0x80086601, 0x40086602  # FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, linux/fs.h
_IMMUTABLE = 0x10


def is_marked(directory: str) -> bool:
    return not os.path.ismount(directory) and os.path.exists(os.path.join(directory, MARK))


def bare(words: Sequence[str]) -> int:
    """bare DIRECTORY: it is an empty mount point, marked; what was in it is beside it (DIRECTORY.before-hamn)."""
    parser = argparse.ArgumentParser(prog="hamn-local bare")
    parser.add_argument("directory")
    return duty(parser, words, lambda arguments: is_marked(arguments.directory), _make)


def bare_marks(words: Sequence[str]) -> int:
    """bare-marks DIRECTORY ...: prints those that are marked, and not mounted over."""
    for directory in words:
        if is_marked(directory):
            print(directory)
    return 0


def nothing_to_move(words: Sequence[str]) -> int:
    """nothing-to-move DIRECTORY ...: prints "nothing" where each is in use already, marked, empty or not there;
    else what has something in it, and what to do (3)."""
    full = [directory for directory in words if _has_something(directory)]
    if not full:
        print("nothing")
        return 0
    have = "have" if len(full) > 1 else "has"
    print(
        f"{', '.join(full)} {have} files of this machine's own: copy them to the shared data by hand while "
        f"nothing uses them (group active, filesystem mounted elsewhere), give it back, then here: "
        f"{'; '.join(f'hamn-local bare {directory}' for directory in full)} (keeps them as *{KEPT})"
    )
    return 3


def _has_something(directory: str) -> bool:
    if os.path.ismount(directory) or is_marked(directory) or not os.path.isdir(directory):
        return False
    return bool(set(os.listdir(directory)) - {"lost+found"})


def _make(arguments: argparse.Namespace) -> None:
    directory = os.path.abspath(arguments.directory)
    if os.path.ismount(directory):
        raise Refused(f"{directory} is mounted: unmount it first, and take it out of /etc/fstab")
    if os.path.islink(directory) or (os.path.lexists(directory) and not os.path.isdir(directory)):
        raise Refused(f"{directory} is no directory: move what is there away")
    fresh = directory + ".hamn-new"
    _remove(fresh)
    os.makedirs(fresh)
    if os.path.isdir(directory):
        was = os.stat(directory)
        os.chown(fresh, was.st_uid, was.st_gid)
        os.chmod(fresh, stat.S_IMODE(was.st_mode))
        for name in _attributes(directory):
            if name.startswith(INHERITED):
                os.setxattr(fresh, name, os.getxattr(directory, name))
    file.write(os.path.join(fresh, MARK), SAYS.encode(), 0o444)
    # Killed between the two, the next run finds no directory and puts the marked one there.
    if os.path.isdir(directory):
        if os.listdir(directory):
            _keep(directory)
        else:
            os.rmdir(directory)
    os.rename(fresh, directory)
    file.sync_directory(os.path.dirname(directory))
    _close(directory)


def _attributes(directory: str) -> list[str]:
    """None where Python knows no extended attributes (AIX)."""
    return os.listxattr(directory) if hasattr(os, "listxattr") else []


def _keep(directory: str) -> None:
    """Beside where it was. A container's root (overlayfs) can't rename a directory that came with its image: mv(1)
    copies it then, with all that belongs to it, and removes it only after that."""
    kept = _free(directory + KEPT)
    try:
        os.rename(directory, kept)
    except OSError as why:
        if why.errno != errno.EXDEV:
            raise
        done = subprocess.run(("mv", "--", directory, kept), capture_output=True, text=True, check=False)
        if done.returncode:
            raise Refused(f"{directory} can't be moved to {kept}: {done.stderr.strip()}") from None


def _free(path: str) -> str:
    """A name that nothing has."""
    number, name = 1, path
    while os.path.lexists(name):
        number += 1
        name = f"{path}-{number}"
    return name


def _remove(path: str) -> None:
    if os.path.isdir(path):
        shutil.rmtree(path)


def _close(directory: str) -> None:
    """Where the filesystem knows no such attribute (NFS, some tmpfs) the file alone has to say it."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        flags = array.array("l", [0])
        fcntl.ioctl(handle, _GET_FLAGS, flags)
        flags[0] |= _IMMUTABLE
        fcntl.ioctl(handle, _SET_FLAGS, flags)
    except OSError as why:
        print(f"{directory}: it can't be made immutable: {why.strerror}")
    finally:
        os.close(handle)
