"""A logical volume of AIX's, by lslv; its filesystem's guard, by lsfs. Source: AIX Commands Reference."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hamn.model.command import Answer, Command
from hamn.platforms.answers import Device


def ask(source: str) -> tuple[Command, ...]:
    """What the volume is, where its group is varied on; of its filesystem whether it is guarded (lsfs -q)."""
    name = source.removeprefix("/dev/")
    return (Command(("lslv", name), timeout_s=15), Command(("lsfs", "-q", source), timeout_s=15))


def hear(source: str, answers: Sequence[Answer]) -> Device | None:
    if len(answers) != 2 or not answers[0].ok:
        return None
    said = answers[0].stdout
    if not _field("LOGICAL VOLUME", said):
        return None
    size = _number("PPs", said) * _number("PP SIZE", said) << 20
    guard = re.search(r"MountGuard: (yes|no)", answers[1].stdout)
    return Device(
        path=source,
        uuid=_field("LV IDENTIFIER", said),
        label=_field("LABEL", said).removeprefix("None"),
        type=_field("TYPE", said),
        size_bytes=size,
        mmp=guard[1] == "yes" if guard else None,
    )


def _field(name: str, text: str) -> str:
    """lslv prints two columns of NAME: VALUE."""
    found = re.search(rf"(?:^|\s){re.escape(name)}:[ \t]*(\S+)", text, re.MULTILINE)
    return found[1] if found else ""


def _number(name: str, text: str) -> int:
    value = _field(name, text)
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 13 else 0
