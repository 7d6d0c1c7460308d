"""makedns: zones and named.conf on disk, and what named is told."""

from __future__ import annotations

import re

import pytest

from tests.xcat.making.place import Place

FORWARD, REVERSE, CONF = "var/lib/bind/db.cluster.test", "var/lib/bind/db.10.1", "etc/bind/named.conf"


@pytest.fixture
def served(mn: Place) -> Place:
    """Everything made once, and named running."""
    mn.good("makehosts")
    mn.good("makedns", "-n")
    assert mn.daemons.told() == ["systemctl start named"]
    return mn


def serial(text: str) -> int:
    found = re.search(r"\( (\d+)", text)
    assert found
    return int(found[1])


def test_the_words_of_the_real_one_and_its_last_line(mn: Place) -> None:
    mn.good("makehosts")
    said = mn.good("makedns", "-n").splitlines()
    assert said[:4] == [f"Handling {name} in /etc/hosts." for name in ("mn", "n01", "n02", "n03")]
    assert said[4:] == [
        "Getting reverse zones, this may take several minutes for a large cluster.",
        "Completed getting reverse zones.",
        "Updating zones.",
        "Completed updating zones.",
        "Restarting bind9",
        "Restarting named complete",
        "Updating DNS records, this may take several minutes for a large cluster.",
        "Completed updating DNS records.",
        "DNS setup is completed",
    ]


def test_a_running_named_is_told_nothing_where_nothing_differs(served: Place) -> None:
    served.good("makedns", "-n")
    served.good("makedns")
    served.good("makedns", noderange="n02")
    assert served.daemons.told() == []


def test_a_zone_is_replaced_between_freeze_and_thaw(served: Place) -> None:
    before = serial(served.text(FORWARD))
    served.put("hosts", {"node": "n02", "ip": "10.1.1.20"})
    served.good("makehosts")
    served.good("makedns", noderange="n02")
    told = served.daemons.told()
    for zone in ("1.10.IN-ADDR.ARPA.", "cluster.test"):
        assert [line for line in told if line.endswith(zone)] == [f"rndc freeze {zone}", f"rndc thaw {zone}"]
    assert serial(served.text(FORWARD)) == before + 1
    assert "n02 IN A 10.1.1.20\n" in served.text(FORWARD)
    assert "10.1.1.2\n" not in served.text(FORWARD)
    assert "20.1 IN PTR n02.cluster.test." in served.text(REVERSE)
    assert "2.1 IN" not in served.text(REVERSE).replace("\n2.1.1.10", "").split("SOA")[0]
    assert served.text(REVERSE).count("n02.cluster.test.") == 1


def test_a_journal_is_brought_in_and_not_left_to_contradict(served: Place) -> None:
    served.write(f"{FORWARD}.jnl", "journal")
    served.put("hosts", {"node": "n02", "ip": "10.1.1.20"})
    served.good("makehosts")
    served.good("makedns", "-n")
    assert served.daemons.told()[0] == "rndc sync"
    assert not (served.root / f"{FORWARD}.jnl").exists()


def test_what_others_added_stays_unless_all_is_made_afresh(served: Place) -> None:
    leased = 'pc IN A 10.1.250.7\npc IN TXT "31AbC"\n'
    served.write(FORWARD, served.text(FORWARD) + "printer IN A 10.1.7.7\n" + leased)
    served.put("hosts", {"node": "n01", "ip": "10.1.1.10"})
    served.good("makehosts")
    served.good("makedns")
    zone = served.text(FORWARD)
    assert "printer.cluster.test. IN A 10.1.7.7" in zone
    assert 'pc.cluster.test. IN TXT "31AbC"' in zone
    served.put("hosts", {"node": "n01", "ip": "10.1.1.11"})
    served.good("makehosts")
    served.good("makedns", "-n")
    zone = served.text(FORWARD)
    assert "printer" not in zone
    assert "pc.cluster.test. IN A 10.1.250.7" in zone


def test_deleted_by_name(served: Place) -> None:
    served.good("makedns", "-d", noderange="n02")
    assert "n02" not in served.text(FORWARD) + served.text(REVERSE)
    assert "n03 IN A" in served.text(FORWARD) or "n03.cluster.test. IN A" in served.text(FORWARD)


@pytest.mark.parametrize(
    ("said", "then"),
    [("rndc: 'freeze' failed: already frozen", "thaw"), ("rndc: 'freeze' failed: not found", "reload")],
)
def test_a_zone_that_an_earlier_run_left_frozen_or_that_did_not_load(served: Place, said: str, then: str) -> None:
    served.daemons.failing["rndc freeze"] = said
    served.put("hosts", {"node": "n02", "ip": "10.1.1.20"})
    served.good("makehosts")
    served.good("makedns")
    assert f"rndc {then} cluster.test" in served.daemons.told()
    assert "n02 IN A 10.1.1.20\n" in served.text(FORWARD)


def test_a_zone_that_its_checker_refuses_changes_nothing_and_is_thawed(served: Place) -> None:
    before = served.text(REVERSE), served.text(FORWARD)
    served.put("hosts", {"node": "n02", "ip": "10.1.1.20"})
    served.good("makehosts")
    served.daemons.failing["named-checkzone"] = "zone 1.10/IN: has no NS records"
    (said,) = served.say("makedns")
    assert said.errorcode == 1
    assert "has no NS records" in said.text
    assert served.daemons.told()[-1].startswith("rndc thaw")
    assert (served.text(REVERSE), served.text(FORWARD)) == before


def test_a_configuration_that_its_checker_refuses_is_not_put_in_place(mn: Place) -> None:
    mn.daemons.failing["named-checkconf"] = "named.conf:3: missing ';'"
    (said,) = mn.say("makedns", "-n")
    assert said.errorcode == 1
    assert not (mn.root / CONF).exists()
    assert "named" not in mn.daemons.active


def test_a_new_zone_is_added_to_what_the_configuration_says(served: Place) -> None:
    served.write(CONF, served.text(CONF) + 'zone "other.test" in {\n\ttype master;\n\tfile "other";\n};\n')
    served.put("networks", {"netname": "more", "net": "10.9.0.0", "mask": "255.255.0.0"})
    served.good("makedns")
    assert 'zone "other.test"' in served.text(CONF)
    assert served.text(CONF).count('zone "9.10.IN-ADDR.ARPA."') == 1
    assert served.text(CONF).count("options {") == 1
    assert served.daemons.told() == ["rndc reconfig"]
    served.good("makedns", "-n")
    assert 'zone "other.test"' not in served.text(CONF)


def test_a_hosts_file_that_lost_its_nodes_does_not_take_them_out_of_dns(served: Place) -> None:
    served.write("etc/hosts", "127.0.0.1 localhost\n")
    before = served.text(FORWARD)
    (said,) = served.say("makedns", "-n")
    assert said.errorcode == 1
    assert "3 of 4 would be lost" in said.text
    assert served.text(FORWARD) == before


def test_an_external_server_is_refused_in_words(served: Place) -> None:
    (said,) = served.say("makedns", "-e")
    assert said.errorcode == 1
    assert "external" in said.text


def test_on_a_standby_files_are_written_and_nobody_is_told(mn: Place) -> None:
    mn.good("regenerate")
    assert mn.daemons.told() == []
    assert "n03 IN A" in mn.text(FORWARD)
