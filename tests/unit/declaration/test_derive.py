from __future__ import annotations

from dataclasses import replace
from graphlib import TopologicalSorter

from hypothesis import given
from hypothesis import strategies as st

from hamn.declaration.derive import CONVENTIONS, derive, is_in_group
from hamn.declaration.meaning import check_circles
from hamn.model.pair import (
    Configuration,
    Database,
    Exports,
    Filesystem,
    Hook,
    Resource,
    Service,
    VirtualIp,
    VolumeGroup,
)

IP = VirtualIp("ip", None, {})  # type: ignore[arg-type]
GROUP = VolumeGroup("vg", "xcat-vg")
OUTER = Filesystem("outer", "/dev/xcat-vg/install", "/shared", "ext4", directories=("/install",))
INNER = Filesystem("inner", "UUID=2", "/install/big", "xfs")
DATABASE = Database("db", "mariadb", "/shared/mysql")
SERVICE = Service("dns", "dns")
EXPORTS = Exports("nfs")
MADE = Configuration("dns", ("makedns",))
HOOK = Hook("last", ("a",), ("b",))


def needs(*resources: Resource, stated: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    return {resource.id: resource.needs for resource in derive(resources, stated)}


def test_what_nobody_wrote_is_filled_in() -> None:
    found = needs(HOOK, IP, GROUP, OUTER, INNER, DATABASE, SERVICE, EXPORTS, MADE)
    assert found == {
        "virtual_ip.ip": (),
        "volume_group.vg": (),
        "filesystem.outer": ("volume_group.vg",),
        "filesystem.inner": ("filesystem.outer",),
        "database.db": ("filesystem.outer",),
        "service.dns": ("virtual_ip.ip", "filesystem.outer", "filesystem.inner", "database.db"),
        "exports.nfs": ("virtual_ip.ip", "filesystem.outer", "filesystem.inner"),
        "configuration.dns": ("filesystem.outer", "filesystem.inner", "database.db"),
        "hook.last": (
            "virtual_ip.ip",
            "volume_group.vg",
            "filesystem.outer",
            "filesystem.inner",
            "database.db",
            "service.dns",
            "exports.nfs",
            "configuration.dns",
        ),
    }


def test_what_was_stated_is_kept_and_where_data_lies_is_added_all_the_same() -> None:
    found = needs(IP, OUTER, DATABASE, SERVICE, stated=("service.dns", "database.db"))
    assert found["service.dns"] == ()
    assert found["database.db"] == ("filesystem.outer",)


def test_a_hook_that_others_wait_for_does_not_wait_for_them() -> None:
    login = Hook("login", ("iscsi",), ("iscsi",))
    disk = Filesystem("disk", "UUID=3", "/disk", "ext4", needs=("hook.login",))
    found = needs(login, disk, IP, SERVICE, HOOK)
    assert found["hook.login"] == ("virtual_ip.ip",)
    assert found["hook.last"] == ("virtual_ip.ip", "filesystem.disk", "service.dns")


def test_volumes_of_a_group() -> None:
    assert is_in_group("/dev/xcat-vg/install", "xcat-vg")
    assert is_in_group("/dev/mapper/xcat--vg-install", "xcat-vg")
    assert not is_in_group("/dev/mapper/xcat--vg-install", "xcat")
    assert not is_in_group("/dev/xcat-vg2/install", "xcat-vg")
    assert not is_in_group("UUID=xcat-vg/", "xcat-vg")


@st.composite
def pairs(draw: st.DrawFn) -> list[Resource]:
    chosen = draw(
        st.lists(
            st.sampled_from([IP, GROUP, OUTER, INNER, DATABASE, SERVICE, EXPORTS, MADE, HOOK]),
            unique_by=lambda r: r.id,
        )
    )
    ids = [resource.id for resource in chosen]
    links = st.lists(st.sampled_from(ids), unique=True, max_size=2) if ids else st.just([])
    return [replace(resource, needs=tuple(draw(links)), after=tuple(draw(links))) for resource in chosen]


@given(pairs())
def test_what_is_filled_in_never_makes_a_circle(resources: list[Resource]) -> None:
    if list(check_circles(resources)):
        return
    found = derive(resources, stated=())
    TopologicalSorter({resource.id: {*resource.needs, *resource.after} for resource in found}).prepare()
    ids = {resource.id for resource in resources}
    for before, after in zip(resources, found, strict=True):
        assert set(before.needs) <= set(after.needs) <= ids
        assert after.kind in CONVENTIONS or len(after.needs) <= len(before.needs) + 2
