"""Whatever a machine prints, hearing it raises nothing: what can't be read isn't known."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from hamn.model.command import Answer
from hamn.platforms import mountinfo
from hamn.platforms.detect import hear_system, platform_for
from hamn.platforms.platform import Platform
from hamn.reports.report import Stop
from tests.platforms.captured import ANSWERS

PLATFORMS = [
    *(platform_for(family, init) for family in ("debian", "redhat", "suse") for init in ("systemd", "sysv")),
    platform_for("aix", "src"),
]
REAL = [path.read_text() for path in sorted(ANSWERS.glob("*/*.txt"))]


@st.composite
def mangled(draw: st.DrawFn) -> str:
    """A real answer, cut short, with something put into it; or anything at all."""
    text = draw(st.sampled_from(REAL))
    start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    return text[:start] + draw(st.text(max_size=8)) + text[end:]


answers = st.builds(
    Answer,
    exit_status=st.sampled_from([None, 0, 1, 3, 127]),
    stdout=st.text() | mangled(),
    stderr=st.text(max_size=8),
)


@given(st.sampled_from(PLATFORMS), answers, st.lists(answers, min_size=3, max_size=3))
def test_hearing_never_raises(platform: Platform, answer: Answer, three: list[Answer]) -> None:
    platform.hear_addresses(answer)
    platform.hear_mounts(answer)
    platform.hear_groups(answer)
    platform.hear_packages(answer)
    platform.hear_account(answer)
    platform.hear_resolved(answer)
    platform.hear_boot_id(answer)
    platform.hear_device("/dev/sdb1", three)
    platform.hear_device("UUID=1", three)
    platform.hear_device("/dev/xcatlv00", three[:2])
    heard = platform.init.hear(["mariadb", "postgresql"], three)
    assert set(heard) == {"mariadb", "postgresql"}


@given(answers)
def test_a_system_is_heard_or_refused(answer: Answer) -> None:
    try:
        assert hear_system(answer).family in ("debian", "redhat", "suse", "aix")
    except Stop as stop:
        assert stop.reports


@given(st.text())
def test_a_path_survives_the_mount_table(path: str) -> None:
    assert mountinfo.unescape(mountinfo.escape(path)) == path


paths = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(paths, paths)
def test_a_target_is_found_in_its_own_line_only(one: str, other: str) -> None:
    line = f"36 25 8:17 / /{mountinfo.escape(one)} rw - ext4 /dev/sdb1 rw\n"
    assert re.search(mountinfo.target_pattern(f"/{one}"), line, re.MULTILINE)
    assert (re.search(mountinfo.target_pattern(f"/{other}"), line, re.MULTILINE) is not None) is (one == other)
    assert [mount.target for mount in mountinfo.mounts(line)] == [f"/{one}"]
