"""What a support archive asks a machine beside the facts: its state, its journal, the logs of the role's units."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hamn.facts.questions import service_names
from hamn.local import lock
from hamn.local.operations import SUFFIX
from hamn.model.command import Command
from hamn.model.pair import Pair
from hamn.platforms.platform import Platform
from hamn.verbs.history import journal_command
from hamn.verbs.redaction import Redaction

LOG_LINES = 1000
"""Of each unit; of the kernel and of the machine's warnings likewise."""
JOURNALS = 100
"""The newest operations of each machine; `history.json` has a line for every one."""

_MACHINE = {
    "uptime": ("uptime",),
    "date": ("date", "--iso-8601=ns"),
    "memory": ("cat", "/proc/meminfo"),
    "processes": ("ps", "-eo", "pid,ppid,user,stat,wchan:24,lstart,args"),
    "interfaces": ("ip", "-s", "-d", "link"),
    "routes": ("ip", "route", "show", "table", "all"),
    "neighbours": ("ip", "neigh", "show"),
    "listening": ("ss", "-lntup"),
    "disks": ("lsblk", "-o", "NAME,MAJ:MIN,RO,SIZE,TYPE,FSTYPE,UUID,WWN,SERIAL,MOUNTPOINT"),
    "python": ("python3", "--version"),
}
_SYSV_LOGS = ("/var/log/messages", "/var/log/syslog", "/var/log/daemon.log")
_JOURNALCTL = ("journalctl", "--no-pager", "-q")


def inquiry(pair: Pair, platform: Platform | None, operations: Sequence[str]) -> list[Command]:
    """`operations`: ids of that machine's, oldest first. `platform` None: which system it runs isn't known, and so
    where its logs are neither."""
    return [
        *(Command(argv, timeout_s=10) for argv in _MACHINE.values()),
        *(Command(argv, timeout_s=5) for argv in _own(pair).values()),
        *(journal_command(pair.state, id_) for id_ in operations[-JOURNALS:]),
        *(_logs(service_names(pair, platform), platform) if platform else ()),
    ]


def path_of(pair: Pair, command: Command) -> str:
    """Where an answer stands below its machine's directory: by what it is, or, for the questions of the facts
    and of the rules, by what was asked."""
    argv = command.argv
    own = {argv: f"hamn/{name}" for name, argv in _own(pair).items()}
    named = own | {argv: f"machine/{name}.txt" for name, argv in _MACHINE.items()}
    if argv in named:
        return named[argv]
    last = argv[-1].rpartition("/")[2]
    if argv[0] == "cat" and last.endswith(SUFFIX):
        return f"hamn/operations/{last}"
    if argv[0] == "journalctl":
        return f"logs/{_log_name(argv)}.txt"
    if argv[0] == "tail":
        return f"logs/{last}.txt"
    words = " ".join(Redaction().clean(list(argv)))  # a hook's may hold what is nobody's business
    return f"facts/{re.sub(r'[^A-Za-z0-9.]+', '-', words).strip('-.')[:80]}.txt"


def _own(pair: Pair) -> dict[str, tuple[str, ...]]:
    declaration = {"declaration.toml": ("cat", pair.source)} if pair.source else {}
    return {"lock.json": ("cat", lock.path(pair.name)), **declaration}


def _logs(units: Sequence[str], platform: Platform) -> list[Command]:
    """The units' own lines, those of their template's instances, and what the machine itself complained of."""
    if platform.init.name != "systemd":
        return [Command(("tail", "-n", str(5 * LOG_LINES), path), timeout_s=10) for path in _SYSV_LOGS]
    show = (*_JOURNALCTL, "-o", "short-iso-precise", "-n", str(LOG_LINES))
    chosen = [("-u", unit, "-u", f"{unit}@*") for unit in units]
    ask = [(*show, *which) for which in (*chosen, ("-k",), ("-p", "warning"))]
    return [Command(argv, timeout_s=20) for argv in (*ask, (*_JOURNALCTL, "--list-boots"))]


def _log_name(argv: tuple[str, ...]) -> str:
    if "-u" in argv:
        return argv[argv.index("-u") + 1]
    return {"-k": "kernel", "warning": "warnings", "--list-boots": "boots"}.get(argv[-1], "journal")
