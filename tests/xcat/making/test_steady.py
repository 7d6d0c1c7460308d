"""Whatever the tables and the files say: what was made matches the tables, so that nothing is told twice."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hamn.xcat.generators import cluster
from hamn.xcat.generators.cluster import OF_NODES
from hamn.xcat.generators.written import Refused
from hamn.xcat.making import consoles, definitions, dhcp, dns, isc, kea, layout, names
from hamn.xcat.making.definitions import Definitions
from hamn.xcat.making.machine import Machine
from hamn.xcat.making.work import Work
from hamn.xcat.ranges import NodeView
from tests.xcat.generators.clusters import KEY, NETWORK, SITE
from tests.xcat.making.place import DEBIAN, HOSTS, Daemons

NODES = st.sampled_from(["n1", "N2", "n-3", "a.b", "mn", "x_y", "n1-ib0"])
ADDRESSES = st.sampled_from(["10.1.1.1", "10.1.1.2", "10.1.0.1", "10.2.0.1", "fd77::5", "10.1.1.300", "FD77::A"])
ALIASES = st.sampled_from(["", "login", "Login,www", "n1", "n1.other.test", "w.cluster.test", "x_y"])
MACS = st.sampled_from(
    ["", "02:00:00:00:00:01", "02-00-00-00-00-02", "02:00:00:00:00:03!n1-ib0|020000000004", "zz"]
)
ROW = st.fixed_dictionaries({"ip": ADDRESSES, "hostnames": ALIASES, "mac": MACS})
LINES = st.lists(
    st.sampled_from(
        [
            "10.1.1.1 n1 n1.cluster.test \n",
            "10.1.1.9 old old.cluster.test \n",
            "10.1.3.3 printer\n",
            "# c\n",
            "rubbish\n",
        ]
    )
)
NETWORKS = [NETWORK, {"netname": "six", "net": "fd77::", "mask": "64"}]


def read(rows: Mapping[str, Mapping[str, str]], machine: Machine, site: Mapping[str, str]) -> Definitions:
    tables: dict[str, Sequence[Mapping[str, str]]] = {
        "site": [{"key": key, "value": value} for key, value in site.items()],
        "networks": NETWORKS,
        "passwd": [KEY],
        "nodelist": [{"node": node, "groups": "all"} for node in rows],
        "hosts": [{"node": node, "ip": row["ip"], "hostnames": row["hostnames"]} for node, row in rows.items()],
        "mac": [{"node": node, "mac": row["mac"]} for node, row in rows.items()],
        "nodehm": [{"node": "all", "cons": "ipmi"}],
    }
    view = NodeView({name: [{k: v for k, v in row.items() if v} for row in many] for name, many in tables.items()})
    found = cluster.read(view.tables, {name: dict(view.all(name)) for name in OF_NODES})
    return Definitions(view, found, site, machine, definitions.hosts_lines(machine))


def works(found: Definitions, *, afresh: bool) -> list[Work]:
    """Of what the names are made for; those that refuse differ for ever, and say so."""
    made: list[Work] = []
    try:
        work, lines = names.prepare(found, names.Wanted(afresh=afresh))
        made.append(work)
        found = found.with_lines(lines)
    except Refused:
        pass
    of_dhcp = kea if dhcp.is_kea(found) else isc
    for prepare in (
        lambda: dns.prepare(found, dns.Wanted(afresh=afresh)),
        lambda: of_dhcp.prepare(found, dhcp.Wanted(networks=True, nodes=None)),
        lambda: consoles.prepare(found, consoles.Wanted()),
    ):
        try:
            made.append(prepare())
        except Refused:
            continue
    return made


@settings(deadline=None, max_examples=25)
@given(st.lists(st.dictionaries(NODES, ROW), min_size=1, max_size=3), LINES, st.booleans(), st.booleans())
def test_made_once_it_matches(
    many: list[dict[str, dict[str, str]]], lines: list[str], runs: bool, afresh: bool
) -> None:
    for backend in ("isc", "kea"):
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory)
            for name in (
                "etc/bind",
                "var/lib/bind",
                "etc/dhcp",
                "var/lib/dhcp",
                "etc/default",
                "etc/conserver",
                "etc/kea",
            ):
                (root / name).mkdir(parents=True)
            (root / "etc/os-release").write_text(DEBIAN)
            (root / "etc/hosts").write_text(HOSTS + "".join(lines))
            daemons = Daemons(root, {"named"} if runs else set())
            machine = Machine(layout.here(root), daemons, root)
            for rows in many:
                for work in works(read(rows, machine, {**SITE, "dhcpbackend": backend}), afresh=afresh):
                    work.carry_out()
                again = works(read(rows, machine, {**SITE, "dhcpbackend": backend}), afresh=afresh)
                assert [work.differing for work in again if work.differing] == []
