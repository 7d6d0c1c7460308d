"""What is said to each family: names, and the few commands that differ."""

from __future__ import annotations

from ipaddress import ip_interface

import pytest

from hamn.model.command import Answer
from hamn.platforms.answers import Group, System
from hamn.platforms.detect import hear_system, platform_for
from hamn.platforms.platform import Platform
from hamn.reports.report import Stop

LINUX = [(family, init) for family in ("debian", "redhat", "suse") for init in ("systemd", "sysv")]
ALL = [*LINUX, ("aix", "src")]

WORDS = "dhcp dns console http tftp nfs time ssh mariadb"
DEBIANS = "isc-dhcp-server named conserver-server apache2 tftpd-hpa {} chrony ssh mariadb"
NAMES = {
    ("debian", "systemd"): DEBIANS.format("nfs-server"),
    ("debian", "sysv"): DEBIANS.format("nfs-kernel-server"),
    ("redhat", "systemd"): "dhcpd named conserver httpd tftp.socket nfs-server chronyd sshd mariadb",
    ("redhat", "sysv"): "dhcpd named conserver httpd xinetd nfs ntpd sshd mysqld",
    ("suse", "systemd"): "dhcpd named conserver apache2 tftp.socket nfsserver chronyd sshd mariadb",
    ("suse", "sysv"): "dhcpd named conserver apache2 xinetd nfsserver ntp sshd mysql",
    ("aix", "src"): "dhcpsd named conserver httpd inetd group:nfs xntpd sshd mysql",
}


def system(family: str, name: str, version: str) -> System:
    return System(family, name, version, node="mn2")


@pytest.mark.parametrize(("family", "init"), ALL)
def test_names(family: str, init: str) -> None:
    platform = platform_for(family, init)
    assert " ".join(platform.service(word) for word in WORDS.split()) == NAMES[family, init]
    assert platform.service("xcatd") == "xcatd", "any other word is a name already"
    assert (platform.family, platform.init.name) == (family, init)


@pytest.mark.parametrize(
    ("family", "name", "version", "word", "service"),
    [
        ("debian", "Debian GNU/Linux", "10", "dns", "bind9"),
        ("debian", "Debian GNU/Linux", "12", "dns", "named"),
        ("debian", "Ubuntu", "18.04", "dns", "bind9"),
        ("redhat", "Red Hat Enterprise Linux", "10.0", "dhcp", "kea-dhcp4"),
        ("suse", "SLES", "12.5", "time", "ntpd"),
    ],
)
def test_names_of_a_release(family: str, name: str, version: str, word: str, service: str) -> None:
    assert platform_for(family, "systemd", system(family, name, version)).service(word) == service


def said(platform: Platform, engine: str) -> tuple[str, ...]:
    """The question for one engine, as an argv."""
    return platform.database_answers(engine, patience_s=0).command.argv


def test_clients_of_a_release() -> None:
    rhel8 = platform_for("redhat", "systemd", system("redhat", "Rocky Linux", "8.9"))
    assert said(rhel8, "mariadb")[0] == "mysql"
    assert said(platform_for("redhat", "systemd"), "mariadb")[0] == "mariadb"
    assert said(platform_for("redhat", "sysv"), "postgresql")[0] == "su"
    assert said(platform_for("debian", "systemd"), "postgresql")[0] == "runuser"


def test_one_filesystem_is_flushed_where_sync_can() -> None:
    rhel7 = platform_for("redhat", "systemd", system("redhat", "CentOS Linux", "7"))
    assert rhel7.flush("/install").argv == ("sync",)
    assert platform_for("debian", "systemd").flush("/install").argv == ("sync", "-f", "/install")


def test_what_outlives_its_unit_is_stopped_with_it() -> None:
    debian, redhat = platform_for("debian", "systemd").init, platform_for("redhat", "systemd").init
    assert debian.stop("postgresql", limit_s=9).argv[2:] == ("postgresql.service", "postgresql@*.service")
    assert debian.start("postgresql", limit_s=9).argv[2:] == ("postgresql.service",)
    assert redhat.stop("postgresql", limit_s=9).argv[2:] == ("postgresql.service",)
    assert redhat.stop("tftp.socket", limit_s=9).argv[2:] == ("tftp.socket", "tftp.service")
    assert redhat.start("tftp.socket", limit_s=9).argv[2:] == ("tftp.socket",)


def test_a_label_as_ifconfig_had_it() -> None:
    platform = platform_for("redhat", "systemd")
    address = ip_interface("10.77.0.10/24")
    assert platform.add_address(address, "eth1:2").argv[-4:] == ("dev", "eth1", "label", "eth1:2")
    assert platform.remove_address(address, "eth1:2").argv[4] == "eth1"


def test_a_group_is_taken_from_its_former_owner_by_name() -> None:
    platform = platform_for("redhat", "systemd", system("redhat", "Rocky Linux", "9.3"))
    taken = platform.take_group(Group("shared"), former_system_id="mn1").argv
    assert taken == ("vgchange", "--config", 'local/extra_system_ids=["mn1"]', "--systemid", "mn2", "shared")
    assert "--config" not in platform.take_group(Group("shared"), former_system_id="").argv
    owned = platform.group_taken("shared", ())
    assert [owned.holds(Answer(0, text)) for text in ("  mn2   \n", "  mn1   \n", "")] == [True, False, False]


def test_a_group_is_not_taken_for_nobody() -> None:
    with pytest.raises(Stop) as stop:
        platform_for("redhat", "systemd").take_group(Group("shared"), former_system_id="mn1")
    assert stop.value.reports[0].code == "system-id-unknown"


@pytest.mark.parametrize(("family", "init"), ALL)
def test_every_command_is_an_argv_with_a_limit_and_no_shell(family: str, init: str) -> None:
    platform = platform_for(family, init, system(family, "", ""))
    address = ip_interface("2001:db8::10/64")
    commands = [
        platform.ask_system(),
        platform.ask_boot_id(),
        platform.ask_addresses(),
        platform.add_address(address, "eth0"),
        platform.remove_address(address, "eth0"),
        platform.mount("UUID=1", "/install", "ext4", "defaults"),
        platform.bind([("/shared/etc/xcat", "/etc/xcat")]),
        platform.bind([("/shared/etc/xcat", "/etc/xcat"), ("/shared/install", "/install")]),
        platform.unmount(["/etc/xcat", "/shared"], network=False),
        platform.take_group(Group("shared"), former_system_id="mn1"),
        platform.export_all(),
        platform.unexport_all(),
        *platform.ask_device("UUID=1"),
        *platform.init.ask(["a", "b"]),
        *platform.init.disable("a"),
        *(platform.database_version(engine) for engine in ("sqlite", "mariadb", "mysql", "postgresql")),
        *(c for c in [platform.clear_mark("UUID=1", "ext4"), platform.free_group(Group("shared"))] if c),
        *(c for engine in ("sqlite", "mariadb", "mysql", "postgresql") if (c := platform.checkpoint(engine))),
    ]
    for command in commands:
        assert command.timeout_s > 0
        assert command.argv[0] not in ("sh", "bash")
        assert not {"-l", "--lazy"} & set(command.argv) or command.argv[0] in ("blkid", "tune2fs")


def test_unmount_keeps_the_order_given() -> None:
    argv = platform_for("suse", "systemd").unmount(["/install", "/srv/shared"], network=True).argv
    assert argv == ("umount", "/install", "/srv/shared")


def test_an_unknown_system_stops_with_what_to_do() -> None:
    alpine = Answer(1, '==> /etc/os-release <==\nNAME="Alpine Linux"\nID=alpine\n')
    for answer in (alpine, Answer(1, "", "head: cannot open"), Answer(None, lost="connection lost")):
        with pytest.raises(Stop) as stop:
            hear_system(answer)
        report = stop.value.reports[0]
        assert report.code == "unknown-system" and report.hint


@pytest.mark.parametrize(("family", "init"), [("alpine", "systemd"), ("debian", "openrc"), ("aix", "systemd")])
def test_an_unknown_platform_stops(family: str, init: str) -> None:
    with pytest.raises(Stop) as stop:
        platform_for(family, init)
    assert stop.value.reports[0].code == "unknown-platform"
