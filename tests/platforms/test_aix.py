"""What AIX is told and what it says. Made after documentation (docs/aix.md): there was no AIX to ask."""

from __future__ import annotations

from ipaddress import ip_interface

import pytest

from hamn.model.command import Answer
from hamn.model.pair import Filesystem
from hamn.platforms import ifconfig
from hamn.platforms.answers import Device, Group, Mount, Unit
from hamn.platforms.detect import ask_again, ask_system, hear_system, platform_for
from tests.platforms.captured import captured

AIX = platform_for("aix", "src")
BOOT = (captured("aix/lsitab.txt"), captured("aix/rc.tcpip.txt"))


def test_a_system_without_any_file_of_linux_is_asked_for_its_uname() -> None:
    missing = "".join(
        f"head: {path}: A file or directory in the path name does not exist.\n" for path in ask_system().argv[3:]
    )
    again = ask_again(Answer(1, "", missing))
    assert again is not None and again.argv == ("uname", "-a")
    heard = hear_system(captured("aix/uname.txt"))
    assert (heard.family, heard.init, heard.version, heard.node) == ("aix", "src", "7.1", "aixmn1")
    assert platform_for(heard.family, heard.init, heard).family == "aix"


@pytest.mark.parametrize(
    "answer",
    [
        captured("debian/head.txt"),
        Answer(1, "", "head: Cannot allocate memory"),
        Answer(None, lost="connection lost"),
        Answer(127, "", "head: no such program on this machine"),
    ],
)
def test_nobody_else_is_taken_for_it(answer: Answer) -> None:
    assert ask_again(answer) is None


def test_its_level_is_the_version_that_both_machines_must_have() -> None:
    heard = hear_system(captured("aix/oslevel.txt"))
    assert (heard.family, heard.version, heard.kernel) == ("aix", "7.1", "7100-05-09-2114")


def test_a_boot_is_known_by_when_it_was() -> None:
    assert AIX.hear_boot_id(captured("aix/who-b.txt")) == "Nov-23-04:50"
    assert AIX.hear_boot_id(Answer(1, "", "who: cannot open /etc/utmp")) == ""


def test_addresses_with_netmask_mac_and_whether_their_interface_is_up() -> None:
    heard = {str(a.address): (a.interface, a.mac, a.up) for a in AIX.hear_addresses(captured("aix/addresses.txt"))}
    assert heard == {
        "9.114.47.97/26": ("en0", "00:09:6b:2e:01:f2", True),
        "9.114.47.103/26": ("en0", "00:09:6b:2e:01:f2", True),
        "fd00:77::10/64": ("en0", "00:09:6b:2e:01:f2", True),
        "10.0.0.103/24": ("en1", "fa:bc:de:f7:62:04", False),
        "127.0.0.1/8": ("lo0", "", True),
        "::1/0": ("lo0", "", True),
    }
    assert ifconfig.links(captured("aix/addresses.txt").stdout)["en1"] == (False, "fa:bc:de:f7:62:04")


def test_an_address_as_the_requirement_sets_and_deletes_it() -> None:
    address = ip_interface("9.114.47.97/26")
    assert str(AIX.add_address(address, "en0")) == "ifconfig en0 9.114.47.97 netmask 255.255.255.192 firstalias"
    assert str(AIX.remove_address(address, "en0")) == "ifconfig en0 delete 9.114.47.97"
    only_en0 = Answer(0, captured("aix/addresses.txt").stdout.split("en1:")[0])
    assert AIX.has_address(address, "en0", wanted=True).holds(only_en0)
    assert AIX.has_address(ip_interface("9.114.47.9/26"), "en0", wanted=False).holds(only_en0)
    assert AIX.has_address(address, "en0", wanted=False).holds(Answer(1, "", "0821-514")) is None


def test_mounts() -> None:
    heard = {mount.target: mount for mount in AIX.hear_mounts(captured("aix/mount.txt"))}
    assert heard["/etc/xcat"] == Mount("/etc/xcat", "/dev/xcatlv00", "jfs2", ("rw", "log=/dev/loglv00"))
    assert heard["/.xcat"] == Mount("/.xcat", "nfssvr:/dir3", "nfs3", ("ro", "bg", "hard", "intr"))
    assert heard["/.xcat"].read_only and not heard["/install"].read_only
    assert heard["/etc/auto/maps"].source == "/install/maps"
    assert len(heard) == 7


@pytest.mark.parametrize("target", ["/etc/xcat", "/install", "/.xcat", "/etc/auto/maps"])
def test_what_is_mounted_is_seen_and_only_that(target: str) -> None:
    answer = captured("aix/mount.txt")
    assert AIX.is_mounted(target, wanted=True).holds(answer)
    assert AIX.is_mounted(f"{target}/deeper", wanted=False).holds(answer)
    assert AIX.is_mounted("/dev/xcatlv00", wanted=False).holds(answer), "what is mounted is not where"
    assert AIX.is_mounted("/etc/auto/maps", target, wanted=True).holds(answer)
    assert not AIX.is_mounted(target, "/nowhere", wanted=True).holds(answer)


def test_a_filesystem_is_mounted_by_its_stanza_and_under_proof_without_its_guard() -> None:
    jfs2 = "/dev/xcatlv00", "/etc/xcat", "jfs2"
    assert str(AIX.mount(*jfs2, "defaults")) == "mount /etc/xcat"
    assert str(AIX.mount(*jfs2, "rw,dio")) == "mount -o rw,dio /etc/xcat"
    assert str(AIX.mount(*jfs2, "defaults", guarded=False)) == "mount -o noguard /etc/xcat"
    assert str(AIX.mount("nfs1:/dir1", "/etc/xcat", "nfs", "ro")) == "mount -v nfs -o ro nfs1:/dir1 /etc/xcat"
    assert AIX.clear_mark("/dev/xcatlv00", "jfs2") is None


def test_one_umount_is_the_requirements_and_several_are_one_command() -> None:
    assert str(AIX.unmount(["/install"], network=False)) == "umount /install"
    several = AIX.unmount(["/etc/xcat", "/shared"], network=False)
    assert str(several) == "hamn-local in-turn umount /etc/xcat then umount /shared"


def test_volume_groups_of_who_has_them_and_of_who_only_knows_them() -> None:
    active, standby = captured("aix/lspv.txt"), captured("aix/lspv-standby.txt")
    assert AIX.hear_groups(active)[1] == Group("xcatvg", "", 2, 2, ("hdisk2", "hdisk3"))
    assert AIX.hear_groups(standby)[1] == Group("xcatvg", "", 0, 2, ("hdisk1", "hdisk2"))
    assert AIX.group_seen("xcatvg").holds(standby)
    assert not AIX.group_seen("othervg").holds(standby)
    is_on, is_off = AIX.group_active("xcatvg"), AIX.group_inactive(Group("xcatvg"))
    assert is_on.holds(Answer(0, "xcatvg\nrootvg\n")) and is_off.holds(Answer(0, "rootvg\n"))
    assert not is_on.holds(Answer(0, "xcatvg2\nrootvg\n"))
    assert is_off.holds(Answer(1, "", "0516-404 lsvg")) is None


def test_a_group_is_learnt_and_its_reservation_broken_by_its_disks_on_that_machine() -> None:
    group = AIX.hear_groups(captured("aix/lspv-standby.txt"))[1]
    assert str(AIX.take_group(group, former_system_id="")) == "importvg -L xcatvg hdisk1"
    assert str(AIX.free_group(group)) == "hamn-local in-turn devrsrv -f -l hdisk1 then devrsrv -f -l hdisk2"
    assert AIX.free_group(Group("xcatvg")) is None
    assert str(AIX.activate_group("xcatvg")) == "varyonvg xcatvg"
    assert str(AIX.deactivate_group(Group("xcatvg"))) == "varyoffvg xcatvg"


def test_a_group_is_learnt_when_each_filesystem_has_its_stanza_with_its_device() -> None:
    etc, install = (Filesystem(n, f"/dev/{n}", f"/{n}", "jfs2") for n in ("etc", "install"))
    check = AIX.group_taken("xcatvg", (etc, install))
    assert str(check.command) == "lsfs -c /etc /install"
    head = "#MountPoint:Device:Vfs:Nodename:Type:Size:Options:AutoMount:Acct\n"
    rows = ["/install:/dev/install:jfs2:::2097152:rw:no:no\n", "/etc:/dev/etc:jfs2:::2097152:rw:no:no\n"]
    assert check.holds(Answer(0, head + "".join(rows)))
    assert not check.holds(Answer(1, head + rows[0], "lsfs: 0506-915 No record matching /etc"))
    assert not check.holds(Answer(0, head + rows[0] + rows[1].replace("/dev/etc", "/dev/other")))


def test_subsystems_and_groups() -> None:
    names = ("xcatd", "mysql", "group:nfs", "conserver", "dhcpsd", "named", "httpd", "inetd", "xntpd")
    heard = AIX.init.hear(names, [captured("aix/lssrc.txt"), *BOOT])
    assert heard == {
        "xcatd": Unit("xcatd", "active", "disabled", 9306222),
        "mysql": Unit("mysql", "active", "disabled", 9437360),
        "group:nfs": Unit("group:nfs", "active", "enabled", 6357216),
        "conserver": Unit("conserver", "inactive", "enabled"),
        "dhcpsd": Unit("dhcpsd", "deactivating", "disabled", 8126696),
        "named": Unit("named", "inactive", "disabled"),
        "httpd": Unit("httpd", "inactive", "absent"),
        "inetd": Unit("inetd", "active", "enabled", 5636344),
        "xntpd": Unit("xntpd", "active", "enabled", 6226128),
    }


def test_a_controller_that_does_not_answer_is_not_known() -> None:
    silent = Answer(1, "", "0513-001 The System Resource Controller is not active.")
    assert AIX.init.hear(["xcatd"], [silent, *BOOT]) == {"xcatd": Unit("xcatd", "unknown", "unknown")}
    assert not AIX.init.stopped("xcatd").holds(silent)


def test_stopped_is_when_no_row_says_otherwise() -> None:
    """A subsystem that was changed while it ran is listed twice: the old one may run on (lssrc)."""
    header = "Subsystem         Group            PID          Status \n"
    gone, there = (
        " xcatd                                          inoperative\n",
        " xcatd            9306222      active\n",
    )
    stopped, running = AIX.init.stopped("xcatd"), AIX.init.running("xcatd")
    assert stopped.holds(Answer(0, header + gone)) and not running.holds(Answer(0, header + gone))
    assert not stopped.holds(Answer(0, header + there + gone)) and running.holds(Answer(0, header + there + gone))
    assert not stopped.holds(Answer(0, header + " xcatd            9306222      stopping\n"))
    assert AIX.init.stopped("group:nfs").holds(captured("aix/lssrc-nfs-stopped.txt"))
    assert not stopped.holds(Answer(1, "0513-085 The xcatd Subsystem is not on file.\n"))


def test_the_requirements_words_for_services() -> None:
    start, stop = AIX.init.start, AIX.init.stop
    assert str(stop("xcatd", limit_s=9)) == "stopsrc -s xcatd"
    assert str(start(AIX.service("dhcp"), limit_s=9)) == "startsrc -s dhcpsd"
    assert str(stop(AIX.service("nfs"), limit_s=9)) == "stopsrc -g nfs"
    assert [str(c) for c in AIX.init.disable("named")] == ["hamn-local inittab-off named", "chrctcp -d named"]
    assert [str(c) for c in AIX.init.disable("group:nfs")] == ["hamn-local inittab-off rcnfs"]


def test_a_logical_volume() -> None:
    heard = AIX.hear_device("/dev/xcatlv00", [captured("aix/lslv.txt"), captured("aix/lsfs-q.txt")])
    id_ = "00f604c900004c000000013d5c6f3b2a.2"
    assert heard == Device("/dev/xcatlv00", id_, "/etc/xcat", "jfs2", size_bytes=2 << 30, mmp=True)
    gone = Answer(1, "", "0516-306 lslv: Unable to find  xcatlv00 in the Device Configuration Database.")
    assert AIX.hear_device("/dev/xcatlv00", [gone, Answer(1)]) is None


def test_packages_accounts_names_exports() -> None:
    heard = AIX.hear_packages(captured("aix/lslpp.txt"))
    assert heard == {"bos.net.tcp.server": "7.1.5.36", "rsync": "3.2.3-1"}
    assert AIX.hear_account(captured("aix/id.txt")) == (202, 1)
    assert AIX.hear_account(Answer(1, "", "id: 0653-535 The user nobody1 is not found")) is None
    assert AIX.hear_resolved(captured("aix/host.txt")) == ("9.114.47.104",)
    assert AIX.hear_resolved(Answer(1, "", "host: 0827-801 Host name mn9 does not exist.")) == ()
    assert AIX.exports_listed(wanted=True).holds(captured("aix/exportfs.txt"))
    assert AIX.exports_listed(wanted=False).holds(Answer(0, "exportfs: 1831-182 nothing exported\n"))
