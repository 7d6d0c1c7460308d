"""What was found on a machine, as the text of a declaration with comments for the operator."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FILL_IN = "FILL IN"
"""Stands in every line of a draft that the operator has to complete."""


@dataclass(frozen=True, slots=True)
class FoundFilesystem:
    mount: str
    source: str = ""
    """Empty: nobody knows."""
    type: str = ""
    options: str = ""
    parallel: bool = False
    """Both machines have it mounted all the time."""


@dataclass(frozen=True, slots=True)
class FoundMachine:
    name: str = ""
    address: str = ""
    family: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """Empty fields are what nobody knows; the draft has a place for each, with a hint."""

    pair: str = "cluster"
    profile: str = "xcat"
    machines: tuple[FoundMachine, FoundMachine] = (FoundMachine(), FoundMachine())
    virtual_ip: str = ""
    """With prefix length."""
    interface: str = ""
    hostname: str = ""
    interfaces: tuple[str, ...] = ()
    """What to choose from."""
    filesystems: tuple[FoundFilesystem, ...] = ()
    engine: str = ""
    data: str = ""
    without: tuple[tuple[str, str], ...] = ()
    """(resource of the profile, why it isn't wanted here)."""
    stated: tuple[tuple[str, str, str], ...] = ()
    """(resource of the profile, a line of its own, why)."""
    notes: tuple[str, ...] = ()
    """What was found and has no place in a declaration."""


def draft(findings: Findings) -> str:
    """TOML that `read_pair` accepts once every line with FILL IN is completed."""
    sections = [
        _head(findings),
        *(_machine(machine) for machine in findings.machines),
        _virtual_ip(findings),
        *_filesystems(findings.filesystems),
        _database(findings),
        *([f"[{id_}]", f"enabled = false  # {why}"] for id_, why in findings.without),
        *([f"[{id_}]", f"{line}  # {why}"] for id_, line, why in findings.stated),
        _sync(findings),
    ]
    return "\n".join("".join(map(_one_line, section)) for section in map(list, sections) if section)


def _head(findings: Findings) -> Iterator[str]:
    yield "# The two machines of this cluster's management node, and what they share. Both have this same file."
    yield "# What isn't written has a default; `hamn check` says what is still wrong."
    yield "#"
    yield "# fence: how the other machine makes sure that this one is dead, with the name and the options of a"
    yield "# fence agent (fence_ipmilan -o metadata lists them); without it a failover asks an operator. With it"
    yield "# this file must be root's alone, mode 0600."
    if findings.notes:
        yield "#"
    yield from (f"# {note}" for note in findings.notes)
    yield ""
    yield "[pair]"
    yield _line("name", findings.pair)
    yield _line("profile", findings.profile)


def _machine(machine: FoundMachine) -> Iterator[str]:
    yield "[[machine]]"
    yield _line("name", machine.name, "its host name, as in mn2")
    yield _line("address", machine.address, "where its sshd answers, never the virtual IP")
    if machine.family:
        yield _line("family", machine.family)
    example = '{ agent = "fence_ipmilan", ip = "...", username = "...", password_file = "/etc/hamn/NAME.pw" }'
    yield f"# fence = {example}"


def _virtual_ip(findings: Findings) -> Iterator[str]:
    yield "# The address that the nodes know, one table for each network; they move together."
    yield "[virtual_ip.cluster]"
    yield _line("address", findings.virtual_ip, "with the prefix length of its network, as in 10.77.0.10/24")
    choice = f"; here there are {', '.join(findings.interfaces)}" if findings.interfaces else ""
    yield _line("interface", findings.interface, f'or {{ mn1 = "...", mn2 = "..." }} where they differ{choice}')
    if findings.hostname:
        yield _line("hostname", findings.hostname)


def _filesystems(found: Sequence[FoundFilesystem]) -> Iterator[list[str]]:
    names: set[str] = set()
    if not found:
        yield [
            "# The shared data. One filesystem mounted somewhere of its own, as here, carries all directories of",
            "# the profile; or write a table for each directory that has a filesystem of its own.",
            *_filesystem("shared", FoundFilesystem("/shared")),
        ]
    for filesystem in found:
        base = re.sub(r"[^a-z0-9]+", "-", filesystem.mount.lower()).strip("-") or "shared"
        name = next(n for n in (base, *(f"{base}-{i}" for i in range(2, len(found) + 2))) if n not in names)
        names.add(name)
        yield _filesystem(name, filesystem)


def _filesystem(name: str, filesystem: FoundFilesystem) -> list[str]:
    lines = [
        f"[filesystem.{name}]",
        _line(
            "source", filesystem.source, '"UUID=..." (blkid), "/dev/GROUP/VOLUME", "host:/path" or "//host/share"'
        ),
        _line("mount", filesystem.mount),
        _line("type", filesystem.type, "ext4, xfs, nfs4, cifs ..."),
    ]
    if filesystem.options:
        lines.append(_line("options", filesystem.options))
    if filesystem.parallel:
        lines.append(_line("access", "parallel"))
    return lines


def _database(findings: Findings) -> Iterator[str]:
    if not findings.engine:
        return
    yield "[database.xcat]"
    yield _line("engine", findings.engine)
    if findings.data or findings.profile == "plain":
        yield _line("data", findings.data, "the directory of its data, on shared data")


def _sync(findings: Findings) -> Iterator[str]:
    if findings.profile == "plain":
        yield "# What the active machine copies to the standby; never authorized_keys."
        yield "[sync]"
        yield 'files = ["/etc/hosts"]'


def _line(key: str, value: str, hint: str = "") -> str:
    if not value:
        return f'# {key} = "..."  # {FILL_IN}: {hint}'
    return f"{key} = {json.dumps(value, ensure_ascii=False)}"


def _one_line(text: str) -> str:
    # words of the machine's own stand in it, and TOML forbids control characters, in comments too
    return "".join(sign if sign.isprintable() else "?" for sign in text) + "\n"
