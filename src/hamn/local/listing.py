"""What a machine has of the files that both shall have: hash, mode, owner; and what it received before."""

from __future__ import annotations

import argparse
import errno
import glob
import grp
import hashlib
import json
import os
import pwd
import stat
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from hamn.model.sync import NEVER, covers

MOST = 10_000
"""Files. What is more belongs on the shared data."""
ACCOUNTS = ("/etc/passwd", "/etc/group")
"""Where a third field is an account's number: told, for a copy may change none of the other machine's."""
HOSTS = "/etc/hosts"


def received_path(state: str) -> str:
    return f"{state}/sync/received.json"


def received(state: str) -> dict[str, Any]:
    """What this machine got last; {} when it never did. What can't be read was never received."""
    try:
        with open(received_path(state), encoding="utf-8") as opened:
            found = json.load(opened)
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def listing(words: Sequence[str]) -> int:
    """listing STATE GLOB ... [--except GLOB]: JSON of every plain file, by its path. A directory stands for all
    that is in it, on the same filesystem; a symbolic link for what it names."""
    parser = argparse.ArgumentParser(prog="hamn-local listing")
    parser.add_argument("state")
    parser.add_argument("files", nargs="*", metavar="GLOB")
    parser.add_argument("--except", action="append", default=[], dest="left_out", metavar="GLOB")
    arguments = parser.parse_args(words)
    found: dict[str, dict[str, Any]] = {}
    for path in paths(arguments.files, (*NEVER, *arguments.left_out, f"{arguments.state}/*")):
        if len(found) == MOST:
            print(f"hamn-local listing: more than {MOST} files: put them on the shared data", file=sys.stderr)
            return 1
        if (entry := _entry(path)) is not None:
            found[path] = entry
    print(json.dumps({"files": found, "received": received(arguments.state)}))
    return 0


def paths(patterns: Sequence[str], left_out: Sequence[str]) -> Iterator[str]:
    """In order, each once."""
    seen: set[str] = set()
    for pattern in patterns:
        for match in sorted(glob.glob(pattern, include_hidden=True)):
            for path in _below(match):
                if path not in seen and not any(covers(each, path) for each in left_out):
                    seen.add(path)
                    yield path


def _below(path: str) -> Iterator[str]:
    if not os.path.isdir(path):
        yield path
        return
    device = os.stat(path).st_dev
    for directory, names, files in os.walk(path):
        names[:] = sorted(n for n in names if os.lstat(os.path.join(directory, n)).st_dev == device)
        yield from (os.path.join(directory, name) for name in sorted(files))


def _entry(path: str) -> dict[str, Any] | None:
    """None: it has gone meanwhile. A pipe, a socket or a device is told and never opened."""
    try:
        before = os.stat(path)
        if not stat.S_ISREG(before.st_mode):
            return {"trouble": "no plain file"}
        with open(path, "rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        after = os.stat(path)
    except OSError as error:
        gone = error.errno == errno.ENOENT and not os.path.lexists(path)
        return None if gone else {"trouble": error.strerror or str(error)}
    real = os.path.realpath(path)
    says = _numbers(path) if path in ACCOUNTS else _loopback(path) if path == HOSTS else {}
    return {
        "sha256": digest,
        "size": after.st_size,
        "mode": stat.S_IMODE(after.st_mode),
        "user": _user(after.st_uid),
        "group": _group(after.st_gid),
        "parent": stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode),
        "changed_s": max(0.0, round(time.time() - after.st_ctime, 1)),
        **({"real": real} if real != path else {}),
        **({"says": says} if says else {}),
    }


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _numbers(path: str) -> dict[str, str]:
    """passwd(5), group(5): name to number."""
    with open(path, encoding="utf-8", errors="replace") as opened:
        rows = (line.split(":") for line in opened)
        return {row[0]: row[2] for row in rows if len(row) > 2 and not row[0].startswith(("#", "+", "-"))}


def _loopback(path: str) -> dict[str, str]:
    """hosts(5): the loopback's address by each name that leads to it. On another machine it leads to that one."""
    with open(path, encoding="utf-8", errors="replace") as opened:
        rows = [line.partition("#")[0].split() for line in opened]
    return {name: row[0] for row in rows if row and row[0].startswith(("127.", "::1")) for name in row[1:]}
