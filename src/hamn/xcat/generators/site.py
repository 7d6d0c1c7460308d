"""What the site table says about names, leases and directories. Source: site(5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hamn.xcat.generators.addresses import is_host_name, is_path, is_word, packed, words
from hamn.xcat.generators.complaints import Complaint, Fault
from hamn.xcat.generators.server import Server

YES = ("1", "yes", "y", "enable", "enabled", "true", "on")
_ZONE_NAME = re.compile(r"[A-Za-z0-9_+/-]+\Z").match


@dataclass(frozen=True)
class Site:
    """Values are checked, defaults filled in. Lease time in seconds."""

    domain: str = ""
    master: str = ""
    nameservers: tuple[str, ...] = ()
    forwarders: tuple[str, ...] = ()
    updaters: tuple[str, ...] = ()
    fqdn_first: bool = False
    dhcp_interfaces: str = ""
    lease_s: int = 43200
    timezone: str = ""
    algorithm: str = "hmac-md5"
    tftp: str = "/tftpboot"
    install: str = "/install"
    configuration: str = "/etc/xcat"
    http_port: str = "80"
    named_conf: str = ""
    zone_directory: str = ""
    on_demand: bool = False

    def is_of(self, server: Server, name: str) -> bool:
        """Whether a row that says `name` means this management node."""
        return name in server.called or (name != "" and name == self.master)

    def listening(self, server: Server) -> Sequence[tuple[str, bool]]:
        """The interfaces to serve DHCP on, and whether with boot files; in the order of the table.

        `nic,nic` is for all; of `host|nic,nic;host|nic` only this machine's part counts. Where site doesn't say,
        those with a virtual address.
        """
        found: dict[str, bool] = {}
        for part in self.dhcp_interfaces.split(";"):
            host, bar, interfaces = part.rpartition("|")
            if bar and not self.is_of(server, host.strip()):
                continue
            for word in words(interfaces):
                interface, _, special = word.removeprefix("!remote!").partition(":")
                found.setdefault(interface, special != "noboot")
        return list(found.items()) or [(interface, True) for interface in server.interfaces]


def read(values: Mapping[str, str]) -> tuple[Site, list[Complaint]]:
    """`values`: key to value, of the rows that aren't disabled. One that can't be used has its default, and is
    said."""
    wrong: list[Complaint] = []

    def one(key: str, default: str, fits: Callable[[str], object]) -> str:
        value = values.get(key, "").strip()
        if value and not fits(value):
            wrong.append(Complaint(Fault.BAD_VALUE, key, "site.value", value))
            value = ""
        return value or default

    def many(key: str, fits: Callable[[str], object]) -> tuple[str, ...]:
        return tuple(word for word in words(values.get(key, "")) if one_of(key, word, fits))

    def one_of(key: str, word: str, fits: Callable[[str], object]) -> bool:
        if not fits(word):
            wrong.append(Complaint(Fault.BAD_VALUE, key, "site.value", word))
            return False
        return True

    site = Site(
        domain=one("domain", "", is_host_name),
        master=one("master", "", is_word),
        nameservers=many("nameservers", _is_server),
        forwarders=many("forwarders", packed),
        updaters=many("dnsupdaters", is_word),
        fqdn_first=values.get("FQDNfirst", "").lower() in YES,
        dhcp_interfaces=one("dhcpinterfaces", "", re.compile(r"[^\s\"'{}#\\]+\Z").match),
        lease_s=int(one("dhcplease", "43200", re.compile(r"[0-9]{1,9}\Z", re.ASCII).match)),
        timezone=one("timezone", "", _ZONE_NAME),
        algorithm=one(
            "dhcpomapialgorithm", "hmac-md5", re.compile(r"hmac-[a-z0-9]+\Z", re.IGNORECASE).match
        ).lower(),
        tftp=one("tftpdir", "/tftpboot", is_path),
        install=one("installdir", "/install", is_path),
        configuration=one("xcatconfdir", "/etc/xcat", is_path),
        http_port=one("httpport", "80", re.compile(r"[0-9]{1,5}\Z", re.ASCII).match),
        named_conf=one("bindconf", "", is_path),
        zone_directory=one("binddir", "", is_path),
        on_demand=values.get("consoleondemand", "").lower() in YES,
    )
    return site, wrong


def _is_server(word: str) -> bool:
    return word == "<xcatmaster>" or is_word(word)
