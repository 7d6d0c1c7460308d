"""kea-dhcp4.conf: subnets, what machines load, and every reservation, in one JSON file. Source: Kea's manual, 8
and 9.

Run with Kea 2.2. Later ones still read `only-if-required` and `require-client-classes`, under new names since
2.7.4.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hamn.xcat.generators import boot
from hamn.xcat.generators.bindings import Binding
from hamn.xcat.generators.server import Key
from hamn.xcat.generators.site import Site
from hamn.xcat.generators.subnets import Subnet

D2_ADDRESS, D2_PORT = "127.0.0.1", 53001
CONTROL = "/run/kea/kea4-ctrl-socket"
"""Where it takes commands: to read its file again, and to say whether it did."""
LEASES = "/var/lib/kea/kea-leases4.csv"

_XNBA = (
    "(option[77].exists and (option[77].text == 'xNBA' or option[77].hex == 0x784e4241 "
    "or substring(option[77].hex,1,4) == 'xNBA'))"
)
_UEFI = "(option[93].hex == 0x0007 or option[93].hex == 0x0009)"
_SECOND_STAGE = "xcat-xnba-bios"
Json = dict[str, Any]


def dhcp4(subnets: Sequence[Subnet], bindings: Iterable[Binding], site: Site, key: Key | None) -> Iterator[str]:
    """A reservation or a class is a line. Reservations are found by MAC address only: option 82, which switches
    add, selects none. Those in networks that aren't served are left out."""
    at: dict[str, list[Binding]] = {subnet.network.name: [] for subnet in subnets}
    for binding in bindings:
        if binding.network.name in at:
            at[binding.network.name].append(binding)
    yield '{"Dhcp4": {\n'
    yield from _members(_settings(subnets, at, site, key))
    yield '"client-classes": [\n'
    yield from _list(_classes(subnets, at))
    yield '],\n"subnet4": [\n'
    for number, subnet in enumerate(subnets, 1):
        yield "{"
        yield from _members(_subnet(number, subnet))
        yield '"reservations": [\n'
        yield from _list(_reservation(binding, subnet) for binding in at[subnet.network.name])
        yield "]}" + (",\n" if number < len(subnets) else "\n")
    yield "]\n}}\n"


def reserved(existing: str) -> list[str]:
    """The names that a configuration has reservations for. ValueError if it isn't JSON of this form."""
    return list(entered(existing))


def entered(existing: str) -> dict[str, tuple[str, str]]:
    """Each reserved name's MAC address and IP address. ValueError if it isn't JSON of this form."""
    found = json.loads(existing)
    try:
        many = [each for subnet in found["Dhcp4"]["subnet4"] for each in subnet["reservations"]]
        return {each["hostname"]: (each["hw-address"], each["ip-address"]) for each in many}
    except (KeyError, TypeError) as wrong:
        raise ValueError(f"no subnet4 with reservations: {wrong}") from None


def _members(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        yield f"{json.dumps(name)}: {json.dumps(value)},\n"


def _list(lines: Iterable[str]) -> Iterator[str]:
    between = ""
    for line in lines:
        yield between + line
        between = ",\n"
    yield "\n"


def _settings(subnets: Sequence[Subnet], at: Mapping[str, list[Binding]], site: Site, key: Key | None) -> Json:
    updates = key is not None
    found: Json = {
        "interfaces-config": {"interfaces": list(dict.fromkeys(subnet.interface for subnet in subnets))},
        "lease-database": {"type": "memfile", "name": LEASES},
        "control-socket": {"socket-type": "unix", "socket-name": CONTROL},
        "valid-lifetime": site.lease_s,
        "match-client-id": False,
        "host-reservation-identifiers": ["hw-address"],
        "reservations-in-subnet": True,
        "reservations-out-of-pool": True,
        "option-def": [
            {"name": name, "code": code, "space": "dhcp4", "type": "string"}
            for name, code in (("conf-file", 209), ("iscsi-initiator-iqn", 203), ("cumulus-provision-url", 239))
        ],
        "option-data": [{"name": "tcode", "data": site.timezone}] if site.timezone else [],
        "dhcp-ddns": {
            "enable-updates": updates,
            "server-ip": D2_ADDRESS,
            "server-port": D2_PORT,
            "ncr-protocol": "UDP",
            "ncr-format": "JSON",
        },
        "ddns-send-updates": updates,
        "ddns-override-no-update": updates,
        "ddns-override-client-update": updates,
        "ddns-update-on-renew": updates,
    }
    if site.domain:
        found["ddns-qualifying-suffix"] = f"{site.domain}."
    if any(len({binding.address for binding in many}) < len(many) for many in at.values()):
        found["ip-reservations-unique"] = False  # bonded interfaces share one
    return found


def _subnet(number: int, subnet: Subnet) -> Json:
    options = [
        ("dhcp-server-identifier", subnet.identifier),
        ("routers", ", ".join(subnet.routers)),
        ("log-servers", ", ".join(subnet.logservers)),
        ("ntp-servers", ", ".join(subnet.ntpservers)),
        ("domain-name", subnet.domain),
        ("domain-name-servers", ", ".join(subnet.nameservers)),
        ("interface-mtu", subnet.network.mtu),
        ("cumulus-provision-url", subnet.urls.cumulus if _boots(subnet) else ""),
        ("domain-search", ", ".join(subnet.search)),
    ]
    found: Json = {
        "id": number,
        "subnet": str(subnet.network.block),
        "interface": subnet.interface,
        "option-data": [{"name": name, "data": data} for name, data in options if data],
        "pools": [{"pool": f"{first} - {last}"} for first, last in subnet.network.ranges],
    }
    if subnet.next_server:
        found["next-server"] = subnet.next_server
    if subnet.network.ddnsdomain:
        found["ddns-qualifying-suffix"] = f"{subnet.network.ddnsdomain}."
    if _boots(subnet):
        found["require-client-classes"] = list(_by_network(subnet))
    return found


def _boots(subnet: Subnet) -> bool:
    return subnet.boots and bool(subnet.next_server)


def _reservation(binding: Binding, subnet: Subnet) -> str:
    """Names and addresses were checked where they came from: nothing in them needs an escape.

    Kea tells a machine its host name by itself; the real one repeats it as an option, which doubles the time in
    which Kea reads the file and changes no answer.
    """
    more = f', "next-server": "{binding.next_server}"' if binding.next_server else ""
    if method := boot.BY_NODE.get(binding.netboot):
        more += f', "boot-file-name": "{method.format(node=binding.node)}"'
    elif binding.netboot == "petitboot" and _boots(subnet):
        urls = boot.Urls(subnet.urls.site, binding.next_server or subnet.next_server)
        url = urls.petitboot_node(binding.node)
        more += f', "option-data": [{{"name": "conf-file", "data": "{url}"}}]'
    return (
        f'{{"hw-address": "{binding.mac}", "ip-address": "{binding.address}", "hostname": "{binding.name}"{more}}}'
    )


def _classes(subnets: Sequence[Subnet], at: Mapping[str, list[Binding]]) -> Iterator[str]:
    """By architecture, then each network's, then each node's; a client is in one of them only, or in a node's and
    its network's, which is looked at last and then doesn't count.

    What a node's class tests is kept short: Kea evaluates all of them for each packet.
    """
    yield json.dumps({"name": _SECOND_STAGE, "test": f"{_XNBA} and option[93].hex == 0x0000"})
    for name, test, file in (
        ("xcat-bios", f"option[93].hex == 0x0000 and not {_XNBA}", boot.BIOS),
        ("xcat-uefi", f"{_UEFI} and not {_XNBA}", boot.EFI),
        ("xcat-aarch64", "option[93].hex == 0x000b", boot.AARCH64),
        ("xcat-ppc64", "option[93].hex == 0x000c", boot.POWER),
        ("xcat-ia64", "option[93].hex == 0x0002", boot.ITANIUM),
    ):
        yield json.dumps({"name": name, "test": test, "boot-file-name": file})
    for subnet in filter(_boots, subnets):
        for name, values in _by_network(subnet).items():
            yield json.dumps({"name": name, "only-if-required": True, **values})
    for subnet in filter(_boots, subnets):
        for binding in at[subnet.network.name]:
            if binding.netboot == "xnba":
                yield _own_class(binding, subnet)


def _by_network(subnet: Subnet) -> dict[str, Json]:
    block, urls = subnet.network.block, subnet.urls
    label = f"{block.network_address}-{block.prefixlen}"
    return {
        f"xcat-xnba-{label}-uefi": {"test": f"{_XNBA} and {_UEFI}", "boot-file-name": f"{urls.xnba(block)}.uefi"},
        f"xcat-xnba-{label}-bios": {
            "test": f"member('{_SECOND_STAGE}')",
            "boot-file-name": urls.xnba(block),
        },
        f"xcat-opal-v3-{label}": {
            "test": "option[93].hex == 0x000e",
            "option-data": [{"name": "conf-file", "data": urls.petitboot(block)}],
        },
    }


def _own_class(binding: Binding, subnet: Subnet) -> str:
    digits = binding.mac.replace(":", "")
    url = boot.Urls(subnet.urls.site, binding.next_server or subnet.next_server).xnba_node(binding.node)
    return (
        f'{{"name": "xcat-xnba-{binding.node}-{digits}-bios", '
        f'"test": "member(\'{_SECOND_STAGE}\') and pkt4.mac == 0x{digits}", "boot-file-name": "{url}"}}'
    )


def ddns(subnets: Sequence[Subnet], key: Key | None) -> Iterator[str]:
    """kea-dhcp-ddns.conf: who is told about leases of unknown machines. Without a key nobody is."""
    forward: dict[str, str] = {}
    backward: dict[str, str] = {}
    for subnet in subnets if key else ():
        if subnet.nameservers:
            if subnet.update_domain:
                forward.setdefault(f"{subnet.update_domain}.", subnet.nameservers[0])
            for name in subnet.reverse_zones:
                backward.setdefault(name, subnet.nameservers[0])
    found: Json = {
        "ip-address": D2_ADDRESS,
        "port": D2_PORT,
        "dns-server-timeout": 500,
        "ncr-protocol": "UDP",
        "ncr-format": "JSON",
        "tsig-keys": [{"name": key.name, "algorithm": key.algorithm.upper(), "secret": key.secret}] if key else [],
        "forward-ddns": {"ddns-domains": [_domain(name, at, key) for name, at in forward.items()]},
        "reverse-ddns": {"ddns-domains": [_domain(name, at, key) for name, at in backward.items()]},
    }
    yield json.dumps({"DhcpDdns": found}, indent=4) + "\n"


def _domain(name: str, server: str, key: Key | None) -> Json:
    found: Json = {"name": name, "dns-servers": [{"ip-address": server, "port": 53}]}
    return found | {"key-name": key.name} if key else found
