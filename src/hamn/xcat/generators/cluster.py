"""What the generators read of the tables, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hamn.xcat.generators import networks as networks_module
from hamn.xcat.generators import server as server_module
from hamn.xcat.generators import site as site_module
from hamn.xcat.generators.complaints import Complaint, Row, Rows
from hamn.xcat.generators.networks import Networks
from hamn.xcat.generators.server import Key
from hamn.xcat.generators.site import Site
from hamn.xcat.tables import is_disabled

PLAIN = ("site", "networks", "passwd")
OF_NODES = ("hosts", "nics", "mac", "noderes", "nodehm")
"""The tables to read: as they are, and resolved for each node."""


@dataclass(frozen=True)
class Cluster:
    """`complaints` are about site, networks and passwd; those about nodes come with what is made of their rows."""

    site: Site
    networks: Networks
    key: Key | None
    complaints: Sequence[Complaint]
    of_nodes: Mapping[str, Rows]

    @property
    def hosts(self) -> Rows:
        return self.of_nodes.get("hosts", {})

    @property
    def nics(self) -> Rows:
        return self.of_nodes.get("nics", {})

    @property
    def mac(self) -> Rows:
        return self.of_nodes.get("mac", {})

    @property
    def noderes(self) -> Rows:
        return self.of_nodes.get("noderes", {})

    @property
    def nodehm(self) -> Rows:
        return self.of_nodes.get("nodehm", {})


def read(plain: Mapping[str, Sequence[Row]], of_nodes: Mapping[str, Rows]) -> Cluster:
    """`plain`: rows by table, of PLAIN; `of_nodes`: rows by node by table, of OF_NODES. An absent table is
    empty."""
    rows = {table: [row for row in plain.get(table, ()) if not is_disabled(row)] for table in PLAIN}
    values = {row["key"]: row.get("value", "") for row in rows["site"] if "key" in row}
    site, of_site = site_module.read(values)
    networks, of_networks = networks_module.read(rows["networks"], site)
    key, of_key = server_module.key(rows["passwd"], site.algorithm)
    return Cluster(
        site=site,
        networks=networks,
        key=key,
        complaints=(*of_site, *of_networks, *of_key),
        of_nodes=of_nodes,
    )
