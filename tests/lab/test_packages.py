"""A package is installed on the standby, and what its scripts enabled doesn't stay enabled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hamn.planning.tasks import tasks
from hamn.platforms.detect import platform_for
from hamn.platforms.schedule import schedule_of
from tests.lab.pair import Pair
from tests.planning.seen import declared

CONTROL = """\
Package: hamn-story
Version: 1
Architecture: all
Maintainer: nobody <nobody@example.org>
Description: enables a service of the role, as an upgrade may
"""
ROOT = "/root/story"


@pytest.fixture
def watching(pair: Pair) -> Iterator[Pair]:
    """The very units that set-up writes, on the standby."""
    plain = declared(Path(__file__).parents[1] / "planning" / "cases" / "lab.toml")
    platform = platform_for("debian", "systemd")
    own = replace(plain, source="/etc/hamn/pair.toml")
    (task,) = (task for task in tasks(own, platform) if task.name == "hamn-boot")
    schedule = schedule_of(task, platform.init)
    assert schedule is not None and schedule.start is not None
    try:
        for path, text in schedule.files:
            pair.put("mn2", path, text)
        pair.sh("mn2", *schedule.start.argv)
        yield pair
    finally:
        pair.sh("mn2", "systemctl", "--quiet", "disable", "--now", "hamn-boot.path", "hamn-boot.timer", ok=False)
        for path, _ in schedule.files:
            pair.sh("mn2", "rm", "-f", path)
        pair.sh("mn2", "systemctl", "daemon-reload")


def test_a_package_that_enables_a_service_of_the_role_is_caught(watching: Pair) -> None:
    pair = watching
    pair.sh("mn2", "mkdir", "-p", f"{ROOT}/DEBIAN")
    pair.put("mn2", f"{ROOT}/DEBIAN/control", CONTROL)
    pair.put("mn2", f"{ROOT}/DEBIAN/postinst", "#!/bin/sh\nset -e\nsystemctl enable named\necho enabled\n")
    pair.sh("mn2", "chmod", "755", f"{ROOT}/DEBIAN", f"{ROOT}/DEBIAN/postinst")
    pair.sh("mn2", "dpkg-deb", "--build", ROOT, f"{ROOT}.deb")
    try:
        assert "\nenabled\n" in pair.sh("mn2", "dpkg", "--install", f"{ROOT}.deb")
        pair.until("mn2", lambda: pair.sh("mn2", "systemctl", "is-enabled", "named", ok=False) == "disabled\n")
        pair.hamn("mn1", "check", "--only", "services-not-at-boot")
    finally:
        pair.sh("mn2", "systemctl", "disable", "named")
        pair.sh("mn2", "dpkg", "--purge", "hamn-story", ok=False)
        pair.sh("mn2", "rm", "-rf", ROOT, f"{ROOT}.deb")
