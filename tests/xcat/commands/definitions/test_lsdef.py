"""lsdef prints what the real one was heard to print of the same tables."""

from pathlib import Path

import pytest

from tests.xcat.commands.definitions.cluster import Cluster

SAMPLES = Path(__file__).parent / "samples"


@pytest.mark.parametrize(
    ("words", "sample"),
    [
        ("n01", "lsdef-node.txt"),
        ("n01,n02", "lsdef-nodes.txt"),
        ("n01,n02 -z", "lsdef-nodes.stanza"),
        ("-t network -l", "lsdef-t-network-l.txt"),
        ("-t site -l", "lsdef-t-site-l.txt"),
        ("-t site -z", "lsdef-t-site-z.stanza"),
    ],
)
def test_prints_byte_for_byte_what_the_real_one_did(mn: Cluster, words: str, sample: str) -> None:
    assert mn.good("lsdef", *words.split()) == (SAMPLES / sample).read_text()


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ("", "n01  (node)\nn02  (node)\nn03  (node)\n"),
        ("-s n01", "n01  (node)\n"),
        ("-t group", "all  (group)\ncompute  (group)\n"),
        ("-t network", "10_1_0_0-255_255_0_0  (network)\n"),
        ("-t site", "clustersite  (site)\n"),
        ("-t group -o compute", "Object name: compute\n    members=n01,n02,n03\n"),
        ("-t site -i master", "Object name: clustersite\n    master=10.1.0.1\n"),
        ("-t site -o clustersite -i master -c", "clustersite: master=10.1.0.1\n"),
        ("n01-n03 -i ip -c", "n01: ip=10.1.1.1\nn02: ip=10.1.1.2\nn03: ip=10.1.1.3\n"),
        ("-t node -w ip=~10.1.1.[12]$", "n01  (node)\nn02  (node)\n"),
        ("-t node -w ip!=10.1.1.1 -w arch==x86_64", "n02  (node)\nn03  (node)\n"),
        ("-t node -w ip==1.2.3.4", "Could not find any object definitions to display.\n"),
        ("n01 -i status,ip", "Object name: n01\n    ip=10.1.1.1\n    status=\n"),
        ("-t site -i master,nosuch", "Object name: clustersite\n    master=10.1.0.1\n"),
        ("-t network,site", "10_1_0_0-255_255_0_0  (network)\nclustersite  (site)\n"),
        ("n01 --nics", "Object name: n01\n"),
        ("n01 -i ip -V", "Object name: n01\n    ip=10.1.1.1     (Table:hosts - Key:node - Column:ip)\n"),
    ],
)
def test_every_form(mn: Cluster, words: str, printed: str) -> None:
    assert mn.good("lsdef", *words.split()) == printed


@pytest.mark.parametrize(
    ("words", "printed", "error"),
    [
        ("-t nosuchtype", "", "\nType 'nosuchtype' is not a valid xCAT object type."),
        (
            "nosuchnode",
            "No object definitions have been found\n",
            "Could not find an object named 'nosuchnode' of type 'node'.",
        ),
        (
            "n01 -i nosuchattr",
            "Object name: n01\n",
            "'nosuchattr' is not a valid attribute name for an object type of 'node'.",
        ),
        ("-s n01,n99", "n01  (node)\n", "Could not find an object named 'n99' of type 'node'."),
        (
            "-t network -o nosuch",
            "No object definitions have been found\n",
            "Could not find an object named 'nosuch' of type 'network'.",
        ),
        (
            "-t site -o wrongname -l",
            "No object definitions have been found\n",
            "Could not find an object named 'wrongname' of type 'site'.",
        ),
    ],
)
def test_what_is_not_there_is_said_and_the_status_is_true(
    mn: Cluster, words: str, printed: str, error: str
) -> None:
    said = mn.say("lsdef", *words.split())
    assert (said.out, said.errors, said.status) == (printed, [error], 1)


def test_no_nodes_at_all_is_no_error(mn: Cluster) -> None:
    mn.good("rmdef", "n01-n03")
    assert mn.good("lsdef") == "Could not find any object definitions to display.\n"


def test_everything_that_is_defined(mn: Cluster) -> None:
    names = mn.good("lsdef", "-a").splitlines()
    assert {"n01 (node)", "all (group)", "1.2 (policy)", "clustersite (site)"} <= set(names)
    headers = [line for line in mn.good("lsdef", "-a", "-l").splitlines() if line.startswith("Object name: ")]
    assert {"Object name: n01  (node)", "Object name: clustersite  (site)"} <= set(headers)


def test_a_node_has_what_its_groups_say_and_a_group_shows_the_rule(mn: Cluster) -> None:
    mn.good("chdef", "-t", "group", "compute", r"hostnames=|n(\d+)|h($1+0)|")
    assert "    hostnames=h2\n" in mn.good("lsdef", "n02")
    assert "    hostnames=|n(\\d+)|h($1+0)|\n" in mn.good("lsdef", "-t", "group", "compute")


def test_a_rule_that_cannot_be_worked_out_is_said_once(mn: Cluster) -> None:
    mn.good("chdef", "-t", "group", "compute", "hostnames=|x(|y|")
    said = mn.say("lsdef", "-t", "node", "-l")
    assert said.status == 1
    assert len(said.errors) == 1
    assert said.out.count("Object name:") == 3


def test_a_rule_of_others_is_not_spoken_of(mn: Cluster) -> None:
    mn.good("chdef", "-t", "group", "-o", "odd", "members=n03", "hostnames=|x(|y|")
    assert mn.say("lsdef", "n03", "-i", "hostnames").status == 1
    assert mn.good("lsdef", "n01,n02", "-i", "hostnames").count("hostnames=") == 2
    assert mn.good("lsdef", "n01", "-i", "hostnames") == "Object name: n01\n    hostnames=\n"


def test_a_dynamic_group_that_means_nothing_costs_the_others_nothing(mn: Cluster) -> None:
    with mn.store.change(["nodegroup"]) as change:
        change.insert("nodegroup", [{"groupname": "dyn", "grouptype": "dynamic", "wherevals": "nosuch==x"}])
    said = mn.say("lsdef", "-t", "group", "-l")
    assert said.out.count("Object name:") == 3
    assert said.status == 1
    assert "row dyn, column wherevals" in said.errors[0]


def test_hidden_nodes_are_shown_with_S(mn: Cluster) -> None:
    mn.good("chdef", "n02", "hidden=1")
    assert "n02" not in mn.good("lsdef")
    assert "n02  (node)" in mn.good("lsdef", "-S")


@pytest.mark.parametrize(
    "words", ["n01 n02", "-Q", "n01 -c", "-w ip", "-w nosuch==1", "-w ip=~(", "/[", "--template x"]
)
def test_words_that_mean_nothing_are_refused(mn: Cluster, words: str) -> None:
    said = mn.say("lsdef", *words.split())
    assert said.status == 1
    assert said.errors


@pytest.mark.parametrize("command", ["lsdef", "mkdef", "chdef", "rmdef"])
def test_help_names_types_and_attributes(mn: Cluster, command: str) -> None:
    assert "osimage" in mn.good(command, "-h")
    assert "\nbmc:\t\tipmi.bmc if mgt is ipmi" in mn.good(command, "-h", "-t", "node")


def test_what_a_node_is_deployed_with(mn: Cluster) -> None:
    name = "rocky9-x86_64-install-compute"
    mn.good("mkdef", "-t", "osimage", "-o", name, "imagetype=linux", "pkgdir=/install/rocky9")
    for words in (["provmethod=install", "os=rocky9", "profile=compute"], [f"provmethod={name}", "os="]):
        mn.good("chdef", "n01", *words)
        assert mn.good("lsdef", "n01", "--osimage").endswith("\n    imagetype=linux\n    pkgdir=/install/rocky9\n")
    mn.good("chdef", "n01", "provmethod=nosuch")
    assert mn.say("lsdef", "n01", "--osimage").warnings == ["n01: could not find information for osimage nosuch"]
    said = mn.say("lsdef", "n02", "--osimage")
    assert (said.out.splitlines()[0], said.status) == ("Object name: n02", 1)
    assert said.errors[0].startswith("Missing attributes for node n02,")
