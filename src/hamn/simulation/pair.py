"""The pair that is simulated: small, and with one of everything whose order matters."""

from __future__ import annotations

from ipaddress import ip_interface

from hamn.model.pair import Database, FenceDevice, Filesystem, Machine, Pair, Service, VirtualIp
from hamn.simulation.machine import UnitKind

ADDRESS, DISK, DATABASE = "virtual_ip.cluster", "filesystem.shared", "database.xcat"

UNITS = {
    "mariadb": UnitKind(start_s=(0.2, 2.0), stop_s=(0.05, 0.8), directory="/var/lib/mysql", ports=("tcp 3306",)),
    "named": UnitKind(ports=("dns",)),
    "xcatd": UnitKind(directory="/etc/xcat", needs_database=True, ports=("tcp 3001",)),
}


def _machine(number: int, fenced: bool) -> Machine:
    options = (("ip", f"10.77.0.2{number}"), ("username", "hamn"))
    return Machine(
        name=f"mn{number}",
        address=f"10.77.0.1{number}",
        fence=FenceDevice("fence_ipmilan", options, f"/etc/hamn/mn{number}.pw") if fenced else None,
        family="debian",
        init="systemd",
    )


def simulated_pair(*, fenced: bool = True, killable: tuple[str, ...] = ()) -> Pair:
    """As the declaration of a small site comes to be, with every `needs` filled in."""
    interface = {"mn1": "eth0", "mn2": "eth0"}
    return Pair(
        name="pair",
        machines=(_machine(1, fenced), _machine(2, fenced)),
        resources=(
            VirtualIp("cluster", ip_interface("10.77.0.10/24"), interface),
            Filesystem(
                "shared",
                "UUID=0b5b1f2e-0000-4000-8000-000000000001",
                "/shared",
                "ext4",
                directories=("/etc/xcat", "/var/lib/mysql"),
                killable=killable,
            ),
            Database("xcat", "mariadb", "/var/lib/mysql", port=3306, needs=(DISK,)),
            Service("dns", "dns", "dns:node0001.cluster.test", needs=(ADDRESS,)),
            Service("daemon", "xcatd", "tcp:3001", needs=(ADDRESS, DISK, DATABASE)),
        ),
        source="/etc/hamn/pair.toml",
        fingerprint="f1" * 32,
    )
