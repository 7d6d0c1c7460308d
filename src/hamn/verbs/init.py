"""`hamn init`: a commented declaration from what this machine is now."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

from hamn.declaration.ancestor import learn, read_ancestor
from hamn.declaration.draft import Findings, FoundFilesystem, FoundMachine, draft
from hamn.model.command import Answer, Command
from hamn.platforms.answers import Address, Mount
from hamn.platforms.detect import ask_again, ask_system, hear_system, platform_for
from hamn.platforms.mountinfo import unescape
from hamn.platforms.platform import Platform
from hamn.ports import Shell
from hamn.reports.report import Exit, Stop, error

SHARED = ("/etc/xcat", "/install", "/root/.xcat", "/tftpboot")
DATA = {"mysql": "/var/lib/mysql", "mariadb": "/var/lib/mysql", "sqlite": "/etc/xcat"}
SERVICES = ("xcatd", "dhcp", "dns", "console", "http", "tftp")
NETWORK_TYPES = ("nfs", "nfs4", "cifs", "smb3")
TYPES = (*NETWORK_TYPES, "ext4", "ext3", "xfs", "btrfs")
ENGINES = {"mysql": "mysql", "Pg": "postgresql"}
"""By the first word of /etc/xcat/cfgloc; MariaDB goes by the name of mysql there."""

LIST = Command(("ls", "-d", "/etc/xcat", "/opt/xcat"), timeout_s=5)
ENGINE = Command(("cut", "-d:", "-f1", "/etc/xcat/cfgloc"), timeout_s=5)
"""Only the first word: what follows has a password in it."""
MASTER = Command(("/opt/xcat/sbin/gettab", "key=master", "site.value"), timeout_s=20)
FSTAB = Command(("cat", "/etc/fstab"), timeout_s=5)


async def draft_declaration(shell: Shell, activate_mn: Path | None = None) -> str:
    """The text of a declaration; what couldn't be found is marked FILL IN.

    `activate_mn`: an existing script of that name on this machine, for the variables at its top.
    Raises Stop when the machine is of no known family, or when the script can't be read.
    """
    findings = await look(shell)
    if activate_mn is not None:
        answer = await shell.run(Command(("cat", "--", str(activate_mn)), timeout_s=5))
        if not answer.ok:
            hint = "name the script that this site uses with --activate-mn FILE"
            raise Stop(Exit.USAGE, [error("unreadable", answer.complaint, str(activate_mn), hint)])
        ancestor = read_ancestor(answer.stdout)
        table = await shell.run(FSTAB)
        known = {filesystem.mount for filesystem in findings.filesystems}
        named = [f for f in fstab(table.stdout) if f.mount in ancestor.mounts and f.mount not in known]
        findings = learn(replace(findings, filesystems=(*findings.filesystems, *named)), ancestor)
    return draft(findings)


async def look(shell: Shell) -> Findings:
    """Everything that one machine can say about the pair it is to be half of."""
    answer = await shell.run(ask_system())
    if (again := ask_again(answer)) is not None:
        answer = await shell.run(again)
    system = hear_system(answer)
    platform = platform_for(system.family, system.init, system)
    there, engine, master, table, addresses, mounts = await asyncio.gather(
        *map(shell.run, (LIST, ENGINE, MASTER, FSTAB, platform.ask_addresses(), platform.ask_mounts()))
    )
    xcat = "/opt/xcat" in there.stdout.split() or "/etc/xcat" in there.stdout.split()
    seen = platform.hear_addresses(addresses)
    virtual = _master(master, seen)
    own = next((a for a in seen if _is_own(a) and a != virtual), None)
    database = ENGINES.get(engine.stdout.strip(), "sqlite") if xcat else ""
    if database == "mysql":
        database = await _which_mysql(shell, platform)
    data = DATA.get(database) or ("/var/lib/postgresql" if system.family == "debian" else "/var/lib/pgsql")
    wanted = (*SHARED, data) if xcat else ()
    node = re.sub(r"[^a-z0-9]+", "-", system.node.partition(".")[0].lower()).strip("-")
    mountable = fstab(table.stdout)
    here = tuple(mount for mount in platform.hear_mounts(mounts) if mount.root == "/")
    return Findings(
        pair=node.rstrip("0123456789-") or "cluster",
        profile="xcat" if xcat else "plain",
        machines=(FoundMachine(node, str(own.address.ip) if own else "", system.family), FoundMachine()),
        virtual_ip=str(virtual.address) if virtual else "",
        interface=virtual.interface if virtual else "",
        interfaces=tuple(dict.fromkeys(a.interface for a in seen if _is_own(a))),
        filesystems=await _shared(shell, platform, here, mountable, wanted),
        engine=database,
        data=data if database == "postgresql" else "",
        without=await _absent(shell, platform) if xcat else (),
        notes=tuple(
            f"{mount.source} is mounted on {mount.target}: declare it if it is to move with the role"
            for mount in here
            if mount.type in NETWORK_TYPES and mount.target not in wanted
        ),
    )


def fstab(text: str) -> tuple[FoundFilesystem, ...]:
    """fstab(5): what hamn could mount instead, without the options that say when to mount it."""
    found = []
    for line in text.splitlines():
        match line.split():
            case [source, mount, type_, options, *_] if not source.startswith("#") and type_ in TYPES:
                # a password in the options is not ours to copy
                kept = [o for o in options.split(",") if o not in ("noauto", "auto", "defaults", "_netdev")]
                kept = [o for o in kept if not o.startswith(("pass", "password"))]
                found.append(FoundFilesystem(unescape(mount), unescape(source), type_, ",".join(kept)))
    return tuple(found)


async def _shared(
    shell: Shell,
    platform: Platform,
    mounts: Iterable[Mount],
    table: Sequence[FoundFilesystem],
    wanted: Sequence[str],
) -> tuple[FoundFilesystem, ...]:
    """What is mounted at a directory that is to be shared, or would be by hand."""
    found = {f.mount: f for f in table if f.mount in wanted}
    for mount in mounts:
        if mount.target in wanted and mount.target not in found and mount.type in TYPES:
            source = await _stable(shell, platform, mount.source)
            found[mount.target] = FoundFilesystem(mount.target, source, mount.type)
    return tuple(found[target] for target in sorted(found))


async def _stable(shell: Shell, platform: Platform, source: str) -> str:
    """The filesystem's UUID: /dev/sdb may be another disk on the other machine."""
    if not source.startswith("/dev/sd"):
        return source
    answers = [await shell.run(command) for command in platform.ask_device(source)]
    device = platform.hear_device(source, answers)
    return f"UUID={device.uuid}" if device and device.uuid else source


async def _absent(shell: Shell, platform: Platform) -> tuple[tuple[str, str], ...]:
    """Services of the profile that this machine doesn't have."""
    names = {word: platform.service(word) for word in SERVICES}
    asked = list(names.values())
    answers = [await shell.run(command) for command in platform.init.ask(asked)]
    units = platform.init.hear(asked, answers)
    return tuple(
        (f"service.{word}", f"there is no {name} on this machine")
        for word, name in names.items()
        if name in units and units[name].enabled == "absent"
    )


async def _which_mysql(shell: Shell, platform: Platform) -> str:
    names: Mapping[str, str] = {engine: platform.service(engine) for engine in ("mariadb", "mysql")}
    asked = list(names.values())
    answers = [await shell.run(command) for command in platform.init.ask(asked)]
    units = platform.init.hear(asked, answers)
    there = [engine for engine, name in names.items() if name in units and units[name].enabled != "absent"]
    return there[0] if there else "mysql"


def _master(answer: Answer, seen: Iterable[Address]) -> Address | None:
    """The address the nodes know (site.master), if this machine has it beside another one."""
    try:
        master = ip_address(answer.stdout.strip())
    except ValueError:
        return None
    seen = tuple(seen)
    found = next((a for a in seen if a.address.ip == master), None)
    beside = found and any(_is_own(a) and a != found and a.address.version == master.version for a in seen)
    return found if beside else None


def _is_own(address: Address) -> bool:
    return address.up and not (address.address.is_loopback or address.address.is_link_local)
