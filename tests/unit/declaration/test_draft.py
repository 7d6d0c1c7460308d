from __future__ import annotations

import tomllib
from ipaddress import ip_interface

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hamn.declaration.draft import FILL_IN, Findings, FoundFilesystem, FoundMachine, draft
from hamn.model.pair import Pair

COMPLETE = Findings(
    pair="hpc1",
    machines=(FoundMachine("mn1", "10.77.0.11", "debian"), FoundMachine("mn2", "10.77.0.12")),
    virtual_ip="10.77.0.10/24",
    interface="eth0",
    hostname="mn",
    filesystems=(
        FoundFilesystem("/install", "nas:/install", "nfs4", "vers=4.2", parallel=True),
        FoundFilesystem("/etc/xcat", "UUID=1", "ext4"),
        FoundFilesystem("/var/lib/mysql", "/dev/vg/mysql", "xfs", "noatime"),
    ),
    engine="mariadb",
    without=(("service.console", "there is no conserver on this machine"),),
    notes=("something that was seen\x1b[2J",),
)


def test_what_was_found_comes_back_as_a_pair(read) -> None:
    pair: Pair = read(draft(COMPLETE))
    assert (pair.name, pair.profile) == ("hpc1", "xcat")
    assert [(m.name, m.address, m.family) for m in pair.machines] == [
        ("mn1", "10.77.0.11", "debian"),
        ("mn2", "10.77.0.12", None),
    ]
    (ip,) = pair.virtual_ips
    assert (ip.address, dict(ip.interface), ip.hostname) == (
        ip_interface("10.77.0.10/24"),
        {"mn1": "eth0", "mn2": "eth0"},
        "mn",
    )
    assert [(f.id, f.source, f.mount, f.type, f.options, f.access) for f in pair.filesystems] == [
        ("filesystem.install", "nas:/install", "/install", "nfs4", "vers=4.2", "parallel"),
        ("filesystem.etc-xcat", "UUID=1", "/etc/xcat", "ext4", "defaults", "exclusive"),
        ("filesystem.var-lib-mysql", "/dev/vg/mysql", "/var/lib/mysql", "xfs", "noatime", "exclusive"),
    ]
    (database,) = pair.databases
    assert (database.engine, database.data) == ("mariadb", "/var/lib/mysql")
    assert "service.console" not in [resource.id for resource in pair.resources]


def test_what_nobody_knows_is_marked_and_asked_for(refuse) -> None:
    text = draft(Findings())
    reports = refuse(text)
    assert {report.code for report in reports.values()} == {"missing-key"}
    marked = [line for line in text.splitlines() if FILL_IN in line]
    assert len(marked) == 4 + 2 + 2  # two machines, the virtual IP, the source and type of the shared data
    for line in marked:
        assert line.startswith("# ")


def test_completing_the_marked_lines_is_enough(read) -> None:
    filled = draft(Findings())
    for value in ("mn1", "10.77.0.11", "mn2", "10.77.0.12", "10.77.0.10/24", "eth0", "UUID=1", "ext4"):
        before, _, after = filled.partition(FILL_IN)
        head, _, line = before.rpartition("\n# ")
        filled = f'{head}\n{line.partition(" = ")[0]} = "{value}" #{after}'
    assert FILL_IN not in filled
    assert read(filled).filesystems[0].directories


WORDS = st.text(max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.builds(
        Findings,
        pair=WORDS,
        machines=st.tuples(st.builds(FoundMachine, WORDS, WORDS), st.builds(FoundMachine)),
        interfaces=st.tuples(WORDS),
        filesystems=st.lists(st.builds(FoundFilesystem, WORDS, WORDS, WORDS, WORDS), max_size=3).map(tuple),
        engine=WORDS,
        notes=st.tuples(WORDS),
    )
)
def test_whatever_a_machine_says_the_draft_is_toml(findings: Findings) -> None:
    assert "pair" in tomllib.loads(draft(findings))
