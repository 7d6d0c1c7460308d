"""Shells on real agents: this machine's own, and one behind a program that stands where ssh does."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hamn.local import lock
from hamn.model.command import Command
from hamn.model.pair import Machine, Pair
from hamn.ports import Holder, Unreachable
from hamn.remote import shells as shells_module
from hamn.remote.shells import AgentShells, local_argv
from tests.own_namespace import Namespace

PAIR = Pair("hpc1", (Machine("mn1", "127.0.0.1"), Machine("mn2", "127.0.0.2")), ())
HOLDER = Holder("o1", "switchover", "root", "mn1", 42, "2026-01-01T00:00:00.000+00:00")


def instead_of_ssh(directory: Path, *lines: str) -> str:
    """A program that does what the far end of an ssh connection would."""
    program = directory / "ssh"
    program.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    program.chmod(0o755)
    return str(program)


AGENT = f"exec {shlex.join(local_argv())}"


def shells(directory: Path, *lines: str) -> AgentShells:
    program = instead_of_ssh(directory, *(lines or (AGENT,)))
    return AgentShells(PAIR, "mn1", ssh_program=program, run=str(directory / "run"))


def until(holds: Callable[[], bool]) -> None:
    while not holds():
        time.sleep(0.01)


def unreachable(directory: Path, *lines: str) -> Unreachable:
    async def opening() -> Unreachable:
        with pytest.raises(Unreachable) as caught:
            await shells(directory, *lines).open("mn2")
        return caught.value

    return asyncio.run(opening())


@pytest.mark.parametrize("machine", ["mn1", "mn2"])
def test_both_machines_are_worked_through_alike(tmp_path: Path, machine: str) -> None:
    async def work() -> None:
        shell = await shells(tmp_path).open(machine)
        assert shell.machine == machine
        assert shell.version
        commands = [Command(("sh", "-c", f"echo {n}; exit {n}")) for n in range(5)]
        answers = await asyncio.gather(*(shell.run(command) for command in commands))
        assert [(a.exit_status, a.stdout) for a in answers] == [(n, f"{n}\n") for n in range(5)]
        late = await shell.run(Command(("sleep", "60"), timeout_s=0.1))
        assert late.timed_out
        assert not late.known
        await shell.close()
        after = await shell.run(Command(("true",)))
        assert after.lost
        assert after.exit_status is None

    asyncio.run(work())


def test_what_a_login_script_prints_is_passed_over(tmp_path: Path) -> None:
    async def work() -> None:
        shell = await shells(tmp_path, "echo welcome to mn2", "echo; echo {}", AGENT).open("mn2")
        assert (await shell.run(Command(("echo", "x")))).stdout == "x\n"
        await shell.close()

    asyncio.run(work())


def test_of_two_operators_one_gets_the_lock_and_the_other_learns_whose_it_is(tmp_path: Path) -> None:
    async def work() -> None:
        ours = shells(tmp_path)
        first, second = await ours.open("mn1"), await ours.open("mn1")
        assert await first.lock(HOLDER) is None
        assert await second.lock(HOLDER) == HOLDER
        await first.close()
        until(lambda: lock.holder(lock.path("hpc1", str(tmp_path / "run"))) is None)
        assert await second.lock(HOLDER) is None
        await second.close()

    asyncio.run(work())


def test_a_lost_connection_answers_everybody_with_not_known(tmp_path: Path) -> None:
    async def work() -> None:
        shell = await shells(tmp_path, f"echo $$ > {tmp_path}/pid", AGENT).open("mn2")
        running = [asyncio.create_task(shell.run(Command(("sleep", "2")))) for _ in range(3)]
        await shell.run(Command(("true",)))
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
        for answer in await asyncio.gather(*running):
            assert answer.lost == "connection to mn2 lost"
            assert answer.exit_status is None
        assert (await shell.run(Command(("true",)))).lost
        with pytest.raises(Unreachable):
            await shell.lock(HOLDER)
        await shell.close()

    asyncio.run(work())


def test_who_stops_waiting_does_not_stop_the_command(tmp_path: Path) -> None:
    done = tmp_path / "done"

    async def work() -> None:
        shell = await shells(tmp_path).open("mn1")
        waiting = asyncio.create_task(shell.run(Command(("sh", "-c", f"sleep 0.5; echo x > {done}"))))
        await shell.run(Command(("true",)))
        waiting.cancel()
        assert (await shell.run(Command(("echo", "on")))).stdout == "on\n"
        await shell.close()

    asyncio.run(work())
    until(done.exists)


CALLER = """
import asyncio, sys
from pathlib import Path
from hamn.model.command import Command
from tests.unit.remote.test_shells import HOLDER, shells

async def work():
    shell = await shells(Path(sys.argv[1])).open(sys.argv[2])
    assert await shell.lock(HOLDER) is None
    working = asyncio.create_task(shell.run(Command(("sh", "-c", sys.argv[3]))))
    await shell.run(Command(("true",)))
    print(flush=True)
    await working

asyncio.run(work())
"""


@pytest.mark.parametrize("machine", ["mn1", "mn2"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_caller_leaves_its_command_to_its_end_and_then_the_lock(
    tmp_path: Path, machine: str, how: signal.Signals
) -> None:
    go, done = tmp_path / "go", tmp_path / "done"
    file = lock.path("hpc1", str(tmp_path / "run"))
    os.mkfifo(go)
    caller = subprocess.Popen(
        [sys.executable, "-c", CALLER, str(tmp_path), machine, f"cat {go}; echo finished > {done}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[3],
    )
    assert caller.stdout is not None
    with go.open("w") as opened:
        caller.stdout.readline()
        caller.send_signal(how)
        caller.wait()
        assert (lock.holder(file) or {})["operation"] == "o1"
        opened.write("go\n")
    until(done.exists)
    until(lambda: lock.holder(file) is None)
    assert done.read_text() == "finished\n"


SHOW = 'for word; do case "$word" in Control*) echo "$word" >&2 ;; esac; done; exit 1'


@pytest.mark.parametrize(("mode", "kept"), [(0o700, True), (0o777, False)])
def test_a_connection_is_shared_only_where_nobody_else_can_reach_its_socket(
    tmp_path: Path, mode: int, kept: bool
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run").chmod(mode)
    said = unreachable(tmp_path, SHOW).why
    assert said == ("ControlPersist=300" if kept else "ControlPath=none")


def test_a_machine_without_hamn(tmp_path: Path) -> None:
    why = unreachable(tmp_path, "exec hamn-agent-that-is-not-there")
    assert why.code == "no-hamn"


def test_a_machine_with_a_hamn_that_speaks_otherwise(tmp_path: Path) -> None:
    greeting = json.dumps({"hamn-agent": 99, "version": "9.0"})
    why = unreachable(tmp_path, f"echo '{greeting}'; exec sleep 1")
    assert why.code == "old-hamn"
    assert "9.0" in why.why


def test_a_machine_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shells_module, "OPEN_S", 0.5)
    why = unreachable(tmp_path, "exec sleep 20")
    assert why.code == "timeout"
    assert "0.5 s" in why.why


def test_no_ssh_on_this_machine(tmp_path: Path) -> None:
    async def opening() -> None:
        await AgentShells(PAIR, "mn1", ssh_program=str(tmp_path / "nothing"), run=str(tmp_path)).open("mn2")

    with pytest.raises(Unreachable, match="can't be started"):
        asyncio.run(opening())


OPEN = """
import asyncio, sys
from hamn.model.pair import Machine, Pair
from hamn.ports import Unreachable
from hamn.remote.shells import AgentShells

machines = (Machine("mn1", "192.0.2.1"), Machine("mn2", sys.argv[1]))
shells = AgentShells(Pair("hpc1", machines, ()), run=sys.argv[2])
print(shells.local)
try:
    asyncio.run(shells.open("mn2"))
except Unreachable as why:
    print(why.code)
    print(why)
"""


@pytest.mark.parametrize(
    ("address", "code", "said"),
    [
        ("192.0.2.3", "refused", "nothing listens on port 22"),
        ("192.0.2.2", "timeout", "no answer from 192.0.2.2"),
        ("198.51.100.1", "no-route", "Network is unreachable"),
        ("nobody.invalid", "name", "can't be resolved"),
    ],
)
def test_the_real_ssh_and_a_machine_that_cannot_be_reached(address: str, code: str, said: str) -> None:
    # a socket's path has room for about 100 bytes: a directory as short as the real one
    with Namespace("net") as net, Namespace("net") as far, tempfile.TemporaryDirectory() as run:
        net.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", str(far.pid))
        for side, number in ((net, 1), (far, 3)):
            side.run("ip", "link", "set", "lo", "up")
            side.run("ip", "address", "add", f"192.0.2.{number}/24", "dev", "eth0")
            side.run("ip", "link", "set", "eth0", "up")
        net.run("ip", "neigh", "add", "192.0.2.2", "lladdr", "02:00:00:00:00:09", "dev", "eth0")
        done = subprocess.run(net.argv(sys.executable, "-c", OPEN, address, run), capture_output=True, text=True)
    assert done.stderr == ""
    local, found, line = done.stdout.splitlines()
    assert local == "mn1", "the machine whose address is here"
    assert found == code
    assert said in line


def test_an_address_that_could_be_bound_but_is_not_here_is_another_machine() -> None:
    with Namespace("net") as net:
        net.run("ip", "link", "set", "lo", "up")
        net.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_nonlocal_bind")
        ask = "from hamn.remote.shells import is_here; print(*map(is_here, ('192.0.2.1', '127.0.0.1', 'mn')))"
        assert net.run(sys.executable, "-c", ask) == "False True False\n"
