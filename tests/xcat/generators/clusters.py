"""Clusters to generate for: the one that the real files in `samples` were made for, and ones of any size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from hamn.xcat.generators import cluster, entries
from hamn.xcat.generators.cluster import Cluster
from hamn.xcat.generators.server import Server
from hamn.xcat.ranges.nodes import NodeView
from hamn.xcat.tables import TABLES, dump

Row = Mapping[str, str]

SAMPLES = Path(__file__).parent / "samples"
_DUMPS = Path(__file__).parents[1] / "tables" / "samples"

XCATMN = Server("xcatmn", "cluster.test", {"mgt0": ["10.1.0.1"]})
MN = Server("mn", "cluster.test", {"eth0": ["10.1.0.1"]}, known_as=["mn1"])

NETWORK = {"netname": "main", "net": "10.1.0.0", "mask": "255.255.0.0", "dynamicrange": "10.1.250.1-10.1.250.250"}
KEY = {"key": "omapi", "username": "xcat_key", "password": "bm90LWEtc2VjcmV0"}
SITE = {"domain": "cluster.test", "master": "10.1.0.1", "nameservers": "10.1.0.1", "timezone": "Universal"}


def sample(name: str) -> str:
    return (SAMPLES / name).read_text(encoding="ascii")


def of_tables(tables: Mapping[str, Sequence[Row]]) -> Cluster:
    view = NodeView(tables)
    return cluster.read(tables, {table: dict(view.all(table)) for table in cluster.OF_NODES})


def real() -> Cluster:
    """Three nodes, as the real one's dump has them."""
    return of_tables(
        {path.stem: dump.read(TABLES[path.stem], path.read_text(), path.name) for path in _DUMPS.glob("*.csv")}
    )


def made(
    nodes: Mapping[str, Mapping[str, str]],
    *,
    networks: Sequence[Row] = (NETWORK,),
    site: Mapping[str, str] = SITE,
) -> Cluster:
    """`nodes`: name to `table.column` to value. The site's domain is cluster.test, its network 10.1.0.0/16."""
    tables: dict[str, list[Row]] = {
        "site": [{"key": key, "value": value} for key, value in site.items()],
        "networks": list(networks),
        "passwd": [KEY],
        "nodelist": [{"node": node, "groups": "all"} for node in nodes],
    }
    for node, values in nodes.items():
        rows: dict[str, dict[str, str]] = {}
        for place, value in values.items():
            table, _, column = place.partition(".")
            rows.setdefault(table, {"node": node})[column] = value
        for table, row in rows.items():
            tables.setdefault(table, []).append(row)
    return of_tables(tables)


def many(count: int) -> Cluster:
    """`count` nodes in networks of 60,000, with MAC addresses and consoles; what all have is a group's."""
    names = [f"n{number:06}" for number in range(count)]
    places = [(number // 60_000, number % 60_000) for number in range(count)]
    return of_tables(
        {
            "site": [{"key": key, "value": value} for key, value in SITE.items()],
            "passwd": [KEY],
            "networks": [
                {
                    **NETWORK,
                    "netname": f"net{net}",
                    "net": f"10.{1 + net}.0.0",
                    "dynamicrange": f"10.{1 + net}.250.1-10.{1 + net}.250.250",
                    "mgtifname": "eth0",
                }
                for net in range(1 + (count - 1) // 60_000)
            ],
            "nodelist": [{"node": name, "groups": "compute,all"} for name in names],
            "hosts": [
                {"node": name, "ip": f"10.{1 + net}.{1 + at // 250}.{1 + at % 250}"}
                for name, (net, at) in zip(names, places, strict=True)
            ],
            "mac": [
                {"node": name, "mac": f"02:00:{at >> 16:02x}:{at >> 8 & 255:02x}:{at & 255:02x}:{net:02x}"}
                for name, (net, at) in zip(names, places, strict=True)
            ],
            "noderes": [{"node": "compute", "netboot": "xnba", "tftpserver": "10.1.0.1"}],
            "nodehm": [{"node": "compute", "mgt": "ipmi", "cons": "ipmi"}],
        }
    )


def known(of: Cluster, style: entries.Style = entries.Style()) -> list[entries.Entry]:  # noqa: B008 - frozen
    return list(entries.from_tables(of.hosts, of.nics, of.networks, style).good)
