"""The words really do it: on this machine's kernel, in namespaces and on a disk image of the test's own.

Needs root, loop devices, e2fsprogs, util-linux and iproute2.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_interface
from pathlib import Path

import pytest

from hamn.model.command import Answer, Command
from hamn.model.step import Check
from hamn.platforms.answers import Device
from hamn.platforms.detect import ask_system, hear_system, platform_for
from tests.own_namespace import Namespace

PLATFORM = platform_for("debian", "systemd")
UUID = "UUID=5f0c2f6e-0000-4000-8000-00000000c0de"
MMP_CLEAN = "sequence: ff4d4d50"  # e2fsprogs' EXT4_MMP_SEQ_CLEAN: nobody has it mounted


def run(command: Command, place: Namespace) -> Answer:
    done = subprocess.run(
        place.argv(*command.argv), input=command.stdin, capture_output=True, text=True, timeout=command.timeout_s
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def does(command: Command, place: Namespace) -> None:
    answer = run(command, place)
    assert answer.ok, f"{command}: {answer.complaint}"


def cleared(source: str) -> Command:
    command = PLATFORM.clear_mark(source, "ext4")
    assert command is not None
    return command


def holds(check: Check, place: Namespace) -> bool | None:
    return check.holds(run(check.command, place))


@pytest.fixture
def network() -> Iterator[Namespace]:
    with Namespace("net", "mount") as place:
        place.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth1")
        place.run("ip", "link", "set", "eth0", "up")
        place.run("ip", "link", "set", "eth1", "up")
        yield place


@contextmanager
def attached(image: Path) -> Iterator[str]:
    """The image's loop device, which goes when the last mount of it has gone."""
    device = subprocess.run(["losetup", "-f", "--show", image], check=True, capture_output=True, text=True)
    try:
        yield device.stdout.strip()
    finally:
        subprocess.run(["losetup", "-d", device.stdout.strip()], check=True)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An ext4 with multiple-mount protection."""
    path = tmp_path / "disk.img"
    subprocess.run(["truncate", "-s", "32M", path], check=True)
    protected = ["-O", "mmp", "-E", "mmp_update_interval=1", "-U", UUID.removeprefix("UUID=")]
    subprocess.run(["mkfs.ext4", "-q", *protected, "-L", "my data", path], check=True)
    return path


@pytest.fixture
def disk(image: Path) -> Iterator[str]:
    with attached(image) as device:
        yield device


@pytest.mark.parametrize("text", ["10.77.0.10/24", "10.77.0.10/32", "2001:db8::10/64"])
def test_an_address_comes_and_goes(network: Namespace, text: str) -> None:
    address = ip_interface(text)
    present, absent = (PLATFORM.has_address(address, "eth0", wanted=wanted) for wanted in (True, False))
    assert (holds(present, network), holds(absent, network)) == (False, True)
    does(PLATFORM.add_address(address, "eth0"), network)
    assert (holds(present, network), holds(absent, network)) == (True, False)
    heard = PLATFORM.hear_addresses(run(PLATFORM.ask_addresses(), network))
    ours = next(a for a in heard if a.address == address)
    assert ours.interface == "eth0" and ours.up and len(ours.mac) == 17
    does(PLATFORM.remove_address(address, "eth0"), network)
    assert (holds(present, network), holds(absent, network)) == (False, True)
    does(PLATFORM.remove_address(address, "eth0"), network)


def test_an_ipv6_address_is_usable_at_once(network: Namespace) -> None:
    does(PLATFORM.add_address(ip_interface("2001:db8::10/64"), "eth0"), network)
    assert "tentative" not in network.run("ip", "addr", "show", "dev", "eth0", "to", "2001:db8::10")


def test_removing_leaves_the_machines_own_address(network: Namespace) -> None:
    own, virtual = ip_interface("10.77.0.1/24"), ip_interface("10.77.0.10/24")
    does(PLATFORM.add_address(own, "eth0"), network)
    network.run("ip", "addr", "add", "10.77.0.10/32", "dev", "eth0")  # by hand, with another netmask
    does(PLATFORM.remove_address(virtual, "eth0"), network)
    assert holds(PLATFORM.has_address(own, "eth0", wanted=True), network) is True
    assert holds(PLATFORM.has_address(virtual, "eth0", wanted=False), network) is True


def test_an_address_on_an_interface_that_is_not_there(network: Namespace) -> None:
    address = ip_interface("10.77.0.10/24")
    assert holds(PLATFORM.has_address(address, "eth9", wanted=True), network) is False
    assert not run(PLATFORM.add_address(address, "eth9"), network).ok


@pytest.mark.parametrize("by", ["path", UUID, "LABEL=my data"])
def test_a_filesystem_is_mounted_bound_and_given_back(disk: str, tmp_path: Path, by: str) -> None:
    source = disk if by == "path" else by
    outer, inner = tmp_path / "shared data", tmp_path / "etc"
    outer.mkdir()
    inner.mkdir()
    with Namespace("net", "mount") as place:
        does(PLATFORM.mount(source, str(outer), "ext4", "noatime"), place)
        place.run("mkdir", outer / "etc")
        does(PLATFORM.bind([(str(outer / "etc"), str(inner))]), place)
        for target in (outer, inner):
            assert holds(PLATFORM.is_mounted(str(target), wanted=True), place) is True
        heard = {m.target: m for m in PLATFORM.hear_mounts(run(PLATFORM.ask_mounts(), place))}
        assert heard[str(outer)].type == "ext4" and "noatime" in heard[str(outer)].options
        assert heard[str(inner)].root == "/etc" and heard[str(inner)].device == heard[str(outer)].device
        does(PLATFORM.flush(str(outer)), place)
        does(PLATFORM.unmount([str(inner), str(outer)], network=False), place)
        for target in (outer, inner):
            assert holds(PLATFORM.is_mounted(str(target), wanted=False), place) is True


def test_a_busy_filesystem_stays_mounted(disk: str, tmp_path: Path) -> None:
    target = tmp_path / "busy"
    target.mkdir()
    with Namespace("net", "mount") as place:
        does(PLATFORM.mount(disk, str(target), "ext4", "defaults"), place)
        place.run("touch", target / "file")
        holder = subprocess.Popen(
            place.argv("sh", "-c", f"exec 3< '{target}/file'; echo; exec sleep 100"), stdout=subprocess.PIPE
        )
        assert holder.stdout is not None
        holder.stdout.readline()
        answer = run(PLATFORM.unmount([str(target)], network=False), place)
        assert not answer.ok and "busy" in answer.complaint
        assert holds(PLATFORM.is_mounted(str(target), wanted=False), place) is False
        holder.kill()
        holder.communicate()
        does(PLATFORM.unmount([str(target)], network=False), place)


@pytest.mark.parametrize("by", ["path", UUID, "LABEL=my data"])
def test_a_device_says_who_it_is(disk: str, by: str) -> None:
    source = disk if by == "path" else by
    with Namespace("net", "mount") as place:
        commands = PLATFORM.ask_device(source)
        answers = [run(command, place) for command in commands]
    expected = Device(disk, UUID.removeprefix("UUID="), "my data", "ext4", size_bytes=32 << 20, mmp=True)
    assert PLATFORM.hear_device(source, answers) == expected
    assert "TYPE=ext4" in answers[0].stdout.splitlines(), "the first answer alone tells the type"


def test_a_device_that_is_not_there() -> None:
    with Namespace("net", "mount") as place:
        for source in ("/dev/nosuch", "UUID=00000000-0000-4000-8000-000000000000", "LABEL=nosuch"):
            answers = [run(command, place) for command in PLATFORM.ask_device(source)]
            assert PLATFORM.hear_device(source, answers) is None


@pytest.mark.parametrize("by", ["path", UUID])
def test_a_protection_left_by_a_dead_machine_is_cleared(image: Path, tmp_path: Path, by: str) -> None:
    """A copy of the image made while it is mounted is what a machine leaves that dies."""
    target, left = tmp_path / "data", tmp_path / "left.img"
    target.mkdir()
    with Namespace("net", "mount") as place:
        with attached(image) as device:
            does(PLATFORM.mount(device, str(target), "ext4", "defaults"), place)
            does(PLATFORM.flush(str(target)), place)
            shutil.copyfile(image, left)
            does(PLATFORM.unmount([str(target)], network=False), place)
        with attached(left) as device:
            assert MMP_CLEAN not in place.run("debugfs", "-R", "dump_mmp", device)
            does(cleared(device if by == "path" else by), place)
            assert MMP_CLEAN in place.run("debugfs", "-R", "dump_mmp", device)
            does(PLATFORM.mount(device, str(target), "ext4", "defaults"), place)
            does(PLATFORM.unmount([str(target)], network=False), place)


def test_this_machine_is_heard() -> None:
    with Namespace("net", "mount") as place:
        system = hear_system(run(ask_system(), place))
        assert system.family == "debian"
        assert system.kernel == place.run("uname", "-r").strip()
        assert system.node == place.run("uname", "-n").strip()
        platform = platform_for(system.family, system.init, system)
        assert "bash" in platform.hear_packages(run(platform.ask_packages(["bash", "nosuch"]), place))
        assert platform.hear_account(run(platform.ask_account("root"), place)) == (0, 0)
        assert platform.hear_account(run(platform.ask_account("nosuch"), place)) is None
        assert len(run(platform.ask_boot_id(), place).stdout.strip()) == 36
