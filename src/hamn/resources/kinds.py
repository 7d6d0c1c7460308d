"""Every kind by its word in the declaration."""

from __future__ import annotations

from typing import Any

from hamn.facts.facts import MachineFacts
from hamn.model.pair import Resource
from hamn.resources.configuration import ConfigurationKind
from hamn.resources.database import DatabaseKind
from hamn.resources.exports import ExportsKind
from hamn.resources.filesystem import FilesystemKind
from hamn.resources.hardware_connections import HardwareConnectionsKind
from hamn.resources.hook import HookKind
from hamn.resources.kind import Hold, Kind
from hamn.resources.service import ServiceKind
from hamn.resources.service_nodes import ServiceNodesKind
from hamn.resources.virtual_ip import VirtualIpKind
from hamn.resources.volume_group import VolumeGroupKind

_KINDS: dict[str, Kind[Any]] = {
    "virtual_ip": VirtualIpKind(),
    "volume_group": VolumeGroupKind(),
    "filesystem": FilesystemKind(),
    "database": DatabaseKind(),
    "service": ServiceKind(),
    "exports": ExportsKind(),
    "configuration": ConfigurationKind(),
    "hook": HookKind(),
    "service_nodes": ServiceNodesKind(),
    "hardware_connections": HardwareConnectionsKind(),
}


def kind_of(resource: Resource) -> Kind[Any]:
    return _KINDS[resource.kind]


def hold(resource: Resource, seen: MachineFacts) -> Hold:
    """How much of the resource that machine has; UNKNOWN for a machine that doesn't answer."""
    return kind_of(resource).hold(resource, seen) if seen.answers else Hold.UNKNOWN
