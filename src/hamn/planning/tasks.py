"""What both machines of a pair run by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.model.pair import Pair, Service
from hamn.model.sync import is_literal
from hamn.planning.drift import patterns
from hamn.platforms.platform import Platform
from hamn.platforms.schedule import Task
from hamn.resources.configuration import of_pair

PACKAGES = {
    "debian": ("/var/lib/dpkg/status",),
    "redhat": ("/var/log/dnf.rpm.log", "/var/log/yum.log"),
    "suse": ("/var/log/zypp/history",),
}
"""What is written when packages were installed, and by no query: the rpm database itself is touched by some."""


def tasks(pair: Pair, platform: Platform) -> Iterator[Task]:
    """The same on both; each run finds out whether it is its turn."""
    wanted = patterns(pair, platform.family)
    holder = pair.owner_filesystem
    exclusive = holder is not None and holder.access == "exclusive"
    mounts = (holder.mount,) if holder is not None and exclusive else ()
    if wanted:
        yield Task(
            "hamn-sync",
            "hamn: the standby gets the active machine's files",
            ("hamn", "sync", *of_pair(pair)),
            minute="*/5" if platform.init.name == "systemd" else "*",  # cron sees no change: it looks each minute
            watched=tuple(dict.fromkeys(_watched(pattern) for pattern in wanted)),
            mounts=mounts,
        )
    if pair.databases:
        hour, _, minute = pair.backup.at.partition(":")
        words = ("hamn", "backup", *of_pair(pair))
        text = "hamn: the databases are backed up where the role is"
        yield Task("hamn-backup", text, words, minute=minute, hour=hour, mounts=mounts, limit_s=2 * 3600)
    servers = any(database.engine != "sqlite" for database in pair.databases)
    if servers or any(isinstance(resource, Service) for resource in pair.resources):
        yield Task(
            "hamn-boot",
            "hamn: services of the role that a package enabled again are disabled",
            ("hamn", "check", "--only", "services-not-at-boot", "--fix", *of_pair(pair)),
            minute="7",  # what came while a run was busy, and rpm by hand
            watched=PACKAGES.get(platform.family, ()),
        )


def _watched(pattern: str) -> str:
    """The path itself, or the deepest directory above its first glob sign: inotify(7) knows no globs."""
    parts = pattern.split("/")
    plain = next((number for number, part in enumerate(parts) if not is_literal(part)), len(parts))
    return "/".join(parts[:plain]) or "/"
