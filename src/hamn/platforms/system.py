"""Which operating system a machine runs, asked before anything about it is known."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from types import MappingProxyType

from hamn.model.command import Answer, Command
from hamn.platforms.answers import System
from hamn.reports.report import Exit, Stop, error

# By ID, then ID_LIKE, of os-release(5).
_FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("debian", "ubuntu"), "debian"),
        **dict.fromkeys(("rhel", "fedora", "centos", "rocky", "almalinux", "ol"), "redhat"),
        **dict.fromkeys(("sles", "sled", "suse", "opensuse", "opensuse-leap"), "suse"),
    }
)
_FILES = (
    "/etc/os-release",
    "/etc/redhat-release",  # RHEL 6 has no os-release
    "/etc/SuSE-release",  # nor has SLES 11
    "/proc/1/stat",  # /proc/1/comm came with 2.6.33, after RHEL 6's kernel
    "/proc/sys/kernel/osrelease",
    "/proc/sys/kernel/hostname",
)


def ask_system() -> Command:
    """`head` names each of several files before its content, and goes on where one is missing."""
    return Command(("head", "-n", "40", *_FILES), timeout_s=5)


def ask_again(answer: Answer) -> Command | None:
    """Of a system that has none of the files, not even a Linux kernel's own: AIX is known by its uname."""
    if answer.known and not answer.stdout.strip() and _FILES[-1] in answer.stderr:
        return Command(("uname", "-a"), timeout_s=5)
    return None


def hear_system(answer: Answer) -> System:
    """Raises Stop for an operating system that isn't known: nothing may be done to it by guess."""
    if (aix := _aix(answer.stdout)) is not None:
        return aix
    files = _files(answer.stdout)
    name, version, ids = _release(files)
    family = next((_FAMILIES[id_] for id_ in ids if id_ in _FAMILIES), None)
    if family is None:
        seen = name or (answer.complaint if not answer.stdout else "a system without /etc/os-release")
        hint = 'state `family = "debian"`, "redhat", "suse" or "aix" for this machine if it is one of them'
        raise Stop(
            Exit.FAILED, [error("unknown-system", f"this operating system is not known: {seen}", hint=hint)]
        )
    first = re.search(r"\((.*)\)", files.get("/proc/1/stat", ""))
    return System(
        family=family,
        name=name,
        version=version,
        kernel=files.get("/proc/sys/kernel/osrelease", "").strip(),
        # What isn't systemd is started by init scripts: RHEL 6's upstart and SLES 11's init both are "init".
        init="systemd" if first and first[1] == "systemd" else "sysv",
        node=files.get("/proc/sys/kernel/hostname", "").strip(),
    )


def _aix(text: str) -> System | None:
    """`uname -a`: AIX NODE RELEASE VERSION MACHINE; `oslevel -s`: VRMF-TL-SP-YYWW."""
    match text.split():
        case ["AIX", node, release, version, *_]:
            return System("aix", "AIX", f"{version}.{release}", init="src", node=node)
        case [level] if re.fullmatch(r"[1-9]\d00-\d\d-\d\d-\d{4}", level, re.ASCII):
            return System("aix", "AIX", f"{level[0]}.{level[1]}", kernel=level, init="src")
    return None


def _files(text: str) -> dict[str, str]:
    parts = re.split(r"^==> (/\S+) <==$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=False))


def _release(files: Mapping[str, str]) -> tuple[str, str, list[str]]:
    """(name, version, ids from the nearest to the farthest)."""
    if os_release := files.get("/etc/os-release", "").strip():
        pairs = (line.partition("=") for line in os_release.splitlines())
        said = {key.strip(): _unquoted(value) for key, found, value in pairs if found}
        ids = [said.get("ID", ""), *said.get("ID_LIKE", "").split()]
        return said.get("NAME", ""), said.get("VERSION_ID", ""), [id_.lower() for id_ in ids]
    for path, id_ in (("/etc/redhat-release", "rhel"), ("/etc/SuSE-release", "sles")):
        if text := files.get(path, "").strip():
            first, *rest = text.splitlines()
            name = re.split(r" release | \d", first)[0].strip()
            version = re.search(r"(\d+(?:\.\d+)*)", first)
            level = re.search(r"^PATCHLEVEL = ([1-9]\d*)$", "\n".join(rest), re.MULTILINE)
            number = (version[1] if version else "") + (f".{level[1]}" if level else "")
            return name, number, [id_]
    return "", "", []


def _unquoted(value: str) -> str:
    try:
        return " ".join(shlex.split(value))
    except ValueError:
        return value.strip("\"'")


def major(system: System | None) -> int | None:
    """The first number of the version; None for one that isn't known, which is taken to be a recent one."""
    found = re.match(r"[0-9]{1,4}", system.version) if system else None
    return int(found[0]) if found else None
