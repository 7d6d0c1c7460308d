"""The agent as its caller sees it: a real process, JSON lines, real commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hamn.agent.child import Child, NoProgram
from hamn.local import lock
from hamn.remote.shells import local_argv
from tests.own_namespace import Namespace


class Caller:
    """One end of a conversation."""

    def __init__(self, outside: list[str] | None = None) -> None:
        self.process = subprocess.Popen(
            [*(outside or []), *local_argv()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert self.process.stdin and self.process.stdout
        self.into, self.out = self.process.stdin, self.process.stdout
        self.greeting = self.hear()

    def send(self, *messages: dict[str, Any]) -> None:
        self.into.write(b"".join(json.dumps(message).encode() + b"\n" for message in messages))
        self.into.flush()

    def run(self, number: int, *argv: str | Path, timeout_s: float = 30, **more: Any) -> None:
        self.send({"id": number, "run": {"argv": [*map(str, argv)], "timeout_s": timeout_s, **more}})

    def hear(self) -> dict[str, Any]:
        return json.loads(self.out.readline())

    def ask(self, *argv: str | Path, timeout_s: float = 30, **more: Any) -> dict[str, Any]:
        self.run(1, *argv, timeout_s=timeout_s, **more)
        return self.hear()

    def leave(self) -> None:
        self.into.close()

    def wait(self) -> int:
        return self.process.wait(timeout=30)


@pytest.fixture
def caller() -> Iterator[Caller]:
    caller = Caller()
    yield caller
    caller.process.kill()
    caller.process.wait()


def until(holds: Callable[[], bool]) -> None:
    """The test's own limit ends it when it never does."""
    while not holds():
        time.sleep(0.01)


def test_it_says_who_it_is(caller: Caller) -> None:
    assert caller.greeting["hamn-agent"] == 1
    assert caller.greeting["version"]


def test_what_a_command_says_and_how_it_ends(caller: Caller) -> None:
    answer = caller.ask("sh", "-c", "cat; echo to stderr >&2; exit 3", stdin="what came in\n")
    assert answer["exit_status"] == 3
    assert (answer["stdout"], answer["stderr"]) == ("what came in\n", "to stderr\n")
    assert not answer["timed_out"]
    assert caller.ask("sh", "-c", "kill -9 $$")["exit_status"] == 137


def test_a_missing_program_is_plain(caller: Caller) -> None:
    answer = caller.ask("no-such-program")
    assert (answer["exit_status"], answer["stderr"]) == (127, "no-such-program: no such program on this machine\n")
    assert caller.ask("/etc/passwd")["exit_status"] == 126


def test_hamns_own_commands_are_there_without_being_installed(caller: Caller, tmp_path: Path) -> None:
    answer = caller.ask("hamn-local", "put", tmp_path / "file", "600", stdin="content")
    assert (answer["exit_status"], answer["stderr"]) == (0, "")
    assert (tmp_path / "file").read_text() == "content"
    assert caller.ask("hamn-local", "exit-status", "false")["stdout"] == "1\n"
    refused = caller.ask("hamn-local", "nonsense")
    assert refused["exit_status"] == 2
    assert "usage" in refused["stderr"]


def test_a_command_sees_little_of_the_callers_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD_OF_SOMEBODY", "secret")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    caller = Caller()
    seen = dict(line.split("=", 1) for line in caller.ask("env")["stdout"].splitlines())
    assert set(seen) <= {"LC_ALL", "PATH", "HOME", "USER", "LC_CTYPE"}
    assert seen["LC_ALL"] == "C"
    assert "/usr/sbin" in seen["PATH"].split(":")
    assert caller.ask("pwd")["stdout"] == "/\n"
    caller.leave()
    caller.wait()


def test_commands_run_side_by_side(caller: Caller, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    caller.run(1, "cat", fifo)
    caller.run(2, "sh", "-c", f"echo across > {fifo}")
    answers = {answer["id"]: answer for answer in (caller.hear(), caller.hear())}
    assert answers[1]["stdout"] == "across\n"


def test_secrets_are_read_there_and_shown_nowhere(caller: Caller, tmp_path: Path) -> None:
    file = tmp_path / "mn1.pw"
    file.write_text("open sesame\n")
    file.chmod(0o600)
    answer = caller.ask("cat", stdin="action=off\n", secrets=[["passwd", str(file)]])
    assert answer["stdout"] == "action=off\npasswd=open sesame\n"
    file.chmod(0o644)
    refused = caller.ask("cat", secrets=[["passwd", str(file)]])
    assert refused["exit_status"] == 126
    assert refused["stderr"] == f"{file}: others can read it: chmod 600\n"
    file.unlink()
    assert caller.ask("cat", secrets=[["passwd", str(file)]])["stderr"] == f"{file}: No such file or directory\n"


def test_of_endless_output_the_end_is_kept(caller: Caller) -> None:
    answer = caller.ask("sh", "-c", "head -c 9000000 /dev/zero | tr '\\0' x; echo; echo the end")
    assert len(answer["stdout"]) == 4 * 1024 * 1024
    assert answer["stdout"].endswith("x\nthe end\n")


def test_more_input_than_a_pipe_holds_goes_through_and_who_reads_none_is_not_waited_for(caller: Caller) -> None:
    assert caller.ask("wc", "-c", stdin="x" * 3_000_000)["stdout"].strip() == "3000000"
    assert caller.ask("true", stdin="x" * 3_000_000)["exit_status"] == 0


def test_a_daemon_that_keeps_the_output_open_is_not_waited_for(caller: Caller, tmp_path: Path) -> None:
    answer = caller.ask("sh", "-c", f"echo started; sleep 1000 & echo $! > {tmp_path}/pid")
    assert answer["stdout"] == "started\n"
    daemon = int((tmp_path / "pid").read_text())
    os.kill(daemon, signal.SIGKILL)


def test_at_its_limit_a_command_ends_with_all_that_it_started(caller: Caller, tmp_path: Path) -> None:
    script = f"trap '' TERM; sh -c \"trap '' TERM; echo \\$\\$ > {tmp_path}/pid; while :; do sleep 0.1; done\""
    answer = caller.ask("sh", "-c", f"echo begun; {script}", timeout_s=0.3)
    assert (answer["timed_out"], answer["exit_status"], answer["stdout"]) == (True, None, "begun\n")
    grandchild = Path("/proc") / (tmp_path / "pid").read_text().strip()
    until(lambda: not grandchild.exists())


def test_one_that_the_kernel_does_not_let_die_is_given_up(tmp_path: Path) -> None:
    with Namespace("mount") as here:
        (tmp_path / "mount").mkdir()
        with (tmp_path / "image").open("wb") as image:
            image.truncate(16 << 20)
        here.run("mkfs.ext4", "-q", tmp_path / "image")
        here.run("mount", "-o", "loop", tmp_path / "image", tmp_path / "mount")
        here.run("fsfreeze", "-f", tmp_path / "mount")
        try:
            caller = Caller(here.enter)
            answer = caller.ask("sh", "-c", f"echo x > {tmp_path}/mount/file", timeout_s=0.2)
            assert (answer["timed_out"], answer["exit_status"]) == (True, None)
            assert caller.ask("echo", "still here")["stdout"] == "still here\n"
            caller.leave()
            assert caller.wait() == 0
        finally:
            here.run("fsfreeze", "-u", tmp_path / "mount")


def test_a_command_that_was_begun_outlives_its_caller_and_keeps_the_lock(tmp_path: Path) -> None:
    file, go, done = str(tmp_path / "hpc1.lock"), tmp_path / "go", tmp_path / "done"
    os.mkfifo(go)
    caller = Caller()
    caller.send({"id": 1, "lock": {"file": file, "holder": {"operation": "o1"}}})
    assert caller.hear() == {"id": 1, "holder": None}
    caller.run(2, "sh", "-c", f"cat {go}; echo much to say that nobody hears; echo finished > {done}")
    with go.open("w") as opened:  # it has begun: it reads
        caller.leave()
        caller.out.close()
        assert lock.holder(file) == {"operation": "o1"}
        opened.write("go\n")
    until(done.exists)
    assert caller.wait() == 0
    assert done.read_text() == "finished\n"
    assert lock.holder(file) is None


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGPIPE])
def test_no_signal_of_a_terminal_ends_it(caller: Caller, number: signal.Signals) -> None:
    caller.process.send_signal(number)
    assert caller.ask("echo", "here")["stdout"] == "here\n"


def test_asked_to_end_it_finishes_what_it_began(tmp_path: Path) -> None:
    caller, done = Caller(), tmp_path / "done"
    caller.run(1, "sh", "-c", f"sleep 0.5; echo finished > {done}")
    caller.run(2, "true")
    assert caller.hear()["id"] == 2
    caller.process.terminate()
    assert caller.out.readline() == b""
    assert caller.wait() == 0
    assert done.read_text() == "finished\n"


def test_the_lock_says_who_has_it(caller: Caller, tmp_path: Path) -> None:
    file = str(tmp_path / "hpc1.lock")
    caller.send({"id": 1, "lock": {"file": file, "holder": {"operation": "o1"}}})
    assert caller.hear()["holder"] is None
    second = Caller()
    second.send({"id": 1, "lock": {"file": file, "holder": {"operation": "o2"}}})
    assert second.hear()["holder"] == {"operation": "o1"}
    caller.leave()
    caller.wait()
    second.send({"id": 2, "lock": {"file": file, "holder": {"operation": "o2"}}})
    assert second.hear()["holder"] is None
    second.leave()
    second.wait()


def test_a_lock_that_cannot_be_kept_is_an_error(caller: Caller) -> None:
    caller.send({"id": 1, "lock": {"file": "/proc/no/such.lock", "holder": {}}})
    assert caller.hear()["error"].startswith("/proc/no/such.lock: ")


def test_a_machine_that_was_stopped_begins_nothing_that_was_asked_meanwhile(
    caller: Caller, tmp_path: Path
) -> None:
    """Its caller may have given it up and given the role to the other machine."""
    assert caller.ask("true")["exit_status"] == 0
    caller.process.send_signal(signal.SIGSTOP)
    caller.run(2, "touch", tmp_path / "begun")
    time.sleep(5)
    caller.process.send_signal(signal.SIGCONT)
    assert caller.out.readline() == b""
    assert caller.wait() == 0
    assert not (tmp_path / "begun").exists()


def test_what_was_asked_by_a_caller_that_has_gone_is_not_begun(caller: Caller, tmp_path: Path) -> None:
    caller.process.send_signal(signal.SIGSTOP)
    caller.run(1, "touch", tmp_path / "begun")
    caller.leave()
    caller.process.send_signal(signal.SIGCONT)
    assert caller.wait() == 0
    assert not (tmp_path / "begun").exists()


@pytest.fixture
def frozen(tmp_path: Path) -> Iterator[tuple[Caller, Path]]:
    """A caller in a place where whoever writes to a path waits in the kernel, and no signal ends that."""
    image, target = tmp_path / "image", tmp_path / "frozen"
    image.write_bytes(b"")
    os.truncate(image, 16 << 20)
    target.mkdir()
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    with Namespace("mount") as place:
        place.run("mount", "-o", "loop", image, target)
        place.run("fsfreeze", "-f", target)
        try:
            yield Caller(place.enter), target
        finally:
            subprocess.run(place.argv("fsfreeze", "-u", target), stderr=subprocess.DEVNULL)
            until(lambda: subprocess.run(place.argv("umount", target), stderr=subprocess.DEVNULL).returncode == 0)


def test_what_cannot_be_killed_keeps_the_lock_and_says_so(frozen: tuple[Caller, Path], tmp_path: Path) -> None:
    caller, target = frozen
    file = str(tmp_path / "run" / "pair.lock")
    caller.send({"id": 0, "lock": {"file": file, "holder": {"operation": "one"}}})
    assert caller.hear()["holder"] is None
    assert caller.ask("touch", target / "file", timeout_s=0.1)["alive"]
    assert "stuck" not in (lock.holder(file) or {}), "a question keeps nobody"
    answer = caller.ask("touch", target / "file", timeout_s=0.1, changes=True)
    assert answer["timed_out"] and answer["alive"] and answer["exit_status"] is None
    said = lock.holder(file) or {}
    assert said["operation"] == "one" and f"touch {target}/file (pid " in said["stuck"] and "left" not in said

    caller.leave()
    until(lambda: (lock.holder(file) or {}).get("left") is True)
    assert caller.process.poll() is None, "the agent goes only with its last command"
    subprocess.run(["nsenter", "-t", str(caller.process.pid), "-m", "fsfreeze", "-u", target], check=True)
    assert caller.wait() == 0
    assert lock.holder(file) is None


def test_what_cannot_be_killed_without_a_lock_keeps_nobody(frozen: tuple[Caller, Path]) -> None:
    caller, target = frozen
    assert caller.ask("touch", target / "file", timeout_s=0.1)["alive"]
    caller.leave()
    assert caller.wait() == 0


def test_where_no_spawn_knows_sessions_a_command_runs_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on AIX: its output, its exit status, its own process group, a program that isn't there."""

    def unknown(*_: object, **__: object) -> int:
        raise NotImplementedError

    monkeypatch.setattr(os, "posix_spawnp", unknown)
    child = Child({"argv": ["env", "sh", "-c", "echo $PPID; exit 3"], "timeout_s": 10})
    until(lambda: os.getpgid(child.pid) == child.pid or child.has_ended())
    until(child.has_ended)
    answer = child.answer()
    assert (answer["exit_status"], answer["stdout"]) == (3, f"{os.getpid()}\n")
    with pytest.raises(NoProgram):
        Child({"argv": ["no-such-program-here"], "timeout_s": 10})
