"""What `up` writes into the machines: names, keys, hamn itself, the role's files, the declaration."""

from __future__ import annotations

import compileall
import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hamn.lab import cluster, disk, role
from hamn.lab.host import tool
from hamn.lab.machine import packages
from hamn.lab.network import ADDRESSES, ADDRESSES_6, ENDS, MACHINES, VIRTUAL_IP, VIRTUAL_IP_6
from hamn.lab.role import Engine
from hamn.xcat.credentials.places import Places
from hamn.xcat.generators.server import Server
from hamn.xcat.making import layout
from hamn.xcat.making.machine import Machine
from hamn.xcat.making.programs import NoPrograms
from hamn.xcat.making.regeneration import regenerate

if TYPE_CHECKING:
    from hamn.lab.lab import Lab

COMMANDS = {
    "hamn": ("hamn.cli.main", "main", True),
    "activate-mn": ("hamn.cli.ancestor", "activate_mn", True),
    "deactivate-mn": ("hamn.cli.ancestor", "deactivate_mn", True),
    "hamn-local": ("hamn.local.main", "main", False),
    "hamn-agent": ("hamn.agent", "main", False),
    "hamn-lab-cluster": ("hamn.lab.cluster", "main", True),
    "xcatd": ("hamn.xcat.daemon.xcatd", "main", True),
}
"""Module, function, and whether it needs more than the standard library."""

SECRET = 0o600


def furnish(lab: Lab, engine: Engine, *, ipv6: bool) -> None:
    for name in MACHINES:
        bmc = lab.directory / f"{name}.pw"
        bmc.touch(SECRET)
        bmc.write_text(secrets.token_hex(8))  # IPMI takes at most 20 characters
    for name in ENDS:
        root = lab.path(name)
        # a file of the lab's own, not /etc/machine-id of the base: two machines are never one
        identity = hashlib.sha256(f"{lab.name}/{name}".encode()).hexdigest()[:32]
        write(root, {"/etc/hostname": f"{name}\n", "/etc/machine-id": f"{identity}\n"})
        write(root, {"/etc/hamn-lab/db.pw": (lab.directory / "db.pw").read_text()}, SECRET)
        # behind Debian's own modules, not before them: with this `python3 -m hamn.lab.client` works there
        write(root, {"/usr/local/lib/python3.11/dist-packages/hamn.pth": "/opt/hamn/src\n"})
        write(root, {f"/usr/local/bin/{command}": _wrapper(command) for command in COMMANDS}, 0o755)
        write(root, {"/opt/xcat/share/xcat/cons/lab": "#!/bin/sh\nexec cat\n"}, 0o755)
        if name in MACHINES:
            write(root, role.machine_files(engine, ipv6=ipv6))
            (root / "etc/hamn/pair.toml").chmod(SECRET)
            for other in MACHINES:
                write(root, {f"/etc/hamn/{other}.pw": (lab.directory / f"{other}.pw").read_text()}, SECRET)
            for directory in (role.MOUNT, *role.directories(engine)):
                (root / directory.lstrip("/")).mkdir(parents=True, exist_ok=True)
            _generate(lab, name, engine, ipv6=ipv6)
        else:
            resolver = f"search {cluster.DOMAIN}\nnameserver 10.77.0.10\noptions timeout:1 attempts:1\n"
            write(root, {"/etc/hosts": role.hosts(ipv6=ipv6), "/etc/resolv.conf": resolver})
    _keys(lab)


def _generate(lab: Lab, name: str, engine: Engine, *, ipv6: bool) -> None:
    """The machine's own files of hosts, names, leases and consoles, as a standby keeps them ready: what is made of
    the tables, but for what lies on shared data."""
    root = lab.path(name)
    virtual, own = (VIRTUAL_IP, VIRTUAL_IP_6), (ADDRESSES[name], ADDRESSES_6[name])
    known = [address.partition("/")[0] for pair in (virtual, own) for address in pair[: 2 if ipv6 else 1]]
    machine = Machine(
        layout.here(root),
        NoPrograms(),
        root,
        Server("mn", cluster.DOMAIN, {"eth0": [virtual[0].partition("/")[0]]}, (name, *known)),
        role.directories(engine),
    )
    regenerate(cluster.snapshot((lab.directory / "db.pw").read_text().strip(), MACHINES), machine)
    tool("chroot", root, "chown", "root:bind", "/etc/bind/named.conf")
    home = Places().console_home
    tool("chroot", root, "useradd", "--system", "--create-home", "--home-dir", home, Places().console_user)


def credentials(lab: Lab, prepared: Path) -> None:
    """What the authority on that shared disk has signed for who isn't on it: machines' consoles, the client."""
    places = Places()
    for name in MACHINES:
        root = lab.path(name)
        home = root / str(places.console_home).lstrip("/") / ".xcat"
        tool("cp", "--recursive", "--no-target-directory", prepared / "console", home)
        tool("chroot", root, "chown", "--recursive", f"{places.console_user}:", places.console_home)
    tool("cp", "--recursive", "--no-target-directory", prepared / "operator", lab.path("client") / "root/.xcat")


def _keys(lab: Lab) -> None:
    """Each machine's root may log in to the other, and knows its host key: nothing is taken on trust."""
    known = []
    for name in MACHINES:
        host, root = lab.path(name) / "etc/ssh/ssh_host_ed25519_key", lab.path(name) / "root/.ssh/id_ed25519"
        root.parent.mkdir(mode=0o700, exist_ok=True)
        for file, comment in ((host, name), (root, f"root@{name}")):
            tool("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", file)
        kind, key, _ = host.with_suffix(".pub").read_text().split()
        known.append(f"{name},{name}.{cluster.DOMAIN},{ADDRESSES[name].partition('/')[0]} {kind} {key}\n")
    allowed = "".join((lab.path(name) / "root/.ssh/id_ed25519.pub").read_text() for name in MACHINES)
    for name in MACHINES:
        write(
            lab.path(name),
            {"/root/.ssh/known_hosts": "".join(known), "/root/.ssh/authorized_keys": allowed},
            SECRET,
        )


def begin_shared(engine: Engine, password: str) -> list[tuple[list[str], str]]:
    """Commands that fill a new shared disk, on the machine that prepares it, each with its stdin."""
    source = f"UUID={disk.UUID}"
    places = role.directories(engine)
    commands: list[tuple[list[str], str]] = [
        (["mkdir", "--parents", role.MOUNT, *places], ""),
        (["mount", "-t", "ext4", source, role.MOUNT], ""),
        (["mkdir", "--parents", *(role.MOUNT + place for place in places)], ""),
        *((["mount", "--bind", role.MOUNT + place, place], "") for place in places),
        *((["tee", path], content) for path, content in role.shared_files().items()),
        (["install", "--mode=600", "/dev/stdin", "/etc/xcat/cfgloc"], role.cfgloc(engine, password)),
        (["ip", "address", "add", VIRTUAL_IP, "dev", "eth0"], ""),
        *((["chown", "--recursive", owner, place], "") for place, owner in role.OWNERS.items()),
        *role.begin_database(engine, password),
        (["hamn", "xcat", "init", "--domain", cluster.DOMAIN], ""),
        (["hamn-lab-cluster"], password),
        (["env", "XCATBYPASS=1", "hamn", "xcat", "regenerate"], ""),
        (role.stop_database(engine), ""),
        (["umount", *reversed(places), role.MOUNT], ""),
    ]
    return commands


def write(root: Path, files: Mapping[str, str], mode: int = 0o644) -> None:
    for path, content in files.items():
        file = root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.touch(mode)
        file.chmod(mode)
        file.write_text(content)


def compile_packages() -> None:
    """hamn's bytecode beside its source: machines see it read-only and couldn't keep their own."""
    compileall.compile_dir(Path(packages()["/opt/hamn/src"]) / "hamn", quiet=2)


def _wrapper(command: str) -> str:
    """Isolated and without site: what hamn is on a machine depends on nothing there, and starts at once."""
    module, function, needs_packages = COMMANDS[command]
    paths = '"/opt/hamn/src", "/opt/hamn/site"' if needs_packages else '"/opt/hamn/src"'
    return f"""\
#!/usr/bin/python3 -IS
import sys
sys.path += [{paths}]
from {module} import {function}
sys.exit({function}())
"""
