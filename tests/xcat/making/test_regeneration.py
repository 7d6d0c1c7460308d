"""Everything from one reading, and whether what is there matches the tables."""

from __future__ import annotations

import pytest

from hamn.xcat.generators.written import Refused
from hamn.xcat.making import regeneration
from tests.xcat.commands.test_shared_rows import Guarded
from tests.xcat.making.place import Place

ALL = {"named", "isc-dhcp-server", "conserver-server"}


def everything(mn: Place) -> dict[str, bytes]:
    keep = ("etc/hosts", "etc/bind", "etc/dhcp", "etc/default", "etc/conserver", "var/lib")
    files = [path for name in keep for path in [mn.root / name, *(mn.root / name).rglob("*")] if path.is_file()]
    return {str(path): path.read_bytes() for path in files}


def test_it_is_what_the_commands_make(mn: Place) -> None:
    mn.good("regenerate")
    at_once = everything(mn)
    for command, *args in (
        ["makehosts"],
        ["makedns"],
        ["makedhcp", "-n"],
        ["makedhcp", "-a"],
        ["makeconservercf"],
    ):
        mn.good(command, *args)
    assert everything(mn) == at_once


def test_nothing_writes_to_rows_that_others_have(mn: Place) -> None:
    """A daemon gives the rows that it remembers to every command."""
    mn.store = Guarded(mn.root / "etc/xcat")
    mn.good("regenerate")
    for command in ("makehosts", "makedns", "makedhcp", "makeconservercf"):
        mn.say(command, noderange="n01")


def test_only_what_changed_is_told(mn: Place) -> None:
    mn.daemons.active.update(ALL)
    for name in ("ca.pem", "server-cred.pem"):
        mn.write(f"etc/xcat/cert/{name}", "certificate")
    mn.good("regenerate")
    mn.daemons.told()
    mn.good("regenerate")
    assert mn.daemons.told() == []
    mn.put("nodehm", {"node": "n01", "cons": "hmc"})
    mn.good("regenerate")
    assert [line.split()[-1] for line in mn.daemons.told()] == ["conserver-server"]


def test_compare_says_and_changes_nothing(mn: Place) -> None:
    mn.good("regenerate")
    assert regeneration.compare(mn.store, mn.machine).differing == []
    mn.put("hosts", {"node": "n02", "ip": "10.1.1.22"})
    before = everything(mn)
    found = regeneration.compare(mn.store, mn.machine)
    named = [path.removeprefix(f"{mn.root}/") for path in found.differing]
    bind = "var/lib/bind/"
    assert named == ["etc/hosts", "var/lib/dhcp/dhcpd.leases", f"{bind}db.10.1", f"{bind}db.cluster.test"]
    assert everything(mn) == before
    answers = mn.say("compare")
    assert answers[-1].errorcode == 1


def test_one_that_is_refused_does_not_stop_the_others(mn: Place) -> None:
    mn.daemons.failing["named-checkconf"] = "broken"
    answers = mn.say("regenerate")
    assert [answer.errorcode for answer in answers if answer.kind == "error"] == [1]
    assert "n02" in mn.text("var/lib/dhcp/dhcpd.leases") + mn.text("etc/conserver/conserver.cf")


def test_two_at_once_wait_for_each_other(mn: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hamn.xcat.making.machine._WAIT_S", 0.1)
    with mn.machine.alone(), pytest.raises(Refused, match="another command"):
        regeneration.regenerate(mn.store, mn.machine)
    assert regeneration.regenerate(mn.store, mn.machine).is_good


def test_both_machines_of_a_pair_write_the_same(mn: Place) -> None:
    """The standby has its own address only; what it writes is the virtual one's."""
    mn.good("regenerate")
    active = everything(mn)
    mn.daemons.root = mn.root
    for name in ("etc/hosts", "etc/bind/named.conf", "var/lib/bind/db.10.1", "etc/dhcp/dhcpd.conf"):
        (mn.root / name).unlink()
    mn.write("etc/hosts", "127.0.0.1 localhost\n10.1.0.1 mn.cluster.test mn\n# kept\n")
    import json

    standby = [{"ifname": "eth0", "addr_info": [{"local": "10.1.0.3"}]}]
    run = mn.daemons.run
    other = type(mn.machine)(mn.machine.layout, mn.daemons, mn.root)

    def answer(*argv: str) -> object:
        found = run(*argv)
        return type(found)(0, json.dumps(standby)) if argv[0] == "ip" else found

    mn.daemons.run = answer  # type: ignore[method-assign, assignment]
    regeneration.regenerate(mn.store, other)
    assert other.addresses == {"eth0": ["10.1.0.3"]}
    now = everything(mn)
    for name in ("etc/hosts", "etc/bind/named.conf", "var/lib/bind/db.10.1", "etc/dhcp/dhcpd.conf"):
        assert now[f"{mn.root}/{name}"] == active[f"{mn.root}/{name}"]
