"""What a zone's file says, whoever wrote it last."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.generators import entries, zone_file, zones
from hamn.xcat.generators.server import Server
from hamn.xcat.generators.zones import Zone
from tests.xcat.generators import clusters
from tests.xcat.generators.clusters import MN, XCATMN, sample


def real_zones() -> list[Zone]:
    lines = sample("etc-hosts").splitlines()
    return list(zones.zones(entries.from_lines(lines), clusters.real().networks, XCATMN).good)


@pytest.mark.parametrize("zone", real_zones(), ids=lambda zone: zone.file)
def test_what_named_rewrote_is_the_same_zone(zone: Zone) -> None:
    text = sample(f"{zone.file}.after-sync")
    assert zone_file.serial(text) == 2026112201
    assert zone_file.same(zone, text, XCATMN)
    assert not zone_file.same(zone, sample(f"{zone.file}.as-written"), XCATMN)
    assert not zone_file.same(zone, text, Server("other", "cluster.test", {}))


@pytest.mark.parametrize("zone", real_zones(), ids=lambda zone: zone.file)
def test_what_was_changed_by_others_is_seen(zone: Zone) -> None:
    text = sample(f"{zone.file}.after-sync")
    last = "3\t\t\tPTR\tn03" if "10.1" in zone.file else "n03\t\t\tA"
    assert last in text
    assert not zone_file.same(zone, text.replace(last, last.replace("03", "04")), XCATMN)
    assert not zone_file.same(zone, text + "extra A 10.1.1.9\n", XCATMN)
    assert zone_file.same(zone, text + 'guest A 10.1.250.1\n\t\t\tTXT "31d2"\n', XCATMN)
    assert zone_file.same(zone, text + "guest 3600 IN A 10.1.250.1\n 300 DHCID ( AAIBY2 6g= ) ; 1\n", XCATMN)


@pytest.mark.parametrize("text", ["", "; nothing\n", "$TTL 86400\n", "@ IN SOA mn.\n", "(", "a\n"])
def test_what_is_no_zone(text: str) -> None:
    assert zone_file.serial(text) is None
    assert not zone_file.same(Zone("cluster.test", "db.cluster.test"), text, MN)


records = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["n01", "a.b", "@", "N02"]), st.just("A"), st.sampled_from(["10.1.1.1", "10.1.1.2"])
        ),
        st.tuples(st.sampled_from(["web", "db"]), st.just("CNAME"), st.just("n01.cluster.test.")),
        st.tuples(st.just("1.1"), st.just("PTR"), st.just("N01.cluster.test.")),
    ),
    max_size=6,
)


@given(records, records, st.integers(1, 2**32 - 1))
def test_a_zone_is_the_same_as_its_own_text_and_as_no_other(
    first: list[zones.Record], second: list[zones.Record], serial: int
) -> None:
    zone, other = Zone("cluster.test", "db", first), Zone("cluster.test", "db", second)
    text = "".join(zones.text(zone, serial, MN))
    assert zone_file.serial(text) == serial
    assert zone_file.same(zone, text, MN)

    def meant(of: list[zones.Record]) -> set[tuple[str, ...]]:
        return {tuple(value.lower() for value in record) for record in of}

    assert zone_file.same(other, text, MN) == (meant(first) == meant(second))
