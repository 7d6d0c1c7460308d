"""The command line's words. Imports nothing but argparse: `hamn --help` must be instant."""

from __future__ import annotations

import argparse
import os

import hamn

DEFAULT_PAIR = "/etc/hamn/pair.toml"

MOVING = {
    "activate": "make a machine active (this one, or --on NAME); the other must hold nothing",
    "deactivate": "make a machine give everything back (this one, or --on NAME)",
    "switchover": "move the role in order: both machines answer, nothing is lost",
    "failover": "take the role from a machine that is proven out of action",
    "rejoin": "make a machine that came back a standby (this one, or NAME)",
    "resume": "finish an operation that was interrupted, from either machine",
}

SETUP = "set a machine up: the primary with the shared data, then the standby"


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="hamn",
        description="A highly available management node: two machines, one role, never two owners.",
        epilog="Exit status: 0 done, 1 failed, 2 wrong usage or declaration, 3 refused for safety, "
        "4 done but degraded.",
    )
    top.add_argument("--version", action="version", version=f"hamn {hamn.__version__}")
    _everywhere(top, top=True)
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    common = argparse.ArgumentParser(add_help=False)
    _everywhere(common, top=False)

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=text, description=text, parents=[common])

    init = verb("init", "write a commented declaration from what is found on this machine")
    init.add_argument("--activate-mn", metavar="FILE", help="an existing activate-mn script, for its variables")
    init.add_argument("--output", metavar="FILE", help="write there (0600) instead of standard output")
    check = verb("check", "every readiness rule on both machines; 0 when a failover now would work")
    check.add_argument("--only", metavar="ID", help="only this rule")
    check.add_argument("--fix", action="store_true", help="do what is safe, show the rest")
    status = verb("status", "who is active, and what each machine holds")
    status.add_argument("--watch", action="store_true", help="again every two seconds, until Ctrl-C")
    plan = verb("plan", "the plan of a verb, with reasons; nothing is done")
    _planning(plan, top=True)
    planned = plan.add_subparsers(dest="planned", metavar="VERB", required=True)
    under = argparse.ArgumentParser(add_help=False, parents=[common])
    _planning(under, top=False)
    for name, text in MOVING.items():
        _moving(verb(name, text), name)
        _moving(planned.add_parser(name, help=text, description=text, parents=[under]), name)
    _setting_up(verb("setup", SETUP), top=True, parents=[common])
    _setting_up(planned.add_parser("setup", help=SETUP, parents=[under]), top=False, parents=[under])
    _disks(verb("disks", "the shared disks: which is which, and a filesystem on one"), [common])
    sync = verb("sync", "the standby gets the active machine's files: those declared in [sync]")
    sync.add_argument("--diff", action="store_true", help="only show what differs; 0 when nothing does")
    backup = verb(
        "backup", "dump every database, tried out, to this machine's own disk; typed on the active machine"
    )
    backup.add_argument("--list", action="store_true", help="the backups that both machines have")
    restore = verb("restore", "the databases as a backup has them; without a name: the backups there are")
    restore.add_argument("backup", nargs="?", metavar="BACKUP", help='its name, or "latest"')
    history = verb("history", "past operations; with ID each step, its time and its outcome")
    history.add_argument("id", nargs="?", metavar="ID")
    report = verb("report", "a support archive: journals, facts, versions, checks, logs, without secrets")
    report.add_argument("--output", metavar="FILE", help="write there (0600); default: a name of its own, here")
    report.add_argument(
        "--machine",
        metavar="NAME",
        action="append",
        default=[],
        help="ask only this machine (may be given again); default: both",
    )
    verbs.add_parser("xcat", help="an xCAT-compatible management node (hamn xcat --help)", add_help=False)
    verbs.add_parser("lab", help="two machines on this host to try it all (hamn lab --help)", add_help=False)
    return top


def _everywhere(parser: argparse.ArgumentParser, *, top: bool) -> None:
    """Options that are accepted before and after the verb: only the first place sets defaults."""
    default = (lambda value: value) if top else (lambda _value: argparse.SUPPRESS)
    parser.add_argument(
        "--pair",
        metavar="FILE",
        default=default(os.environ.get("HAMN_PAIR", DEFAULT_PAIR)),
        help=f"the declaration (default: $HAMN_PAIR, else {DEFAULT_PAIR})",
    )
    parser.add_argument("--json", action="store_true", default=default(False), help="one JSON document on stdout")
    parser.add_argument("--yes", "-y", action="store_true", default=default(False), help="don't ask")
    parser.add_argument(
        "--dry-run", action="store_true", default=default(False), help="print the plan and stop before it"
    )


def _planning(parser: argparse.ArgumentParser, *, top: bool) -> None:
    default = (lambda value: value) if top else (lambda _value: argparse.SUPPRESS)
    parser.add_argument(
        "--commands", action="store_true", default=default(False), help="what would be typed, in order"
    )
    parser.add_argument(
        "--assume",
        metavar="NAME",
        default=default(None),
        help="ask no machine: plan as if NAME were active and both healthy",
    )


def _setting_up(parser: argparse.ArgumentParser, *, top: bool, parents: list[argparse.ArgumentParser]) -> None:
    """`top`: the verb itself, and not its plan."""
    chapters = parser.add_subparsers(dest="chapter", metavar="WHAT", required=True)

    def chapter(name: str, text: str) -> argparse.ArgumentParser:
        return chapters.add_parser(name, help=text, description=text, parents=parents)

    on = "the machine, if it isn't this one"
    primary = chapter("primary", "names, guards, what there is moved to the shared data; then it takes the role")
    primary.add_argument("--on", metavar="NAME", help=on)
    primary.add_argument(
        "--confirm-dead", metavar="NAME", help="your word, recorded, that the other machine isn't there yet"
    )
    standby = chapter(
        "standby", "names, keys, accounts and guards as on the active machine, which goes on serving"
    )
    standby.add_argument("--on", metavar="NAME", help=on)
    if top:
        chapter("card", "print this machine's public ssh keys, for `hamn setup trust` on the other one")
        trust = chapter("trust", "let the machine in whose card this is, and know its host key")
        trust.add_argument("card", nargs="?", metavar="FILE", help="the card (default: standard input)")


def _disks(parser: argparse.ArgumentParser, parents: list[argparse.ArgumentParser]) -> None:
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    text = "the disks of both machines, paired by WWN and serial number; nothing is changed"
    what.add_parser("scan", help=text, description=text, parents=parents)
    text = "touch test on both machines, then the declared filesystem on an empty disk, tried on both"
    prepare = what.add_parser("prepare", help=text, description=text, parents=parents)
    prepare.add_argument("filesystem", metavar="FILESYSTEM", help="the declared one: shared, filesystem.shared")
    prepare.add_argument("device", metavar="DEVICE", help="the disk or partition, as the first machine calls it")
    prepare.add_argument("other", nargs="?", metavar="DEVICE", help="as the second one does (default: the same)")


def _moving(parser: argparse.ArgumentParser, name: str) -> None:
    if name in ("activate", "deactivate"):
        parser.add_argument("--on", metavar="NAME", help="the machine, if it isn't this one")
    if name in ("switchover", "failover"):
        parser.add_argument("--to", metavar="NAME", help="who shall be active (default: the other one)")
    if name == "rejoin":
        parser.add_argument("name", nargs="?", metavar="NAME", help="the machine that came back")
    if name in ("failover", "resume"):
        parser.add_argument(
            "--confirm-dead",
            metavar="NAME",
            help="your word, recorded, that this machine is off: instead of a fence device",
        )
        parser.add_argument(
            "--fence-anyway", action="store_true", help="switch the other machine off although it answers"
        )
