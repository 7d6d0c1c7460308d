"""A generated file on disk: whole or not at all, the last good one kept, and none that forgets its nodes.

Nothing is reloaded here: whoever stages a file learns whether it differs, and decides.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hamn.reports.report import Report, error

KEPT = ".xcatbak"
"""What the last good one is called: `dhcpd.conf.xcatbak`."""
MOST_LOST = 0.01
_SHOWN = 20  # names in a refusal


class Refused(Exception):
    """The file was not replaced; the one that is there is as it was. `report` says why and what to do.

    Codes: generated-lost, generated-empty, generated-unwritable.
    """

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report


@dataclass(frozen=True)
class Census:
    """Who is served by the file that is there, who by the new one, and whom the tables define."""

    before: Collection[str]
    after: Collection[str]
    defined: Collection[str]

    @property
    def added(self) -> list[str]:
        before = frozenset(self.before)
        return [name for name in self.after if name not in before]

    @property
    def removed(self) -> list[str]:
        after = frozenset(self.after)
        return [name for name in self.before if name not in after]

    def check(self, path: Path, gone: Collection[str] = ()) -> None:
        """Refused if nodes would be lost that nobody took away: more than one, and more than MOST_LOST, of those
        that are defined; or all, defined or not, as when tables are read where none are. `gone`: taken away on
        purpose."""
        wanted = frozenset(gone)
        removed = [name for name in self.removed if name not in wanted]
        if removed and not self.after:
            raise Refused(
                error(
                    "generated-empty",
                    f"nothing would be left of {len(self.before)}",
                    str(path),
                    "are these the right tables? If all nodes are to go, delete them by name",
                )
            )
        defined = frozenset(self.defined)
        lost = [name for name in removed if name in defined]
        if len(lost) > max(1, int(MOST_LOST * len(self.before))):
            shown = ", ".join(lost[:_SHOWN]) + (f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else "")
            raise Refused(
                error(
                    "generated-lost",
                    f"{len(lost)} of {len(self.before)} would be lost though they are defined: {shown}",
                    str(path),
                    "correct their rows; the file that is there stays in use",
                )
            )


class Staged:
    """New content beside the file, durable: a checker may read it at `fresh`. `commit` or `discard` ends it."""

    def __init__(self, path: Path, fresh: Path, *, changed: bool) -> None:
        self.path, self.fresh, self.changed = path, fresh, changed
        self._was_there = False

    def commit(self) -> bool:
        """The new one in place, what was there kept beside it. True if it changed; if not, nothing is touched.

        Raises Refused: then the old one is in place.
        """
        if not self.changed:
            self.discard()
            return False
        link = self.fresh.with_name(self.fresh.name + KEPT)
        try:
            with contextlib.suppress(FileNotFoundError):
                os.link(self.path, link)
                link.rename(self.kept)
                self._was_there = True
            self.fresh.rename(self.path)
        except OSError as trouble:
            link.unlink(missing_ok=True)
            self.discard()
            raise _unwritable(self.path, trouble) from None
        _sync_directory(self.path.parent)
        return True

    @property
    def kept(self) -> Path:
        return self.path.with_name(self.path.name + KEPT)

    def undo(self) -> None:
        """After `commit`: what was there before is there again, as when a daemon doesn't take the new one."""
        if self.changed:
            try:
                if self._was_there:
                    self.kept.rename(self.path)
                else:
                    self.path.unlink()
            except OSError as trouble:
                raise _unwritable(self.path, trouble) from None
            _sync_directory(self.path.parent)

    def discard(self) -> None:
        self.fresh.unlink(missing_ok=True)


def stage(path: Path, chunks: Iterable[str], mode: int = 0o644) -> Staged:
    """Writes `chunks` beside `path`, comparing as it goes. A symbolic link is followed: what it names is replaced.

    Owner and mode are those of the file that is there, else root's and `mode`. Raises Refused if it can't be
    written; whatever ends it, no half is left behind.
    """
    path = path.resolve()
    fresh = path.with_name(f".{path.name}.hamn-{os.getpid()}")
    try:
        changed = _write(path, fresh, chunks, mode)
    except OSError as trouble:
        fresh.unlink(missing_ok=True)
        raise _unwritable(path, trouble) from None
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return Staged(path, fresh, changed=changed)


def commit_all(staged: Sequence[Staged]) -> list[Staged]:
    """Files that belong together; those that changed. If one can't be replaced those before it are put back."""
    done: list[Staged] = []
    for at, each in enumerate(staged):
        try:
            changed = each.commit()
        except Refused:
            for before in reversed(done):
                before.undo()
            for after in staged[at:]:
                after.discard()
            raise
        if changed:
            done.append(each)
    return done


def _write(path: Path, fresh: Path, chunks: Iterable[str], mode: int) -> bool:
    try:
        old = path.open("rb")
    except FileNotFoundError:
        old = None
    with contextlib.ExitStack() as files:
        if old:
            files.enter_context(old)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        new = files.enter_context(open(descriptor, "wb"))  # noqa: PTH123 - a descriptor
        same = old is not None
        for block in _blocks(chunks):
            new.write(block)
            same = same and old is not None and old.read(len(block)) == block
        same = same and old is not None and not old.read(1)
        new.flush()
        if old:
            found = os.fstat(old.fileno())
            os.fchown(descriptor, found.st_uid, found.st_gid)
            mode = stat.S_IMODE(found.st_mode)
            _copy_attributes(old.fileno(), descriptor)
        os.fchmod(descriptor, mode)
        if not same:
            os.fsync(descriptor)
    return not same


def _blocks(chunks: Iterable[str], size: int = 1 << 16) -> Iterable[bytes]:
    """Few large writes of many small texts."""
    held: list[str] = []
    length = 0
    for chunk in chunks:
        held.append(chunk)
        length += len(chunk)
        if length >= size:
            yield "".join(held).encode("utf-8", "surrogateescape")
            held, length = [], 0
    yield "".join(held).encode("utf-8", "surrogateescape")


def _copy_attributes(source: int, target: int) -> None:
    """SELinux's label above all: without it a confined daemon may not read the file."""
    with contextlib.suppress(OSError):  # filesystems without them
        for name in os.listxattr(source):
            os.setxattr(target, name, os.getxattr(source, name))


def _sync_directory(directory: Path) -> None:
    """Makes the new name durable; where the filesystem doesn't do that, the rename was all that can be had."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _unwritable(path: Path, trouble: OSError) -> Refused:
    why = trouble.strerror or str(trouble)
    hint = "is the filesystem mounted, with room left? The file that was there is as it was"
    return Refused(error("generated-unwritable", f"cannot be replaced: {why}", str(path), hint))
