"""Opens an agent on each machine: a child process on this one, over ssh on the other."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import hamn
from hamn.local import lock
from hamn.model.pair import Machine, Pair
from hamn.ports import Unreachable
from hamn.remote import ssh
from hamn.remote.agent_shell import AgentShell, Gone

OPEN_S = 4.5
"""From the start of ssh to the agent's greeting."""
SILENT_S = 2.0
"""Two of TCP's first packets (at 0 and 1 s) went unanswered."""


def source(address: str) -> IPv4Address | IPv6Address | None:
    """Under which of its addresses this machine speaks to that one: by the route, which no sysctl
    (ip_nonlocal_bind) makes lie. Connecting a datagram socket sends nothing."""
    try:
        family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
            return ip_address(probe.getsockname()[0])
    except (ValueError, OSError):  # a name, or nowhere to go
        return None


def is_here(address: str) -> bool:
    """Whether an address is this machine's own: the kernel talks to itself from that very address."""
    found = source(address)
    return found is not None and found == ip_address(address)


def local_machine(pair: Pair) -> str | None:
    """The machine this process runs on: the one whose address is here, else the one that has this host's name."""
    here = [machine.name for machine in pair.machines if is_here(machine.address)]
    if len(here) == 1:
        return here[0]
    own = socket.gethostname()
    for machine in pair.machines:
        if machine.name in (own, own.partition(".")[0]):
            return machine.name
    return None


def local_argv() -> list[str]:
    """The same hamn as this process, in an interpreter that looks at nothing else: it starts twice as fast."""
    source = str(Path(hamn.__file__).parents[1])
    start = f"import sys; sys.path.append({source!r}); from hamn.agent import main; sys.exit(main())"
    return [sys.executable, "-IS", "-c", start]


class AgentShells:
    """ports.Shells. `ssh_program` and `run`: another ssh; another place for the machines' lock files and the
    sockets of shared connections."""

    def __init__(
        self, pair: Pair, local: str | None = None, *, ssh_program: str = "ssh", run: str = lock.DIRECTORY
    ) -> None:
        self._pair = pair
        self._ssh = ssh_program
        self._run = run
        self._lock = lock.path(pair.name, run)
        self.local = local or local_machine(pair)

    async def open(self, machine: str) -> AgentShell:
        declared = self._pair.machine(machine)
        if machine == self.local:
            return await self._talk(declared, local_argv(), OPEN_S)
        talking = asyncio.create_task(self._open_remote(declared))
        swallowed = asyncio.create_task(_swallowed(declared))
        try:
            await asyncio.wait({talking, swallowed}, return_when=asyncio.FIRST_COMPLETED)
            if not talking.done() and swallowed.result():
                raise ssh.swallowed(declared, SILENT_S)
            return await talking
        finally:
            swallowed.cancel()
            talking.cancel()

    async def _open_remote(self, declared: Machine) -> AgentShell:
        began_s = time.monotonic()
        try:
            return await self._talk(declared, ssh.argv(declared, self._ssh, self._connection(declared)), OPEN_S)
        except Unreachable as why:
            if not ssh.is_stale(why):
                raise
        left_s = OPEN_S - (time.monotonic() - began_s)
        return await self._talk(declared, ssh.argv(declared, self._ssh), left_s)

    def _connection(self, other: Machine) -> tuple[str, ...]:
        """Shared where its socket can be kept from everybody else, as root's is; not from a virtual IP, with which
        it would end: a single management node has no other address until it is set up as one of a pair."""
        if source(other.address) in {ip.address.ip for ip in self._pair.virtual_ips}:
            return ssh.ALONE
        try:
            Path(self._run).mkdir(0o700, parents=True, exist_ok=True)
            found = Path(self._run).stat()
        except OSError:
            return ssh.ALONE
        ours = found.st_uid == os.geteuid() and not found.st_mode & 0o022
        return ssh.shared(self._run) if ours else ssh.ALONE

    async def _talk(self, declared: Machine, argv: list[str], limit_s: float) -> AgentShell:
        """Start it and hear its greeting. Raises Unreachable."""
        try:
            process = _start(argv)
        except OSError as why:
            said = f"{argv[0]} can't be started: {why.strerror}"
            raise Unreachable(declared.name, "lost", said, "install the OpenSSH client") from None
        shell = AgentShell(declared.name, process, self._lock)
        try:
            await asyncio.wait_for(shell.greet(), limit_s)
        except TimeoutError:
            shell.abandon()
            raise ssh.silent(declared, OPEN_S) from None
        except asyncio.CancelledError:
            shell.abandon()
            raise
        except Gone:
            raise self._why(declared, await shell.end()) from None
        return shell

    def _why(self, machine: Machine, end: tuple[int | None, str]) -> Unreachable:
        status, said = end
        if machine.name == self.local:
            last = said.strip().splitlines()[-1:] or [f"exit status {status}"]
            return Unreachable(machine.name, "lost", f"the agent on this machine ended: {last[0]}")
        return ssh.unreachable(machine, status, said)


async def _swallowed(machine: Machine) -> bool:
    """Nobody at that address takes a connection, nor refuses it: what a machine without power is like.

    An operator who fails over waits for this. ssh alone takes longer: over a shared connection it first has
    to notice that the other end of that is gone. The machines of a pair share a subnet, so a plain connection
    is a fair question; anything but silence is for ssh to explain."""
    try:
        async with asyncio.timeout(SILENT_S):
            _, writer = await asyncio.open_connection(machine.address, machine.port)
            writer.close()
    except TimeoutError:
        return True
    except OSError:
        pass
    return False


async def open_here() -> AgentShell:
    """An agent on this machine when there is no pair yet. It keeps no lock."""
    shell = AgentShell("this machine", _start(local_argv()), "")
    try:
        await asyncio.wait_for(shell.greet(), OPEN_S)
    except (TimeoutError, Gone):
        shell.abandon()
        raise Unreachable("this machine", "lost", "the agent doesn't start", "try hamn-agent by hand") from None
    return shell


def _start(argv: list[str]) -> subprocess.Popen[bytes]:
    """In a session of its own: what interrupts the operator's terminal doesn't reach it.

    Not asyncio's subprocess: that one kills its child when the caller ends."""
    return subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "LC_ALL": "C"},
    )
