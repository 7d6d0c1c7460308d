"""What AIX does by itself. Source: AIX Files Reference (netsvc.conf, filesystems), Commands Reference."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hamn.model.command import Answer, Command, in_turn
from hamn.platforms import ifconfig
from hamn.platforms.answers import Group, Line, Link
from hamn.platforms.habits import AccountTools, FilesFirst

_SOURCES = {"local": "files", "bind": "dns"}
_TYPES = {"d": "directory", "l": "symbolic link", "-": "regular file"}
_AT_BOOT = ("true", "automatic")


@dataclass(frozen=True, slots=True)
class AixHabits:
    """A `Habits` (see habits.py for what each method means)."""

    def ask_links(self) -> Command:
        return ifconfig.ask()

    def hear_links(self, answer: Answer) -> dict[str, Link] | None:
        found = ifconfig.links(answer.stdout)
        return {name: Link(up, mac) for name, (up, mac) in found.items()} or None

    def ask_sources(self) -> Command:
        return Command(("cat", "/etc/netsvc.conf"), timeout_s=5)

    def hear_sources(self, answer: Answer) -> str:
        """hosts = local, bind; each may be of one family ("local4"). Where it isn't set, DNS comes first."""
        for line in answer.stdout.splitlines():
            key, found, value = line.partition("#")[0].partition("=")
            if found and key.strip() == "hosts":
                words = [word.strip().rstrip("46") for word in value.replace("=", " ").split(",")]
                return " ".join(_SOURCES.get(word, word) for word in words if word)
        return "dns nis files"

    def files_first(self) -> FilesFirst:
        holds = r"^[ \t]*hosts[ \t]*=(?:(?!\bbind).)*\blocal"
        return FilesFirst("/etc/netsvc.conf", "hosts=local,bind", r"^\s*hosts\s*=", holds)

    @property
    def account_tools(self) -> AccountTools:
        return "aix"

    def ask_boot_mounts(self) -> Command:
        return Command(("cat", "/etc/filesystems"), timeout_s=5)

    def hear_boot_mounts(self, answer: Answer, targets: Sequence[str], devices: Sequence[str]) -> tuple[Line, ...]:
        """Stanzas: a mount point with a colon, then attributes; `mount = true` or `automatic` is at boot."""
        found: list[Line] = []
        for head, body in re.findall(r"^(/\S*):[ \t]*\n((?:[ \t]+.*\n?|\n)*)", answer.stdout, re.MULTILINE):
            pairs = (line.partition("=") for line in body.splitlines())
            said = {key.strip(): value.strip().strip('"') for key, equals, value in pairs if equals}
            ours = head in targets or said.get("dev", "") in devices
            if ours and said.get("mount", "") in _AT_BOOT:
                found.append(Line(f"/etc/filesystems {head}", f"mount = {said['mount']}"))
        return tuple(found)

    def ask_boot_groups(self, groups: Sequence[str]) -> Command:
        return Command(in_turn([("lsattr", "-El", group, "-a", "auto_on") for group in groups]), timeout_s=10)

    def hear_boot_groups(self, answer: Answer, groups: Sequence[str]) -> Mapping[str, bool] | None:
        """One line each, in the order asked for: auto_on y|n ..."""
        values = re.findall(r"^auto_on\s+([yn])\b", answer.stdout, re.MULTILINE)
        if len(values) != len(groups):
            return None
        return {group: value == "y" for group, value in zip(groups, values, strict=True)}

    def leave_group(self, group: str) -> Command:
        return Command(("chvg", "-a", "n", group), timeout_s=30)

    def ask_reserve(self, group: Group) -> Command | None:
        """What varyonvg does with each disk: `lsattr`, reserve_policy."""
        if not group.disks:
            return None
        return Command(
            in_turn([("lsattr", "-El", disk, "-a", "reserve_policy") for disk in group.disks]), timeout_s=10
        )

    def hear_reserve(self, answer: Answer, group: Group) -> tuple[str, ...] | None:
        """One line each, in the order asked for; a shared reservation keeps nobody out."""
        policies = re.findall(r"^reserve_policy\s+(\S+)", answer.stdout, re.MULTILINE)
        if len(policies) != len(group.disks):
            return None
        told = zip(group.disks, policies, strict=True)
        return tuple(disk for disk, policy in told if policy not in ("single_path", "PR_exclusive"))

    def ask_file_types(self, paths: Sequence[str]) -> Command:
        return Command(("ls", "-ld", *paths), timeout_s=5)

    def hear_file_types(self, answer: Answer, paths: Sequence[str]) -> dict[str, str]:
        """By ls's first letter; a link's line has more behind its name."""
        types: dict[str, str] = {}
        for line in answer.stdout.splitlines():
            path = line.partition(" -> ")[0].rpartition(" ")[2]
            types[path] = _TYPES.get(line[:1], "special file")
        return {path: types.get(path, "") for path in paths}
