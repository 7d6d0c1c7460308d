from __future__ import annotations

import pytest

from hamn.declaration.profile import load_profile, profile_names
from hamn.model.pair import Configuration, Pair
from hamn.model.sync import Sync

SMALLEST = """\
[pair]
name = "hpc1"
profile = "xcat"
[[machine]]
name = "mn1"
address = "10.77.0.11"
[[machine]]
name = "mn2"
address = "10.77.0.12"
[virtual_ip.cluster]
address = "10.77.0.10/24"
interface = "eth0"
[filesystem.shared]
source = "UUID=1"
mount = "/shared"
type = "ext4"
"""


def test_the_smallest_xcat_declaration_is_a_whole_role(read) -> None:
    pair: Pair = read(SMALLEST)
    (shared,) = pair.filesystems
    assert shared.directories == ("/etc/xcat", "/install", "/root/.xcat", "/tftpboot")
    (database,) = pair.databases
    assert (database.engine, database.data, database.needs) == ("sqlite", "/etc/xcat", ("filesystem.shared",))
    services = {r.name: r.service for r in pair.resources if r.kind == "service"}  # type: ignore[union-attr]
    assert services == {name: name for name in ("xcatd", "dhcp", "dns", "console", "http", "tftp")}
    (made,) = [resource for resource in pair.resources if isinstance(resource, Configuration)]
    assert (made.generate, made.makes) == ((), ("hosts", "dns", "dhcp", "consoles"))
    assert (made.needs, made.after) == (
        ("filesystem.shared", "database.xcat"),
        ("service.dns", "service.dhcp", "service.console"),
    )
    assert pair.resource("service.xcatd").needs == ("virtual_ip.cluster", "filesystem.shared", "database.xcat")
    assert pair.resource("exports.nfs").needs == ("virtual_ip.cluster", "filesystem.shared")
    assert (pair.sync.files, pair.sync.lists) == ((), ("names", "keys", "additional", "accounts", "dhcp"))


def test_another_engine_brings_its_own_directory(read) -> None:
    pair: Pair = read(SMALLEST + '[database.xcat]\nengine = "mariadb"\n')
    assert pair.databases[0].data == "/var/lib/mysql"
    assert pair.filesystems[0].directories[-1] == "/var/lib/mysql"


def test_what_the_operator_says_replaces_key_by_key(read) -> None:
    more = '[service.http]\nservice = "nginx"\n[service.dns]\nneeds = []\n[sync]\nlists = ["names"]\n'
    pair: Pair = read(SMALLEST + more)
    http = pair.resource("service.http")
    assert (http.service, http.probe) == ("nginx", "tcp:80")  # type: ignore[union-attr]
    assert pair.resource("service.dns").needs == ()
    assert pair.sync.lists == ("names",)


def test_what_is_taken_out_leaves_no_trace(read) -> None:
    pair: Pair = read(SMALLEST + "[service.dns]\nenabled = false\n[exports.nfs]\nenabled = false\n")
    ids = [resource.id for resource in pair.resources]
    assert "service.dns" not in ids
    assert "exports.nfs" not in ids
    assert pair.resource("configuration.cluster").after == ("service.dhcp", "service.console")


def test_directories_that_are_stated_are_left_alone(read, refuse) -> None:
    directories = 'directories = ["/etc/xcat", "/install"]\n'
    assert read(SMALLEST + directories).filesystems[0].directories == ("/etc/xcat", "/install")
    own = SMALLEST.replace('"/shared"', '"/etc/xcat"')
    assert read(own).filesystems[0].directories == ()
    two = SMALLEST + '[filesystem.install]\nsource = "UUID=2"\nmount = "/install"\ntype = "ext4"\n'
    reports = refuse(two)
    assert list(reports) == ["3 data-not-shared"]
    assert '"/etc/xcat" to the directories of filesystem.shared' in reports["3 data-not-shared"].hint


def test_the_place_of_postgresql_must_be_said(refuse) -> None:
    assert list(refuse(SMALLEST + '[database.xcat]\nengine = "postgresql"\n')) == ["17 missing-key"]


def test_what_the_profile_lacks_is_complained_of_where_the_profile_is_named(refuse) -> None:
    text = SMALLEST.replace('"ext4"', '"nfs"').replace("UUID=1", "nas:/a")
    assert list(refuse(text)) == ["3 data-on-network"]
    assert list(refuse(SMALLEST.partition("[virtual_ip")[0] + SMALLEST[SMALLEST.index("[filesystem") :])) == [
        "3 no-virtual-ip"
    ]


def test_a_profile_that_is_none_is_named_with_the_nearest(refuse) -> None:
    report = refuse(SMALLEST.replace('"xcat"', '"xcta"'))["3 unknown-profile"]
    assert report.hint == 'did you mean "xcat"?'
    assert "plain, xcat" in report.what


@pytest.mark.parametrize("name", profile_names())
def test_profiles_are_readable(name: str) -> None:
    profile = load_profile(name)
    assert profile.under({}).keys() >= profile.resources.keys()


def test_plain_supplies_nothing(read) -> None:
    pair: Pair = read(SMALLEST.replace('"xcat"', '"plain"'))
    assert [resource.id for resource in pair.resources] == ["virtual_ip.cluster", "filesystem.shared"]
    assert pair.filesystems[0].directories == ()
    assert pair.sync == Sync()
