"""What each family's commands print, and what that means."""

from __future__ import annotations

from ipaddress import ip_interface

from hamn.model.command import Answer
from hamn.platforms.answers import Device, Group, Unit
from hamn.platforms.detect import hear_system, platform_for
from tests.platforms.captured import captured

DEBIAN = platform_for("debian", "systemd")
REDHAT = platform_for("redhat", "systemd")


def test_units_of_one_machine() -> None:
    names = ("mariadb", "postgresql", "isc-dhcp-server", "tftpd-hpa", "named", "apache2", "conserver-server")
    heard = DEBIAN.init.hear(names, [captured("debian/systemctl-show.txt")])
    told = {name: (unit.active, unit.enabled, unit.starts_at_boot) for name, unit in heard.items()}
    assert told == {
        "mariadb": ("active", "disabled", False),
        "postgresql": ("active", "disabled", False),
        "isc-dhcp-server": ("failed", "disabled", False),
        "tftpd-hpa": ("active", "disabled", False),
        "named": ("active", "disabled", False),
        "apache2": ("inactive", "masked", False),
        "conserver-server": ("inactive", "absent", False),
    }
    assert heard["postgresql"].pid > 0, "the server's own, not that of the empty unit over it"


def test_a_unit_is_found_by_its_alias() -> None:
    heard = DEBIAN.init.hear(["mysql"], [captured("debian/systemctl-show.txt")])
    assert heard["mysql"].active == "active"


def test_debians_postgresql_is_not_active_without_its_cluster() -> None:
    heard = DEBIAN.init.hear(["postgresql"], [captured("debian/systemctl-show-broken-cluster.txt")])
    assert heard["postgresql"] == Unit("postgresql", "failed", "disabled")


def test_an_init_script_under_systemd_starts_at_boot_when_a_target_wants_it() -> None:
    heard = DEBIAN.init.hear(["tftpd-hpa"], [captured("debian/systemctl-show-script-at-boot.txt")])
    assert heard["tftpd-hpa"].starts_at_boot


def test_a_stopped_init_script_may_leave_processes_that_keep_the_disk() -> None:
    answer = captured("debian/systemctl-show-left-behind.txt")
    heard = DEBIAN.init.hear(["tftpd-hpa", "conserver-server"], [answer])
    assert heard["tftpd-hpa"] == Unit("tftpd-hpa", "deactivating", "disabled", leaves=True)
    assert not heard["conserver-server"].leaves
    _, ended = DEBIAN.init.end_rest("tftpd-hpa") or ((), None)
    assert ended is not None
    assert ended.holds(Answer(0, "ControlGroup=\n"))
    assert not ended.holds(Answer(0, "ControlGroup=/system.slice/tftpd-hpa.service\n"))


def test_a_daemon_outlives_its_socket() -> None:
    heard = REDHAT.init.hear(["tftp.socket", "xcatd"], [captured("redhat/systemctl-show.txt")])
    assert heard["tftp.socket"] == Unit("tftp.socket", "deactivating", "disabled", 812)
    assert heard["xcatd"] == Unit("xcatd", "inactive", "disabled")


def test_a_systemd_that_cannot_be_reached_is_not_stopped() -> None:
    silent = Answer(1, "", "Failed to connect to bus: No such file or directory")
    assert DEBIAN.init.hear(["named"], [silent])["named"] == Unit("named", "unknown", "unknown")
    assert DEBIAN.init.stopped("named").holds(silent) is False
    assert DEBIAN.init.running("named").holds(silent) is False


def test_stopped_means_every_part() -> None:
    stopped = REDHAT.init.stopped("tftp.socket")
    assert stopped.holds(Answer(0, "ActiveState=inactive\n\nActiveState=failed\n")) is True
    assert stopped.holds(Answer(0, "ActiveState=inactive\n\nActiveState=active\n")) is False
    assert stopped.holds(Answer(0, "ActiveState=deactivating\n")) is False


def test_sysv_services() -> None:
    init = platform_for("redhat", "sysv").init
    states = [
        Answer(0, "mysqld (pid  2211) is running...\n"),
        Answer(3, "dhcpd is stopped\n"),
        Answer(1, "", "nosuch: unrecognized service\n"),
        Answer(2, "xcatd dead but subsys locked\n"),
        Answer(None, lost="connection lost"),
    ]
    names = ("mysqld", "dhcpd", "nosuch", "xcatd", "httpd")
    heard = init.hear(names, [*states, captured("redhat/chkconfig-list.txt")])
    assert heard == {
        "mysqld": Unit("mysqld", "active", "enabled", 2211),
        "dhcpd": Unit("dhcpd", "inactive", "disabled"),
        "nosuch": Unit("nosuch", "inactive", "absent"),
        "xcatd": Unit("xcatd", "failed", "enabled"),
        "httpd": Unit("httpd", "unknown", "disabled"),
    }


def test_sysv_registry_of_suse_and_debian() -> None:
    status = [Answer(3)]
    suse = platform_for("suse", "sysv").init
    assert suse.hear(["dhcpd"], [*status, captured("suse/chkconfig-list.txt")])["dhcpd"].starts_at_boot
    assert not suse.hear(["mysql"], [*status, captured("suse/chkconfig-list.txt")])["mysql"].starts_at_boot
    debian = platform_for("debian", "sysv").init
    links = Answer(0, "/etc/rc2.d/S01mariadb\n/etc/rc3.d/S02named-extra\n")
    assert debian.hear(["mariadb"], [*status, links])["mariadb"].enabled == "enabled"
    assert debian.hear(["named"], [*status, links])["named"].enabled == "disabled"


def test_sysv_checks_read_exit_statuses() -> None:
    init = platform_for("redhat", "sysv").init
    assert [init.stopped("dhcpd").holds(Answer(0, f"{status}\n")) for status in range(5)] == [
        False, True, True, True, False,
    ]  # fmt: skip
    assert [init.running("dhcpd").holds(Answer(0, f"{status}\n")) for status in (0, 3)] == [True, False]


def test_addresses() -> None:
    heard = DEBIAN.hear_addresses(captured("debian/ip-addr.txt"))
    told = {(str(a.address), a.interface, a.mac, a.up) for a in heard if not a.address.ip.is_link_local}
    assert told == {
        ("10.77.0.11/24", "eth0", "02:00:00:00:00:01", True),
        ("10.77.0.10/24", "eth0", "02:00:00:00:00:01", True),
        ("2001:db8::10/64", "eth0", "02:00:00:00:00:01", True),
        ("10.1.1.1/32", "eth1", "02:00:00:00:00:02", True),
    }


def test_has_address_is_exact() -> None:
    line = "3: eth0    inet 10.77.0.110/24 brd 10.77.0.255 scope global eth0\\       valid_lft forever\n"
    other, same = ip_interface("10.77.0.11/24"), ip_interface("10.77.0.110/16")
    assert DEBIAN.has_address(other, "eth0", wanted=True).holds(Answer(0, line)) is False
    assert DEBIAN.has_address(same, "eth0", wanted=True).holds(Answer(0, line)) is True


def test_mounts() -> None:
    heard = {mount.target: mount for mount in DEBIAN.hear_mounts(captured("debian/mountinfo.txt"))}
    assert set(heard) == {"/", "/shared", "/install", "/srv/with space\\and\tmore", "/tmp"}
    assert heard["/shared"].read_only, "only the filesystem's own options say so"
    assert not heard["/"].read_only
    assert heard["/install"].root == "/install" and heard["/install"].device == "8:17"
    assert heard["/srv/with space\\and\tmore"].source == "files:/dir one"


def test_is_mounted_is_exact() -> None:
    table = captured("debian/mountinfo.txt")
    held = {
        target: DEBIAN.is_mounted(target, wanted=True).holds(table)
        for target in ("/shared", "/share", "/shared/install", "/srv/with space\\and\tmore", "/install")
    }
    assert held == {
        "/shared": True,
        "/share": False,
        "/shared/install": False,
        "/srv/with space\\and\tmore": True,
        "/install": True,
    }
    assert DEBIAN.is_mounted("/share", wanted=False).holds(table) is True


def test_of_several_all_must_be_mounted_in_whatever_order() -> None:
    table = captured("debian/mountinfo.txt")
    assert DEBIAN.is_mounted("/install", "/shared", "/", wanted=True).holds(table) is True
    assert DEBIAN.is_mounted("/", "/shared", "/install", wanted=True).holds(table) is True
    assert DEBIAN.is_mounted("/install", "/share", "/", wanted=True).holds(table) is False


def test_devices() -> None:
    rest = [captured("debian/lsblk.txt"), captured("debian/tune2fs.txt")]
    wanted = Device(
        path="/dev/sdb1",
        uuid="5f0c2f6e-0000-4000-8000-00000000b001",
        label="hamn data",
        type="ext4",
        serial="LABSHARED01",
        wwn="0x5000c50000000001",
        size_bytes=67108864,
        mmp=True,
    )
    assert DEBIAN.hear_device("/dev/sdb1", [captured("debian/blkid-path.txt"), *rest]) == wanted
    assert DEBIAN.hear_device("LABEL=hamn data", [captured("debian/blkid-label.txt"), *rest]) == wanted
    assert DEBIAN.hear_device("UUID=nosuch", [Answer(2), *rest]) is None
    assert DEBIAN.ask_device("files:/install") == DEBIAN.ask_device("//files/install") == ()


def test_mmp_is_not_known_where_it_cannot_be_read() -> None:
    blkid, lsblk = captured("debian/blkid-path.txt"), captured("debian/lsblk.txt")
    xfs = DEBIAN.hear_device("/dev/sdb1", [blkid, lsblk, Answer(1, "", "Bad magic number in super-block")])
    plain = Answer(0, "Filesystem features:      has_journal extent\n")
    ext4 = DEBIAN.hear_device("/dev/sdb1", [blkid, lsblk, plain])
    assert xfs is not None and xfs.mmp is None
    assert ext4 is not None and ext4.mmp is False


def test_groups() -> None:
    assert DEBIAN.hear_groups(captured("debian/vgs-foreign.txt")) == (Group("shared", "mn2", 0, 2),)
    assert REDHAT.hear_groups(captured("redhat/vgs-active.txt")) == (
        Group("rhel", "", 1, 1),
        Group("shared", "mn1", 1, 2),
    )


def test_groups_as_their_owner_and_the_other_machine_see_them() -> None:
    assert DEBIAN.hear_groups(captured("debian/vgs-active.txt")) == (Group("shared", "mn2", 1, 1),)
    assert DEBIAN.hear_groups(captured("debian/vgs-foreign-inactive.txt")) == (Group("shared", "mn2", 0, 1),)
    mine, others = captured("debian/lvs-active.txt"), captured("debian/lvs-foreign.txt")
    assert [DEBIAN.group_seen("shared").holds(answer) for answer in (mine, others, Answer(5))] == [
        True,
        True,
        False,
    ]
    assert DEBIAN.group_seen("share").holds(mine) is False
    active, inactive = DEBIAN.group_active("shared"), DEBIAN.group_inactive(Group("shared"))
    assert [(active.holds(answer), inactive.holds(answer)) for answer in (mine, others)] == [
        (True, False),
        (False, True),
    ]


def test_a_group_whose_disks_are_gone_is_still_active_in_the_kernel() -> None:
    nothing = Answer(0, '{"report": [{"vg": []}]}')
    listed = Answer(0, "mpatha\t(253:0)\nvg--one-my--data\t(253:2)\nvg--one-swap\t(253:3)\n")
    (group,) = DEBIAN.hear_groups(nothing, listed)
    assert group == Group("vg-one", "", 2, 2, mapped=("vg--one-my--data", "vg--one-swap"))
    assert str(DEBIAN.deactivate_group(group)) == "dmsetup remove vg--one-my--data vg--one-swap"
    inactive = DEBIAN.group_inactive(group)
    rest = Answer(0, "mpatha\t(253:0)\nvg--one-swap\t(253:3)\n")
    assert [inactive.holds(answer) for answer in (listed, rest, Answer(0, "No devices found\n"))] == [
        False,
        False,
        True,
    ]
    known = DEBIAN.hear_groups(captured("debian/vgs-foreign-inactive.txt"), Answer(0, "shared-data\t(253:0)\n"))
    assert known == (Group("shared", "mn2", 0, 1),), "LVM sees it: LVM says what is active"
    assert DEBIAN.hear_groups(nothing, Answer(1, "", "/dev/mapper/control: mknod failed")) == ()


def test_a_logical_volume_is_known_by_the_disk_beneath_it() -> None:
    answers = [captured("debian/blkid-lv.txt"), captured("debian/lsblk-lvm.txt"), Answer(0)]
    found = DEBIAN.hear_device("/dev/shared/install", answers)
    assert found is not None
    assert (found.serial, found.wwn) == ("LABSHARED01", "0x5000c50000000001")
    assert (found.type, found.size_bytes) == ("ext4", 104857600)


def test_exports() -> None:
    listed = captured("debian/exportfs.txt")
    assert [DEBIAN.exports_listed(wanted=wanted).holds(listed) for wanted in (True, False)] == [True, False]
    assert [DEBIAN.exports_listed(wanted=wanted).holds(Answer(0)) for wanted in (True, False)] == [False, True]


def test_group_active_and_inactive_need_an_answer() -> None:
    active, inactive = REDHAT.group_active("shared"), REDHAT.group_inactive(Group("shared"))
    rows = {
        "  shared active\n  shared active\n": (True, False),
        "  shared active\n  shared       \n": (False, False),
        "  shared       \n  shared       \n": (False, True),
        "": (False, False),
    }
    for text, told in rows.items():
        answer = Answer(0 if text else 5, text)
        assert (active.holds(answer), inactive.holds(answer)) == told, text


def test_packages() -> None:
    assert set(DEBIAN.hear_packages(captured("debian/dpkg-query.txt"))) == {"bash", "bind9", "mariadb-server"}
    removed = Answer(0, "bind9\t1:9.18.19-1\trc \n")
    assert DEBIAN.hear_packages(removed) == {}
    assert REDHAT.hear_packages(captured("redhat/rpm-q.txt", 1)) == {
        "mariadb-server": "10.5.22-1.el9_2",
        "bash": "5.1.8-6.el9_1",
    }


def test_accounts_and_names() -> None:
    assert DEBIAN.hear_account(captured("debian/getent-passwd.txt")) == (100, 101)
    assert DEBIAN.hear_account(Answer(2)) is None
    assert DEBIAN.hear_resolved(captured("debian/getent-ahosts.txt")) == ("::1", "127.0.0.1")
    assert DEBIAN.hear_resolved(Answer(2)) == ()


def test_systems() -> None:
    files = ("debian/head", "redhat/head-6", "redhat/head-9", "suse/head-11", "suse/head-15")
    heard = [hear_system(captured(f"{file}.txt", 1)) for file in files]
    assert [(s.family, s.name, s.version, s.init, s.node) for s in heard] == [
        ("debian", "Debian GNU/Linux", "12", "systemd", "mn1"),
        ("redhat", "Red Hat Enterprise Linux Server", "6.5", "sysv", "mn1.cluster.com"),
        ("redhat", "Rocky Linux", "9.3", "systemd", "mn2"),
        ("suse", "SUSE Linux Enterprise Server", "11.3", "sysv", "mn1"),
        ("suse", "SLES", "15.5", "systemd", "mn1"),
    ]
    assert heard[1].kernel == "2.6.32-431.el6.x86_64"
