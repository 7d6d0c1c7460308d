"""mkdef, chdef and rmdef: the real one's words, the rows as it leaves them, and nothing half-written."""

from pathlib import Path

import pytest

from hamn.xcat.commands import World
from hamn.xcat.making import layout
from hamn.xcat.making.machine import Machine
from hamn.xcat.making.programs import NoPrograms
from tests.xcat.commands.definitions.cluster import Cluster

ONE = "1 object definitions have been created or modified.\n"
FAILED = "One or more errors occured when attempting to create or modify xCAT object definitions."


def test_a_site_setting_is_set_emptied_and_set_again_as_the_last(mn: Cluster) -> None:
    assert mn.good("chdef", "-t", "site", "master=10.1.0.9") == ONE
    assert mn.row("site", key="master") == {"key": "master", "value": "10.1.0.9"}
    mn.good("chdef", "-t", "site", "master=")
    assert mn.row("site", key="master") is None
    mn.good("chdef", "-t", "site", "-o", "clustersite", "master=10.1.0.1")
    assert mn.store.read("site")[-1]["key"] == "master"


def test_a_node_is_made_with_all_it_has(mn: Cluster) -> None:
    words = ["groups=all,new", "mgt=ipmi", "bmc=10.1.2.9", "bmcusername=u", "ip=10.1.1.9", "usercomment=x"]
    assert mn.good("mkdef", "-t", "node", "-o", "n09", *words) == ONE
    assert mn.row("ipmi", node="n09") == {"node": "n09", "bmc": "10.1.2.9", "username": "u"}
    assert mn.row("nodelist", node="n09") == {"node": "n09", "groups": "all,new", "comments": "x"}
    assert mn.row("openbmc", node="n09") is None


def test_chdef_makes_what_is_not_there_and_says_so(mn: Cluster) -> None:
    said = mn.good("chdef", "n09", "groups=all", "ip=10.1.1.9")
    assert said == ONE + "New object definitions 'n09' have been created.\n"


def test_where_an_attribute_is_kept_may_depend_on_a_group(mn: Cluster) -> None:
    mn.good("mkdef", "-t", "group", "hw", "mgt=openbmc")
    mn.good("chdef", "n09", "bmc=10.1.2.9", "groups=hw")
    assert mn.row("openbmc", node="n09") == {"node": "n09", "bmc": "10.1.2.9"}
    assert mn.row("ipmi", node="n09") is None


def test_a_range_of_new_nodes(mn: Cluster) -> None:
    said = mn.good("mkdef", "n[10-13],-n12", "groups=new")
    assert said.startswith("3 object definitions")
    assert mn.good("lsdef", "-s", "new") == "n10  (node)\nn11  (node)\nn13  (node)\n"


def test_what_is_there_is_not_made_again(mn: Cluster) -> None:
    before = mn.everything()
    said = mn.say("mkdef", "-o", "n01", "groups=x")
    exists = "A definition for 'n01' already exists. No changes will be made."
    assert said.warnings == [f"{exists}  Run again with '-f' option to force replace."]
    assert said.errors == ["0 object definitions have been created or modified."]
    assert said.status == 1
    assert mn.everything() == before


def test_force_makes_it_anew(mn: Cluster) -> None:
    assert mn.good("mkdef", "-f", "n01", "groups=x") == ONE
    assert mn.good("lsdef", "n01", "-z") == (
        "# <xCAT data object stanza file>\n\nn01:\n    objtype=node\n    groups=x\n"
    )


def test_a_template_gives_what_is_not_given(mn: Cluster) -> None:
    mn.good("mkdef", "n09", "--template", "n01", "ip=10.1.1.9")
    seen = mn.good("lsdef", "n09", "-i", "ip,bmc,groups", "-c")
    assert seen == "n09: bmc=10.1.2.1\nn09: groups=compute,all\nn09: ip=10.1.1.9\n"


def test_lists_grow_and_shrink(mn: Cluster) -> None:
    mn.good("chdef", "-p", "n01", "groups=rack1,all")
    assert (mn.row("nodelist", node="n01") or {})["groups"] == "compute,all,rack1"
    mn.good("chdef", "-m", "n01", "groups=compute,rack1")
    assert (mn.row("nodelist", node="n01") or {})["groups"] == "all"


def test_what_is_not_in_a_list_is_said_and_the_others_are_changed(mn: Cluster) -> None:
    mn.good("chdef", "-p", "n02", "groups=rack1")
    said = mn.say("chdef", "-m", "n01,n02", "groups=rack1")
    assert said.errors == ["rack1 is not in the attribute of 'groups' for the 'n01' definition."]
    assert (said.out, said.status) == (ONE, 1)
    assert (mn.row("nodelist", node="n02") or {})["groups"] == "compute,all"


def test_an_inherited_list_is_copied_before_it_grows(mn: Cluster) -> None:
    mn.good("chdef", "-t", "group", "compute", "nameservers=10.1.0.1")
    mn.good("chdef", "-p", "n01", "nameservers=10.1.0.2")
    assert (mn.row("noderes", node="n01") or {})["nameservers"] == "10.1.0.1,10.1.0.2"


def test_an_emptied_attribute_stays_inherited_and_makes_no_row(mn: Cluster) -> None:
    mn.good("chdef", "-t", "group", "compute", "serial=g")
    mn.good("chdef", "n01", "serial=")
    assert [row["node"] for row in mn.store.read("vpd")] == ["compute"]
    assert mn.good("lsdef", "n01", "-i", "serial", "-c") == "n01: serial=g\n"


def test_objects_chosen_by_attributes(mn: Cluster) -> None:
    assert mn.good("chdef", "-t", "node", "-w", "ip=~[12]$", "nfsdir=/x").startswith("2 object")
    assert mn.good("lsdef", "-w", "nfsdir==/x") == "n01  (node)\nn02  (node)\n"


def test_a_node_gets_another_name_everywhere(mn: Cluster) -> None:
    assert mn.good("chdef", "-t", "node", "-o", "n01", "-n", "m01") == "Changed the object name from n01 to m01.\n"
    left = [table for table, rows in mn.everything().items() if any(row.get("node") == "n01" for row in rows)]
    assert left == []
    assert "    ip=10.1.1.1\n" in mn.good("lsdef", "m01")


def test_groups_have_members_kept_with_the_nodes(mn: Cluster) -> None:
    mn.good("mkdef", "-t", "group", "-o", "g", "members=n01-n02", "mgt=openbmc")
    assert mn.row("nodegroup", groupname="g") == {"groupname": "g", "grouptype": "static", "members": "static"}
    assert (mn.row("nodelist", node="n02") or {})["groups"] == "compute,all,g"
    mn.good("chdef", "-t", "group", "g", "members=n03")
    assert mn.good("lsdef", "-s", "g") == "n03  (node)\n"
    mn.good("chdef", "-p", "-t", "group", "g", "members=n01")
    assert "members=n01,n03" in mn.good("lsdef", "-t", "group", "g")
    assert mn.good("rmdef", "-t", "group", "g") == "1 object definitions have been removed.\n"
    assert [row["groups"] for row in mn.store.read("nodelist")] == ["compute,all"] * 3
    assert mn.row("nodehm", node="g") is None


def test_a_node_goes_with_its_console(mn: Cluster, tmp_path: Path) -> None:
    place = layout.here().conserver_conf
    machine = Machine(layout.here(), NoPrograms(), tmp_path)
    mn.world = World(mn.store, machine)
    mn.good("rmdef", "-C", "n03")  # nobody has a console: no file is made
    assert machine.read(place) is None
    machine.at(place).parent.mkdir(parents=True)
    mn.good("makeconservercf")
    assert "console n02 {" in (machine.read(place) or "")
    assert mn.good("rmdef", "-C", "n02") == "1 object definitions have been removed.\n"
    left = machine.read(place) or ""
    assert "console n02 {" not in left and "console n01 {" in left
    assert mn.row("nodelist", node="n02") is None


def test_a_group_without_members(mn: Cluster) -> None:
    said = mn.say("mkdef", "-t", "group", "g")
    assert (said.out, said.status) == (ONE, 0)
    assert said.warnings == ["Cannot determine a member list for group 'g'."]


def test_a_dynamic_group_chooses_by_tables_that_nobody_asked_for(mn: Cluster) -> None:
    mn.good("mkdef", "-t", "group", "dyn", "-d", "-w", "mgt==ipmi", "-w", "ip=~[12]$")
    assert mn.row("nodegroup", groupname="dyn") == {
        "groupname": "dyn",
        "grouptype": "dynamic",
        "members": "dynamic",
        "wherevals": "mgt==ipmi::ip=~[12]$",
    }
    assert mn.good("lsdef", "dyn", "-i", "arch", "-c") == "n01: arch=x86_64\nn02: arch=x86_64\n"
    mn.good("chdef", "dyn", "nfsdir=/x")
    mn.good("chdef", "-t", "group", "dyn", "-d", "-p", "-w", "mac=~01$")
    assert mn.good("nodels", noderange="dyn") == "n01\n"
    mn.good("chdef", "-t", "group", "dyn", "-d", "-m", "-w", "mac=~01$")
    assert "wherevals=mgt==ipmi::ip=~[12]$\n" in mn.good("lsdef", "-t", "group", "dyn")


STANZA = """# <xCAT data object stanza file>
default-node:
    groups=all,new
    mgt=ipmi

n10:
    objtype=node
    bmc=10.1.2.10

net2:
    objtype=network
    net=10.2.0.0
    mask=255.255.0.0

newgroup:
    objtype=group
    members=n10,n01

clustersite:
    objtype=site
    domain=example.org
"""


def test_a_stanza_file_may_have_objects_of_every_type(mn: Cluster) -> None:
    said = mn.say("mkdef", "-z", stdin=STANZA.replace("clustersite", "n11").replace("=site", "=node\n    x="))
    assert said.status == 1
    mn.good("chdef", "-z", stdin=STANZA)
    assert mn.row("ipmi", node="n10") == {"node": "n10", "bmc": "10.1.2.10"}
    assert mn.row("networks", netname="net2") == {"netname": "net2", "net": "10.2.0.0", "mask": "255.255.0.0"}
    assert mn.good("lsdef", "-s", "newgroup") == "n01  (node)\nn10  (node)\n"
    assert mn.row("site", key="domain") == {"key": "domain", "value": "example.org"}


@pytest.mark.parametrize("kind", ["node", "group", "network", "site", "policy", "osimage", "zone"])
def test_what_lsdef_writes_changes_nothing(mn: Cluster, kind: str) -> None:
    mn.good("mkdef", "-t", "osimage", "i", "imagetype=linux", "pkgdir=/x", "profile=p")
    mn.good("mkdef", "-t", "zone", "z", "defaultzone=yes")
    mn.good("mkdef", "-t", "group", "dyn", "-d", "-w", "mgt==ipmi")
    mn.good("mkdef", "-t", "group", "g", "members=n01", "mgt=openbmc")
    mn.good("chdef", "n01", "nicips.eth0=1.2.3.4", "nicips.eth1=2.3.4.5")
    before = mn.everything()
    mn.good("chdef", "-z", stdin=mn.good("lsdef", "-t", kind, "-l", "-z"))
    assert mn.everything() == before


@pytest.mark.parametrize("words", ["n02", "-t node -o n02", "n02,nosuch"])
def test_a_removed_node_leaves_no_row(mn: Cluster, words: str) -> None:
    said = mn.say("rmdef", *words.split())
    assert said.out == "1 object definitions have been removed.\n"
    assert said.status == ("nosuch" in words)
    left = [table for table, rows in mn.everything().items() if any(row.get("node") == "n02" for row in rows)]
    assert left == []


def test_all_of_a_type_goes_and_nothing_else(mn: Cluster) -> None:
    before = mn.everything()
    assert (
        mn.good("rmdef", "-t", "network", "-o", "10_1_0_0-255_255_0_0")
        == "1 object definitions have been removed.\n"
    )
    assert mn.everything() == {**before, "networks": []}


def test_all_goes_but_what_the_daemon_needs(mn: Cluster) -> None:
    assert mn.say("rmdef", "-a").status == 1
    mn.good("rmdef", "-a", "-f")
    assert {name for name, rows in mn.everything().items() if rows} == {"passwd", "policy", "postscripts", "site"}


@pytest.mark.parametrize(
    ("command", "words", "error"),
    [
        (
            "chdef",
            "n01 nosuchattr=1 ip=1.2.3.4",
            "'nosuchattr' is not a valid attribute name for an object type of",
        ),
        ("chdef", "n09 ip=1.2.3.4", "Attribute 'groups' is not specified for node 'n09'."),
        (
            "chdef",
            "n09 groups=all bmc=1.2.3.4",
            "Cannot set the attr='bmc' attribute unless mgt value is ipmi or openbmc.",
        ),
        ("chdef", "-t network tftpserver=x", "No object names were provided."),
        ("chdef", "-t site -o wrong master=x", "Could not find an object named 'wrong' of type 'site'."),
        ("chdef", "-t site =x", "'' is not a valid attribute name for an object type of 'site'."),
        ("chdef", "n01 =x", "'' is not a valid attribute name for an object type of 'node'."),
        ("chdef", "n01 -n n02", "'n02' is the name of another object already."),
        ("chdef", "n01-n02 -n n09", "The '-n' option (changing object name) can only"),
        ("chdef", "-t group compute -n c", "Objects of type group can't be given another name."),
        ("chdef", "n01 -n a;b", "'a;b' is no name"),
        ("chdef", "n01 -u", "-u: "),
        ("mkdef", "-t node -o n09", "No object definitions have been created or modified: no attributes were"),
        ("mkdef", "-t nosuch -o x a=b", "\nType 'nosuch' is not a valid xCAT object type."),
        ("mkdef", "a;b groups=all", "The object name 'a;b' is invalid"),
        ("mkdef", "-t group service[2-5]", "The object name 'service[2-5]' is invalid"),
        ("mkdef", "-t network n net=10.2.0.0", "The 'mask' attribute must be given for 'n' of type 'network'."),
        ("mkdef", "-t group g members=n01,nosuch", "Could not find an object named 'nosuch' of type 'node'."),
        ("mkdef", "-t group g -d -w mgt==x arch=y", "'arch' can't be set for the dynamic node group 'g'."),
        ("mkdef", "-f -t site domain=x", "the site definition can't be replaced"),
        ("mkdef", "n09 --template nosuch groups=all", "Could not find the template object named 'nosuch'"),
        ("mkdef", "-t group g -d -w nosuch==x", "'nosuch' is not a valid attribute name"),
        ("mkdef", "-t group g -d -w mgt=~x(", "Invalid noderange: mgt=~x("),
        ("chdef", "-t group g grouptype=dynamic wherevals=mgt", "Incorrect selection string: mgt"),
        ("rmdef", "-t site -o clustersite", "the site definition can't be removed"),
        ("rmdef", "-o nosuch", "Could not find an object named 'nosuch' of type 'node'."),
        ("rmdef", "-t site -o clustersite", "the site definition can't be removed"),
        ("rmdef", "-t network", "No object names were provided."),
        ("rmdef", "n[3-1]", ""),
    ],
)
def test_where_anything_is_wrong_nothing_is_written(mn: Cluster, command: str, words: str, error: str) -> None:
    before = mn.everything()
    said = mn.say(command, *words.split())
    assert said.status == 1
    assert said.errors[0].startswith(error)
    assert mn.everything() == before


def test_a_node_is_not_called_like_a_group(mn: Cluster) -> None:
    mn.say("mkdef", "-t", "group", "g")
    said = mn.say("mkdef", "-t", "node", "-o", "g", "groups=all")
    assert said.errors[:2] == [
        "g is a defined group name, so Node g is not created.",
        "No object names were provided.",
    ]
    assert mn.row("nodelist", node="g") is None


def test_words_without_attributes_change_nothing(mn: Cluster) -> None:
    assert mn.good("chdef", "-t", "site", "bogus") == "No object definitions have been created or modified.\n"
    for command in ("mkdef", "chdef", "rmdef"):
        assert "Usage" in mn.good(command)


def test_a_text_that_cannot_be_read_is_refused_whole(mn: Cluster) -> None:
    before = mn.everything()
    said = mn.say("mkdef", "-z", stdin="n10:\n objtype=node\n groups=all\nbroken\n")
    assert said.errors == [
        "standard input: line 4: neither a name with a colon nor attribute=value: broken",
    ]
    assert mn.say("chdef", "-z", stdin="x:\n objtype=nosuch\n a=b\n").status == 1
    assert mn.everything() == before


def test_settings_of_what_monitors(mn: Cluster) -> None:
    """Any name is one; they are rows of their own, and go with it."""
    mn.good("mkdef", "-t", "monitoring", "-o", "rmcmon", "nodestatmon=y", "rmetrics=cpu", "interval=5")
    mn.good("chdef", "-t", "monitoring", "-o", "rmcmon", "interval=10", "rmetrics=")
    shown = "Object name: rmcmon\n    interval=10\n    nodestatmon=y\n"
    assert mn.good("lsdef", "-t", "monitoring", "-o", "rmcmon") == shown
    assert mn.good("lsdef", "-t", "monitoring", "-o", "rmcmon", "-i", "interval,nosuch") == (
        "Object name: rmcmon\n    interval=10\n"
    )
    assert mn.row("monsetting", name="rmcmon", key="interval") == {
        "name": "rmcmon",
        "key": "interval",
        "value": "10",
    }
    before = mn.everything()
    stanza = mn.good("lsdef", "-t", "monitoring", "-z", "-l")
    mn.good("rmdef", "-t", "monitoring", "-o", "rmcmon")
    assert (mn.everything()["monitoring"], mn.everything()["monsetting"]) == ([], [])
    mn.good("mkdef", "-z", stdin=stanza)
    assert mn.good("lsdef", "-t", "monitoring", "-o", "rmcmon") == shown
    assert mn.everything()["monitoring"] == before["monitoring"]
