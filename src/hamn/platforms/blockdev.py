"""Block devices, as util-linux and e2fsprogs see them: with or without udev, by path or by UUID= and LABEL=."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from hamn.model.command import Answer, Command
from hamn.platforms.answers import Device

_TAGS = ("UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=")


def is_device(source: str) -> bool:
    """Neither host:/path (NFS) nor //host/share (CIFS)."""
    return source.startswith(_TAGS) or (source.startswith("/") and not source.startswith("//"))


def ask(source: str) -> tuple[Command, ...]:
    """The filesystem (lines KEY=value), every disk's serial and WWN, the ext4 features.

    blkid reads the device itself: no cache, no /dev/disk/by-*, neither of which need be there or be fresh.
    tune2fs tells the features like dumpe2fs, which takes no UUID= or LABEL=.
    """
    if not is_device(source):
        return ()
    how = ("-c", "/dev/null", "-l", "-t") if source.startswith(_TAGS) else ("-p",)
    return (
        Command(("blkid", "-o", "export", *how, source), timeout_s=15),
        Command(("lsblk", "-b", "-p", "-P", "-o", "NAME,KNAME,PKNAME,SIZE,SERIAL,WWN"), timeout_s=10),
        Command(("tune2fs", "-l", source), timeout_s=15),
    )


def hear(source: str, answers: Sequence[Answer]) -> Device | None:
    if len(answers) != 3 or not answers[0].ok:
        return None
    said = _exported(answers[0].stdout)
    path = said.get("DEVNAME", "" if source.startswith(_TAGS) else source)
    disk = _disk(path, answers[1].stdout)
    size = disk.get("SIZE", "")
    return Device(
        path=path,
        uuid=said.get("UUID", ""),
        label=said.get("LABEL", ""),
        type=said.get("TYPE", ""),
        serial=disk.get("SERIAL", "").strip(),
        wwn=disk.get("WWN", "").strip(),
        size_bytes=int(size) if size.isascii() and size.isdecimal() else 0,
        mmp=_mmp(answers[2]),
    )


def clear_mmp(source: str) -> Command:
    """tune2fs(8): the filesystem "must not be in use" by anybody, which -f keeps it from asking for."""
    return Command(("tune2fs", "-f", "-E", "clear_mmp", source), timeout_s=30)


def _exported(text: str) -> dict[str, str]:
    """`blkid -o export`: KEY=value, with a backslash before what a shell would take for its own."""
    pairs = (line.partition("=") for line in text.splitlines())
    return {key: re.sub(r"\\(.)", r"\1", value) for key, found, value in pairs if found}


def _disk(path: str, text: str) -> dict[str, str]:
    """The row of that device; the serial and the WWN it hasn't itself are those of the disk beneath it."""
    rows: list[dict[str, str]] = []
    for line in text.splitlines():
        try:
            rows.append(dict(word.partition("=")[::2] for word in shlex.split(line)))
        except ValueError:
            continue
    row = next((r for r in rows if path and {path, _mapped(path)} & {r.get("NAME"), r.get("KNAME")}), None)
    if row is None:
        return {}
    found, seen = dict(row), {path}
    while (parent := row.get("PKNAME", "")) and parent not in seen:
        seen.add(parent)
        row = next((r for r in rows if r.get("KNAME") == parent), {})
        for key in ("SERIAL", "WWN"):
            found[key] = found.get(key, "").strip() or row.get(key, "")
    return found


def _mapped(path: str) -> str:
    """/dev/GROUP/VOLUME as lsblk has it; what that makes of any other path names nothing. Source: lvm(8)."""
    group, _, volume = path.removeprefix("/dev/").replace("-", "--").partition("/")
    return f"/dev/mapper/{group}-{volume}"


def _mmp(answer: Answer) -> bool | None:
    features = re.search(r"^Filesystem features:(.*)$", answer.stdout, re.MULTILINE) if answer.ok else None
    return "mmp" in features[1].split() if features else None
