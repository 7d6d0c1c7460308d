"""`activate-mn` and `deactivate-mn`, with the flags that xCAT's scripts of that name have.

Source: xCAT's share/xcat/hamn/activate-mn (-i interface alias, -v virtual IP, -m netmask). Both never
asked, so neither do these; what they do is `hamn activate` and `hamn deactivate`.
"""

from __future__ import annotations

import argparse
import os
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, ip_address
from pathlib import Path

from hamn.cli.words import DEFAULT_PAIR


def activate_mn(argv: list[str] | None = None) -> int:
    return _run("activate", argv)


def deactivate_mn(argv: list[str] | None = None) -> int:
    return _run("deactivate", argv)


def _run(verb: str, argv: list[str] | None) -> int:
    words = argparse.ArgumentParser(
        prog=f"{verb}-mn", description=f"`hamn {verb}` on this machine, for the pair with this virtual IP."
    )
    words.add_argument("-i", dest="nic", required=True, metavar="NIC", help="interface or alias, such as eth1:2")
    words.add_argument("-v", dest="address", required=True, metavar="ADDRESS", help="the virtual IP")
    words.add_argument("-m", dest="mask", metavar="MASK", help="its netmask")
    words.add_argument("--pair", default=os.environ.get("HAMN_PAIR", DEFAULT_PAIR), metavar="FILE")
    given = words.parse_args(argv)
    from hamn.cli.main import main
    from hamn.cli.screen import say_stop
    from hamn.reports.report import Stop

    try:
        _same_pair(Path(given.pair), given.nic, given.address, given.mask)
    except Stop as stop:
        say_stop(stop, verb=verb, as_json=False)
        return int(stop.status)
    return main(["--pair", given.pair, "--yes", verb])


def _same_pair(path: Path, nic: str, address: str, mask: str | None) -> None:
    """Raises Stop unless the declaration has this virtual IP, on this interface, with this netmask."""
    from hamn.declaration.read import read_pair
    from hamn.reports.report import Exit, Stop, error

    pair = read_pair(path)
    try:
        wanted: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        raise Stop(Exit.USAGE, [error("bad-address", f"-v {address} is no address")]) from None
    declared = {ip.address.ip: ip for ip in pair.virtual_ips}
    if wanted not in declared:
        known = ", ".join(str(ip) for ip in declared) or "none"
        what = f"-v {address} is no virtual IP of this pair (declared: {known})"
        raise Stop(Exit.USAGE, [error("other-pair", what, str(path), "name another declaration with --pair FILE")])
    ip = declared[wanted]
    complaints = []
    if nic.partition(":")[0] not in ip.interface.values():
        at = " or ".join(sorted(set(ip.interface.values())))
        complaints.append(error("other-interface", f"-i {nic}, but {address} is declared on {at}", str(path)))
    if mask is not None and isinstance(ip.address, IPv4Interface) and str(ip.address.netmask) != mask:
        complaints.append(
            error("other-mask", f"-m {mask}, but {address} is declared with {ip.address.netmask}", str(path))
        )
    if complaints:
        raise Stop(Exit.USAGE, complaints)
