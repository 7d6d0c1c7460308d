"""`hamn xcat ...`: xCAT's own commands, their daemon, and what a machine needs to be a management node."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hamn.model.pair import Pair
    from hamn.reports.report import Report
    from hamn.xcat.credentials.first_rows import Beginning

_HELP = """usage: hamn xcat COMMAND WORDS ...
  COMMAND  tabdump, lsdef, chdef, makedns ...: as xCAT's own (hamn xcat COMMAND --help)
  init     what a machine needs to be a management node: authority, certificates, keys, tables
  daemon   serve the commands on 3001/tcp, in the foreground (xcatd: in the background, restartxcatd: anew)
  export   the whole definition as one YAML or JSON file; import: back; diff: what tells two apart
  generate hosts, DNS, DHCP and console files from the tables, on either machine of a pair (--compare: only say)
  dump     all tables as dumpxCATdb writes them, read without a daemon: hamn xcat dump DIR
  on-service-nodes -- PROGRAM ...  on all that the tables name, at once, over ssh; who doesn't answer is named
  link     a directory with all commands under their own names: hamn xcat link DIR
"""


def main(words: Sequence[str]) -> int:
    """Exit status; of a command, what the real one's client would give. Nothing heavy is imported for those."""
    command, rest = (words[0], words[1:]) if words else ("--help", ())
    if command in ("-h", "--help"):
        print(_HELP, end="")
        return 0 if words else 2
    if command == "init":
        return _init(rest)
    if command in ("export", "import", "diff"):
        from hamn.cli import inventory

        return inventory.main(command, rest)
    if command == "generate":
        from hamn.cli import generate

        return generate.main(rest)
    if command == "on-service-nodes":
        from hamn.xcat import service_nodes

        return service_nodes.main(rest)
    if command == "dump":
        return _dump(rest)
    if command == "link":
        return _link(rest)
    if command in ("daemon", "xcatd", "restartxcatd"):
        from hamn.xcat.daemon import xcatd

        if command == "restartxcatd":
            return xcatd.restart()
        return xcatd.main(["-f", *rest] if command == "daemon" else rest)
    from hamn.xcat.client.main import main as client

    return client(words)


def _dump(words: Sequence[str]) -> int:
    from hamn.cli.screen import complain, report_line
    from hamn.xcat.commands.tabular.whole import write_dumps
    from hamn.xcat.stores import StoreError, locate, open_store

    parser = ArgumentParser(
        prog="hamn xcat dump", description="all tables but the logs, as dumpxCATdb writes them"
    )
    parser.add_argument("directory", metavar="DIR", type=Path)
    try:
        names = write_dumps(open_store(locate(os.environ)), parser.parse_args(words).directory, with_logs=False)
    except StoreError as why:
        complain(report_line(why.report))
        return 1
    print(f"{len(names)} tables")
    return 0


def _link(words: Sequence[str]) -> int:
    from hamn.xcat.client import links

    parser = ArgumentParser(prog="hamn xcat link", description="commands under their own names, in a directory")
    parser.add_argument("directory", metavar="DIR")
    directory = parser.parse_args(words).directory
    try:
        made = links.make(directory, links.names())
    except OSError as why:
        print(f"error: {why.filename}: {why.strerror}; move it away first", file=sys.stderr)
        return 1
    print(f"{directory}: {len(made)} commands linked; put it first in PATH")
    return 0


def _init(words: Sequence[str]) -> int:
    from hamn.cli.screen import lines, report_line
    from hamn.reports.report import Exit, Severity, Stop
    from hamn.xcat.credentials import setup
    from hamn.xcat.credentials.places import Places
    from hamn.xcat.credentials.programs import CredentialError
    from hamn.xcat.stores import StoreError, locate, open_store

    asked = _parser().parse_args(words)
    try:
        pair = _pair(asked)
        if asked.check:
            beginning, names = _of_pair(asked, pair) if pair else _alone(asked)
            said = setup.check(Places(), beginning.name, names)
            return _checked(said, as_json=asked.json)
        if asked.standby:
            said = setup.standby(Places())
        else:
            beginning, names = _of_pair(asked, pair) if pair else _alone(asked)
            said = setup.primary(Places(), open_store(locate(os.environ)), beginning, names, renew=asked.renew)
    except Stop as stop:
        lines(report_line(report) for report in stop.reports)
        return int(stop.status)
    except (CredentialError, StoreError) as why:
        lines([report_line(why.report)])
        return int(Exit.FAILED)
    lines(report_line(report) for report in said)
    if not said:
        lines(["all there: nothing to do"])
    return int(Exit.DEGRADED if any(r.severity is not Severity.INFO for r in said) else Exit.DONE)


def _checked(said: Sequence[Report], *, as_json: bool) -> int:
    """1 where something is wrong."""
    from hamn.cli.screen import lines, report_line

    if as_json:
        wrong = [f"{report.where}: {report.what}" for report in said]
        print(json.dumps({"schema": "hamn.certificates/1", "wrong": wrong}))
    else:
        lines([report_line(report) for report in said] or ["the certificates are good"])
    return 1 if said else 0


def _parser() -> ArgumentParser:
    from hamn.cli.words import DEFAULT_PAIR

    parser = ArgumentParser(
        prog="hamn xcat init",
        description="Make this machine a management node: authority, certificates, keys, tables. What is there "
        "stays as it is. In a pair type it on the active machine, and with --standby on the other.",
    )
    pair = os.environ.get("HAMN_PAIR", DEFAULT_PAIR)
    parser.add_argument("--pair", metavar="FILE", default=pair, help="default: %(default)s")
    parser.add_argument("--standby", action="store_true", help="what the second machine needs, nothing shared")
    parser.add_argument("--renew", action="store_true", help="new keys and certificates of the same authority")
    parser.add_argument(
        "--check", action="store_true", help="only look: what is wrong with the certificates, or will be"
    )
    parser.add_argument("--json", action="store_true", help="with --check: one JSON document on stdout")
    parser.add_argument("--domain", default="", help="the cluster's; default: from the server's own name")
    parser.add_argument("--name", help="the management node's name, where there is no pair")
    parser.add_argument("--address", help="its address, where there is no pair")
    return parser


def _pair(asked: Namespace) -> Pair | None:
    from hamn.cli.words import DEFAULT_PAIR
    from hamn.declaration.read import read_pair

    if asked.pair == DEFAULT_PAIR and not Path(asked.pair).exists():
        return None
    return read_pair(Path(asked.pair))


def _alone(asked: Namespace) -> tuple[Beginning, list[str]]:
    """A management node that isn't one of a pair (yet)."""
    from hamn.xcat.credentials.first_rows import Beginning

    if not asked.name or not asked.address:
        raise _usage("no pair is declared here", f"declare it in {asked.pair}, or say --name and --address")
    name, _, domain = str(asked.name).partition(".")
    names = {name, asked.name, asked.address}
    return Beginning(name, asked.address, asked.domain or domain, machines=[name]), sorted(names)


def _of_pair(asked: Namespace, pair: Pair) -> tuple[Beginning, list[str]]:
    """Clients know the role by its virtual IP; a machine's own names serve whoever looks at that machine."""
    from hamn.reports.report import Exit, Stop, error
    from hamn.xcat.credentials.first_rows import Beginning
    from hamn.xcat.credentials.places import Places

    if asked.name or asked.address:
        raise _usage("a pair is declared: its virtual IP is name and address", "leave --name and --address out")
    first = next((ip for ip in pair.virtual_ips if ip.hostname), None)
    if first is None or first.hostname is None:
        raise _usage("no virtual IP of the pair has a hostname", 'add hostname = "NAME" to [virtual_ip...]')
    if missing := not_mounted(pair, Places().etc):
        what = f"{Places().etc} is shared data ({missing}), which is not mounted here"
        hint = "type it on the active machine (`hamn status`): here it would lie beneath the mount point"
        raise Stop(Exit.REFUSED, [error("not-mounted", what, hint=hint)])
    name, _, domain = first.hostname.partition(".")
    domain = asked.domain or domain
    short = {name, *(machine.name for machine in pair.machines)}
    names = {
        *short,
        *(f"{one}.{domain}" for one in short if domain and "." not in one),
        *(ip.hostname for ip in pair.virtual_ips if ip.hostname),
        *(str(ip.address.ip) for ip in pair.virtual_ips),
        *(machine.address for machine in pair.machines),
    }
    machines = [machine.name for machine in pair.machines]
    return Beginning(name, str(first.address.ip), domain, machines=machines), sorted(names)


def not_mounted(pair: Pair, place: Path) -> str:
    """The filesystem of the pair that `place` lies in and that isn't mounted there; empty: none."""
    for filesystem in pair.filesystems:
        for target in map(Path, filesystem.targets):
            if (place == target or target in place.parents) and not target.is_mount():
                return filesystem.id
    return ""


def _usage(what: str, hint: str) -> Exception:
    from hamn.reports.report import Exit, Stop, error

    return Stop(Exit.USAGE, [error("usage", what, hint=hint)])
