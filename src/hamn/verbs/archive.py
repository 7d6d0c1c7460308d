"""A support archive: texts with an index, without secrets, bounded, as one tar.gz."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from hamn.reports.report import Report, warning
from hamn.verbs.redaction import Redaction

FILE_BYTES = 1024 * 1024
"""Of each file the last so many are kept: who looks for a cause reads the end."""
ARCHIVE_BYTES = 32 * 1024 * 1024
"""Of all files together, before they are packed: what it takes to look through them is bounded too."""

NOTE = (
    'Passwords, tokens and keys are replaced by "(removed)". Rules do that, and rules don\'t know everything: '
    "read it before it leaves the house. Names, addresses and accounts are in it."
)


@dataclass(frozen=True, slots=True)
class File:
    """`about`: where the text comes from, for the index."""

    path: str
    text: str
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Archive:
    """`name` is the one directory in it. What is added first is kept first when room ends."""

    name: str
    at: str
    """UTC, ISO 8601."""
    about: Mapping[str, Any]
    files: list[File] = field(default_factory=list)
    missing: list[Report] = field(default_factory=list)
    """What could not be had, and why."""
    _room: int = field(default_factory=lambda: ARCHIVE_BYTES)

    def add(self, path: str, text: str, **about: Any) -> None:
        kept = _end_of(text)
        cut = (
            {"cut_bytes": len(text.encode(errors="replace")) - len(kept.encode(errors="replace"))}
            if kept != text
            else {}
        )
        taken = {file.path: file.text for file in self.files}
        if taken.get(path) == kept:
            return  # asked twice, and nothing had changed
        stem, dot, suffix = path.rpartition(".")
        number = 2
        while path in taken:
            path, number = f"{stem}-{number}{dot}{suffix}", number + 1
        size = len(kept.encode(errors="replace"))
        if size > self._room:
            self.missing.append(warning("no-room", f"{path} is left out: the archive would be too large"))
            return
        self._room -= size
        self.files.append(File(path, kept, {**about, **cut}))

    def add_document(self, path: str, document: Any, **about: Any) -> None:
        self.add(path, json.dumps(document, indent=1) + "\n", **about)

    def content(self) -> bytes:
        """The archive's bytes. From then on `missing` is without secrets too: it is for terminals."""
        redaction = Redaction()
        for file in self.files:
            redaction.learn(file.path + "\n" + file.text)
            redaction.learn(file.about)
        redaction.learn([why.what for why in self.missing])
        self.missing = [replace(why, what=redaction.clean(why.what)) for why in self.missing]
        packed = io.BytesIO()
        moment = datetime.fromisoformat(self.at).timestamp()
        with (
            gzip.GzipFile(fileobj=packed, mode="wb", mtime=moment, compresslevel=6) as zipped,
            tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            index = []
            for file in self.files:
                path, text = redaction.clean(file.path), redaction.clean(file.text).encode(errors="replace")
                index.append({"path": path, "bytes": len(text), **redaction.clean(file.about)})
                self._put(tar, path, text, moment)
            manifest = {
                "schema": "hamn.archive/1",
                "made": self.at,
                "note": NOTE,
                **redaction.clean(self.about),
                "missing": [why.document() for why in self.missing],
                "files": index,
            }
            self._put(tar, "manifest.json", json.dumps(manifest, indent=1).encode() + b"\n", moment)
        return packed.getvalue()

    def _put(self, tar: tarfile.TarFile, path: str, text: bytes, moment: float) -> None:
        member = tarfile.TarInfo(f"{self.name}/{path}")
        member.size, member.mode, member.mtime = len(text), 0o600, int(moment)
        tar.addfile(member, io.BytesIO(text))


def _end_of(text: str) -> str:
    """Whole lines: half of one could end, or begin, in the middle of a secret."""
    content = text.encode(errors="replace")
    if len(content) <= FILE_BYTES:
        return text
    return content[-FILE_BYTES:].partition(b"\n")[2].decode(errors="replace")
