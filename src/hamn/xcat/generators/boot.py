"""What a network card is told to load: by its architecture, by its node. Source: the real one's files, RFC 4578.

xNBA is the second stage of x86: it fetches a script by HTTP, the network's for machines that nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hamn.xcat.generators.networks import Block
from hamn.xcat.generators.site import Site

BIOS = "xcat/xnba.kpxe"
EFI = "xcat/xnba.efi"
ITANIUM = "elilo.efi"
AARCH64 = "boot/grub2/grub2.aarch64"
POWER = "/boot/grub2/grub2.ppc"
YABOOT = "/yaboot"

BY_NODE: Mapping[str, str] = {"grub2": "/boot/grub2/grub2-{node}", "yaboot": "/yaboot-{node}"}
"""Netboot methods whose first file is the node's own."""


@dataclass(frozen=True)
class Urls:
    """Below the server that a network's machines load from."""

    site: Site
    server: str

    @property
    def base(self) -> str:
        port = "" if self.site.http_port == "80" else f":{self.site.http_port}"
        return f"http://{self.server}{port}"

    def xnba(self, block: Block) -> str:
        return f"{self.base}{self.site.tftp}/xcat/xnba/nets/{_label(block)}"

    def xnba_node(self, node: str) -> str:
        return f"{self.base}{self.site.tftp}/xcat/xnba/nodes/{node}"

    def petitboot(self, block: Block) -> str:
        return f"{self.base}{self.site.tftp}/pxelinux.cfg/p/{_label(block)}"

    def petitboot_node(self, node: str) -> str:
        return f"{self.base}{self.site.tftp}/petitboot/{node}"

    @property
    def cumulus(self) -> str:
        return f"{self.base}{self.site.install}/postscripts/cumulusztp"

    @property
    def onie(self) -> str:
        return f"{self.base}{self.site.install}/onie/onie-installer"


def _label(block: Block) -> str:
    return f"{block.network_address}_{block.prefixlen}"
