"""hamn-local: one command, plain lines, a true exit status. Each command lives in the module of its noun."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

COMMANDS = {
    "put": "file",
    "fingerprint": "file",
    "announce": "neighbours",
    "probe-address": "neighbours",
    "ping-address": "ping",
    "holders": "holders",
    "end-holders": "holders",
    "fuser-holders": "fuser",
    "end-fuser-holders": "fuser",
    "device-free": "device",
    "paths": "paths",
    "volume-free": "volume",
    "take-ownership": "ownership",
    "release-ownership": "ownership",
    "look": "look",
    "operations": "operations",
    "operation": "operations",
    "close-operation": "operations",
    "clear-stale-lock": "postmaster",
    "exit-status": "program",
    "in-turn": "program",
    "as-user": "program",
    "inittab-off": "inittab",
    "clock": "clock",
    "takes-writes": "writes",
    "waiting": "waiting",
    "read": "read",
    "line": "line",
    "hosts": "hosts",
    "content": "content",
    "card": "card",
    "trust": "card",
    "shown-keys": "card",
    "own-address": "network_files",
    "cfgloc-host": "cfgloc",
    "hardware": "hardware",
    "bare": "bare",
    "bare-marks": "bare",
    "nothing-to-move": "bare",
    "move-in": "movein",
    "accounts": "account",
    "same-accounts": "account",
    "crontab": "crontab",
    "refresh-subsystem": "subsystem",
    "disks": "disks",
    "touch-disk": "touch",
    "make-filesystem": "touch",
    "listing": "listing",
    "receive": "receive",
    "back-up": "backup",
    "backups": "backup",
    "restore": "restore",
}
"""By command, the module below hamn.local that has a function of the same name: words in, exit status out."""


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0 yes or done, 1 no or failed, 2 wrong words, 3 refused for safety."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] not in COMMANDS:
        print("usage: hamn-local COMMAND ...; commands: " + ", ".join(sorted(COMMANDS)), file=sys.stderr)
        return 0 if words[:1] == ["--help"] else 2
    command, *rest = words
    try:
        module = import_module(f"hamn.local.{COMMANDS[command]}")
        return int(getattr(module, command.replace("-", "_"))(rest))
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"hamn-local {command}: {place}{error.strerror or error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as missing:
        print(f"hamn-local {command}: this machine's Python was built without {missing.name}", file=sys.stderr)
        return 1


def load() -> None:
    """Import every command of a move, so that none has to when it counts."""
    for module in set(COMMANDS.values()) - {
        "backup",
        "restore",
    }:  # no move copies, and a Python may be without sqlite3
        import_module(f"hamn.local.{module}")
    import_module("shutil")  # argparse's own, at the first argument of the first parser


if __name__ == "__main__":
    sys.exit(main())
