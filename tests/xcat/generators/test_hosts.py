"""/etc/hosts: what is whose, in what order, and what nobody may lose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.generators import entries, hosts
from hamn.xcat.generators.complaints import Fault
from hamn.xcat.generators.entries import Entry, Style
from tests.xcat.generators.clusters import MN, NETWORK, known, made

FOREIGN = [
    "# mine\n",
    "\n",
    "127.0.0.1 localhost\n",
    "::1 localhost ip6-localhost\n",
    "10.1.0.1 mn.cluster.test mn\n",
    "10.1.0.50\tstorage storage.cluster.test\tnas # rack 3\n",
    "192.168.9.9 printer\n",
]

PLAIN = Style()


def lines(
    nodes: dict[str, dict[str, str]], style: Style = PLAIN, networks: list[dict[str, str]] | None = None
) -> list[str]:
    return [entry.line for entry in known(made(nodes, networks=networks or [NETWORK]), style)]


@pytest.mark.parametrize(
    ("style", "line"),
    [
        (Style(), "10.1.1.1 n01 n01.cluster.test web db.other.test\n"),
        (Style(long_first=True), "10.1.1.1 n01.cluster.test n01 web db.other.test\n"),
        (Style(aliases_first=True), "10.1.1.1 web db.other.test n01 n01.cluster.test\n"),
        (Style(aliases_with_domain=True), "10.1.1.1 n01 n01.cluster.test web web.cluster.test db.other.test\n"),
    ],
)
def test_the_order_of_names(style: Style, line: str) -> None:
    assert lines({"n01": {"hosts.ip": "10.1.1.1", "hosts.hostnames": "web db.other.test"}}, style) == [line]


def test_a_line_is_read_back_as_what_it_was_written_from() -> None:
    of = made({"n01": {"hosts.ip": "10.1.1.1", "hosts.hostnames": "web,db"}, "n02": {"hosts.ip": "fd55::2"}})
    for first in (False, True):
        for aliases in (False, True):
            found = known(of, Style(long_first=first, aliases_first=aliases))
            read = entries.from_lines(entry.line for entry in found)
            assert [entry._replace(node="") for entry in found] == list(read)


def test_other_interfaces() -> None:
    others = "-ib0:10.2.1.1,other:10.3.1.1, -v6:fd55::1"
    networks = [NETWORK, {"netname": "ib", "net": "10.2.0.0", "mask": "255.255.0.0", "domain": "ib.test"}]
    assert lines({"n01": {"hosts.ip": "10.1.1.1", "hosts.otherinterfaces": others}}, networks=networks) == [
        "10.1.1.1 n01 n01.cluster.test \n",
        "10.2.1.1 n01-ib0 n01-ib0.ib.test \n",
        "10.3.1.1 other other.cluster.test \n",
        "fd55::1 n01-v6 n01-v6.cluster.test \n",
    ]


def test_nics() -> None:
    nics = {
        "nics.nicips": "eth0!10.1.1.1,ib0!10.2.1.1|fd55::1,eth2!10.4.1.1",
        "nics.nichostnamesuffixes": "eth0!-eth0,ib0!-ib0|-ib6",
        "nics.nichostnameprefixes": "eth2!x-",
        "nics.nicaliases": "ib0!fast faster|",
        "nics.nicnetworks": "ib0!ib",
    }
    networks = [NETWORK, {"netname": "ib", "net": "10.9.0.0", "mask": "255.255.0.0", "domain": "ib.test"}]
    assert lines({"n01": {"hosts.ip": "10.1.1.1", **nics}}, networks=networks) == [
        "10.1.1.1 n01 n01.cluster.test \n",
        "10.1.1.1 n01-eth0 n01-eth0.cluster.test \n",
        "10.2.1.1 n01-ib0 n01-ib0.ib.test fast faster\n",
        "fd55::1 n01-ib6 n01-ib6.cluster.test \n",
        "10.4.1.1 x-n01 x-n01.cluster.test \n",
    ]


@pytest.mark.parametrize(
    ("values", "fault", "place", "value"),
    [
        ({"hosts.hostnames": "web"}, Fault.NO_ADDRESS, "hosts.ip", ""),
        ({"hosts.ip": "10.1.1.256"}, Fault.BAD_ADDRESS, "hosts.ip", "10.1.1.256"),
        ({"hosts.ip": "10.1.01.2"}, Fault.BAD_ADDRESS, "hosts.ip", "10.1.01.2"),
        ({"hosts.ip": "10.1.1.1\n6.6.6.6 bank"}, Fault.BAD_ADDRESS, "hosts.ip", "10.1.1.1\n6.6.6.6 bank"),
        ({"hosts.ip": "10.1.1.1", "hosts.hostnames": "a#b"}, Fault.BAD_NAME, "hosts.hostnames", "a#b"),
        (
            {"hosts.ip": "10.1.1.1", "hosts.otherinterfaces": "-x:1"},
            Fault.BAD_ADDRESS,
            "hosts.otherinterfaces",
            "1",
        ),
        ({"nics.nicips": "eth$!10.1.1.1"}, Fault.BAD_NAME, "nics.nicips", "n01-eth$"),
    ],
)
def test_a_bad_row_is_left_out_and_said(values: dict[str, str], fault: Fault, place: str, value: str) -> None:
    of = made({"n01": values, "n02": {"hosts.ip": "10.1.1.2"}})
    found = entries.from_tables(of.hosts, of.nics, of.networks, Style())
    assert [(wrong.fault, wrong.name, wrong.place, wrong.value) for wrong in found.complaints] == [
        (fault, "n01", place, value)
    ]
    assert found.good[-1].line == "10.1.1.2 n02 n02.cluster.test \n"
    said = found.complaints[0].report
    assert said.where == place
    assert said.what.startswith("n01: ")
    assert "\n" not in str(said)


@pytest.mark.parametrize("name", ["a b", "n#1", 'n"', "-n", "n-", "ä", "a..b", "x" * 64, ".n", "n\n"])
def test_what_is_no_host_name(name: str) -> None:
    of = made({name: {"hosts.ip": "10.1.1.1"}})
    found = entries.from_tables({name: {"ip": "10.1.1.1"}}, {}, of.networks, Style())
    assert not found.good
    assert [wrong.fault for wrong in found.complaints] == [Fault.BAD_NAME]


# -- the file


def entry(host: str, address: str) -> Entry:
    return Entry(address, host, f"{host}.cluster.test", (host, f"{host}.cluster.test"), host)


def test_lines_are_replaced_where_they_are_and_new_ones_come_last() -> None:
    before = [FOREIGN[0], "10.1.1.1 n01 n01.cluster.test \n", FOREIGN[5], "10.1.9.9 n02.cluster.test n02\n"]
    after = list(hosts.text(before, [entry("n03", "10.1.1.3"), entry("n02", "10.1.1.2")], MN))
    assert after == [*before[:3], entry("n02", "10.1.1.2").line, entry("n03", "10.1.1.3").line]


def test_an_address_that_another_node_had() -> None:
    before = ["10.1.1.1 n01 n01.cluster.test \n", "10.1.1.2 n02 n02.cluster.test \n"]
    after = list(hosts.text(before, [entry("n01", "10.1.1.2"), entry("n02", "10.1.1.1")], MN))
    assert sorted(after) == sorted([entry("n01", "10.1.1.2").line, entry("n02", "10.1.1.1").line])
    reused = list(hosts.text(["10.1.1.1 gone gone.cluster.test \n"], [entry("n01", "10.1.1.1")], MN))
    assert reused == [entry("n01", "10.1.1.1").line]


def test_a_foreign_line_with_the_address_of_a_node_stays() -> None:
    before = ["10.1.1.1\tdoor.example.org door\n"]
    assert list(hosts.text(before, [entry("n01", "10.1.1.1")], MN)) == [*before, entry("n01", "10.1.1.1").line]


def test_deletion() -> None:
    before = [*FOREIGN, entry("n01", "10.1.1.1").line, entry("n02", "10.1.1.2").line]
    assert list(hosts.text(before, [], MN, gone={"n01"})) == [*FOREIGN, before[-1]]


def test_the_last_line_may_have_no_end() -> None:
    after = hosts.text(["127.0.0.1 localhost"], [entry("n1", "10.1.1.1")], MN)
    assert next(after) == "127.0.0.1 localhost\n"


def test_a_node_that_is_called_as_the_server_does_not_take_its_line() -> None:
    assert list(hosts.text(FOREIGN, [entry("mn", "10.1.1.9")], MN))[: len(FOREIGN)] == FOREIGN


def test_new_forgets_what_makehosts_wrote_and_nothing_else() -> None:
    of = made({})
    old = ["10.1.7.7 old old.cluster.test \n", "10.1.7.8 old8.cluster.test old8 alias\n"]
    elsewhere = "10.99.7.7 far far.cluster.test \n"
    kept = list(hosts.not_made([*FOREIGN, *old, elsewhere], of.networks, MN))
    assert kept == [*FOREIGN, elsewhere]


node_names = st.from_regex(r"n[0-9]{1,2}", fullmatch=True)
some_entries = st.dictionaries(node_names, st.integers(0, 9), max_size=8).map(
    lambda found: [entry(name, f"10.1.1.{last}") for name, last in found.items()]
)


@given(before=some_entries, after=some_entries, at=st.integers(0, len(FOREIGN)), gone=st.sets(node_names))
def test_whatever_was_there(before: list[Entry], after: list[Entry], at: int, gone: set[str]) -> None:
    start = [*FOREIGN[:at], *(each.line for each in before), *FOREIGN[at:]]
    gone -= {each.host for each in after}
    result = list(hosts.text(start, after, MN, gone))
    assert [line for line in result if line in FOREIGN] == FOREIGN
    for each in after:
        assert result.count(each.line) == 1
        assert [line.split()[0] for line in result if each.host in line.split()] == [each.address]
    assert not any(name in line.split() for line in result for name in gone)
    assert list(hosts.text(result, after, MN, gone)) == result


def test_a_management_node_that_is_a_node_has_its_own_line_and_no_second_one() -> None:
    """Run after run: one line more each time, otherwise."""
    own = known(made({"mn": {"hosts.ip": "10.1.0.1"}, "n01": {"hosts.ip": "10.1.1.1"}}))
    before = ["127.0.0.1 localhost\n", "10.1.0.1 mn.cluster.test mn\n"]
    once = list(hosts.text(before, own, MN))
    assert once == [*before, "10.1.1.1 n01 n01.cluster.test \n"]
    assert list(hosts.text(once, own, MN)) == once
