"""Who is called what: the machines and the virtual IP in /etc/hosts, hosts before DNS, the role's name server."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.model.command import Command
from hamn.model.pair import Service
from hamn.model.step import Check, Step
from hamn.planning.setup.desk import Desk

NAMES = "names"


def name_steps(desk: Desk) -> Iterator[Step]:
    """Requirement, both set-up chapters, step 2, and of the standby step 9."""
    pair = desk.pair
    entries = [word for machine in pair.machines for word in (machine.address, machine.name)]
    entries += [word for ip in pair.virtual_ips if ip.hostname for word in (str(ip.address.ip), ip.hostname)]
    reason = "the machines and the virtual IP must be found by name, whatever name server answers"
    yield desk.duty(NAMES, "hosts", ("hosts", *entries), reason)
    files = desk.site.platform.habits.files_first()
    order = ("line", files.path, files.line, "--replaces", files.replaces)
    holds = Check(Command(("cat", files.path), timeout_s=5), files.holds)
    yield desk.duty(
        NAMES, "order", order, "during a move no name server answers: /etc/hosts comes first", check=holds
    )
    if any(isinstance(r, Service) and r.service == "dns" for r in pair.resources) and pair.virtual_ips:
        address = str(pair.virtual_ips[0].address.ip)
        first = ("line", "/etc/resolv.conf", f"nameserver {address}", "--first")
        yield desk.duty(NAMES, "nameserver", first, f"the role's name server answers at {address}")
