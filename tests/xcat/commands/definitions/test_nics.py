"""A node's interfaces one by one, and together again."""

from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.commands.definitions import nics
from tests.xcat.commands.definitions.cluster import Cluster

NICS = st.dictionaries(st.sampled_from(["eth0", "ib0", "bond0.1"]), st.text("abc.|1", min_size=1), min_size=1)


@given(NICS)
def test_taken_apart_and_joined_is_the_same(parts: dict[str, str]) -> None:
    whole = {"nicips": ",".join(f"{nic}!{value}" for nic, value in parts.items())}
    assert nics.joined(nics.apart(whole), {}) == whole


def test_one_interface_is_set_and_the_others_stay(mn: Cluster) -> None:
    mn.good("chdef", "n01", "nicips.eth1=1.1.1.1|2.2.2.2", "nicips.ib0=3.3.3.3", "nictypes.eth1=Ethernet")
    mn.good("chdef", "n01", "nicips.eth1=4.4.4.4")
    assert mn.row("nics", node="n01") == {
        "node": "n01",
        "nicips": "eth1!4.4.4.4,ib0!3.3.3.3",
        "nictypes": "eth1!Ethernet",
    }
    assert mn.good("lsdef", "n01", "-i", "nicips,nictypes.eth1") == (
        "Object name: n01\n    nicips.eth1=4.4.4.4\n    nicips.ib0=3.3.3.3\n    nictypes.eth1=Ethernet\n"
    )


def test_one_interface_is_emptied(mn: Cluster) -> None:
    mn.good("chdef", "n01", "nicips.eth1=1.1.1.1", "nicips.ib0=3.3.3.3")
    mn.good("chdef", "n01", "nicips.eth1=")
    assert (mn.row("nics", node="n01") or {})["nicips"] == "ib0!3.3.3.3"


def test_a_second_address_is_added_to_one_interface(mn: Cluster) -> None:
    mn.good("chdef", "n01", "nicips.eth1=1.1.1.1")
    mn.good("chdef", "-p", "n01", "nicips.eth1=2.2.2.2")
    assert (mn.row("nics", node="n01") or {})["nicips"] == "eth1!1.1.1.1|2.2.2.2"


def test_a_rule_for_the_whole_column_is_shown_as_it_is() -> None:
    assert nics.apart({"nicips": "|n(\\d+)|eth0!10.0.0.($1)|"}) == {"nicips": "|n(\\d+)|eth0!10.0.0.($1)|"}
