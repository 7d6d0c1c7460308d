"""conserver.cf and /etc/exports: what is ours in a file that operators edit too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.generators import conserver, exports
from hamn.xcat.generators.complaints import Fault
from hamn.xcat.generators.conserver import Console
from hamn.xcat.generators.server import Server
from tests.xcat.generators.clusters import MN, SITE, made, sample

FOREIGN = """\
# the operator's
default mrv { type host; portbase 3000; portinc 100; }
access noc { trusted noc.example.org; }
access noc { trusted more.example.org; }

console door {
  # a comment with a }
  master localhost; type exec; exec /usr/local/bin/door;
}
"""


def of(nodes: dict[str, dict[str, str]], **site: str) -> list[Console]:
    cluster = made(nodes, site={**SITE, **site})
    return list(conserver.consoles(cluster.nodehm, cluster.site, MN).good)


def text(existing: str, consoles: list[Console], gone: tuple[str, ...] = ()) -> str:
    return "".join(conserver.text(conserver.read(existing), consoles, made({}).site, MN, gone))


def test_who_has_a_console() -> None:
    nodes = {
        "n01": {"nodehm.cons": "ipmi"},
        "n02": {"nodehm.mgt": "openbmc", "nodehm.serialport": "0"},
        "n03": {"nodehm.mgt": "ipmi"},
        "n04": {"nodehm.cons": "mrv", "nodehm.termserver": "ts1", "nodehm.termport": "7"},
        "n05": {"nodehm.cons": "ipmi", "nodehm.conserver": "sn1"},
        "n06": {"nodehm.cons": "ipmi", "nodehm.conserver": "10.1.0.1", "nodehm.consoleondemand": "yes"},
    }
    assert of(nodes) == [
        Console("n01", "ipmi"),
        Console("n02", "openbmc"),
        Console("n04", "mrv", "ts1", "7"),
        Console("n05", "ipmi", elsewhere="sn1"),
        Console("n06", "ipmi", on_demand=True),
    ]
    assert of({"n1": {"nodehm.cons": "ipmi"}}, consoleondemand="yes")[0].on_demand
    demanded = {"nodehm.cons": "ipmi", "nodehm.consoleondemand": "no"}
    assert not of({"n1": demanded}, consoleondemand="yes")[0].on_demand


def test_the_forms_of_a_console() -> None:
    written = text("", [Console("n4", "mrv", "ts1", "7"), Console("n5", "ipmi", elsewhere="sn1", on_demand=True)])
    assert "console n4 {\n  include mrv;\n  host ts1;\n  port 7;\n}\n" in written
    end = "exec /opt/xcat/share/xcat/cons/ipmi n5;\n  master sn1;\n  options ondemand;\n}\n#xCAT END n5 CONS\n"
    assert written.endswith(end)


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"nodehm.cons": "ipmi; exec rm"}, "cons"),
        ({"nodehm.cons": "ipmi", "nodehm.conserver": "a b"}, "conserver"),
        ({"nodehm.cons": "mrv"}, "termserver"),
        ({"nodehm.cons": "mrv", "nodehm.termserver": "ts", "nodehm.termport": "x y"}, "termport"),
    ],
)
def test_a_row_that_would_break_the_file_is_left_out(values: dict[str, str], column: str) -> None:
    cluster = made({"n01": values, "n02": {"nodehm.cons": "ipmi"}})
    found = conserver.consoles(cluster.nodehm, cluster.site, MN)
    assert [console.node for console in found.good] == ["n02"]
    assert [(w.fault, w.name, w.place) for w in found.complaints] == [(Fault.BAD_VALUE, "n01", f"nodehm.{column}")]


def test_what_operators_wrote_is_kept_and_the_access_list_is_ours() -> None:
    before = sample("conserver.cf") + FOREIGN
    once = text(before, [Console("n02", "openbmc")], gone=("n01",))
    assert list(conserver.read(once).stanzas) == ["n03", "n02"]
    assert "portbase 3000" in once
    assert "portbase 2000" not in once
    for block in FOREIGN.split("\n\n"):
        assert block.strip() in once
    assert "xcatmn" not in once
    assert text(once, [Console("n02", "openbmc")]) == once


def test_both_machines_and_more_hosts_are_trusted() -> None:
    server = Server("mn", "cluster.test", {"eth0": ["10.1.0.1", "fd55::1"]}, known_as=["mn1", "10.1.0.11", "mn2"])
    written = "".join(conserver.text(conserver.read(""), [], made({}).site, server, trusted=["noc", "bad name"]))
    assert "  trusted 10.1.0.1;\n  trusted localhost,fd55::1,mn,mn1,10.1.0.11,mn2,noc;\n" in written


names = st.sampled_from(["n01", "n02", "n03", "n04"])


@given(st.lists(names, unique=True), st.lists(names, unique=True), st.booleans())
def test_any_sequence_of_runs(first: list[str], second: list[str], foreign: bool) -> None:
    start = text(FOREIGN if foreign else "", [Console(name, "ipmi") for name in first])
    result = text(start, [Console(name, "openbmc") for name in second])
    assert list(conserver.read(start).stanzas) == first
    assert sorted(conserver.read(result).stanzas) == sorted({*first, *second})
    assert result.count("cons/openbmc") == len(second)
    assert result.count("console door") == foreign
    assert text(result, []) == result


def test_a_stanza_that_was_cut_swallows_no_other() -> None:
    whole = text(FOREIGN, [Console(name, "ipmi") for name in ("n01", "n02", "n03")])
    cut = whole.replace("#xCAT END n02 CONS\n", "")
    found = conserver.read(cut)
    assert list(found.stanzas) == ["n01", "n03"]
    assert text(cut, [Console("n02", "ipmi")]).count("console n02 {") == 1
    assert sorted(text(cut, [Console("n02", "ipmi")]).splitlines()) == sorted(whole.splitlines())


@given(st.text(alphabet='#xCAT BEGINEDOS{}n01 ;\n"', max_size=60))
def test_a_damaged_file_is_read(existing: str) -> None:
    result = text(existing, [Console("n77", "ipmi")])
    assert "n77" in conserver.read(result).stanzas


# -- exports


def test_exports_that_are_there_stay_as_they_are() -> None:
    before = ["/home 10.0.0.0/8(rw)\n", '"/install/" @trusted(ro)']
    site = made({}, site={"tftpdir": "/srv/tftp"}).site
    assert "".join(exports.text(before, site)) == (
        '/home 10.0.0.0/8(rw)\n"/install/" @trusted(ro)\n'
        "/srv/tftp *(rw,no_root_squash,sync,no_subtree_check,insecure)\n"
    )
    once = list(exports.text([], site))
    assert list(exports.text(once, site)) == once


PACKAGE = """\
config * {
}
default full {
	rw *;
}
default * {
	logfile /var/log/conserver/&.log;
	include full;
}
access * {
	allowed 127.0.0.1;
}
"""


def test_the_packages_own_blocks_give_way_to_what_consoles_need() -> None:
    """Debian's: without a master every console would be refused, without certificates no client would connect."""
    written = text(PACKAGE, of({"n01": {"nodehm.cons": "ipmi"}}))
    assert "  master 127.0.0.1;" in written
    assert "sslcredentials" in written
    assert "/var/log/conserver/" not in written
    assert written.index("default full") < written.index("default *")


def test_an_operators_blocks_stay_once_consoles_are_ours() -> None:
    consoles = of({"n01": {"nodehm.cons": "ipmi"}})
    ours = text("", consoles)
    edited = ours.replace("  sslrequired yes;\n", "").replace("rw *;", "rw *; ro staff;")
    assert text(edited, consoles) == edited
