"""What a machine runs by itself, in the words of its init system."""

from __future__ import annotations

from hamn.model.command import Answer
from hamn.platforms.detect import platform_for
from hamn.platforms.schedule import Task, schedule_of

TASK = Task(
    "hamn-sync", "files", ("hamn", "sync"), minute="*/5", watched=("/etc/hosts", "/a/100%"), mounts=("/shared",)
)


def test_systemd_watches_and_has_a_timer_and_runs_only_where_the_data_is() -> None:
    schedule = schedule_of(TASK, platform_for("debian", "systemd").init)
    assert schedule is not None and schedule.start is not None
    files = dict(schedule.files)
    assert set(files) == {f"/etc/systemd/system/hamn-sync.{kind}" for kind in ("path", "service", "timer")}
    service, timer, path = (
        files[f"/etc/systemd/system/hamn-sync.{kind}"] for kind in ("service", "timer", "path")
    )
    assert "ConditionPathIsMountPoint=/shared\n" in service and "ExecStart=/usr/bin/env hamn sync\n" in service
    assert "SuccessExitStatus=3\n" in service and "StartLimitIntervalSec=0\n" in service
    assert "OnCalendar=*-*-* *:0/5:00\n" in timer
    assert "PathChanged=/etc/hosts\nPathChanged=/a/100%%\n" in path
    assert "daemon-reload" in schedule.start.argv and "hamn-sync.service" not in schedule.start.argv


def test_systemd_goes_by_it_only_when_every_unit_is_enabled_active_and_read() -> None:
    schedule = schedule_of(TASK, platform_for("redhat", "systemd").init)
    assert schedule is not None and schedule.check is not None
    good = "UnitFileState=enabled\nActiveState=active\nNeedDaemonReload=no\n"
    assert schedule.check.holds(Answer(0, f"{good}\n{good}"))
    for wrong in ("UnitFileState=disabled", "UnitFileState=", "ActiveState=inactive", "NeedDaemonReload=yes"):
        spoiled = good.replace(next(line for line in good.splitlines() if line[:4] == wrong[:4]), wrong)
        assert schedule.check.holds(Answer(0, f"{good}\n{spoiled}")) is False, wrong


def test_a_nightly_task_without_files_to_watch_has_no_path_unit() -> None:
    schedule = schedule_of(Task("hamn-x", "x", ("hamn", "x"), "30", "2"), platform_for("suse", "systemd").init)
    assert schedule is not None
    files = dict(schedule.files)
    assert "/etc/systemd/system/hamn-x.path" not in files
    assert "OnCalendar=*-*-* 2:30:00\n" in files["/etc/systemd/system/hamn-x.timer"]


def test_sysv_has_a_table_of_crons() -> None:
    schedule = schedule_of(TASK, platform_for("redhat", "sysv").init)
    assert schedule is not None and schedule.start is None and schedule.check is not None
    ((path, text),) = schedule.files
    assert path == "/etc/cron.d/hamn-sync"
    assert text.splitlines()[-1] == "*/5 * * * * root hamn sync >/dev/null 2>&1" and "\nPATH=/" in text
    assert schedule.check.holds(Answer(0, text))


def test_aix_has_a_line_in_root_s_own_table() -> None:
    """Its cron knows neither steps nor variables."""
    schedule = schedule_of(TASK, platform_for("aix", "src").init)
    assert (
        schedule is not None and schedule.start is not None and schedule.check is not None and not schedule.files
    )
    *words, line = schedule.start.argv
    assert words == ["hamn-local", "crontab", "hamn-sync"]
    assert line.startswith("0,5,10,15,20,25,30,35,40,45,50,55 * * * * /usr/bin/env PATH=/")
    assert line.endswith(" hamn sync >/dev/null 2>&1")
    assert schedule.check.holds(Answer(0, f"0 3 * * 0 /usr/bin/errclear 90\n{line} # hamn-sync\n"))
    assert schedule.check.holds(Answer(0, f"#{line} # hamn-sync\n")) is False
