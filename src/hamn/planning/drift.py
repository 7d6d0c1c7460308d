"""(Pair, who owns, what both machines list) -> what the other machine lacks, and what it can't be given; pure.

Never by time stamp: a file is the same when its bytes, mode and owner are; whose is right the owner record tells.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hamn.declaration.derive import is_within
from hamn.model.command import Answer, Command
from hamn.model.pair import Configuration, Filesystem, Pair
from hamn.model.sync import covers, is_literal
from hamn.platforms.filelists import ACCOUNTS, AIX_ACCOUNTS, NAMES, files_of
from hamn.platforms.platform import Platform

LISTING_S = 60.0
_ACCOUNTS = frozenset((*ACCOUNTS, *AIX_ACCOUNTS))


class State(StrEnum):
    SAME = "same"
    BEHIND = "behind"
    """To be copied."""
    REFUSED = "refused"
    OWN = "own"
    """Each machine's own, and there on both."""
    EXTRA = "extra"
    """Only on the other machine, and never received: let be."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as its machine lists it. `changed_s`: ago, by that machine's clock; for people, never compared."""

    sha256: str = ""
    size: int = 0
    mode: int = 0
    user: str = ""
    group: str = ""
    parent: int = 0o755
    changed_s: float = 0.0
    real: str = ""
    """Where it lies, if its path leads through a symbolic link."""
    says: Mapping[str, str] = field(default_factory=dict)
    """Of a table of accounts: number by name; of /etc/hosts: the loopback's address by name."""
    trouble: str = ""

    @property
    def identity(self) -> tuple[str, int, str, str]:
        return self.sha256, self.mode, self.user, self.group


@dataclass(frozen=True, slots=True)
class Listing:
    """`received`: path to hash of what came from the other machine last; `owed`: commands still to follow it."""

    files: Mapping[str, Entry]
    received: Mapping[str, str] = field(default_factory=dict)
    epoch: int = 0
    at: str = ""
    owed: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """What is to be said of one path."""

    path: str
    state: State
    why: str = ""
    hint: str = ""
    wanted: Entry | None = None
    """The owner's, where it is to be copied."""

    @property
    def behind_s(self) -> float:
        """How long ago the owner's was changed."""
        return self.wanted.changed_s if self.wanted else 0.0

    def order(self) -> dict[str, Any]:
        """What the receiver has to know of it, beside its bytes."""
        assert self.wanted is not None
        return {key: getattr(self.wanted, key) for key in ("sha256", "mode", "user", "group", "parent")}


@dataclass(frozen=True, slots=True)
class Drift:
    """The other machine against the owner."""

    owner: str
    other: str
    files: tuple[File, ...]
    owed: tuple[tuple[str, ...], ...] = ()
    received: str = ""
    """When the other machine last received something; UTC."""
    untold: Mapping[str, str] = field(default_factory=dict)
    """Files that are the same, by hash, of which the other machine doesn't know yet that they are the owner's:
    without that their vanishing there would not be noticed."""

    def of(self, state: State) -> tuple[File, ...]:
        return tuple(file for file in self.files if file.state is state)

    @property
    def settled(self) -> bool:
        """Nothing is left to do, by hamn or by a person."""
        return not (self.of(State.BEHIND) or self.of(State.REFUSED) or self.owed)

    @property
    def lag_s(self) -> float:
        """Of the oldest change that hasn't arrived; 0 where everything has."""
        return max((file.behind_s for file in self.of(State.BEHIND)), default=0.0)


def patterns(pair: Pair, family: str) -> tuple[str, ...]:
    """All that is synchronised, in the names of one family of systems."""
    lists = files_of(family)
    named = [
        pattern for each in pair.sync.lists if each != "dhcp" or dhcp_is_alike(pair) for pattern in lists[each]
    ]
    targets = [target for filesystem in pair.filesystems for target in filesystem.targets]
    shared = [pattern for pattern in named if any(is_within(pattern, target) for target in targets)]
    own = [file for filesystem in pair.filesystems for file in credentials(filesystem)]
    return tuple(dict.fromkeys(pattern for pattern in (*pair.sync.files, *named, *own) if pattern not in shared))


def credentials(filesystem: Filesystem) -> tuple[str, ...]:
    """The file with a share's password, without which the other machine couldn't mount it (mount.cifs(8))."""
    options = dict(option.partition("=")[::2] for option in filesystem.options.split(","))
    files = (options.get(name, "") for name in ("credentials", "cred"))
    return tuple(file for file in files if filesystem.on_network and file.startswith("/"))


def dhcp_is_alike(pair: Pair) -> bool:
    """The requirement: its configuration is copied "only when the DHCP configuration on the two management nodes
    are exactly the same": it names interfaces. What hamn generates it makes for each machine."""
    generated = any(isinstance(r, Configuration) and not r.generate and "dhcp" in r.makes for r in pair.resources)
    return not generated and all(len(set(ip.interface.values())) == 1 for ip in pair.virtual_ips)


def ask_listing(pair: Pair, platform: Platform) -> Command | None:
    """None where nothing is synchronised."""
    wanted = patterns(pair, platform.family)
    left_out = [word for pattern in pair.sync.exclude for word in ("--except", pattern)]
    argv = ("hamn-local", "listing", *left_out, pair.state, *wanted)
    return Command(argv, timeout_s=LISTING_S) if wanted else None


def hear_listing(answer: Answer) -> Listing | None:
    """None: it isn't known."""
    try:
        said = json.loads(answer.stdout) if answer.ok else None
        if not isinstance(said, dict):
            return None
        memory: dict[str, Any] = said["received"]
        return Listing(
            {path: Entry(**entry) for path, entry in said["files"].items()},
            {str(path): str(digest) for path, digest in memory.get("files", {}).items()},
            int(memory.get("epoch", 0)),
            str(memory.get("at", "")),
            tuple(tuple(map(str, argv)) for argv in memory.get("owed", ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def drift(pair: Pair, owner: str, mine: Listing, theirs: Listing) -> Drift:
    """`mine`: the owner's; `theirs`: the other machine's."""
    files = tuple(_files(pair, owner, mine, theirs))
    same = {file.path: mine.files[file.path].sha256 for file in files if file.state is State.SAME}
    untold = {path: digest for path, digest in same.items() if theirs.received.get(path) != digest}
    return Drift(owner, pair.other(owner).name, files, theirs.owed, theirs.at, untold)


def _files(pair: Pair, owner: str, mine: Listing, theirs: Listing) -> Iterator[File]:
    other = pair.other(owner).name
    accounts = _account_trouble(owner, other, mine, theirs)
    known = {*mine.received, *theirs.received}
    for path in sorted({*mine.files, *theirs.files}):
        here, there = mine.files.get(path), theirs.files.get(path)
        if any(covers(pattern, path) for pattern in pair.sync.own):
            yield _own(path, owner, other, here, there)
        elif here is None:
            gone = path in known or any(is_literal(pattern) and path == pattern for pattern in pair.sync.files)
            yield _gone(path, owner, other) if gone else File(path, State.EXTRA, f"only on {other}")
        elif trouble := _trouble(pair, owner, other, path, here, there):
            yield File(path, State.REFUSED, *trouble)
        elif there is not None and here.identity == there.identity:
            yield File(path, State.SAME)
        elif path in _ACCOUNTS and accounts:
            yield File(path, State.REFUSED, *accounts)
        elif here.size == 0 and there is not None and there.size > 0:
            why = f"empty on {owner}, and {other} has {there.size} bytes"
            hint = f"restore it on {owner}; if it is meant to be empty: on {other} `cp /dev/null {path}`"
            yield File(path, State.REFUSED, why, hint)
        else:
            yield File(path, State.BEHIND, _differs(here, there, other), wanted=here)


def _own(path: str, owner: str, other: str, here: Entry | None, there: Entry | None) -> File:
    missing = owner if here is None else other if there is None else ""
    if not missing:
        return File(path, State.OWN, "each machine has its own")
    return File(path, State.REFUSED, f"missing on {missing}", f"write {missing}'s own: it is never copied")


def _gone(path: str, owner: str, other: str) -> File:
    hint = f"restore it on {owner} ({other} still has it); if it is to go: on {other} `rm {path}`"
    return File(path, State.REFUSED, f"gone from {owner}", hint)


def _trouble(
    pair: Pair, owner: str, other: str, path: str, here: Entry, there: Entry | None
) -> tuple[str, str] | None:
    """What can't be copied whatever is in it."""
    for name, entry in ((owner, here), (other, there)):
        if entry is None:
            continue
        if entry.trouble:
            return f"{entry.trouble} on {name}", f"mend it on {name}, or `exclude` it in [sync]"
        targets = [target for filesystem in pair.filesystems for target in filesystem.targets]
        if any(is_within(entry.real, target) for target in targets):
            return (
                f"leads to {entry.real} on {name}, on the shared data",
                "take it out of [sync]: both have it there",
            )
    loop = next((address for name, address in here.says.items() if name.partition(".")[0] == owner), "")
    if path in NAMES and loop:
        why = f"says that {owner} is {loop}, which on {other} is {other} itself"
        return why, f"on {owner}: `hamn-local hosts {pair.machine(owner).address} {owner}`"
    return None


def _account_trouble(owner: str, other: str, mine: Listing, theirs: Listing) -> tuple[str, str] | None:
    """Files know their owners by number: a table that changes or drops one of the other machine's accounts would
    give its files away. One such account keeps all the tables: they belong together."""
    for path in ("/etc/passwd", "/etc/group"):
        here, there = mine.files.get(path), theirs.files.get(path)
        if here is None or there is None:
            continue
        lost = [name for name in there.says if name not in here.says]
        moved = [name for name, number in there.says.items() if here.says.get(name, number) != number]
        if lost or moved:
            what = f"{', '.join((*lost, *moved)[:5])} of {other}'s {path}"
            which = "isn't known" if lost else "has another number"
            same = "give both machines the same accounts (`useradd -u`, `usermod -u`, `groupmod -g`)"
            hint = f'{same}, or take "accounts" out of `lists` in [sync]'
            return f"{what} {which} on {owner}", hint
    return None


def _differs(here: Entry, there: Entry | None, other: str) -> str:
    if there is None:
        return f"missing on {other}"
    if here.sha256 != there.sha256:
        return "content"
    if here.mode != there.mode:
        return f"mode {here.mode:04o}, {there.mode:04o} on {other}"
    return f"owner {here.user}:{here.group}, {there.user}:{there.group} on {other}"
