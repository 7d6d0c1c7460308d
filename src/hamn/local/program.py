"""Other programs, run as no tool does it everywhere: for the exit status, in turn, as another user."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from collections.abc import Sequence

THEN = "then"


def exit_status(words: Sequence[str]) -> int:
    """exit-status PROGRAM ...: runs it and prints its exit status; 127 when there is no such program."""
    if not words:
        print("usage: hamn-local exit-status PROGRAM ...", file=sys.stderr)
        return 2
    try:
        done = subprocess.run(list(words), stdout=subprocess.DEVNULL, check=False)
    except FileNotFoundError:
        print(f"{words[0]}: no such program on this machine", file=sys.stderr)
        return 127
    print(done.returncode if done.returncode >= 0 else 128 - done.returncode)
    return 0


def in_turn(words: Sequence[str]) -> int:
    """in-turn PROGRAM ... then PROGRAM ...: one after the other, up to the first that fails; its exit status."""
    commands: list[list[str]] = [[]]
    for word in words:
        commands[-1].append(word)
        if word == THEN:
            commands[-1].pop()
            commands.append([])
    if not all(commands):
        print(f"usage: hamn-local in-turn PROGRAM ... {THEN} PROGRAM ...", file=sys.stderr)
        return 2
    for command in commands:
        try:
            done = subprocess.run(command, check=False)
        except FileNotFoundError:
            print(f"{command[0]}: no such program on this machine", file=sys.stderr)
            return 127
        if done.returncode != 0:
            return done.returncode if done.returncode > 0 else 128 - done.returncode
    return 0


def as_user(words: Sequence[str]) -> int:
    """as-user USER PROGRAM ...: this process becomes it. su(1) would need a shell."""
    if len(words) < 2:
        print("usage: hamn-local as-user USER PROGRAM ...", file=sys.stderr)
        return 2
    user, *command = words
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        print(f"{user}: no such account on this machine", file=sys.stderr)
        return 1
    os.initgroups(user, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    os.environ.update({"HOME": account.pw_dir, "USER": user, "LOGNAME": user})
    try:
        os.execvp(command[0], command)  # noqa: S606 - that is the purpose
    except FileNotFoundError:
        print(f"{command[0]}: no such program on this machine", file=sys.stderr)
        return 127
