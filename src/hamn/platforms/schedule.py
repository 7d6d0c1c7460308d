"""What a machine shall run by itself: at times, and when a file changes. systemd's timers and paths, or cron."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from hamn.agent.child import PATH
from hamn.model.command import Command
from hamn.model.step import Check
from hamn.platforms.platform import Init

UNITS = "/etc/systemd/system"
CRON = "/etc/cron.d"


@dataclass(frozen=True, slots=True)
class Task:
    """`name` is that of its unit or file. `minute` and `hour` in cron's words: "*/5" and "*", "30" and "2".

    `watched`: absolute paths; it is also run when one of these files, or a file in one of these directories, was
    changed and closed, where the init system can see that. `mounts`: it isn't run while one of them is no mount
    point, where the init system can see that too: the command itself has to know better."""

    name: str
    text: str
    argv: tuple[str, ...]
    minute: str
    hour: str = "*"
    watched: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()
    limit_s: int = 900


@dataclass(frozen=True, slots=True)
class Schedule:
    """Files with their content; then what makes the machine go by them. `check` holds when it does."""

    files: tuple[tuple[str, str], ...]
    start: Command | None = None
    check: Check | None = None


def schedule_of(task: Task, init: Init) -> Schedule | None:
    """None where nobody knows how: that is a person's to arrange then."""
    made = {"systemd": systemd, "sysv": cron, "src": crontab}.get(init.name)
    return made(task) if made is not None else None


def units(task: Task) -> tuple[str, ...]:
    """What is enabled; the service itself is only started by these."""
    return (*([f"{task.name}.path"] if task.watched else []), f"{task.name}.timer")


def systemd(task: Task) -> Schedule:
    """A service that may find that it isn't its turn (exit status 3), and those who start it: systemd.timer(5),
    systemd.path(5). A change is told by inotify when its writer closes the file, within milliseconds."""
    texts = {"service": _service(task), "timer": _timer(task), **({"path": _path(task)} if task.watched else {})}
    files = tuple((f"{UNITS}/{task.name}.{kind}", text) for kind, text in texts.items())
    names = units(task)
    start = ("daemon-reload",), ("enable", "--quiet", *names), ("restart", *names)
    words = [word for each in start for word in ("systemctl", *each, "then")][:-1]
    show = Command(("systemctl", "show", "-p", "UnitFileState,ActiveState,NeedDaemonReload", *names), timeout_s=10)
    good = r"\A\s*(?:(?:ActiveState=active|UnitFileState=enabled|NeedDaemonReload=no)\s*)+\Z"
    return Schedule(files, Command(("hamn-local", "in-turn", *words), timeout_s=60), Check(show, good))


def cron(task: Task) -> Schedule:
    """A table of its own (cron(8), Debian's and Red Hat's alike), which cron finds by itself within a minute."""
    line = f"{task.minute} {task.hour} * * * root {' '.join(task.argv)} >/dev/null 2>&1"
    text = f"# by hamn: {task.text}\nPATH={PATH}\n{line}\n"
    path = f"{CRON}/{task.name}"
    return Schedule(((path, text),), check=Check(Command(("cat", path), timeout_s=5), r" root hamn "))


def crontab(task: Task) -> Schedule:
    """A line in root's own table, for a cron without a directory of tables; it knows no variables either. % is its
    newline (crontab of the AIX Commands Reference)."""
    argv = shlex.join(("/usr/bin/env", f"PATH={PATH}", *task.argv)).replace("%", "\\%")
    minute = task.minute
    if minute.startswith("*/"):  # AIX's cron knows no steps
        minute = ",".join(map(str, range(0, 60, int(minute[2:]))))
    line = f"{minute} {task.hour} * * * {argv} >/dev/null 2>&1"
    listed = Command(("crontab", "-l"), timeout_s=5)
    start = Command(("hamn-local", "crontab", task.name, line), timeout_s=30)
    return Schedule((), start, Check(listed, rf"^{re.escape(line)} # {re.escape(task.name)}$"))


def _service(task: Task) -> str:
    conditions = "".join(f"ConditionPathIsMountPoint={_plain(mount)}\n" for mount in task.mounts)
    return f"""\
# by hamn
[Unit]
Description={task.text}
After=network.target
{conditions}StartLimitIntervalSec=0

[Service]
Type=oneshot
Environment=PATH={PATH}
ExecStart=/usr/bin/env {" ".join(map(_plain, task.argv))}
SuccessExitStatus=3
TimeoutStartSec={task.limit_s}
"""


def _timer(task: Task) -> str:
    calendar = f"*-*-* {task.hour}:{task.minute}:00".replace("*/", "0/")
    return f"""\
# by hamn
[Unit]
Description={task.text}

[Timer]
OnCalendar={calendar}
AccuracySec=10s

[Install]
WantedBy=timers.target
"""


def _path(task: Task) -> str:
    watched = "".join(f"PathChanged={_plain(path)}\n" for path in task.watched)
    return f"""\
# by hamn
[Unit]
Description={task.text}, after a change

[Path]
{watched}
[Install]
WantedBy=multi-user.target
"""


def _plain(word: str) -> str:
    """systemd.unit(5), "Specifiers"."""
    return word.replace("%", "%%")
