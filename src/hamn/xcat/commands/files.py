"""Files that commands write for who asked: whole or not at all, and for root alone: tables hold passwords."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from hamn.xcat.stores.store import StoreError, stop
from hamn.xcat.tables.dump import ENCODING, ERRORS


def write(path: Path, text: str) -> None:
    """StoreError (file) where it can't be written."""
    write_all({path: text})


def write_all(texts: Mapping[Path, str]) -> None:
    """No file takes the place of an older one before all of them are on the disk: one that is full leaves all as
    they were. StoreError (file) where one can't be written."""
    with ExitStack() as stack:
        staged = {path: _staged(path, text, stack) for path, text in texts.items()}
        for path, fresh in staged.items():
            try:
                fresh.replace(path)
            except OSError as why:
                raise _trouble("written", path, why) from None


def _staged(path: Path, text: str, stack: ExitStack) -> Path:
    """On the disk, beside where it goes; away when `stack` ends, if it is still there then."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding=ENCODING, errors=ERRORS, newline="", dir=path.parent, delete=False
        ) as file:
            fresh = Path(file.name)
            stack.callback(fresh.unlink, missing_ok=True)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        return fresh
    except OSError as why:
        raise _trouble("written", path, why) from None


def read(path: Path) -> str:
    """StoreError (file) where it can't be read."""
    try:
        with path.open(encoding=ENCODING, errors=ERRORS, newline="") as file:
            return file.read()
    except OSError as why:
        raise _trouble("read", path, why) from None


def _trouble(what: str, path: Path, why: OSError) -> StoreError:
    return stop("file", f"can't be {what}: {why.strerror}", str(path))
