"""`hamn xcat export`, `import`, `diff`: the whole definition as one file, beside the tables that are here."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from hamn.cli.new_file import write_new
from hamn.cli.screen import lines, report_line
from hamn.reports.report import Report, error
from hamn.xcat import inventory
from hamn.xcat.inventory import BadInventory, Tables
from hamn.xcat.stores import Store, StoreError, locate, open_store

HERE = "-"
"""As a name of a definition: the tables of this management node."""


def main(verb: str, words: Sequence[str]) -> int:
    """Exit status: of diff 0 where nothing differs, 1 where something does, 2 where it can't be told."""
    try:
        return {"export": _export, "import": _import, "diff": _diff}[verb](words)
    except BadInventory as why:
        return _complain(why.reports, verb)
    except StoreError as why:
        return _complain([why.report], verb)
    except UnicodeDecodeError as why:
        return _complain([error("file", f"is no text: {why.reason} at byte {why.start}")], verb)
    except OSError as why:
        return _complain([error("file", str(why.strerror), str(why.filename or ""))], verb)


def _complain(reports: Sequence[Report], verb: str) -> int:
    for report in reports:
        print(report_line(report), file=sys.stderr)
    return 2 if verb == "diff" else 1


def _export(words: Sequence[str]) -> int:
    parser = ArgumentParser(
        prog="hamn xcat export", description="Write the whole definition, every table but the logs, as one file."
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="a new file (0600); default: standard output")
    parser.add_argument("--json", action="store_true", help="JSON; default: by FILE's name, else YAML")
    asked = parser.parse_args(words)
    as_json = asked.json or str(asked.file).endswith(".json")
    text = inventory.write(_store().read_all(inventory.NAMES), "json" if as_json else "yaml")
    if asked.file is None:
        print(text, end="")
    else:
        write_new(Path(asked.file).absolute(), text.encode())
    return 0


def _import(words: Sequence[str]) -> int:
    parser = ArgumentParser(
        prog="hamn xcat import",
        description="Make the tables what FILE says, all of them or none: what it doesn't name is removed. "
        "`hamn xcat diff - FILE` shows what that would change.",
    )
    parser.add_argument("file", metavar="FILE")
    file = parser.parse_args(words).file
    wanted = inventory.read(_text(file), file)
    changed = []
    with _store().change(inventory.NAMES) as change:
        for name in inventory.NAMES:
            if change.read(name) != wanted[name]:
                change.replace(name, wanted[name])
                changed.append(name)
    lines([f"changed: {', '.join(changed)}" if changed else "nothing to change: the tables are as the file says"])
    return 0


def _diff(words: Sequence[str]) -> int:
    parser = ArgumentParser(
        prog="hamn xcat diff",
        description="What tells two definitions apart: - only the first has the row, + only the second, ~ both.",
    )
    parser.add_argument("first", metavar="FILE", help=f"{HERE} is the tables of this management node")
    parser.add_argument("second", metavar="FILE", nargs="?", default=HERE, help="default: %(default)s")
    asked = parser.parse_args(words)
    first, second = _definition(asked.first), _definition(asked.second)
    different = False
    for line in inventory.differences(first, second):
        different = True
        print(line)
    return int(different)


def _definition(name: str) -> Tables:
    return _store().read_all(inventory.NAMES) if name == HERE else inventory.read(_text(name), name)


def _text(name: str) -> str:
    return Path(name).read_text(encoding="utf-8")


def _store() -> Store:
    return open_store(locate(os.environ))
