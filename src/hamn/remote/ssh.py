"""OpenSSH as the way to a machine: its command line, and what its complaints mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hamn.model.pair import Machine
from hamn.ports import Unreachable

CONNECT_S = 3
ALIVE_EVERY_S, ALIVE_MISSED = 1, 3
"""A connection whose other end went silent is given up after their product, and one interval."""
OPTIONS = (
    "BatchMode=yes",
    f"ConnectTimeout={CONNECT_S}",
    f"ServerAliveInterval={ALIVE_EVERY_S}",
    f"ServerAliveCountMax={ALIVE_MISSED}",
    "StrictHostKeyChecking=yes",
    "ClearAllForwardings=yes",
    "ForwardAgent=no",
    "ForwardX11=no",
    "RequestTTY=no",
    "LogLevel=ERROR",
)
"""Over and above the system's and the user's configuration, which is honoured."""
ALONE = ("ControlPath=none",)
PERSIST_S = 300


def shared(directory: str) -> tuple[str, ...]:
    """Options for a connection that stays for the next verb: its session is open in 0.04 s instead of 0.35.

    It can't hide a dead machine: a session is opened by that machine or not at all, and the connection itself
    is given up when its other end is silent, as any other.
    """
    return (f"ControlPath={directory}/ssh-%C", "ControlMaster=auto", f"ControlPersist={PERSIST_S}")


def argv(machine: Machine, program: str = "ssh", connection: Sequence[str] = ALONE) -> list[str]:
    options = [word for option in (*OPTIONS, *connection) for word in ("-o", option)]
    port = ["-p", str(machine.port)] if machine.port != 22 else []
    return [program, *options, *port, "-l", machine.user, "--", machine.address, "hamn-agent"]


def is_stale(why: Unreachable) -> bool:
    """The shared connection broke while it was asked: that says nothing about the machine."""
    return re.search(r"\bmux_client|from master\b|Control ?[Ss]ocket", why.why) is not None


@dataclass(frozen=True, slots=True)
class Complaint:
    """A pattern in what ssh says, and what it is to an operator."""

    pattern: str
    code: str
    why: str
    hint: str


COMPLAINTS = (
    Complaint(
        r"REMOTE HOST IDENTIFICATION HAS CHANGED|host key .*has changed",
        "host-key-changed",
        "its ssh host key is not the one known here",
        "find out why (reinstalled, or another machine at {address}?), then ssh-keygen -R '{known}' "
        "and ssh {target} once to accept the new one",
    ),
    Complaint(
        r"Host key verification failed|host key is known for",
        "host-key-unknown",
        "its ssh host key is not known here",
        "ssh {target} once and compare the key's fingerprint",
    ),
    Complaint(
        r"Permission denied|Too many authentication failures|No more authentication methods",
        "key-refused",
        "it refuses this user's ssh key for {user}",
        "ssh-copy-id {target}",
    ),
    Complaint(
        r"Could not resolve hostname",
        "name",
        "the name {address} can't be resolved",
        "write its IP address into the declaration, or the name into /etc/hosts",
    ),
    Complaint(
        r"timed out|not responding",
        "timeout",
        "no answer from {address} port {port} within {connect_s} s",
        "is it powered on, and the network between up?",
    ),
    Complaint(
        r"Connection refused",
        "refused",
        "{address} answers, but nothing listens on port {port}",
        "start sshd there, or correct the port in the declaration",
    ),
    Complaint(
        r"No route to host|Network is unreachable|Host is down",
        "no-route",
        "no way to {address}: {said}",
        "is it powered on, and the network between up?",
    ),
    Complaint(
        r"Connection (closed|reset)|kex_exchange_identification|Broken pipe",
        "lost",
        "its sshd ended the connection: {said}",
        "look into the log of sshd there (journalctl -u ssh -u sshd)",
    ),
)


def unreachable(machine: Machine, exit_status: int | None, stderr: str) -> Unreachable:
    """Why there is no conversation: from what ssh said, or the exit status of what it was to start.

    Source: ssh(1), EXIT STATUS: 255 is ssh's own, anything else the remote command's.
    """
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    said = lines[-1] if lines else f"ssh ended with exit status {exit_status}"
    if exit_status in (126, 127):
        why = "hamn is not installed there, or not in the PATH of a command run over ssh"
        hint = "install the same hamn there; `ssh {target} hamn-agent` must find it"
        return _filled(machine, Complaint("", "no-hamn", why, hint), said)
    if exit_status == 255:
        for complaint in COMPLAINTS:
            if re.search(complaint.pattern, stderr, re.IGNORECASE):
                return _filled(machine, complaint, said)
    return _filled(machine, Complaint("", "lost", "{said}", "try `ssh {target} hamn-agent`"), said)


def silent(machine: Machine, limit_s: float) -> Unreachable:
    """Connected, perhaps, but no word from the agent."""
    why = f"no answer from it within {limit_s:g} s: its sshd is there, but hangs"
    hint = "is it frozen, or overloaded? a machine that hangs still has to be fenced"
    return Unreachable(machine.name, "timeout", why, hint)


def swallowed(machine: Machine, limit_s: float) -> Unreachable:
    """Its port neither takes a connection nor refuses it."""
    why = f"no answer from {machine.address} port {machine.port} within {limit_s:g} s"
    return Unreachable(machine.name, "timeout", why, "is it powered on, and the network between up?")


def _filled(machine: Machine, complaint: Complaint, said: str) -> Unreachable:
    port = f"-p {machine.port} " if machine.port != 22 else ""
    words = {
        "address": machine.address,
        "port": machine.port,
        "user": machine.user,
        "target": f"{port}{machine.user}@{machine.address}",
        "known": f"[{machine.address}]:{machine.port}" if port else machine.address,
        "connect_s": CONNECT_S,
        "said": said,
    }
    return Unreachable(machine.name, complaint.code, complaint.why.format(**words), complaint.hint.format(**words))
