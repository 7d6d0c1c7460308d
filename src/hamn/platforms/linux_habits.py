"""What Linux machines do by themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hamn.model.command import Answer, Command
from hamn.platforms.answers import Group, Line, Link
from hamn.platforms.habits import AccountTools, FilesFirst


@dataclass(frozen=True, slots=True)
class LinuxHabits:
    """A `Habits` (see habits.py for what each method means)."""

    def ask_links(self) -> Command:
        return Command(("ip", "-j", "link", "show"), timeout_s=5)

    def hear_links(self, answer: Answer) -> dict[str, Link] | None:
        try:
            return {
                link["ifname"]: Link(
                    {"UP", "LOWER_UP"} <= set(link["flags"]), str(link.get("address", "")).lower()
                )
                for link in json.loads(answer.stdout)
            }
        except (ValueError, KeyError, TypeError):
            return None

    def ask_sources(self) -> Command:
        return Command(("cat", "/etc/nsswitch.conf"), timeout_s=5)

    def hear_sources(self, answer: Answer) -> str:
        """nsswitch.conf(5): the sources of the hosts database, in their order."""
        lines = (line.partition("#")[0].split() for line in answer.stdout.splitlines())
        return next((" ".join(words[1:]) for words in lines if words[:1] == ["hosts:"]), "")

    def files_first(self) -> FilesFirst:
        holds = r"^hosts:(?:(?!\bdns\b).)*\bfiles\b"
        return FilesFirst("/etc/nsswitch.conf", "hosts: files dns", r"^\s*hosts:", holds)

    @property
    def account_tools(self) -> AccountTools:
        return "shadow"

    def ask_boot_mounts(self) -> Command:
        return Command(("cat", "/etc/fstab"), timeout_s=5)

    def hear_boot_mounts(self, answer: Answer, targets: Sequence[str], devices: Sequence[str]) -> tuple[Line, ...]:
        """fstab(5): for want of "noauto"."""
        found: list[Line] = []
        for number, line in enumerate(answer.stdout.splitlines(), 1):
            words = line.split()
            if len(words) < 4 or words[0].startswith("#"):
                continue
            source, target, options = words[0], _unescaped(words[1]), words[3].split(",")
            ours = target.rstrip("/") in targets or source in devices
            if ours and ("noauto" not in options or "x-systemd.automount" in options):
                found.append(Line(f"/etc/fstab:{number}", line.strip()))
        return tuple(found)

    def ask_boot_groups(self, groups: Sequence[str]) -> Command:
        words = ("--foreign", "--reportformat", "json", "-o", "vg_name,vg_autoactivation")
        return Command(("vgs", *words), timeout_s=5)

    def hear_boot_groups(self, answer: Answer, groups: Sequence[str]) -> Mapping[str, bool] | None:
        """LVM does so when a group's disks appear; before 2.03.12 it doesn't tell."""
        try:
            rows = json.loads(answer.stdout)["report"][0]["vg"]
            return {str(row["vg_name"]): row["vg_autoactivation"] == "enabled" for row in rows}
        except (ValueError, KeyError, IndexError, TypeError):
            return None

    def leave_group(self, group: str) -> Command:
        return Command(("vgchange", "--setautoactivation", "n", group), timeout_s=30)

    def ask_reserve(self, group: Group) -> Command | None:
        return None

    def hear_reserve(self, answer: Answer, group: Group) -> tuple[str, ...] | None:
        return None

    def ask_file_types(self, paths: Sequence[str]) -> Command:
        return Command(("stat", "-c", "%F:%n", "--", *paths), timeout_s=5)

    def hear_file_types(self, answer: Answer, paths: Sequence[str]) -> dict[str, str]:
        types = {path: type_ for type_, _, path in (line.partition(":") for line in answer.stdout.splitlines())}
        return {path: types.get(path, "") for path in paths}


def _unescaped(word: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), word)
