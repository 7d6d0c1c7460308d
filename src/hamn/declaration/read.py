"""`read_pair`: the declaration's file into a `Pair`, or every complaint about it at once."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hamn.declaration.complaint import Complaint, Key, dotted, nearest, shown
from hamn.declaration.derive import derive
from hamn.declaration.meaning import check_meaning
from hamn.declaration.places import line_of, places
from hamn.declaration.profile import load_profile, profile_names
from hamn.declaration.shape import KINDS, read_tables
from hamn.model.pair import Pair
from hamn.reports.report import Exit, Report, Stop, error

SIZE_LIMIT = 1 << 20
"""Bytes. A declaration is a page or two; what is larger is some other file."""


def read_pair(path: Path) -> Pair:
    """Raises Stop (USAGE) with a report for each thing that is wrong, in the order of the lines."""
    content, status = _content(path)
    document, lines = _document(path, content)
    complaints: list[Complaint] = []
    merged = _on_profile(document, complaints)
    declared = read_tables(merged)
    complaints += declared.complaints
    complaints += check_meaning(declared, merged)
    found = [(line, _report(complaint, path, line)) for complaint, line in _placed(complaints, lines)]
    found.sort(key=lambda placed: placed[0])
    reports = [*loose_permissions(path, status, _has_fence(document)), *(report for _, report in found)]
    if reports:
        raise Stop(Exit.USAGE, reports)
    first, second = (declared.machines[index] for index in sorted(declared.machines))
    return Pair(
        machines=(first, second),
        resources=derive(declared.resources, declared.stated),
        sync=declared.sync,
        backup=declared.backup,
        source=str(path),
        fingerprint=hashlib.sha256(content).hexdigest(),
        **declared.pair,
    )


def loose_permissions(path: Path, status: os.stat_result, names_secrets: bool) -> list[Report]:
    """Whoever can write this file has root run what it says; whoever reads it knows where secrets are."""
    reports = []
    if status.st_uid not in (0, os.geteuid()):
        says = f"it belongs to user {status.st_uid}; allowed: root" + (" or yourself" if os.geteuid() else "")
        reports.append(error("not-owned-by-root", says, str(path), f"chown root {path}"))
    refused = stat.S_IWGRP | stat.S_IWOTH | (stat.S_IRGRP | stat.S_IROTH if names_secrets else 0)
    if status.st_mode & refused:
        why = "with a fence section, 0600" if names_secrets else "not writable by group or others"
        says = f"its mode is {stat.S_IMODE(status.st_mode):04o}; allowed: {why}"
        reports.append(
            error("loose-permissions", says, str(path), f"chmod {'600' if names_secrets else 'go-w'} {path}")
        )
    return reports


def _content(path: Path) -> tuple[bytes, os.stat_result]:
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            status = os.fstat(file.fileno())
            content = file.read(SIZE_LIMIT + 1) if stat.S_ISREG(status.st_mode) else None
    except FileNotFoundError:
        hint = "hamn init writes one; --pair FILE or HAMN_PAIR names another"
        raise _stop("no-declaration", "there is no such file", path, hint=hint) from None
    except (OSError, ValueError) as found:
        why = found.strerror if isinstance(found, OSError) else found
        hint = "run hamn as root, or name another file with --pair"
        raise _stop("unreadable", f"can't be read: {why}", path, hint=hint) from None
    if content is None or len(content) > SIZE_LIMIT:
        says = "is no plain file" if content is None else "is larger than 1 MiB"
        raise _stop("unreadable", says, path, hint="name the declaration with --pair")
    return content, status


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe under this name would hang


def _document(path: Path, content: bytes) -> tuple[dict[str, Any], dict[Key, int]]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as found:
        line = content.count(b"\n", 0, found.start) + 1
        raise _stop("not-utf-8", "the file is not UTF-8 text", path, line, "save it as UTF-8") from None
    try:
        return tomllib.loads(text), places(text)
    except RecursionError:
        raise _stop("toml-syntax", "lists or tables are nested too deeply", path) from None
    except ValueError as found:
        place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", str(found))
        says = f"not TOML: {str(found)[: place.start()] if place else str(found)[:100]}"
        line = int(place[1]) if place and place[1] else max(1, len(text.splitlines()))
        raise _stop("toml-syntax", says, path, line, "see toml.io for how it is written") from None


def _on_profile(document: Mapping[str, Any], complaints: list[Complaint]) -> dict[str, Any]:
    pair = document.get("pair")
    name = pair.get("profile", "plain") if isinstance(pair, dict) else "plain"
    names = profile_names()
    if name not in names:
        says = f"found {shown(name)}; allowed: {', '.join(names)}"
        if isinstance(name, str) and re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):  # else its own reader says so
            complaints.append(Complaint("unknown-profile", says, nearest(name, names), ("pair", "profile")))
        name = "plain"
    return load_profile(name).under(document)


def _placed(complaints: Iterable[Complaint], lines: dict[Key, int]) -> list[tuple[Complaint, int]]:
    """A complaint about what the profile supplied stands where the profile is named."""
    placed = []
    for complaint in complaints:
        key = complaint.key
        supplied = key[:1] and key[0] in (*KINDS, "sync") and key[:2] not in lines
        placed.append((complaint, line_of(("pair", "profile") if supplied else key, lines)))
    return placed


def _report(complaint: Complaint, path: Path, line: int) -> Report:
    return error(complaint.code, f"{dotted(complaint.key)}: {complaint.says}", f"{path}:{line}", complaint.hint)


def _has_fence(document: Mapping[str, Any]) -> bool:
    machines = document.get("machine")
    tables = machines if isinstance(machines, list) else [machines]
    return any(isinstance(table, dict) and "fence" in table for table in tables)


def _stop(code: str, says: str, path: Path, line: int = 0, hint: str = "") -> Stop:
    return Stop(Exit.USAGE, [error(code, says, f"{path}:{line}" if line else str(path), hint)])
