"""Stanza files: what is written is read again; what can't be read is refused, line by line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.commands.definitions import stanza
from hamn.xcat.commands.definitions.stanza import BadStanza, Stanza

NAMES = st.text("abc019._-", min_size=1, max_size=8).filter(lambda name: not name.startswith("default-"))
VALUES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), min_size=1, max_size=20)
ATTRIBUTES = st.dictionaries(NAMES.filter(lambda name: name != "objtype"), VALUES, max_size=5)


@given(st.dictionaries(NAMES, ATTRIBUTES, min_size=1, max_size=5))
def test_what_is_written_is_read_again(objects: dict[str, dict[str, str]]) -> None:
    text = stanza.HEADER + "\n"
    for name, attributes in objects.items():
        text += "\n" + stanza.written(name, "node", attributes.items())
    assert stanza.read(text) == [Stanza(name, "node", attributes) for name, attributes in objects.items()]


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert stanza.read(text, "node")
    except BadStanza as bad:
        assert bad.problems


def test_defaults_hold_for_what_follows_them_until_they_are_taken_back() -> None:
    text = """
default-node:
    groups=all
    mgt=ipmi
n01:
    objtype=node
n02:
    objtype=node
    mgt=bmc
default-node:
    mgt=
n03:
    objtype=node
n04:
    objtype=network
"""
    found = {one.name: dict(one.attributes) for one in stanza.read(text)}
    assert found == {
        "n01": {"groups": "all", "mgt": "ipmi"},
        "n02": {"groups": "all", "mgt": "bmc"},
        "n03": {"groups": "all"},
        "n04": {},
    }


def test_blanks_around_are_nothing_and_inside_stay() -> None:
    (one,) = stanza.read(" n01 :\n\tobjtype = node \n  usercomment = two words = one \n# no\n")
    assert one == Stanza("n01", "node", {"usercomment": "two words = one"})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no definition was found in it"),
        ("n01:\n  ip=1\n", "line 1: 'n01' has no objtype"),
        ("ip=1\nn01:\n objtype=node\n", "line 1: an attribute before the first name: ip=1"),
        ("n01:\n objtype=node\n broken\n", "line 3: neither a name with a colon nor attribute=value: broken"),
        ("n01:\n objtype=node\nn01:\n objtype=node\n", "line 3: 'n01' of type 'node' is there twice"),
    ],
)
def test_a_text_that_cannot_be_read_says_where(text: str, problem: str) -> None:
    with pytest.raises(BadStanza) as bad:
        stanza.read(text)
    assert bad.value.problems == (problem,)


def test_every_problem_is_said() -> None:
    with pytest.raises(BadStanza) as bad:
        stanza.read("x\nn01:\ny\nn02:\n objtype=node\nz\n")
    assert [problem.partition(":")[0] for problem in bad.value.problems] == [
        "line 1",
        "line 3",
        "line 2",
        "line 6",
    ]
