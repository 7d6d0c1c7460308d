"""Files from the machine that owns the shared data: fetched beside, proven by their hash, only then put in place.

Invariant: whoever reads a file of the list finds the old content or the new, whole, after whatever crash; the old
one is kept. Nothing is taken from who doesn't own the data at the highest epoch that this machine knows of.
What a change owes to the commands that follow it is written down before the change.
"""

from __future__ import annotations

import argparse
import fcntl
import grp
import hashlib
import json
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from hamn.local import file
from hamn.local.listing import received, received_path
from hamn.model.owner import OwnerRecord
from hamn.model.sync import covers

FETCH_S = 600
AFTER_S = 60
FETCH = ("rsync", "--copy-links", "--perms", "--times", "--no-implied-dirs", "--from0", "--files-from=-")
"""Into a place of our own: rsync itself neither flushes what it renames nor keeps the old."""


def receive(words: Sequence[str]) -> int:
    """receive STATE SOURCE --rsh SSH: an order as JSON on stdin; files from SOURCE (USER@HOST:/) by rsync.

    Prints {"installed": {path: earlier version's place, or ""}, "failed": {path: why}, "after": [[argv, why]]}.
    Exit status 1 where nothing could be fetched, 3 where who sends is not, or no longer, the owner."""
    parser = argparse.ArgumentParser(prog="hamn-local receive")
    parser.add_argument("state")
    parser.add_argument("source")
    parser.add_argument("--rsh", required=True)
    arguments = parser.parse_args(words)
    order = json.load(sys.stdin)
    os.makedirs(f"{arguments.state}/sync", 0o700, exist_ok=True)
    with _alone(f"{arguments.state}/sync/lock"):
        if why := outdated(arguments.state, order):
            print(f"hamn-local receive: {why}", file=sys.stderr)
            return 3
        staging = f"{arguments.state}/sync/incoming"
        shutil.rmtree(staging, ignore_errors=True)
        os.mkdir(staging, 0o700)
        try:
            if order["files"] and not _fetched(arguments, order["files"], staging):
                return 1
            done = put_in_place(arguments.state, staging, order)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    print(json.dumps(done))
    return 0


@contextmanager
def _alone(path: str) -> Iterator[None]:
    """One at a time; the other is waited for up to the caller's limit. The lock goes with its process."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def outdated(state: str, order: Mapping[str, Any]) -> str:
    """Why nothing is taken from that machine; "" where it may be."""
    sender, epoch = str(order["from"]), int(order["epoch"])
    last = int(received(state).get("epoch", 0))
    if last > epoch:
        return f"{sender} sends as the owner of epoch {epoch}; files of epoch {last} have been received since"
    try:
        with open(f"{state}/owner.json", encoding="utf-8") as opened:
            known = OwnerRecord.from_text(opened.read())
    except (FileNotFoundError, ValueError):
        return ""
    if known.epoch > epoch or (known.epoch == epoch and known.machine not in (sender, None)):
        holder = known.machine or "nobody"
        return f"{sender} sends as the owner of epoch {epoch}, but {holder} holds the data (epoch {known.epoch})"
    return ""


def _fetched(arguments: argparse.Namespace, files: Mapping[str, Any], staging: str) -> bool:
    """Exit status 23, 24: some could not be had; each is looked for afterwards."""
    argv = (*FETCH, "--rsh", arguments.rsh, arguments.source, f"{staging}/")
    names = "".join(f"{path}\0" for path in files).encode(errors="surrogateescape")
    try:
        done = subprocess.run(argv, input=names, stdout=subprocess.DEVNULL, check=False, timeout=FETCH_S)
    except subprocess.TimeoutExpired:
        print(f"hamn-local receive: rsync had no end within {FETCH_S} s", file=sys.stderr)
        return False
    return done.returncode in (0, 23, 24)


def put_in_place(state: str, staging: str, order: Mapping[str, Any]) -> dict[str, Any]:
    """What `staging` has of the order's files goes to their paths. An order:

    from, epoch   who owns the data
    files         by path: sha256, mode, user, group, and parent, the mode of a directory that has to be made
    same          by path, the hash of what is right already
    after, keep   [glob, argv] of commands; how many earlier versions are kept"""
    files: dict[str, dict[str, Any]] = order["files"]
    memory = received(state)
    owed = [argv for argv in memory.get("owed", ()) if isinstance(argv, list)]
    owed += [run for pattern, run in order["after"] if any(covers(pattern, path) for path in files)]
    owed = [argv for number, argv in enumerate(owed) if argv not in owed[:number]]
    known = {**memory.get("files", {}), **order["same"]}
    _remember(state, {**memory, "owed": owed})
    installed, failed = {}, {}
    for path, entry in files.items():
        try:
            installed[path] = _installed(state, f"{staging}{path}", path, entry, int(order["keep"]))
            known[path] = entry["sha256"]
        except OSError as why:
            failed[path] = why.strerror or str(why)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    told = {"epoch": order["epoch"], "from": order["from"], "at": now, "files": known}
    _remember(state, {**told, "owed": owed})
    after = [(argv, _ran(argv)) for argv in owed]
    _remember(state, {**told, "owed": [argv for argv, why in after if why]})
    return {"installed": installed, "failed": failed, "after": after}


def _remember(state: str, memory: Mapping[str, Any]) -> None:
    file.write(received_path(state), json.dumps(memory).encode(), 0o600)


def _installed(state: str, staged: str, path: str, entry: Mapping[str, Any], keep: int) -> str:
    """Where the earlier version is; "" when there was none. Raises OSError with the file as it was."""
    with open(staged, "rb") as opened:
        content = opened.read()
    if hashlib.sha256(content).hexdigest() != entry["sha256"]:
        raise OSError(0, "changed while it was fetched")
    real = os.path.realpath(path)
    _make_directory(os.path.dirname(real), int(entry["parent"]))
    kept = _keep(state, path, real, keep)
    file.write(real, content, int(entry["mode"]), owner=(_uid(entry["user"]), _gid(entry["group"])))
    return kept


def _make_directory(directory: str, mode: int) -> None:
    """As the sender's is, when it has to be made: a directory of keys is nobody else's business."""
    if not os.path.isdir(directory):
        os.makedirs(directory, exist_ok=True)
        os.chmod(directory, mode)


def earlier_directory(state: str, path: str) -> str:
    return f"{state}/sync/earlier{path}"


def _keep(state: str, path: str, real: str, keep: int) -> str:
    """A copy of what is there now, durable; the oldest beyond `keep` go."""
    if not os.path.exists(real):
        return ""
    directory = earlier_directory(state, path)
    os.makedirs(directory, 0o700, exist_ok=True)
    numbers = sorted(int(name) for name in os.listdir(directory) if name.isdecimal())
    new = f"{directory}/{(numbers[-1] if numbers else 0) + 1:06d}"
    with open(real, "rb") as opened:
        now = os.fstat(opened.fileno())
        file.write(new, opened.read(), now.st_mode & 0o777, owner=(now.st_uid, now.st_gid))
    os.utime(new, ns=(now.st_atime_ns, now.st_mtime_ns))
    for number in numbers[: max(0, len(numbers) + 1 - keep)]:
        os.unlink(f"{directory}/{number:06d}")
    return new


def _uid(name: str) -> int:
    return int(name) if name.isdecimal() else _number(pwd.getpwnam, name).pw_uid


def _gid(name: str) -> int:
    return int(name) if name.isdecimal() else _number(grp.getgrnam, name).gr_gid


def _number(ask: Any, name: str) -> Any:
    try:
        return ask(name)
    except KeyError:
        raise OSError(0, f"it belongs to {name}, an account or group that this machine hasn't") from None


def _ran(argv: Sequence[str]) -> str:
    """Why it failed; "" when it didn't."""
    try:
        done = subprocess.run(
            list(argv), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=AFTER_S
        )
    except subprocess.TimeoutExpired:
        return f"no end within {AFTER_S} s"
    except OSError as why:
        return why.strerror or str(why)
    said = (done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}").splitlines()
    return said[-1] if done.returncode else ""
