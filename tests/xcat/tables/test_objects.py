"""Objects out of rows and back: the attribute map of the definition commands."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.tables import TABLES, Row, dump, objects
from hamn.xcat.tables.objects import TYPES, BadAttribute, Cells, ObjectType

NODE, NETWORK, SITE_TYPE, OSIMAGE = TYPES["node"], TYPES["network"], TYPES["site"], TYPES["osimage"]
SAMPLES = Path(__file__).parent / "samples"

N01 = {
    "arch": "x86_64",
    "bmc": "10.1.2.1",
    "cons": "ipmi",
    "groups": "compute,all",
    "installnic": "mac",
    "ip": "10.1.1.1",
    "mac": "02:00:0a:01:01:01",
    "mgt": "ipmi",
    "netboot": "xnba",
    "nfsserver": "10.1.0.1",
    "primarynic": "mac",
    "profile": "compute",
    "serialport": "0",
    "serialspeed": "115200",
    "tftpserver": "10.1.0.1",
    "xcatmaster": "10.1.0.1",
}


def sample_tables() -> dict[str, list[Row]]:
    return {
        path.stem: dump.read(TABLES[path.stem], path.read_text(encoding=dump.ENCODING))
        for path in SAMPLES.glob("*.csv")
    }


def applied(cells: list[Cells]) -> dict[str, list[Row]]:
    """The rows of an object that has nothing but those cells."""
    part: dict[str, list[Row]] = {}
    for cell in cells:
        values = {column: value for column, value in cell.values.items() if value}
        part.setdefault(cell.table, []).append({**cell.key, **values})
    return part


def test_the_node_of_the_sample_cluster_has_the_attributes_that_the_real_one_shows():
    assert NODE.attributes(NODE.parts(sample_tables())["n01"]) == N01


def test_the_network_and_the_site_of_the_sample_cluster():
    tables = sample_tables()
    assert NETWORK.attributes(NETWORK.parts(tables)["10_1_0_0-255_255_0_0"]) == {
        "dynamicrange": "10.1.250.1-10.1.250.250",
        "gateway": "<xcatmaster>",
        "mask": "255.255.0.0",
        "mgtifname": "mgt0",
        "mtu": "1500",
        "net": "10.1.0.0",
        "tftpserver": "10.1.0.1",
    }
    site = SITE_TYPE.attributes(SITE_TYPE.parts(tables)[objects.SITE])
    assert len(site) == 38
    assert site["master"] == "10.1.0.1"


@pytest.mark.parametrize("kind", TYPES.values(), ids=lambda kind: kind.name)
def test_every_place_is_a_column_of_a_table_and_every_need_an_attribute(kind: ObjectType):
    for place in kind.places:
        assert {place.column, place.key, *dict(place.fixed)} <= TABLES[place.table].column_set
        assert not place.needs or place.needs in kind.by_attribute
    assert kind.home in kind.tables
    assert kind.identity


def test_the_types():
    assert len(TYPES) == 22
    assert {name: kind.home for name, kind in TYPES.items() if name != kind.home} == {
        "group": "nodegroup",
        "network": "networks",
        "node": "nodelist",
        "route": "routes",
    }


def test_a_definition_goes_to_one_row_for_each_table():
    cells = NODE.cells("n01", N01)
    assert len({cell.table for cell in cells}) == len(cells) == 7
    assert all(cell.key == {"node": "n01"} for cell in cells)
    assert NODE.attributes(applied(cells)) == N01


@given(
    st.sampled_from([kind for kind in TYPES.values() if kind.name not in ("site", "pdu")]).flatmap(
        lambda kind: st.tuples(
            st.just(kind),
            st.dictionaries(
                st.sampled_from(sorted(a for a, places in kind.by_attribute.items() if not places[0].needs)),
                st.text("abz|,. ", min_size=1, max_size=8),
            ),
        )
    )
)
def test_what_is_kept_always_comes_back(drawn: tuple[ObjectType, dict[str, str]]):
    kind, attributes = drawn
    attributes.pop(kind.identity, None)
    assert kind.attributes(applied(kind.cells("x", attributes))) == attributes


@pytest.mark.parametrize(
    ("attributes", "table", "key"),
    [
        ({"nodetype": "hmc", "username": "u"}, "ppchcp", {"hcp": "x"}),
        ({"nodetype": "ppc,hmc", "username": "u"}, "ppchcp", {"hcp": "x"}),
        ({"nodetype": "switch", "username": "u"}, "switches", {"switch": "x"}),
        ({"nodetype": "mm", "username": "u"}, "mpa", {"mpa": "x"}),
        ({"mgt": "fsp", "passwd.HMC": "u"}, "ppcdirect", {"hcp": "x", "username": "HMC"}),
        ({"mgt": "openbmc", "bmc": "u"}, "openbmc", {"node": "x"}),
    ],
)
def test_the_place_depends_on_what_the_node_is(attributes: dict[str, str], table: str, key: Row):
    cells = NODE.cells("x", attributes)
    assert [cell.key for cell in cells if cell.table == table] == [key]
    assert NODE.attributes(applied(cells)) == attributes


def test_the_place_may_depend_on_what_the_node_was_before():
    assert NODE.cells("x", {"bmc": "10.0.0.1"}, known={"mgt": "ipmi"}) == [
        Cells("ipmi", {"node": "x"}, {"bmc": "10.0.0.1"})
    ]


def test_an_attribute_is_removed_where_it_was():
    removed = NODE.cells("x", {"bmc": "", "mgt": ""}, known={"mgt": "ipmi", "bmc": "10.0.0.1"})
    assert Cells("ipmi", {"node": "x"}, {"bmc": ""}) in removed


def test_every_wrong_attribute_is_named():
    with pytest.raises(BadAttribute) as caught:
        NODE.cells("x", {"nosuch": "1", "ip": "10.0.0.1", "bmc": "10.0.0.2", "": ""})
    assert [report.code for report in caught.value.reports] == [
        "attribute-unknown",
        "attribute-needs",
        "attribute-unknown",
    ]
    assert "'nosuch' is not a valid attribute name for an object type of 'node'." in str(caught.value)
    assert "unless mgt value is ipmi or openbmc" in str(caught.value)


def test_an_image_is_what_its_type_says():
    image = {"imagetype": "linux", "template": "/t", "osvers": "rhels9"}
    cells = OSIMAGE.cells("i", image)
    assert {cell.table for cell in cells} == {"osimage", "linuximage"}
    assert OSIMAGE.attributes(applied(cells)) == image
    assert OSIMAGE.attributes({"osimage": [{"imagetype": "NIM"}], "linuximage": [{"template": "/t"}]}) == {
        "imagetype": "NIM"
    }


def test_a_pdu_says_itself_what_it_is():
    pdu = TYPES["pdu"]
    assert pdu.attributes({"pdu": [{"node": "p", "nodetype": "pdu", "outlet": "8"}]}) == {
        "nodetype": "pdu",
        "outlet": "8",
    }


def test_disabled_rows_are_no_objects_and_say_nothing():
    tables = {
        "nodelist": [{"node": "a", "groups": "g"}, {"node": "b", "groups": "g", "disable": "1"}],
        "hosts": [{"node": "a", "ip": "10.0.0.1", "disable": "yes"}, {"node": "c", "ip": "10.0.0.3"}],
    }
    assert NODE.parts(tables) == {"a": {"nodelist": [{"node": "a", "groups": "g"}]}}


def test_site_has_any_attribute():
    cells = SITE_TYPE.cells(objects.SITE, {"master": "10.0.0.1", "whatever": "x"})
    assert cells == [
        Cells("site", {"key": "master"}, {"value": "10.0.0.1"}),
        Cells("site", {"key": "whatever"}, {"value": "x"}),
    ]
    assert SITE_TYPE.attributes(applied(cells)) == {"master": "10.0.0.1", "whatever": "x"}
