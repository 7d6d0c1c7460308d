"""What can be wrong with a row: which node, which column, and what was done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from hamn.reports.report import Report, Severity

Row = Mapping[str, str]
Rows = Mapping[str, Row]
"""Of one node table: a node's name to its row, groups and expressions worked out, in the order of nodelist."""

T = TypeVar("T")


class Fault(StrEnum):
    BAD_NAME = "bad-name"
    BAD_ADDRESS = "bad-address"
    BAD_MAC = "bad-mac"
    BAD_NETWORK = "bad-network"
    BAD_RANGE = "bad-range"
    BAD_VALUE = "bad-value"
    NO_ADDRESS = "no-address"
    NO_MAC = "no-mac"
    NO_NETWORK = "no-network"
    NO_INTERFACE = "no-interface"
    NO_DOMAIN = "no-domain"
    NOT_RESOLVED = "not-resolved"
    SAME_ADDRESS = "same-address"
    SAME_MAC = "same-mac"
    SAME_NAME = "same-name"
    SAME_NETWORK = "same-network"
    IN_RANGE = "in-dynamic-range"
    NOT_FOR_DNS = "not-for-dns"


class _Words(NamedTuple):
    severity: Severity
    what: str
    hint: str


_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
_WORDS: Mapping[Fault, _Words] = {
    Fault.BAD_NAME: _Words(
        _ERROR, "{value} is no host name: left out", "letters, digits, '-' and dots; 63 to a label"
    ),
    Fault.BAD_ADDRESS: _Words(_ERROR, "{value} is no IP address: left out", "correct it, or empty it"),
    Fault.BAD_MAC: _Words(_ERROR, "{value} is no MAC address: left out", "six pairs of hexadecimal digits"),
    Fault.BAD_NETWORK: _Words(_ERROR, "{value} is no network: left out", "correct net and mask"),
    Fault.BAD_RANGE: _Words(_ERROR, "{value} is no range within {other}: left out", "FIRST-LAST, two addresses"),
    Fault.BAD_VALUE: _Words(_ERROR, "{value} can't be used here: left out", "correct it, or empty it"),
    Fault.NO_ADDRESS: _Words(_WARNING, "no address: left out", "set its ip, and run makehosts"),
    Fault.NO_MAC: _Words(_INFO, "no MAC address: left out", "set its mac if it is to boot by DHCP"),
    Fault.NO_NETWORK: _Words(_ERROR, "{value} is in no network: left out", "add a row for it to networks"),
    Fault.NO_INTERFACE: _Words(
        _WARNING,
        "which interface leads there is not known: not served",
        "set its mgtifname, or site.dhcpinterfaces",
    ),
    Fault.NO_DOMAIN: _Words(
        _ERROR, "no domain: its nodes have no names in DNS", "set site.domain, or this network's"
    ),
    Fault.NOT_RESOLVED: _Words(
        _WARNING, "{value} has no address: left out", "write an address, or add it to /etc/hosts"
    ),
    Fault.SAME_ADDRESS: _Words(
        _ERROR, "{value} belongs to {other} already: left out", "give each its own address"
    ),
    Fault.SAME_MAC: _Words(_ERROR, "{value} belongs to {other} already: left out", "correct the wrong one"),
    Fault.SAME_NAME: _Words(_WARNING, "{value} is the name of {other} already: left out", "choose another alias"),
    Fault.SAME_NETWORK: _Words(_ERROR, "{value} is {other} already: left out", "remove one of the two rows"),
    Fault.IN_RANGE: _Words(
        _WARNING,
        "{value} is within the dynamic range of {other}",
        "two may get it: shorten the range, or move the node",
    ),
    Fault.NOT_FOR_DNS: _Words(_WARNING, "{value} can't be a name in DNS: left out there", "use '-' for '_'"),
}
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Complaint:
    """`name` is a node, a network or an attribute of site; `place` is `table.column`; `other` is who has it
    already."""

    fault: Fault
    name: str
    place: str
    value: str = ""
    other: str = ""

    @property
    def report(self) -> Report:
        words = _WORDS[self.fault]
        shown = repr(self.value[:_SHOWN]) if self.value else "an empty value"
        what = words.what.format(value=shown, other=self.other)
        return Report(f"row-{self.fault}", words.severity, f"{self.name}: {what}", self.place, words.hint)


@dataclass(frozen=True, slots=True)
class Judged(Generic[T]):
    """What came out of rows, in their order, and what was wrong with the rest."""

    good: Sequence[T]
    complaints: Sequence[Complaint]
