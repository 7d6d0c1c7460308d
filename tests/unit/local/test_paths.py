"""What stands behind a device, told from a kernel's sysfs as it lays it out."""

from __future__ import annotations

from pathlib import Path

import pytest

from hamn.local.paths import Behind, behind


class Kernel:
    """/sys/class/block of links to where the devices are."""

    def __init__(self, root: Path) -> None:
        self.devices, self.block = root / "devices", root / "class/block"
        self.block.mkdir(parents=True)

    def has(self, name: str, *below: str, inside: str = "", **said: str) -> None:
        place = self.devices / inside / name
        (place / "slaves").mkdir(parents=True)
        for each in below:
            (place / "slaves" / each).symlink_to(self.block / each)
        for path, text in said.items():
            file = place / path.replace("__", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{text}\n")
        (self.block / name).symlink_to(place)

    def behind(self, name: str) -> Behind:
        return behind(name, self.block)


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    kernel = Kernel(tmp_path)
    kernel.has("sda", device__state="running")
    kernel.has("sdb", device__state="running")
    kernel.has("sdc", device__state="offline")
    return kernel


def test_a_partition_is_its_disk(kernel: Kernel) -> None:
    kernel.has("sda1", inside="sda", partition="1")
    assert kernel.behind("sda1") == Behind("disk", 1, 1, "sda")


def test_paths_that_work_are_counted(kernel: Kernel) -> None:
    kernel.has("dm-0", "sda", "sdb", "sdc", dm__uuid="mpath-3600a", dm__name="mpatha")
    kernel.has("dm-1", "dm-0", dm__uuid="part1-mpath-3600a", dm__name="mpatha-part1")
    assert kernel.behind("dm-1") == Behind("multipath", 3, 2, "dm-0")


def test_a_mirror_with_a_disk_less(kernel: Kernel) -> None:
    kernel.has("md0", "sda", "sdb", md__level="raid1", md__degraded="0")
    kernel.has("md1", "sda", md__level="raid1", md__degraded="1")
    kernel.has("md2", "sda", "sdb", md__level="raid0")
    assert kernel.behind("md0") == Behind("mirror", 2, 2, "md0")
    assert kernel.behind("md1") == Behind("mirror", 2, 1, "md1")
    assert kernel.behind("md2") == Behind("disk", 1, 1, "sda")


def test_a_logical_volume_is_as_weak_as_its_weakest(kernel: Kernel) -> None:
    kernel.has("dm-0", "sda", "sdb", dm__uuid="mpath-3600a")
    kernel.has("dm-1", "dm-0", "sdb", dm__uuid="LVM-ab", dm__name="shared-data")
    assert kernel.behind("dm-1") == Behind("disk", 1, 1, "sdb")
    kernel.has("dm-2", "sda", dm__uuid="LVM-c", dm__name="shared-m_rimage_0")
    kernel.has("dm-3", "sdb", dm__uuid="LVM-d", dm__name="shared-m_rimage_1")
    kernel.has("dm-4", "dm-2", "dm-3", dm__uuid="LVM-cd", dm__name="shared-m")
    assert kernel.behind("dm-4") == Behind("mirror", 2, 2, "dm-4")


def test_what_its_host_or_another_machine_keeps(kernel: Kernel) -> None:
    kernel.has("vda")
    kernel.has("drbd0")
    assert kernel.behind("vda") == Behind("elsewhere", 0, 0, "vda")
    assert kernel.behind("drbd0") == Behind("replica", 2, 2, "drbd0")
    with pytest.raises(FileNotFoundError):
        kernel.behind("sdz")
