"""Files made on a machine that has neither tables nor shared data, from what another one tells of its tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hamn.xcat.making import regeneration
from hamn.xcat.making.snapshot import SCHEMA, Snapshot
from hamn.xcat.stores import StoreError
from tests.xcat.making.place import HOSTS, Place

AWAY = ("/var/lib/bind", "/var/lib/dhcp/", "/etc/xcat")
OWN = ("etc/hosts", "etc/bind/named.conf", "etc/dhcp/dhcpd.conf", "etc/conserver/conserver.cf")


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_its_own_files_are_the_same_and_shared_places_stay_bare(mn: Place, tmp_path: Path) -> None:
    told = Snapshot.parse(Snapshot.of(mn.store).text(), "mn1")
    mn.good("regenerate")
    root = tmp_path / "standby"
    for path in OWN:  # packages have made their directories
        (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / "etc/default").mkdir()
    (root / "etc/hosts").write_text(HOSTS)
    standby = replace(mn.machine, root=root, away=AWAY)
    assert regeneration.regenerate(told, standby).is_good
    for path in OWN:
        assert (root / path).read_text() == mn.text(path), path
    assert not {path for path in files(root) if path.startswith(("var/lib/bind", "var/lib/dhcp", "etc/xcat"))}
    assert regeneration.compare(told, standby).differing == []


def test_one_change_in_the_tables_is_found(mn: Place) -> None:
    standby = replace(mn.machine, away=AWAY)
    regeneration.regenerate(Snapshot.of(mn.store), standby)
    mn.put("hosts", {"node": "n01", "ip": "10.1.7.7"})
    differing = regeneration.compare(Snapshot.of(mn.store), standby).differing
    assert differing == [str(mn.root / "etc/hosts")]


def test_only_what_is_asked_for_is_made(mn: Place) -> None:
    before = files(mn.root)
    found = regeneration.regenerate(mn.store, mn.machine, ["hosts", "consoles"])
    assert [made.name for made in found.made] == ["hosts", "consoles"]
    assert "etc/bind/named.conf" not in files(mn.root) - before


def test_an_address_that_comes_with_the_role_counts_from_the_start(mn: Place) -> None:
    """In whatever order the kernel has it, and whether it is there or not."""
    assert mn.machine.addresses == {"eth0": ["10.1.0.2", "10.1.0.1"]}
    with_role = replace(mn.machine, virtual={"eth0": ["10.1.0.1"], "eth1": ["10.2.0.1"]})
    assert with_role.addresses == {"eth0": ["10.1.0.1", "10.1.0.2"], "eth1": ["10.2.0.1"]}


@pytest.mark.parametrize("text", ["", "hamn: error", f"{SCHEMA} !", f"{SCHEMA} eJyrrgUAAXUA+Q==", "tables/9 e30="])
def test_what_is_no_snapshot_is_said(text: str) -> None:
    with pytest.raises(StoreError, match="these are no tables"):
        Snapshot.parse(text, "mn1")


def test_the_end_of_a_snapshot_is_none(mn: Place) -> None:
    """An answer that was too long has lost its beginning."""
    with pytest.raises(StoreError, match="these are no tables"):
        Snapshot.parse(Snapshot.of(mn.store).text()[40:], "mn1")
