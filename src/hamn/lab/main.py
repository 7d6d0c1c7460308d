"""`hamn lab ...`: words to one call of a lab."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from hamn.lab.lab import Lab
from hamn.lab.network import MACHINES
from hamn.lab.role import ENGINES
from hamn.reports.report import Stop

_ON_MACHINES = {
    "crash": "cut a machine's power: everything ends at once, unwritten data is lost",
    "freeze": "make a machine hang: it answers ping, and nothing else",
    "thaw": "let a hanging machine go on",
    "cut": "pull a machine's network cable",
    "heal": "put the network cable back",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit status; a command that was run gives its own."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["demo"]:
        from hamn.lab.demo import main as demo

        return demo(words[1:])
    try:
        return _do(_parser().parse_args(words))
    except Stop as stop:
        for report in stop.reports:
            print(f"hamn lab: {report}", file=sys.stderr)
        return int(stop.status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hamn lab", description="two real machines on this host, to try things on"
    )
    parser.add_argument("--name", default="lab", help="which lab (default: %(default)s)")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    up = verbs.add_parser("up", help="make the lab, or leave it as it is")
    up.add_argument("--database", choices=ENGINES, default="mariadb")
    up.add_argument("--ipv6", action="store_true", help="a second virtual IP, of IPv6")
    verbs.add_parser("down", help="remove all of it")
    status = verbs.add_parser("status", help="machines, power, ports, addresses")
    status.add_argument("--json", action="store_true")
    run = verbs.add_parser("run", help="run a command on a machine, as root: run mn1 hamn status")
    run.add_argument("where", choices=(*MACHINES, "client", "switch"))
    run.add_argument("argv", nargs=argparse.REMAINDER, metavar="COMMAND")
    for verb, says in _ON_MACHINES.items():
        verbs.add_parser(verb, help=says).add_argument("machine", choices=MACHINES)
    power = verbs.add_parser("power", help="what the machine's BMC does")
    power.add_argument("machine", choices=MACHINES)
    power.add_argument("state", choices=("on", "off", "cycle", "status"))
    verbs.add_parser("demo", help="watch the role move: a switchover, then a power cut and a failover")
    return parser


def _do(options: argparse.Namespace) -> int:
    lab = Lab(options.name)
    match options.verb:
        case "up":
            lab.up(database=options.database, ipv6=options.ipv6)
        case "down":
            lab.down()
        case "status":
            _show(lab, as_json=options.json)
            return 0 if lab.is_up else 1
        case "run":
            argv = options.argv[1:] if options.argv[:1] == ["--"] else options.argv
            return lab.start(options.where, argv or ["bash", "-l"]).wait()
        case "power":
            print(lab.power(options.machine, options.state))
        case verb:
            getattr(lab, verb)(options.machine)
    return 0


def _show(lab: Lab, *, as_json: bool) -> None:
    found = lab.status()
    if as_json:
        print(json.dumps(found))
        return
    if not found["up"]:
        print(f"{lab.name}: not up")
        return
    print(f"{lab.name}: {found['database']}, {found['directory']}")
    for name, seen in found["machines"].items():
        power = "frozen" if seen["frozen"] else seen["power"]
        print(f"  {name:<7} {power:<7} port {seen['port']:<5} {' '.join(seen['addresses'])}")
