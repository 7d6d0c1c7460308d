"""The questions of a check: what they are, and that no answer can break the hearing of them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hamn.model.command import Answer
from hamn.model.pair import Machine
from hamn.platforms.detect import platform_for
from hamn.readiness.inventory import Clock
from hamn.readiness.survey import Survey, hear_clock, ssh_command

from .healthy import PAIR, healthy

ANSWERS = st.builds(
    Answer,
    exit_status=st.sampled_from([None, 0, 1, 2, 126, 127, 255]),
    stdout=st.one_of(st.text(), st.sampled_from(["Status: ON\n", "taken 02:00:00:00:00:01\n", "[]", "[1]", "{}"])),
    stderr=st.text(max_size=20),
    timed_out=st.booleans(),
    lost=st.sampled_from(["", "connection reset"]),
)


def survey(name: str = "mn2", init: str = "systemd", family: str = "debian") -> Survey:
    return Survey(PAIR, name, platform_for(family, init), healthy().facts[name])


@given(st.data(), st.sampled_from(["mn1", "mn2"]), st.sampled_from(["debian", "redhat", "suse"]))
def test_no_answer_breaks_the_hearing(data: st.DataObject, name: str, family: str) -> None:
    asked = survey(name, family=family)
    answers = {question: data.draw(ANSWERS) for question in asked.commands()}
    heard = asked.hear(answers, None)
    assert heard.machine == name
    assert set(heard.unheard) == {question for question, answer in answers.items() if not answer.ok}


@given(st.sampled_from(["mn1", "mn2"]), st.sampled_from(["", "connection reset"]))
def test_a_machine_that_tells_nothing_is_known_to_have_nothing(name: str, lost: str) -> None:
    asked = survey(name)
    heard = asked.hear(dict.fromkeys(asked.commands(), Answer(None, lost=lost)), None)
    assert heard.ssh is None
    assert heard.boot_mounts is None
    assert heard.persistent is None
    assert heard.packages is None
    assert not heard.devices
    assert not heard.accounts
    assert heard.time_service is None


def test_a_missing_program_is_no_answer() -> None:
    asked = survey()
    heard = asked.hear(dict.fromkeys(asked.commands(), Answer(127, stderr="not found")), None)
    assert not heard.devices
    assert not heard.accounts
    assert not heard.resolved
    assert heard.packages is None
    assert heard.persistent is None
    assert heard.boot_mounts is None
    assert heard.owned is None
    assert heard.mount_points is None


def test_an_unheard_question_names_its_command_and_never_a_secret() -> None:
    asked = survey()
    heard = asked.hear(dict.fromkeys(asked.commands(), Answer(1, stderr="no")), None)
    assert heard.unheard["links"] == "`ip -j link show` said: no"
    assert not any("password" in why or "bmc.pw" in why for why in heard.unheard.values())


def test_mounted_paths_are_never_looked_beneath() -> None:
    """mn1 has the shared data mounted: only a bare directory may be walked."""
    active, standby = survey("mn1").commands(), survey("mn2").commands()
    assert not [question for question in active if question.startswith("beneath.")]
    assert "owned" in active
    assert [q for q in standby if q.startswith("beneath.")] == [
        "beneath./shared",
        "beneath./install",
        "beneath./var/lib/mysql",
    ]


def test_sysv_machines_are_not_asked_for_units() -> None:
    assert "mount-units" not in survey(init="sysv").commands()
    assert "mount-units" in survey().commands()


def test_each_machine_asks_the_others_fence_device_with_options_on_stdin() -> None:
    command = survey("mn1").commands()["fence"]
    assert command.argv == ("fence_ipmilan",)
    assert "action=status" in command.stdin
    without = replace(PAIR, machines=(PAIR.machines[0], replace(PAIR.machines[1], fence=None)))
    assert (
        "fence" not in Survey(without, "mn1", platform_for("debian", "systemd"), healthy().facts["mn1"]).commands()
    )


def test_a_fence_agent_that_takes_too_long_does_not_work() -> None:
    asked = survey()
    late = dict.fromkeys(asked.commands(), Answer(None, timed_out=True))
    fence = asked.hear(late, None).fence
    assert fence is not None
    assert not fence.works


def test_ssh_never_skips_the_host_key() -> None:
    argv = ssh_command(Machine("mn2", "192.0.2.12", user="admin", port=2222)).argv
    assert "StrictHostKeyChecking=yes" in argv
    assert argv[-2:] == ("admin@192.0.2.12", "true")
    assert argv[argv.index("-p") + 1] == "2222"


def test_a_clock_is_read_between_question_and_answer() -> None:
    assert hear_clock(Answer(0, "1000.5\n"), asked_s=10.0, heard_s=10.2) == Clock(
        1000.5 - 10.1, 0.09999999999999964
    )
    assert hear_clock(Answer(0, "Sun Nov 22\n"), asked_s=0, heard_s=1) is None
    assert hear_clock(Answer(1, ""), asked_s=0, heard_s=1) is None


def test_find_commands_really_run_here(tmp_path: Path) -> None:
    """The look for files of the host's own configuration: argv as find(1) wants it, nothing found is no error."""
    import subprocess

    asked = survey().commands()
    for question in ("autofs", "persistent"):
        done = subprocess.run(asked[question].argv, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode in (0, 1)
        assert not done.stderr
    space = subprocess.run(asked["space"].argv, capture_output=True, text=True, timeout=30, check=False)
    assert len(space.stdout.splitlines()) >= 2
    (tmp_path / "x").touch()
    words = asked["beneath./install"].argv
    since = tmp_path / "since"
    since.touch()
    os.utime(since, (1, 1))
    argv = [str(tmp_path) if w == "/install" else str(since) if w.endswith("owner.json") else w for w in words]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout.startswith(str(tmp_path))
