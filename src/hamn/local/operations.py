"""The journal of a machine as others read it: STATE/operations/ID.jsonl, an entry a line."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hamn.local import lock

SUFFIX = ".jsonl"


def directory(state: str) -> str:
    return os.path.join(state, "operations")


def names(state: str) -> list[str]:
    """Ids sort by time: they begin with it. Oldest first; none where there is no journal yet."""
    try:
        found = os.listdir(directory(state))
    except FileNotFoundError:
        return []
    return sorted(name.removesuffix(SUFFIX) for name in found if name.endswith(SUFFIX))


def entries(state: str, operation: str) -> list[dict[str, Any]]:
    """Every whole entry. A line that a power cut or a full disk tore is left out: what it was to record had
    not begun. Raises FileNotFoundError."""
    return list(_entries(state, operation))


def _entries(state: str, operation: str, *events: str) -> Iterator[dict[str, Any]]:
    """The first entry and every other, or only those that may be one of the events: parsing costs."""
    with open(os.path.join(directory(state), operation + SUFFIX), encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file):
            if number and events and not any(event in line for event in events):
                continue
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict):
                yield entry


def append(state: str, operation: str, entry: Mapping[str, Any], flags: int = 0) -> None:
    """One write and an fsync. What an earlier crash tore stays a line of its own. Raises OSError."""
    line = json.dumps(entry).encode() + b"\n"
    file = os.path.join(directory(state), operation + SUFFIX)
    handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | flags, 0o600)
    try:
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            line = b"\n" + line
        written = os.write(handle, line)
        if written < len(line):  # the disk filled up on the way: writing the rest says why
            os.write(handle, line[written:])
        os.fsync(handle)
    except OSError as error:
        raise OSError(error.errno, error.strerror, file) from None
    finally:
        os.close(handle)


def summary(operation: str, found: Sequence[dict[str, Any]], holder: Mapping[str, Any]) -> dict[str, Any]:
    """One operation in a few words, given who has the lock. Open: something of it may be half done, and nobody has
    finished it since. Stuck: what of it can't be ended."""
    mine = bool(operation) and operation == holder.get("operation")
    first = found[0] if found else {}
    ended: dict[str, Any] = next((entry for entry in found if entry.get("event") == "ended"), {})
    closed_by = next((str(entry.get("by", "")) for entry in found if entry.get("event") == "closed"), "")
    return {
        "id": operation,
        **{key: first.get(key, "") for key in ("verb", "goal", "user", "from", "machine", "resumes")},
        **{key: first.get(key) for key in ("active", "only", "epoch")},
        "begun": first.get("at", ""),
        "declaration": first.get("declaration", ""),
        "named": sorted(
            {words[1] for step in first.get("steps", ()) if len(words := str(step).split("/", 2)) > 2}
        ),
        "ended": ended.get("at", ""),
        "outcome": ended.get("outcome", ""),
        "left": ended.get("active"),
        "seconds": ended.get("seconds"),
        "closed_by": closed_by,
        "open": not closed_by and bool(ended.get("open", not ended)),
        "running": mine and not holder.get("left"),
        "stuck": str(holder.get("stuck", "")) if mine else "",
    }


def operations(words: Sequence[str]) -> int:
    """operations STATE [--lock PAIR]: JSON of every operation's summary, oldest first."""
    parser = argparse.ArgumentParser(prog="hamn-local operations")
    parser.add_argument("state")
    parser.add_argument(
        "--lock", metavar="PAIR", help="tells which one is running: the holder of this pair's lock"
    )
    arguments = parser.parse_args(words)
    holder: dict[str, Any] = {}
    if arguments.lock:
        file = arguments.lock if "/" in arguments.lock else lock.path(arguments.lock)
        holder = lock.holder(file) or {}
    state = arguments.state
    found = [summary(name, list(_entries(state, name, "ended", "closed")), holder) for name in names(state)]
    if holder.get("stuck") and holder.get("operation") not in names(state):  # its journal is on the other machine
        found.append({**summary(str(holder["operation"]), [holder], holder), "open": False})
    print(json.dumps(found))
    return 0


def operation(words: Sequence[str]) -> int:
    """operation STATE ID: JSON of its entries; exit status 1 where there is no such operation."""
    parser = argparse.ArgumentParser(prog="hamn-local operation")
    parser.add_argument("state")
    parser.add_argument("id")
    arguments = parser.parse_args(words)
    if arguments.id not in names(arguments.state):
        print(f"no operation {arguments.id} in {directory(arguments.state)}", file=sys.stderr)
        return 1
    print(json.dumps(entries(arguments.state, arguments.id)))
    return 0


def close_operation(words: Sequence[str]) -> int:
    """close-operation STATE ID --by ID: what it left half done, another operation has finished."""
    parser = argparse.ArgumentParser(prog="hamn-local close-operation")
    parser.add_argument("state")
    parser.add_argument("id")
    parser.add_argument("--by", required=True)
    arguments = parser.parse_args(words)
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    append(arguments.state, arguments.id, {"event": "closed", "at": at, "by": arguments.by})
    return 0
