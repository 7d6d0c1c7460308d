"""What the definition commands refuse, in the real ones' words, and that nothing is written then."""

import pytest

from tests.xcat.commands.definitions.cluster import Cluster


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("lsdef -a -t node", "The flags '-a' and '-t' cannot be used together."),
        ("lsdef -l -s", "The flags '-l' and '-s' cannot be used together."),
        ("lsdef n01 -i ip -s", "The flags '-i' and '-s' cannot be used together."),
        ("lsdef n01 --nics -i ip", "The flags '-i' and '--nics' cannot be used together."),
        ("lsdef n01 -z --osimage", "The flags '-z' and '--osimage' cannot be used together."),
        ("lsdef n01 -c", "The flags '-c' and '-i' must be used together."),
        ("lsdef n01 n02", "noderange can not contain spaces."),
        ("lsdef -a -o n01", "Cannot use '-a' with '-o', a noderange or file input."),
        ("lsdef -u", "Option '-u' can not work with lsdef."),
        ("lsdef -x n01", "The '-x' (XML format) option is not yet implemented."),
        ("rmdef -a", "You must use the '-f' option when using the '-a' option."),
        ("rmdef -a -f -t node", "The flags '-a' and '-t' cannot be used together."),
        ("rmdef -t node -d", "Invalid flag specified, see rmdef manpage for details."),
        ("rmdef -t network", "No object names were provided."),
        ("mkdef -p n09 groups=all", "The '-p' and '-m' options are not valid for the mkdef command."),
        ("mkdef -t node -z", "Cannot combine '-t' and '-a', '-z', or '-x' options."),
        ("mkdef n09 -i ip groups=all", "The '-i' option is only valid for the lsdef command."),
        ("chdef -f n01 ip=1", "The '-f' option is not valid for the chdef command."),
        (
            "chdef -z -o n01",
            "Cannot use '-z' with '-o' or a noderange.\nExample of -z usage:\n\t'cat stanzafile | chdef -z'",
        ),
        ("chdef n01 -n n09 -p", "Cannot combine '-n' and '-d','-p','-m','-z','-w' options."),
        ("chdef n01-n02 -n n09", "The '-n' option (changing object name) can only work on one object."),
        (
            "mkdef -t group -o g members=n01 -w ip==1",
            "Cannot use a list of members together with the '-w' option.",
        ),
    ],
)
def test_words_that_do_not_go_together(mn: Cluster, line: str, error: str) -> None:
    before = mn.everything()
    command, *words = line.split()
    said = mn.say(command, *words)
    assert (said.errors, said.status, said.out.startswith(f"\nUsage: {command} -")) == ([error], 1, True)
    assert mn.everything() == before


@pytest.mark.parametrize(
    ("line", "errors"),
    [
        ("chdef n99 -n n98", ["The n99 is not a valid object."]),
        (
            "chdef -t node,group -o n01 ip=1",
            ["Cannot combine multiple types with 'att=val' pairs on the command line."],
        ),
        (
            "chdef -m -t node -o n77 groups=all",
            [
                "The '-m' option is not valid since the 'n77' definition does not exist.",
                "One or more errors occured when attempting to create or modify xCAT object definitions.",
            ],
        ),
        (
            "mkdef -t network -o other net=10.1.0.0 mask=255.255.0.0",
            [
                "A network definition called '10_1_0_0-255_255_0_0' already exists that contains the same net "
                "and mask values. Cannot create a definition for 'other'.",
                "One or more errors occured when attempting to create or modify xCAT object definitions.",
            ],
        ),
    ],
)
def test_what_can_not_be(mn: Cluster, line: str, errors: list[str]) -> None:
    before = mn.everything()
    command, *words = line.split()
    said = mn.say(command, *words)
    assert (said.errors, said.status, said.out) == (errors, 1, "") or said.errors[0] in errors
    assert said.errors[-1] == errors[-1]
    assert mn.everything() == before


@pytest.mark.parametrize("command", ["lsdef", "mkdef", "chdef", "rmdef"])
def test_version_and_usage(mn: Cluster, command: str) -> None:
    assert mn.good(command, "-v").startswith(f"{command} - Version 2.19.0")
    assert mn.good(command, "--help").startswith(f"\nUsage: {command} -")
    said = mn.say(command, "--nonsense")
    assert (said.errors[0][:16], said.status) == ("Invalid option..", 1)


def test_attributes_that_are_asked_for_are_described(mn: Cluster) -> None:
    assert mn.good("lsdef", "-t", "node", "-h", "-i", "mac,ip") == (
        "Attribute          Description\n\nip:\t\thosts.ip\n\nmac:\t\tmac.mac\n"
    )


def test_verbose_names_what_was_done(mn: Cluster) -> None:
    updated = "The database was updated for the following objects:\nn08\nn09\n"
    assert mn.good("mkdef", "-V", "n09,n08", "groups=all") == updated
    assert mn.good("rmdef", "-V", "n08,n09") == "The following objects were removed:\nn08\nn09\n"


def test_capital_letters_are_warned_of(mn: Cluster) -> None:
    said = mn.say("mkdef", "-t", "node", "-o", "N09", "groups=all")
    text = "The node name 'N09' contains capital letters which may not be resolved correctly by the dns server."
    assert (said.warnings, said.errors, said.status) == ([text], [], 0)
    assert mn.say("chdef", "N09", "ip=10.1.1.9").warnings == []
    assert mn.say("nodeadd", "N10", "groups=all").warnings == [text.replace("N09", "N10")]


def test_a_static_group_of_those_that_are_so_now(mn: Cluster) -> None:
    said = mn.good("mkdef", "-t", "group", "-o", "some", "-w", "ip=~10.1.1.[12]$")
    assert said == "1 object definitions have been created or modified.\n"
    assert mn.good("lsdef", "-t", "group", "-o", "some", "-i", "members,grouptype") == (
        "Object name: some\n    grouptype=static\n    members=n01,n02\n"
    )
    mn.good("chdef", "-t", "group", "-o", "some", "-w", "ip==10.1.1.3")
    assert "members=n03\n" in mn.good("lsdef", "-t", "group", "-o", "some")


@pytest.mark.parametrize(
    ("command", "noderange", "words", "error"),
    [
        ("nodech", "n01", ["bogus"], "Malformed argument bogus ignored."),
        ("nodech", "n01", ["-d", "hosts.ip"], ". and = not valid in delete mode."),
        ("nodech", "n01", ["-d", "nosuch"], "ERROR: Unable to open table nosuch in configuration"),
        ("nodegrpch", None, ["compute", "groups=x"], "Group membership is not changeable via nodegrpch"),
        ("nodegrpch", None, ["compute", "nodehm.mgt,=x"], ",= and ^= are not supported by nodegrpch"),
    ],
)
def test_what_commands_on_nodes_refuse(
    mn: Cluster, command: str, noderange: str | None, words: list[str], error: str
) -> None:
    before = mn.everything()
    said = mn.say(command, *words, noderange=noderange)
    assert (said.errors, said.status) == ([error], 1)
    assert mn.everything() == before
