"""Whether somebody on the link has an address, by AIX's own tools: ping makes the kernel ask, arp and ndp tell who
answered. For where a program can't speak below IP."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

_MAC = re.compile(r"\bat (?:link#\d+ )?([0-9a-f]{1,2}(?:[:.][0-9a-f]{1,2}){5})\b", re.IGNORECASE)
# entstat -d: each driver says it in its own words, and some don't.
_LINK = re.compile(r"^.*Link Stat(?:us|e)\s*:\s*(\S+)", re.MULTILINE)


def ping_address(words: Sequence[str]) -> int:
    """ping-address INTERFACE ADDRESS: "taken MAC" and exit status 1, or "free".

    Who answers no ping is found, too: what counts is the answer to the kernel's own question for the address."""
    parser = argparse.ArgumentParser(prog="hamn-local ping-address")
    parser.add_argument("interface")
    parser.add_argument("address", type=ip_address)
    parser.add_argument("--count", type=int, default=3)
    parser.add_argument("--wait-ms", type=float, default=200)
    a = parser.parse_args(words)
    _forget(a.address)
    _said("ping", "-c", str(a.count), "-w", "1", str(a.address))
    claimant = _MAC.search(_table(a.address))
    if claimant is not None:
        print(f"taken {_whole(claimant[1])}")
        return 1
    if down(_said("entstat", "-d", a.interface)):
        print(f"hamn-local ping-address: {a.interface}: has no link: is its cable in?", file=sys.stderr)
        return 1
    print("free")
    return 0


def down(statistics: str) -> bool:
    """Every port that tells its state says that it isn't up: who hears nothing there has not been listening."""
    states = _LINK.findall(statistics)
    return bool(states) and not any(state.lower() == "up" for state in states)


def _forget(address: IPv4Address | IPv6Address) -> None:
    """What was learned before proves nothing now."""
    _said(*(("arp", "-d") if address.version == 4 else ("ndp", "-d")), str(address))


def _table(address: IPv4Address | IPv6Address) -> str:
    return _said(*(("arp",) if address.version == 4 else ("ndp", "-n")), str(address))


def _said(*argv: str) -> str:
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False).stdout


def _whole(mac: str) -> str:
    """Each byte with its leading zero, which AIX leaves out."""
    return ":".join(part.rjust(2, "0") for part in re.split(r"[:.]", mac.lower()))
