"""Files that commands write for who asked: whole or not at all, and for root alone: tables hold passwords."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hamn.xcat.stores.store import StoreError, stop
from hamn.xcat.tables.dump import ENCODING, ERRORS


def write(path: Path, text: str) -> None:
    """StoreError (file) where it can't be written."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding=ENCODING, errors=ERRORS, newline="", dir=path.parent, delete=False
        ) as file:
            try:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except OSError:
                Path(file.name).unlink(missing_ok=True)
                raise
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
