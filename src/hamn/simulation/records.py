"""What hamn-local writes: the owner record, by the production rules, and files and ends of operations."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

from hamn.local.ownership import Claim, Refused, released, taken
from hamn.model.owner import OWNER_FILE, OwnerRecord

if TYPE_CHECKING:
    from hamn.simulation.machine import Boot

Said: TypeAlias = "tuple[int, str, str]"
Program: TypeAlias = "Generator[float, None, Said]"


def _record(text: str | None) -> OwnerRecord | None:
    return None if text is None else OwnerRecord.from_text(text)


def _change(boot: Boot, words: list[str], change: Callable[[OwnerRecord | None], OwnerRecord]) -> Program:
    world, disk = boot.machine.world, boot.machine.disk
    path, memory = words[-1], words[words.index("--memory") + 1]
    yield 0.004
    shared = world.filesystem is not None and path == world.owner_path
    if shared:
        assert world.filesystem is not None and world.declared is not None
        if world.declared.mount not in boot.mounts:
            now = None  # the mount point itself, on the machine's own disk: there is no record
        else:
            now = _record(world.filesystem.mounts[boot].files.get(OWNER_FILE))
    else:
        now = _record(disk.files.get(path))
    try:
        record = change(now)
    except Refused as refusal:
        return 3, "", f"{path}: {refusal}"
    if record != now:
        yield 0.003
        if shared and world.declared is not None and world.declared.mount in boot.mounts:
            assert world.filesystem is not None
            if trouble := world.filesystem.write(boot, OWNER_FILE, record.text()):
                return 1, "", f"hamn-local: {path}: {trouble}"
            world.recorded(boot, record)
        elif disk.fault:
            return 1, "", f"hamn-local: {path}: {disk.fault}"
        else:
            if shared:
                world.violate("record-beside", f"{boot.name} wrote the owner record where nothing is mounted")
            disk.files[path] = record.text()
    yield 0.002
    if disk.fault:
        return 0, record.text(), f"{memory}: not kept up: {disk.fault}"
    disk.files[memory] = record.text()
    return 0, record.text(), ""


def _option(words: list[str], name: str) -> str:
    return words[words.index(name) + 1]


def take_ownership(boot: Boot, words: list[str]) -> Program:
    claim = Claim(
        _option(words, "--pair"),
        _option(words, "--machine"),
        _option(words, "--operation"),
        _option(words, "--boot-id"),
        frozenset(words[n + 1] for n, word in enumerate(words) if word == "--accept"),
        int(_option(words, "--at-least")),
        "" if "--unshared" in words else str(PurePosixPath(words[-1]).parent),
        "--unshared" in words,
    )
    return _change(boot, words, lambda now: taken(now, claim))


def release_ownership(boot: Boot, words: list[str]) -> Program:
    machine, operation = _option(words, "--machine"), _option(words, "--operation")
    return _change(boot, words, lambda now: released(now, machine, operation))


def put(boot: Boot, words: list[str], stdin: str) -> Program:
    yield 0.005
    if fault := boot.machine.disk.fault:
        return 1, "", f"hamn-local put: {words[0]}: {fault}"
    boot.machine.disk.files[words[0]] = stdin
    return 0, "", ""


def close_operation(boot: Boot, words: list[str]) -> Program:
    yield 0.004
    if fault := boot.machine.disk.fault:
        return 1, "", f"hamn-local close-operation: {fault}"
    if words[1] not in boot.machine.disk.journal:
        return 1, "", f"hamn-local close-operation: {words[1]}: No such file or directory"
    boot.machine.disk.note(words[1], {"event": "closed", "by": _option(words, "--by")})
    return 0, "", ""
