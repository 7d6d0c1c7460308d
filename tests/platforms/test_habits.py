"""What a machine does by itself, as each platform hears it. AIX's answers are made after documentation."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hamn.model.command import Answer
from hamn.platforms.aix_habits import AixHabits
from hamn.platforms.answers import Link
from hamn.platforms.linux_habits import LinuxHabits
from tests.platforms.captured import captured

LINUX, AIX = LinuxHabits(), AixHabits()

FSTAB = """\
# /etc/fstab
UUID=1 / ext4 errors=remount-ro 0 1
UUID=2 /install ext4 defaults 0 2
UUID=3 /shared ext4 noauto,rw 0 2
UUID=4 /with\\040space ext4 defaults 0 2
UUID=9 /elsewhere ext4 defaults 0 2
UUID=5 /tftpboot ext4 noauto,x-systemd.automount 0 2
"""


def test_fstab_entries_that_are_mounted_at_boot() -> None:
    targets = ["/install", "/shared", "/with space", "/tftpboot"]
    places = [line.place for line in LINUX.hear_boot_mounts(Answer(0, FSTAB), targets, ["UUID=9"])]
    assert places == ["/etc/fstab:3", "/etc/fstab:5", "/etc/fstab:6", "/etc/fstab:7"]


FILESYSTEMS = """\
* @(#)filesystems
/:
\tdev\t\t= /dev/hd4
\tvfs\t\t= jfs2
\tmount\t\t= automatic

/etc/xcat:
        dev             = /dev/lv00
        vfs             = jfs2
        log             = /dev/loglv00
        mount           = false
        account         = false

/install:
        dev             = /dev/lv01
        vfs             = jfs2
        mount           = true

/elsewhere:
        dev             = "/dev/lv03"
        mount           = true
"""


def test_stanzas_that_are_mounted_at_boot() -> None:
    targets = ["/etc/xcat", "/install", "/.xcat"]
    heard = AIX.hear_boot_mounts(Answer(0, FILESYSTEMS), targets, ["/dev/lv03", "/dev/lv00"])
    assert [(line.place, line.text) for line in heard] == [
        ("/etc/filesystems /install", "mount = true"),
        ("/etc/filesystems /elsewhere", "mount = true"),
    ]


def test_links() -> None:
    text = (
        '[{"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"address":"00:00:00:00:00:00"},'
        '{"ifname":"eth0","flags":["UP"],"address":"02:AA:00:00:00:01"}]'
    )
    lo, eth0 = Link(True, "00:00:00:00:00:00"), Link(False, "02:aa:00:00:00:01")
    assert LINUX.hear_links(Answer(0, text)) == {"lo": lo, "eth0": eth0}
    assert LINUX.hear_links(Answer(0, "")) is None
    assert AIX.hear_links(captured("aix/addresses.txt")) == {
        "en0": Link(True, "00:09:6b:2e:01:f2"),
        "en1": Link(False, "fa:bc:de:f7:62:04"),
        "lo0": Link(True, ""),
    }
    assert AIX.hear_links(Answer(0, "")) is None


def test_where_a_name_is_looked_up() -> None:
    said = "passwd: files\nhosts:\tfiles dns # as it should be\n"
    assert LINUX.hear_sources(Answer(0, said)) == "files dns"
    assert AIX.hear_sources(Answer(0, "# hosts = bind\nhosts=local,bind\n")) == "files dns"
    assert AIX.hear_sources(Answer(0, "hosts = bind4 , local4\n")) == "dns files"
    assert AIX.hear_sources(Answer(0, "# nothing set\n")).startswith("dns"), "AIX's own order"


def test_groups_that_are_activated_at_boot() -> None:
    groups = ["rootvg", "xcatvg"]
    asked = "hamn-local in-turn lsattr -El rootvg -a auto_on then lsattr -El xcatvg -a auto_on"
    assert str(AIX.ask_boot_groups(groups)) == asked
    text = "auto_on y N/A True\nauto_on n N/A True\n"
    assert AIX.hear_boot_groups(Answer(0, text), groups) == {"rootvg": True, "xcatvg": False}
    assert AIX.hear_boot_groups(Answer(0, text), ["xcatvg"]) is None, "which is whose?"
    assert str(AIX.leave_group("xcatvg")) == "chvg -a n xcatvg"


def test_what_a_mount_point_is() -> None:
    paths = ["/a", "/b:c", "/d"]
    linux = Answer(1, "directory:/a\nsymbolic link:/b:c\n")
    assert LINUX.hear_file_types(linux, paths) == {"/a": "directory", "/b:c": "symbolic link", "/d": ""}
    aix = Answer(
        2,
        "drwxr-xr-x    2 root     system          256 Nov 23 04:50 /a\n"
        "lrwxrwxrwx    1 root     system            2 Nov 23 04:50 /b:c -> /a\n",
    )
    assert AIX.hear_file_types(aix, paths) == {"/a": "directory", "/b:c": "symbolic link", "/d": ""}


@given(st.sampled_from([LINUX, AIX]), st.text())
def test_no_text_is_too_strange(habits: LinuxHabits | AixHabits, text: str) -> None:
    answer = Answer(0, text)
    habits.hear_links(answer)
    habits.hear_sources(answer)
    habits.hear_boot_mounts(answer, ["/a"], ["/dev/a"])
    habits.hear_boot_groups(answer, ["a"])
    habits.hear_file_types(answer, ["/a"])
