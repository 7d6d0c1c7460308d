"""The journal as files: STATE/operations/ID.jsonl, an entry a line, on disk before anything is done."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hamn.local import operations
from hamn.local.file import sync_directory
from hamn.ports import JournalError

ROOM_BYTES = 1024 * 1024
"""Free when an operation begins: its record must not end for want of room when half of it is done."""


class FileJournal:
    """`state` is the pair's state directory; root's alone, as what it says of a site is nobody else's business."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._directory = Path(operations.directory(str(state)))

    def _file(self, operation: str) -> Path:
        return self._directory / f"{operation}{operations.SUFFIX}"

    def begin(self, operation: str, entry: Mapping[str, Any]) -> None:
        try:
            self._state.mkdir(mode=0o755, parents=True, exist_ok=True)
            self._directory.mkdir(mode=0o700, exist_ok=True)
            sync_directory(str(self._state))
            self._want_room()
            operations.append(str(self._state), operation, entry, os.O_CREAT | os.O_EXCL)
            sync_directory(str(self._directory))
        except OSError as why:
            raise self._error(operation, why) from None

    def _want_room(self) -> None:
        found = os.statvfs(self._directory)
        if found.f_bavail * found.f_frsize < ROOM_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._directory))

    def append(self, operation: str, entry: Mapping[str, Any]) -> None:
        try:
            operations.append(str(self._state), operation, entry)
        except OSError as why:
            raise self._error(operation, why) from None

    def _error(self, operation: str, why: OSError) -> JournalError:
        return JournalError(f"{why.filename or self._file(operation)}: {why.strerror}")

    def read(self, operation: str) -> Sequence[Mapping[str, Any]]:
        try:
            return operations.entries(str(self._state), operation)
        except FileNotFoundError:
            raise KeyError(operation) from None
        except OSError as why:
            raise self._error(operation, why) from None

    def operations(self) -> Sequence[str]:
        try:
            return operations.names(str(self._state))
        except OSError as why:
            raise JournalError(f"{self._directory}: {why.strerror}") from None
