"""dhcpd.conf of ISC's DHCP server, as `makedhcp -n` writes it. Sources: makedhcp(8), dhcpd.conf(5),
dhcp-options(5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hamn.xcat.generators import boot
from hamn.xcat.generators.server import Key
from hamn.xcat.generators.site import Site
from hamn.xcat.generators.subnets import Subnet

_OPTIONS = """\
#xCAT generated dhcp configuration

option conf-file code 209 = text;
option space isan;
option isan-encap-opts code 43 = encapsulate isan;
option isan.iqn code 203 = string;
option isan.root-path code 201 = string;
option space gpxe;
option gpxe-encap-opts code 175 = encapsulate gpxe;
option gpxe.bus-id code 177 = string;
option user-class-identifier code 77 = string;
option gpxe.no-pxedhcp code 176 = unsigned integer 8;
option tcode code 101 = text;
option iscsi-initiator-iqn code 203 = string;
ddns-update-style interim;
ignore client-updates;
option client-architecture code 93 = unsigned integer 16;
"""
_MORE_OPTIONS = """\
option gpxe.no-pxedhcp 1;
option www-server code 114 = string;
option cumulus-provision-url code 239 = text;

"""
_CLASS = """\
class "pxe" {
   match if substring (option vendor-class-identifier, 0, 9) = "PXEClient";
   ddns-updates off;
    max-lease-time 600;
}
"""


def conf(subnets: Iterable[Subnet], site: Site, key: Key | None, hosts: Iterable[str] = ()) -> Iterator[str]:
    """`hosts` are only told about in comments, as `makedhcp -a` does: their declarations are in the leases file.

    Every machine gets the virtual IP as the server's identifier: what the real one doesn't write, so that its
    clients would go back to a machine that is gone.
    """
    yield _OPTIONS
    if site.timezone:
        yield f'option tcode "{site.timezone}";\n'
    yield _MORE_OPTIONS
    if key:
        yield "omapi-port 7911;\n"
        yield f'key {key.name} {{\n  algorithm {key.algorithm};\n  secret "{key.secret}";\n}};\n'
        yield f"omapi-key {key.name};\n"
    yield _CLASS
    by_interface: dict[str, list[Subnet]] = {}
    for subnet in subnets:
        by_interface.setdefault(subnet.interface, []).append(subnet)
    for interface, found in by_interface.items():
        yield f"shared-network {interface} {{\n"
        for subnet in found:
            yield from _subnet(subnet, site, key)
        yield f"}} # {interface} nic_end\n"
    for host in hosts:
        yield (
            f"#definition for host {host} aka host {host} can be found in the dhcpd.leases file "
            "(typically /var/lib/dhcpd/dhcpd.leases)\n"
        )


def _subnet(subnet: Subnet, site: Site, key: Key | None) -> Iterator[str]:
    block = subnet.network.block
    yield f"  subnet {block.network_address} netmask {block.netmask} {{\n"
    for statement in _statements(subnet, site):
        yield f"    {statement};\n"
    if key:
        for zone in (f"{subnet.update_domain}." if subnet.update_domain else "", *subnet.reverse_zones):
            if zone and subnet.nameservers:
                primary = f"primary {subnet.nameservers[0]}; key {key.name};"
                yield f"    zone {zone} {{\n       {primary} \n    }}\n"
    if subnet.boots and subnet.next_server:
        yield _boot(subnet)
    for first, last in subnet.network.ranges:
        yield f"    range dynamic-bootp {first} {last};\n"
    yield f"  }} # {block.network_address}/{block.netmask} subnet_end\n"


def _statements(subnet: Subnet, site: Site) -> Iterator[str]:
    yield "authoritative"
    if subnet.identifier:
        yield f"server-identifier {subnet.identifier}"
    for kind in ("max", "min", "default"):
        yield f"{kind}-lease-time {site.lease_s}"
    if subnet.routers:
        yield f"option routers  {', '.join(subnet.routers)}"
    if subnet.next_server:
        yield f"next-server  {subnet.next_server}"
    if subnet.logservers:
        yield f"option log-servers {', '.join(subnet.logservers)}"
    if subnet.ntpservers:
        yield f"option ntp-servers {', '.join(subnet.ntpservers)}"
    if subnet.domain:
        yield f'option domain-name "{subnet.domain}"'
    if subnet.nameservers:
        yield f"option domain-name-servers  {', '.join(subnet.nameservers)}"
    if subnet.network.mtu:
        yield f"option interface-mtu {subnet.network.mtu}"
    if subnet.search:
        quoted = ", ".join(f'"{domain}"' for domain in subnet.search)
        yield f"option domain-search  {quoted}"
    if subnet.network.ddnsdomain:
        yield f'ddns-domainname "{subnet.network.ddnsdomain}."'
    if subnet.boots and subnet.next_server:
        yield f'option cumulus-provision-url "{subnet.urls.cumulus}"'


def _boot(subnet: Subnet) -> str:
    """Which file by the card's architecture: one statement, the first branch that fits."""
    urls, block = subnet.urls, subnet.network.block
    xnba = 'option user-class-identifier = "xNBA" and option client-architecture ='
    agent = "#x86, xCAT Network Boot Agent"
    return f"""\
    if {xnba} 00:00 {{ {agent}
        always-broadcast on;
        filename = "{urls.xnba(block)}";
    }} else if {xnba} 00:09 {{ {agent}
        filename = "{urls.xnba(block)}.uefi";
    }} else if {xnba} 00:07 {{ #x86-64 UEFI, xCAT Network Boot Agent
        filename = "{urls.xnba(block)}.uefi";
    }} else if option client-architecture = 00:00  {{ #x86
        filename "{boot.BIOS}";
    }} else if option vendor-class-identifier = "Etherboot-5.4"  {{ #x86
        filename "{boot.BIOS}";
    }} else if option client-architecture = 00:07 {{ #x86_64 uefi
         filename "{boot.EFI}";
    }} else if option client-architecture = 00:09 {{ #x86_64 uefi alternative id
         filename "{boot.EFI}";
    }} else if option client-architecture = 00:02 {{ #ia64
         filename "{boot.ITANIUM}";
    }} else if option client-architecture = 00:0b {{ #aaarch64
       filename "{boot.AARCH64}";
    }} else if option client-architecture = 00:0e {{ #OPAL-v3
         option conf-file = "{urls.petitboot(block)}";
    }} else if substring (option vendor-class-identifier,0,11) = "onie_vendor" {{ #for onie on cumulus switch
        option www-server = "{urls.onie}";
    }} else if substring(filename,0,1) = null {{ #otherwise, provide yaboot if the client isn't specific
         filename "{boot.YABOOT}";
    }}
"""
