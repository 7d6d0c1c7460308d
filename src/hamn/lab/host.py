"""What the lab asks of the host it runs on: a few small tools, a cache directory, a lock."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hamn.reports.report import Exit, Stop, error


def cache() -> Path:
    """What outlives a lab: $HAMN_CACHE, else hamn below the user's cache directory."""
    if named := os.environ.get("HAMN_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hamn"


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """One process at a time, with the tools that it has running: the lock is free when the last of them has ended,
    so that whoever cleans up after a killed one doesn't race with what that one left at work."""
    directory.mkdir(parents=True, exist_ok=True)
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        _held.add(handle)
        yield
    finally:
        _held.discard(handle)
        os.close(handle)


_held: set[int] = set()


def prune(pattern: str, *, keep: int = 3) -> None:
    """Leave only the newest of a kind in the cache: every change of the recipe makes another."""
    for old in sorted(cache().glob(pattern), key=lambda path: path.stat().st_mtime)[:-keep]:
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink()


def say(line: str) -> None:
    """Progress of what takes long, for whoever waits; never on stdout, which belongs to answers."""
    print(f"hamn lab: {line}", file=sys.stderr, flush=True)


def tool(*argv: str | Path, stdin: str = "", timeout_s: float = 600) -> str:
    """Run one of the host's own tools and return what it prints; a failure ends the verb with its last words.

    Raises Stop, also when the tool isn't there: it then names the package to install.
    """
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(
            words,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            pass_fds=tuple(_held),
        )
    except FileNotFoundError:
        raise missing(words[0]) from None
    except subprocess.TimeoutExpired:
        raise Stop(
            Exit.FAILED,
            [error("lab-tool-hangs", f"{words[0]} did not end within {timeout_s:.0f} s", " ".join(words))],
        ) from None
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}").splitlines()[-1]
        raise Stop(Exit.FAILED, [error("lab-tool-failed", f"{words[0]}: {said}", " ".join(words))])
    return done.stdout


TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "mksquashfs": "squashfs-tools",
    "mkfs.ext4": "e2fsprogs",
    "dumpe2fs": "e2fsprogs",
    "ip": "iproute2",
    "losetup": "mount",
    "mount": "mount",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "sysctl": "procps",
    "setsid": "util-linux",
    "ssh-keygen": "openssh-client",
}
"""Everything the lab needs of the host, by package."""


def missing(*names: str) -> Stop:
    packages = sorted({TOOLS.get(name, name) for name in names})
    return Stop(
        Exit.FAILED,
        [
            error(
                "lab-tool-missing",
                f"the lab needs {', '.join(names)}, not found on this host",
                hint=f"apt-get install {' '.join(packages)}",
            )
        ],
    )


def remove(tree: Path) -> None:
    """Raises Stop where something is still mounted below: what is under it isn't ours to delete."""
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    if held := [mount for mount in mounts if mount.startswith(f"{tree}/")]:
        raise Stop(
            Exit.FAILED,
            [
                error(
                    "lab-still-mounted",
                    "an earlier build was killed and left mounts",
                    held[0],
                    f"umount {held[0]}",
                )
            ],
        )
    if tree.exists():
        shutil.rmtree(tree)
