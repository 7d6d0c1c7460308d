"""A database server's databases as dumps: taken, tried out, put back. The server's own programs do the work.

Two dumps of the same data are the same lines; that is how a dump is tried out (loaded into a scratch database, and
that dumped again), and how it is told whether a database is already as a backup has it.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from hamn.model.backup import Server
from hamn.reports.report import Exit, Stop, error

SCRATCH = "hamn_scratch"
_RANDOM = (b"\\restrict ", b"\\unrestrict ")
"""pg_dump writes another key at each run, since CVE-2025-8714 was mended."""


def databases(server: Server) -> dict[str, str]:
    """By name, what CREATE DATABASE needs for another like it. Raises Stop."""
    rows = (line.partition("\t") for line in _said(server.listing).splitlines())
    return {name: options for name, _, options in rows if name and not name.startswith(SCRATCH)}


def digest(server: Server, name: str) -> str:
    """Of the database as it is now. Raises Stop."""
    found = hashlib.sha256()
    with _lines((*server.dump, name)) as lines:
        for line in lines:
            found.update(line)
    return found.hexdigest()


def dump(server: Server, name: str, path: Path) -> str:
    """Into a new file, gzipped, readable by its owner alone; returns the digest. Raises Stop."""
    with _lines((*server.dump, name)) as lines:
        return _write(path, lines)


def accounts(server: Server, path: Path) -> None:
    """Who may log in, with their passwords' hashes: for a server that was made anew. Raises Stop."""
    with _lines(server.accounts) as lines:
        _write(path, lines)


def make(server: Server, name: str, options: str, path: Path) -> None:
    """The database anew, from a dump. What had its name is gone. Raises Stop."""
    drop(server, name)
    _said((*server.sql, f"CREATE DATABASE {_quoted(server, name)}{options}"))
    argv = (*server.load, name)
    null = subprocess.DEVNULL
    with gzip.open(path, "rb") as text, _running(argv, stdin=subprocess.PIPE, stdout=null) as process:
        assert process.stdin is not None
        try:
            for line in text:
                process.stdin.write(line)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it complains, and its exit status says so


def drop(server: Server, name: str) -> None:
    _said((*server.sql, f"DROP DATABASE IF EXISTS {_quoted(server, name)}"))


def tried(server: Server, options: str, path: Path) -> str:
    """The digest of what the dump becomes when it is loaded. Raises Stop."""
    try:
        make(server, SCRATCH, options, path)
        return digest(server, SCRATCH)
    finally:
        drop(server, SCRATCH)


def _quoted(server: Server, name: str) -> str:
    return server.quote + name.replace(server.quote, server.quote * 2) + server.quote


def _write(path: Path, lines: Iterator[bytes]) -> str:
    found = hashlib.sha256()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0) as packed:
            for line in lines:
                packed.write(line)
                found.update(line)
        file.flush()
        os.fsync(file.fileno())
    return found.hexdigest()


@contextmanager
def _lines(argv: tuple[str, ...]) -> Iterator[Iterator[bytes]]:
    with _running(argv) as process:
        assert process.stdout is not None
        yield (line for line in process.stdout if not line.startswith(_RANDOM))


@contextmanager
def _running(
    argv: tuple[str, ...], *, stdin: int = subprocess.DEVNULL, stdout: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[bytes]]:
    """Raises Stop with its last word when it doesn't end well."""
    with TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(argv, stdin=stdin, stdout=stdout, stderr=complaints)
        except FileNotFoundError:
            hint = "install the database's client programs"
            raise Stop(
                Exit.FAILED, [error("no-such-program", f"no program {argv[0]} on this machine", hint=hint)]
            ) from None
        with process:
            yield process
        if process.returncode:
            complaints.seek(0)
            said = complaints.read().decode(errors="replace").strip().splitlines()
            what = said[-1] if said else f"exit status {process.returncode}"
            raise Stop(Exit.FAILED, [error("dump", f"{Path(argv[0]).name}: {what}")])


def _said(argv: tuple[str, ...]) -> str:
    with _running(argv) as process:
        assert process.stdout is not None
        return process.stdout.read().decode(errors="surrogateescape")
