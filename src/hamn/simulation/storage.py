"""Disks: each machine's own, and the one that both see, with an ext4 that is protected against two mounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hamn.simulation.machine import Boot


class LocalDisk:
    """What of a machine outlives its power: the journal and what it remembers of the owner."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.journal: dict[str, list[Mapping[str, Any]]] = {}
        self.turns: dict[str, int] = {}
        """By operation, how often it began, ended or was closed: what others read of it is so old."""
        self.told: dict[str, tuple[object, str]] = {}
        """By operation: what others read of it, and when that was so."""
        self.fault = ""
        """"No space left on device", "Read-only file system", or "" when it can be written."""

    def note(self, operation: str, entry: Mapping[str, Any]) -> None:
        self.journal.setdefault(operation, []).append(entry)
        if entry["event"] not in ("begin", "end"):
            self.turns[operation] = self.turns.get(operation, 0) + 1


class View:
    """What one machine sees of the shared filesystem: its page cache. What was written and not made durable
    dies with the machine; what another machine writes beneath it is not seen."""

    __slots__ = ("files", "rows", "uncommitted")

    def __init__(self, files: dict[str, str], rows: list[int]) -> None:
        self.files, self.rows = dict(files), list(rows)
        self.uncommitted: list[int] = []
        """In the memory of the database alone."""


class SharedFilesystem:
    """An ext4 with multiple-mount protection (MMP) on a disk that both machines reach."""

    def __init__(self, source: str, type_: str) -> None:
        self.source, self.type = source, type_
        self.files: dict[str, str] = {}
        self.rows: list[int] = []
        """The database's durable rows."""
        self.fault = ""
        self.mounts: dict[Boot, View] = {}
        """By machine that has it mounted, anywhere."""
        self.mmp: Boot | None = None
        """Whose mark is on the disk; None: marked clean."""
        self.journal_dirty = False

    def is_updated(self) -> bool:
        """Whoever left the mark still renews it: the kernel does, even of a machine whose processes are frozen."""
        holder = self.mmp
        return holder is not None and not holder.dead and holder in self.mounts and holder.machine.sees_disk

    def attach(self, boot: Boot) -> None:
        self.mounts[boot] = View(self.files, self.rows)
        self.mmp = boot

    def detach(self, boot: Boot) -> None:
        """The last mount there went in order: everything is written out and the mark is taken away."""
        view = self.mounts.pop(boot)
        if boot.machine.sees_disk and not self.fault:
            self.files, self.rows = view.files, view.rows
            self.mmp = None

    def lose(self, boot: Boot) -> None:
        """Its machine lost power: the cache is gone, the mark stays."""
        self.mounts.pop(boot, None)

    def write(self, boot: Boot, path: str, text: str) -> str:
        """Write and make durable: "" or why not."""
        if trouble := self.trouble(boot):
            return trouble
        view = self.mounts[boot]
        view.files[path] = text
        self.files = dict(view.files)
        return ""

    def commit(self, boot: Boot) -> bool:
        """The database makes its rows durable."""
        if self.trouble(boot):
            return False
        view = self.mounts[boot]
        view.rows += view.uncommitted
        view.uncommitted = []
        self.rows = list(view.rows)
        return True

    def trouble(self, boot: Boot) -> str:
        return self.fault if boot.machine.sees_disk else "Input/output error"
