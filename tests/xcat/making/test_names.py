"""makehosts on a machine's own file."""

from __future__ import annotations

from tests.xcat.making import place
from tests.xcat.making.place import Place

MADE = "10.1.1.1 n01 n01.cluster.test \n10.1.1.2 n02 n02.cluster.test \n10.1.1.3 n03 n03.cluster.test \n"


def test_every_node_and_what_was_there(mn: Place) -> None:
    assert mn.good("makehosts") == ""
    assert mn.text("etc/hosts") == place.HOSTS + MADE
    assert mn.text("etc/hosts.xcatbak") == place.HOSTS


def test_nothing_is_written_where_nothing_differs(mn: Place) -> None:
    mn.good("makehosts")
    before = (mn.root / "etc/hosts").stat()
    mn.good("makehosts")
    after = (mn.root / "etc/hosts").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_range_and_styles(mn: Place) -> None:
    mn.put("hosts", {"node": "n02", "hostnames": "login"})
    mn.good("makehosts", "-l", "-o", "-a", noderange="n02")
    assert mn.text("etc/hosts") == place.HOSTS + "10.1.1.2 login login.cluster.test n02.cluster.test n02\n"


def test_deleted_by_name_with_its_other_interfaces(mn: Place) -> None:
    mn.put("nics", {"node": "n02", "nicips": "ib0!10.1.9.2"})
    mn.good("makehosts")
    assert "n02-ib0" in mn.text("etc/hosts")
    mn.good("makehosts", "-d", noderange="n02")
    assert "n02" not in mn.text("etc/hosts")
    assert mn.text("etc/hosts").count("\n") == 5


def test_afresh_forgets_nodes_that_are_gone(mn: Place) -> None:
    mn.good("makehosts")
    mn.drop("nodelist", node="n03")
    mn.good("makehosts")
    assert "n03" in mn.text("etc/hosts")
    mn.good("makehosts", "-n")
    assert mn.text("etc/hosts") == place.HOSTS + "".join(MADE.splitlines(keepends=True)[:2])


def test_afresh_from_empty_tables_is_refused(mn: Place) -> None:
    mn.good("makehosts")
    mn.drop("nodelist")
    (said,) = mn.say("makehosts", "-n")
    assert (said.kind, said.errorcode) == ("error", 1)
    assert "nothing would be left of 3" in said.text
    assert mn.text("etc/hosts") == place.HOSTS + MADE


def test_a_bad_row_costs_its_node_and_is_said(mn: Place) -> None:
    mn.put("hosts", {"node": "n02", "ip": "10.1.1.300"})
    (said,) = mn.say("makehosts")
    assert (said.kind, said.errorcode) == ("error", 1)
    assert said.text.startswith("hosts.ip: n02: '10.1.1.300' is no IP address")
    assert mn.text("etc/hosts").count("cluster.test \n") == 2
    assert mn.say("makehosts", noderange="n01") == []


def test_words_that_it_does_not_know(mn: Place) -> None:
    for words in (["-z"], ["-d"], ["--never"], ["n01", "n02"]):
        (said,) = mn.say("makehosts", *words)
        assert said.text.startswith("Usage: makehosts")
        assert said.errorcode == 1
    (said,) = mn.say("makehosts", "-h")
    assert (said.kind, said.errorcode) == ("info", 0)


def test_addresses_of_mac_addresses_stand_beside_the_others_until_the_node_goes(mn: Place) -> None:
    mn.good("makehosts")
    mn.put("mac", {"node": "n02", "mac": "00:11:22:33:44:55!*NOIP*|02:00:0a:01:01:02"})
    mn.good("makehosts", "-m", noderange="n01,n02")
    lines = "fe80::aff:fe01:101 n01 n01.cluster.test \nfe80::211:22ff:fe33:4455 n02 n02.cluster.test \n"
    assert mn.text("etc/hosts") == place.HOSTS + MADE + lines
    for words in ((), ("-m",), ("-n",)):
        mn.good("makehosts", *words, noderange="n01-n03" if words == ("-m",) else None)
        assert mn.text("etc/hosts").startswith(place.HOSTS)
        assert lines in mn.text("etc/hosts")
    mn.good("makedns", "-n")
    assert "fe80" not in mn.text("var/lib/bind/db.cluster.test")
    mn.good("makehosts", "-d", noderange="n02")
    assert "n02" not in mn.text("etc/hosts")
    assert "fe80::aff:fe01:101 n01 " in mn.text("etc/hosts")


def test_a_bad_mac_address_costs_that_node(mn: Place) -> None:
    mn.put("mac", {"node": "n02", "mac": "nonsense"})
    answers = mn.say("makehosts", "-m")
    assert ["n02" in answer.text for answer in answers if answer.kind == "error"] == [True]
    assert mn.text("etc/hosts").count("fe80::") == 2
