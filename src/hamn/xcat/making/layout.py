"""Where a distribution's daemons have their files, and what their units are called. Sources: the packages'
units; xCAT's own choice of a DHCP server by distribution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hamn.xcat.generators import named


@dataclass(frozen=True)
class Layout:
    """`named_label` is what makedns calls the daemon when it restarts it. `prefers_kea`: for
    site.dhcpbackend=auto. `dhcp_interfaces` is the file that names dhcpd's interfaces."""

    named: named.Paths
    named_user: str
    named_label: str = "named"
    named_unit: str = "named"
    dhcpd_conf: str = "/etc/dhcp/dhcpd.conf"
    dhcpd_leases: str = "/var/lib/dhcpd/dhcpd.leases"
    dhcpd_unit: str = "dhcpd"
    dhcp_interfaces: str = "/etc/sysconfig/dhcpd"
    dhcp_variables: Mapping[str, bool] = field(default_factory=lambda: {"DHCPDARGS": True})
    """Name to whether it lists the interfaces; one that doesn't is emptied."""
    prefers_kea: bool = False
    kea_directory: str = "/etc/kea"
    kea_group: str = "kea"
    kea_unit: str = "kea-dhcp4"
    kea_ddns_unit: str = "kea-dhcp-ddns"
    conserver_conf: str = "/etc/conserver.cf"
    conserver_unit: str = "conserver"

    @property
    def kea_conf(self) -> str:
        return f"{self.kea_directory}/kea-dhcp4.conf"

    @property
    def kea_ddns_conf(self) -> str:
        return f"{self.kea_directory}/kea-dhcp-ddns.conf"


def here(root: Path = Path("/")) -> Layout:
    """By os-release; Red Hat's for a distribution that isn't known."""
    release = _release(root)
    family = {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
    major = release.get("VERSION_ID", "").partition(".")[0]
    number = int(major) if major.isdigit() else 0
    if family & {"debian", "ubuntu"}:
        return Layout(
            named=named.DEBIAN,
            named_user="bind",
            named_label="bind9",
            dhcpd_leases="/var/lib/dhcp/dhcpd.leases",
            dhcpd_unit="isc-dhcp-server",
            dhcp_interfaces="/etc/default/isc-dhcp-server",
            dhcp_variables={"INTERFACESv4": True, "INTERFACESv6": False},
            prefers_kea=release.get("ID") == "ubuntu" and number >= 22,
            kea_group="_kea",
            kea_unit="kea-dhcp4-server",
            kea_ddns_unit="kea-dhcp-ddns-server",
            conserver_conf="/etc/conserver/conserver.cf",
            conserver_unit="conserver-server",
        )
    if family & {"suse", "sles", "opensuse"}:
        return Layout(
            named=named.SUSE,
            named_user="named",
            dhcpd_conf="/etc/dhcpd.conf",
            dhcpd_leases="/var/lib/dhcp/db/dhcpd.leases",
            dhcp_variables={"DHCPD_INTERFACE": True},
        )
    return Layout(named=named.REDHAT, named_user="named", prefers_kea=number >= 10)


def _release(root: Path) -> dict[str, str]:
    """Source: os-release(5). Empty where there is none."""
    try:
        text = (root / "etc/os-release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}
