from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hamn.local.bare import MARK, nothing_to_move
from tests.own_namespace import Namespace


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Namespace]:
    """What is immutable couldn't be removed after the test: it goes with its filesystem."""
    with Namespace("mount") as inside:
        image = tmp_path / "disk.img"
        with image.open("wb") as file:
            file.truncate(8 << 20)
        subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
        (tmp_path / "disk").mkdir()
        inside.run("mount", "-o", "loop", image, tmp_path / "disk")
        yield inside


def test_a_mount_point_is_emptied_marked_and_closed(inside: Namespace, tmp_path: Path) -> None:
    place = tmp_path / "disk" / "install"
    inside.run("mkdir", "-m", "2750", place)
    inside.run("chown", "4711:4712", place)
    inside.run("touch", place / "old")
    assert inside.local("bare", place, "--look").stdout == "lacks\n"
    done = inside.local("bare", place)
    assert done.returncode == 0, done.stderr
    assert inside.run("ls", place).split() == [MARK]
    assert inside.run("ls", f"{place}.before-hamn").split() == ["old"]
    assert inside.run("stat", "-c", "%a %u:%g", place).strip() == "2750 4711:4712"
    assert subprocess.run(inside.argv("touch", place / "new"), capture_output=True).returncode != 0
    assert inside.local("bare", place, "--look").stdout == "holds\n"
    assert inside.local("bare-marks", place, tmp_path).stdout.split() == [str(place)]


def test_what_was_kept_before_is_not_overwritten(inside: Namespace, tmp_path: Path) -> None:
    place = tmp_path / "disk" / "install"
    for name in ("install", "install.before-hamn"):
        inside.run("mkdir", tmp_path / "disk" / name)
    inside.run("touch", place / "newer", f"{place}.before-hamn/older")
    assert inside.local("bare", place).returncode == 0
    assert inside.run("ls", f"{place}.before-hamn").split() == ["older"]
    assert inside.run("ls", f"{place}.before-hamn-2").split() == ["newer"]


def test_killed_between_its_two_renames_it_finds_its_way(inside: Namespace, tmp_path: Path) -> None:
    place = tmp_path / "disk" / "install"
    inside.run("mkdir", f"{place}.hamn-new", f"{place}.before-hamn")
    inside.run("touch", f"{place}.before-hamn/old")
    assert inside.local("bare", place).returncode == 0
    assert inside.run("ls", place).split() == [MARK]
    assert inside.run("ls", f"{place}.before-hamn").split() == ["old"]


def test_what_is_mounted_is_refused(inside: Namespace, tmp_path: Path) -> None:
    refused = inside.local("bare", tmp_path / "disk")
    assert refused.returncode == 3 and "is mounted" in refused.stderr


def test_what_lies_where_shared_data_will_be_mounted_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("empty", "fresh/lost+found", "marked", "full"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "marked" / MARK).touch()
    (tmp_path / "full" / "site.sqlite").touch()
    here = [str(tmp_path / name) for name in ("empty", "fresh", "marked", "absent")]
    assert nothing_to_move([*here, "/"]) == 0
    assert capsys.readouterr().out == "nothing\n"
    assert nothing_to_move([*here, str(tmp_path / "full")]) == 3
    said = capsys.readouterr().out
    assert said.startswith(f"{tmp_path}/full has files") and f"hamn-local bare {tmp_path}/full" in said
    assert str(tmp_path / "empty") not in said
