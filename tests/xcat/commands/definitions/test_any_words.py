"""Whatever is typed, a command answers; where it says that something was wrong, nothing was written."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.xcat.commands.definitions.cluster import Cluster

COMMANDS = ["lsdef", "mkdef", "chdef", "nodels", "nodeadd", "nodech", "nodegrpch"]
TYPED = (
    *("-t", "node", "group", "network", "site", "osimage", "policy", "-o", "n01", "n[04-06]", "compute,-n02"),
    *(
        "clustersite",
        "-i",
        "ip,nicips",
        "groups=all",
        "ip=|n(\\d+)|10.0.0.($1)|",
        "groups,=x",
        "mgt==ipmi",
        "bmc=",
    ),
    *(
        "members=n01",
        "nicips.eth0=1.1.1.1",
        "hosts.ip",
        "hosts.ip=x",
        "=x",
        "vpd.serial^=",
        "-p",
        "-m",
        "-d",
        "-w",
    ),
    *(
        "-z",
        "-l",
        "-s",
        "-S",
        "-c",
        "-f",
        "-n",
        "-V",
        "-H",
        "-b",
        "--template",
        "n02",
        "imagetype=linux",
        "/n.*",
        "^x",
    ),
)
WORDS = st.one_of(st.sampled_from(TYPED), st.text(max_size=5))
DONE = "object definitions have been created or modified.\n"


@settings(max_examples=20, deadline=None)
@given(
    command=st.sampled_from(COMMANDS), words=st.lists(WORDS, max_size=6), first=st.none() | WORDS, stdin=st.text()
)
def test_every_command_answers(
    sample_tables: Path, command: str, words: list[str], first: str | None, stdin: str
) -> None:
    mn = Cluster(sample_tables)
    before = mn.everything()
    said = mn.say(command, *words, noderange=first if command.startswith("node") else None, stdin=stdin)
    after = mn.everything()
    changed = {table: rows for table, rows in before.items() if after[table] != rows}
    if changed:
        with mn.store.change(changed) as change:
            for table, rows in changed.items():
                change.replace(table, rows)
    assert not (changed and said.status) or DONE in said.out
