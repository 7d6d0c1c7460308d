"""What a machine of the pair runs by itself: its files, and that its init system goes by them."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.model.step import Phase, Step
from hamn.planning.setup.desk import Desk
from hamn.planning.tasks import tasks
from hamn.platforms.schedule import schedule_of

SCHEDULE = "schedule"


def schedule_steps(desk: Desk) -> Iterator[Step]:
    """Requirement, "File Synchronization": its crontab entries. The same on both machines: whose turn it is, each
    run finds out, so nothing has to be moved with the role."""
    for task in tasks(desk.pair, desk.site.platform):
        schedule = schedule_of(task, desk.site.platform.init)
        if schedule is None:
            why = f"this init system has no timer of its own: {' '.join(task.argv)} into root's crontab"
            yield desk.site.skip(SCHEDULE, task.name, why, Phase.PREPARE)
            continue
        written = set()
        for path, text in schedule.files:
            step = desk.duty(SCHEDULE, f"file:{path}", ("content", path, "644"), task.text, stdin=text)
            written.add(step.id)
            yield step
        if schedule.start is not None:
            yield desk.site.step(
                SCHEDULE,
                f"start:{task.name}",
                schedule.start,
                f"{task.text}: from now on, and after each boot",
                phase=Phase.PREPARE,
                check=schedule.check,
                needs=frozenset(written),
            )
