"""Readers of single values: each takes what TOML gave and returns what the model wants, or raises Wrong."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from fnmatch import fnmatch
from ipaddress import IPv4Interface, IPv6Interface, ip_address, ip_interface
from typing import Any, TypeAlias

from hamn.declaration.complaint import Complaint, Wrong, nearest, wrong
from hamn.model.sync import After

Reader: TypeAlias = Callable[[object], Any]

NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*")
INTERFACE = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]{0,14}")
PROBE = re.compile(
    r"(?:(?:tcp|xcat):(?P<tcp>\d+)|http:(?P<http>\d+)/\S*|dns:(?P<dns>\S+)|tftp:[^\s-]\S*)", re.ASCII
)
PROBES = '"tcp:PORT", "xcat:PORT", "dns:NAME", "http:PORT/PATH" or "tftp:FILE"'
DAY_S = 86_400


def text(value: object) -> str:
    if not isinstance(value, str):
        raise wrong("wrong-type", value, "text in quotes")
    if not value.strip():
        raise wrong("empty", value, "text that is not empty")
    # what is read here ends in argv, in tables and on terminals
    if any(not character.isprintable() for character in value):
        raise wrong("bad-text", value, "text without control characters")
    return value


def matching(pattern: re.Pattern[str], code: str, allowed: str, hint: str = "") -> Reader:
    def read(value: object) -> str:
        if pattern.fullmatch(text(value)) is None:
            raise wrong(code, value, allowed, hint)
        return text(value)

    return read


def choice(*words: str) -> Reader:
    def read(value: object) -> str:
        if text(value) not in words:
            raise wrong("not-allowed", value, ", ".join(words), nearest(text(value), words))
        return text(value)

    return read


def whole(low: int, high: int) -> Reader:
    allowed = f"a whole number from {low} to {high}"

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong("wrong-type", value, allowed)
        if not low <= value <= high:
            raise wrong("out-of-range", value, allowed)
        return value

    return read


def seconds(value: object) -> float:
    allowed = "seconds, more than 0 and at most a day (86400)"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong("wrong-type", value, allowed)
    if not 0 < value <= DAY_S:  # false for nan too
        raise wrong("out-of-range", value, allowed)
    return float(value)


def truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise wrong("wrong-type", value, "true or false")
    return value


def path(value: object) -> str:
    allowed = 'an absolute path without ".." or doubled slashes'
    plain = text(value).rstrip("/") or "/"
    if not plain.startswith("/") or posixpath.normpath(plain) != plain or plain.startswith("//"):
        raise wrong("bad-path", value, allowed)
    return plain


def listing(item: Reader, *, least: int = 0) -> Reader:
    def read(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise wrong("wrong-type", value, "a list in brackets")
        items, complaints = [], []
        for index, element in enumerate(value):
            try:
                items.append(item(element))
            except Wrong as found:
                complaints += found.below(index)
        if complaints:
            raise Wrong(complaints)
        if len(items) < least:
            raise wrong("empty", value, f"a list of at least {least}")
        return tuple(items)

    return read


name = matching(NAME, "bad-name", "lower-case letters, digits and hyphens, not a hyphen first")
user = matching(re.compile(r"[a-z_][a-z0-9_-]*"), "bad-name", "an account's name")
word = matching(re.compile(r"[^\s-]\S*"), "bad-name", "one word, not a hyphen first")
interface = matching(
    INTERFACE,
    "bad-interface",
    "an interface's name of at most 15 characters",
    'name the interface itself ("eth1", not "eth1:2"): hamn needs no alias',
)
port = whole(1, 65_535)
time_of_day = matching(
    re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"), "bad-time", 'a time of the day, as in "02:30"'
)


def host(value: object) -> str:
    """An address, or a name that resolves to it."""
    allowed = "an IP address without a prefix length, or a host name"
    if re.fullmatch(r"[0-9.]+|.*[:/%].*", text(value)):
        try:
            return str(ip_address(text(value)))
        except ValueError:
            raise wrong("bad-address", value, allowed) from None
    if HOST.fullmatch(text(value)) is None:
        raise wrong("bad-address", value, allowed)
    return text(value)


def virtual_address(value: object) -> IPv4Interface | IPv6Interface:
    """An address that a machine can hold beside its own, with the length of its network's prefix."""
    allowed = 'an address with its prefix length, as in "10.77.0.10/24"'
    if "/" not in text(value):
        raise wrong("bad-address", value, allowed, "add the prefix length of the network it is in")
    try:
        address = ip_interface(text(value))
    except ValueError:
        raise wrong("bad-address", value, allowed) from None
    if "%" in text(value):
        raise wrong("bad-address", value, allowed, "leave the zone out: the interface has a key of its own")
    if address.ip.is_loopback or address.ip.is_multicast or address.ip.is_unspecified:
        raise wrong("bad-address", value, "a unicast address that others can reach")
    network = address.network
    # RFC 3021, RFC 6164: in networks of one or two addresses every address is a host's
    if network.num_addresses > 2 and address.ip == network.network_address:
        raise wrong("bad-address", value, f"a host's address; this is that of the network {network} itself")
    if network.num_addresses > 2 and network.version == 4 and address.ip == network.broadcast_address:
        raise wrong("bad-address", value, f"a host's address; this is the broadcast address of {network}")
    return address


def interfaces(value: object) -> str | dict[str, str]:
    """One name for both machines, or a table with a name for each."""
    if not isinstance(value, dict):
        return str(interface(value))
    found, complaints = {}, []
    for machine, own in value.items():
        try:
            found[machine] = interface(own)
        except Wrong as error:
            complaints += error.below(machine)
    if complaints:
        raise Wrong(complaints)
    return found


def probe(value: object) -> str:
    found = PROBE.fullmatch(text(value))
    number = found and (found["tcp"] or found["http"])
    if found is None or (number and not (len(number) <= 5 and 1 <= int(number) <= 65_535)):
        raise wrong("bad-probe", value, PROBES)
    if found["dns"] and HOST.fullmatch(found["dns"].removesuffix(".")) is None:
        raise wrong("bad-probe", value, "a host name after dns:")
    return text(value)


def options(value: object) -> str:
    """Mount options. They stand in the mount table for everyone to read, so no password may be in them."""
    named = [option.partition("=")[0].strip() for option in text(value).split(",")]
    if any(option in ("pass", "password", "password2") for option in named):
        hint = "write credentials=FILE in the options, and the password into that file"
        raise Wrong([Complaint("secret-inline", "a password stands in the mount options", hint)])
    if re.search(r"\s", text(value)):
        raise wrong("bad-text", value, "mount options separated by commas, without spaces")
    return text(value)


def commands(value: object) -> tuple[After, ...]:
    """A table of argv lists by the files they are for."""
    if not isinstance(value, dict):
        raise wrong("wrong-type", value, 'a table, as in { "/etc/aliases" = ["newaliases"] }')
    found, complaints = [], []
    for files, argv in value.items():
        try:
            found.append(After(path(files), listing(text, least=1)(argv)))
        except Wrong as error:
            complaints += error.below(files)
    if complaints:
        raise Wrong(complaints)
    return tuple(found)


def synced(value: object) -> str:
    """A path or glob that is copied to the standby."""
    found = path(value)
    in_ssh = ".ssh" in found.split("/")
    if in_ssh and (found.endswith("/.ssh") or fnmatch("authorized_keys", posixpath.basename(found))):
        hint = 'write "/root/.ssh/id_*": each machine keeps its own list of who may enter'
        raise Wrong([Complaint("sync-of-access", f"{found} takes authorized_keys with it", hint)])
    return found
