"""A file that wasn't there before."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hamn.local.file import sync_directory


def write_new(path: Path, content: bytes) -> None:
    """Root's alone (0600), with its whole content, or not there at all. Raises FileExistsError rather than replace
    what has that name, and OSError."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)  # unlike rename(2), it fails where something has the name
    finally:
        Path(temporary).unlink()
    sync_directory(str(path.parent))
