"""Volume groups, by LVM2 (from 2.02.158: RHEL 7.3, SLES 12 SP3, Debian 9; older ones have no JSON).

Ownership is the system id (lvmsystemid(7)): a group that carries another machine's is shown, never touched.
"""

from __future__ import annotations

import json
import re

from hamn.model.command import Command
from hamn.model.step import Check
from hamn.platforms.answers import Group


def ask() -> Command:
    """One row for each logical volume. `--foreign`: those of another system id, too."""
    fields = "vg_name,vg_systemid,lv_name,lv_active"
    return Command(("vgs", "--foreign", "--reportformat", "json", "-o", fields), timeout_s=20)


def take(group: str, *, former: str, own: str) -> Command:
    """Without -y: vgchange then refuses a system id that isn't the machine's own, which would lose the group.

    A group without a system id (`former` empty) needs no leave to be changed. Exit status 5 for a group that
    has `own` already: look with `owned`.
    """
    return Command(("vgchange", *_leave(former, own), "--systemid", own, group), timeout_s=30)


def _leave(former: str, own: str) -> tuple[str, ...]:
    """To use a group that carries another machine's system id."""
    return ("--config", f'local/extra_system_ids=["{former}"]') if former and former != own else ()


def owned(group: str, *, own: str) -> Check:
    command = Command(("vgs", "--foreign", "--noheadings", "-o", "vg_systemid", group), timeout_s=20)
    return Check(command, rf"^[ \t]*{re.escape(own)}[ \t]*$")


def seen(group: str) -> Check:
    """Whoever it belongs to: its disks are there."""
    command = Command(("lvs", "--foreign", "--noheadings", "-o", "vg_name,lv_active", group), timeout_s=20)
    return Check(command, rf"^[ \t]*{re.escape(group)}(?:[ \t]|$)")


def activate(group: str) -> Command:
    return Command(("vgchange", "-ay", group), timeout_s=60)


def deactivate(group: Group, *, own: str) -> Command:
    """Its system id may have been taken by the other machine while its disks weren't seen here. What LVM itself
    doesn't know any more is taken out of the kernel."""
    if group.mapped:
        return Command(("dmsetup", "remove", *group.mapped), timeout_s=60)
    return Command(("vgchange", *_leave(group.system_id, own), "-an", group.name), timeout_s=60)


def active(group: str) -> Check:
    """Every volume."""
    return _state(group, r"[ \t]+active")


def inactive(group: Group) -> Check:
    """Every volume."""
    if group.mapped:
        names = "|".join(map(re.escape, group.mapped))
        return Check(mapped(), rf"^(?:{names})\s", wanted=False, patience_s=5)
    return _state(group.name, "")


def _state(group: str, state: str) -> Check:
    """Each row names the group, so that no rows are no answer to either."""
    command = Command(("lvs", "--foreign", "--noheadings", "-o", "vg_name,lv_active", group), timeout_s=20)
    return Check(command, rf"\A(?:[ \t]*{re.escape(group)}{state}[ \t]*\n?)+\Z", patience_s=5)


def mapped() -> Command:
    """What the kernel has active, whatever became of the disks below."""
    return Command(("dmsetup", "ls"), timeout_s=10)


def groups(text: str, mapped: str = "") -> tuple[Group, ...]:
    """A group without any volume isn't listed: there is nothing in it to hold. `mapped`: lines of dmsetup(8) ls,
    which names a volume GROUP-VOLUME, each hyphen within the two doubled."""
    found: dict[str, Group] = {}
    for row in _rows(text):
        name, system_id = row.get("vg_name"), row.get("vg_systemid", "")
        if not isinstance(name, str) or not isinstance(system_id, str):
            continue
        seen = found.get(name, Group(name, system_id))
        active = isinstance(row.get("lv_active"), str) and row["lv_active"].startswith(("active", "local"))
        counts = bool(row.get("lv_name"))
        found[name] = Group(name, system_id, seen.active_volumes + (counts and active), seen.volumes + counts)
    for line in mapped.splitlines():
        volume = re.match(r"((?:[^\s-]|--)+)-(?:[^\s-]|--)+(?=\s)", line)
        name = volume[1].replace("--", "-") if volume else ""
        known = found.get(name, Group(name))
        if volume and (name not in found or known.mapped):
            number = known.volumes + 1
            found[name] = Group(name, "", number, number, mapped=(*known.mapped, volume[0]))
    return tuple(found.values())


def _rows(text: str) -> list[dict[str, str]]:
    """Of every report in the document; none when it isn't one."""
    try:
        reports = json.loads(text)["report"]
        rows = [row for report in reports for key in ("vg", "lv") for row in report.get(key, [])]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []
    return [row for row in rows if isinstance(row, dict)]
