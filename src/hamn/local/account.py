"""Service accounts: their numbers, and giving them other ones, with every local file that they own."""

from __future__ import annotations

import argparse
import grp
import json
import os
import pwd
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hamn.local.account_tools import BY_NAME, LOCAL, Tools
from hamn.local.duty import Refused, duty

SPARE = range(64000, 64500)
"""Numbers to wait under while two accounts change places; Debian's and Red Hat's tools give none of these out."""


def accounts(words: Sequence[str]) -> int:
    """accounts NAME ...: JSON, each one's uid, gid, group, home and shell; null for one that isn't there."""
    print(json.dumps({name: _account(name) for name in words}))
    return 0


def _account(name: str) -> dict[str, Any] | None:
    try:
        found = pwd.getpwnam(name)
        group = grp.getgrgid(found.pw_gid).gr_name
    except KeyError:
        return None
    return {
        "uid": found.pw_uid,
        "gid": found.pw_gid,
        "group": group,
        "home": found.pw_dir,
        "shell": found.pw_shell,
    }


def same_accounts(words: Sequence[str]) -> int:
    """same-accounts JSON [--with TOOLS] [--keep DIRECTORY ...]: each named account has these numbers, and its
    local files are its own. An account that isn't there is made: its package finds it. Below the directories that
    are to be kept, where shared data is mounted, nothing is touched.

    Refused: when a number is somebody else's here."""
    parser = argparse.ArgumentParser(prog="hamn-local same-accounts")
    parser.add_argument("wanted", type=json.loads, metavar="JSON")
    parser.add_argument("--with", dest="tools", choices=tuple(BY_NAME), default="shadow")
    parser.add_argument("--keep", nargs="*", default=[], metavar="DIRECTORY")

    def holds(arguments: argparse.Namespace) -> bool:
        return all(_same(name, wanted) for name, wanted in arguments.wanted.items())

    def act(arguments: argparse.Namespace) -> None:
        tools = BY_NAME[arguments.tools]
        wanted = {n: w for n, w in arguments.wanted.items() if not _same(n, w)}
        _must_be_free(wanted)
        there = {name: found for name in wanted if (found := _account(name)) is not None}
        keep = tuple(os.path.abspath(directory) for directory in arguments.keep)
        # Two steps, so that two accounts can change places; killed anywhere, no file's owner is in doubt.
        spare = _spare(there)
        _renumber(there, spare, keep, tools)
        moved = {name: {**there[name], **spare[name]} for name in there}
        _renumber(moved, wanted, keep, tools)
        for name in wanted.keys() - there.keys():
            _add(name, wanted[name], tools)

    return duty(parser, words, holds, act)


def _same(name: str, wanted: Mapping[str, Any]) -> bool:
    found = _account(name)
    return found is not None and (found["uid"], found["gid"]) == (wanted["uid"], wanted["gid"])


def _must_be_free(wanted: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises Refused, naming every number that is taken by an account which doesn't get another one."""
    groups = {str(account["group"]) for account in wanted.values()}
    groups |= {str(found["group"]) for name in wanted if (found := _account(name)) is not None}
    taken = []
    for name, account in wanted.items():
        taken += [
            f"uid {account['uid']} of {name} is {found}'s here" for found in _users(account["uid"]) - wanted.keys()
        ]
        taken += [
            f"gid {account['gid']} of {name} is the group {found} here"
            for found in _groups(account["gid"]) - groups
        ]
    if taken:
        hint = "give that account another number first (usermod -u, groupmod -g)"
        raise Refused("; ".join(sorted(set(taken))) + f": {hint}")


def _users(uid: int) -> set[str]:
    return {found.pw_name for found in pwd.getpwall() if found.pw_uid == uid}


def _groups(gid: int) -> set[str]:
    return {found.gr_name for found in grp.getgrall() if found.gr_gid == gid}


def _spare(there: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """A number to wait under for each; those that wait already, since an earlier run was killed, stay."""
    used = {found.pw_uid for found in pwd.getpwall()} | {found.gr_gid for found in grp.getgrall()}
    free = iter(number for number in SPARE if number not in used)
    groups: dict[str, int] = {}
    spare = {}
    for name, found in sorted(there.items()):
        uid = found["uid"] if found["uid"] in SPARE else next(free)
        if found["group"] not in groups:
            groups[found["group"]] = found["gid"] if found["gid"] in SPARE else next(free)
        spare[name] = {"uid": uid, "gid": groups[found["group"]], "group": found["group"]}
    return spare


def _renumber(
    now: Mapping[str, Mapping[str, Any]],
    wanted: Mapping[str, Mapping[str, Any]],
    keep: Sequence[str],
    tools: Tools,
) -> None:
    """The files first: while their account has its old number a run that was killed can tell whose they are."""
    uids = {now[name]["uid"]: wanted[name]["uid"] for name in now}
    gids = {now[name]["gid"]: wanted[name]["gid"] for name in now}
    for path in _files(keep, tools) if now else ():
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            continue
        uid, gid = uids.get(found.st_uid, -1), gids.get(found.st_gid, -1)
        if (uid, gid) != (-1, -1):
            os.chown(path, uid, gid, follow_symlinks=False)
    for group, gid in {now[name]["group"]: wanted[name]["gid"] for name in now}.items():
        if grp.getgrnam(group).gr_gid != gid:
            _tool(*tools.renumber_group(group, gid))
    for name in now:
        uid, gid = wanted[name]["uid"], wanted[name]["gid"]
        _tool(*tools.renumber(name, uid, gid, str(now[name]["group"])))


def _add(name: str, wanted: Mapping[str, Any], tools: Tools) -> None:
    if not _groups(wanted["gid"]):
        _tool(*tools.add_group(str(wanted["group"]), wanted["gid"]))
    _tool(*tools.add(name, wanted))


def _files(keep: Sequence[str], tools: Tools) -> Iterator[str]:
    """Every path of this machine's own filesystems, none of what is mounted into them from elsewhere."""
    skipped = {target for target, type_ in tools.mounted() if type_ not in LOCAL} | set(keep)
    waiting = ["/"]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except FileNotFoundError:  # it went meanwhile
            continue
        for entry in entries:
            if entry.path in skipped:
                continue
            yield entry.path
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)


def _tool(*argv: str) -> None:
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"{' '.join(argv)}: {(done.stderr or done.stdout).strip()}")
