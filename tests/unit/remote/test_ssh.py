from __future__ import annotations

import pytest

from hamn.model.pair import Machine
from hamn.remote import ssh

MN2 = Machine("mn2", "10.77.0.12")
CHANGED = """\
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Offending ED25519 key in /root/.ssh/known_hosts:1
Host key for 10.77.0.12 has changed and you have requested strict checking.
Host key verification failed.
"""
UNKNOWN = """\
No ED25519 host key is known for 10.77.0.12 and you have requested strict checking.
Host key verification failed.
"""


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (255, CHANGED, "host-key-changed"),
        (255, UNKNOWN, "host-key-unknown"),
        (255, "root@10.77.0.12: Permission denied (publickey,password).\n", "key-refused"),
        (255, "ssh: Could not resolve hostname mn2: Name or service not known\n", "name"),
        (255, "ssh: connect to host 10.77.0.12 port 22: Connection timed out\n", "timeout"),
        (255, "Connection timed out during banner exchange\n", "timeout"),
        (255, "Timeout, server 10.77.0.12 not responding.\n", "timeout"),
        (255, "ssh: connect to host 10.77.0.12 port 22: Connection refused\n", "refused"),
        (255, "ssh: connect to host 10.77.0.12 port 22: No route to host\n", "no-route"),
        (255, "ssh: connect to host 10.77.0.12 port 22: Network is unreachable\n", "no-route"),
        (255, "kex_exchange_identification: Connection closed by remote host\n", "lost"),
        (255, "something that no version of ssh has said yet\n", "lost"),
        (255, "", "lost"),
        (127, "bash: line 1: hamn-agent: command not found\n", "no-hamn"),
        (126, "bash: line 1: /usr/local/bin/hamn-agent: Permission denied\n", "no-hamn"),
        (1, "ModuleNotFoundError: No module named 'hamn'\n", "lost"),
    ],
)
def test_what_ssh_says_is_one_line_and_something_to_do(status: int, said: str, code: str) -> None:
    why = ssh.unreachable(MN2, status, said)
    assert why.code == code
    assert why.machine == "mn2"
    assert why.why
    assert "\n" not in why.why
    assert why.hint
    assert "{" not in why.why + why.hint


def test_the_hint_names_the_port_where_it_is_not_the_usual_one() -> None:
    why = ssh.unreachable(Machine("mn2", "10.77.0.12", user="hamn", port=2222), 255, UNKNOWN)
    assert "ssh -p 2222 hamn@10.77.0.12" in why.hint
    changed = ssh.unreachable(Machine("mn2", "10.77.0.12", port=2222), 255, CHANGED)
    assert "'[10.77.0.12]:2222'" in changed.hint


def test_a_shared_connection_that_broke_says_nothing_about_the_machine() -> None:
    said = "mux_client_request_session: read from master failed: Broken pipe"
    assert ssh.is_stale(ssh.unreachable(MN2, 255, said))
    said = "ssh: connect to host master port 22: Connection refused"
    assert not ssh.is_stale(ssh.unreachable(MN2, 255, said))


def test_host_keys_are_always_checked_and_nobody_is_asked_anything() -> None:
    argv = ssh.argv(MN2)
    assert "StrictHostKeyChecking=yes" in argv
    assert "BatchMode=yes" in argv
    assert argv[-2:] == ["10.77.0.12", "hamn-agent"]
