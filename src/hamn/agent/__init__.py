"""The small process through which hamn works on a machine, its own one too: JSON lines on stdin and stdout.

Standard library and hamn.local only, so that it is there in a few hundredths of a second.

    <- {"hamn-agent": 1, "version": "0.1.0"}                                    the greeting: protocol, version
    -> {"id": 1, "run": {"argv": [...], "timeout_s": 30, "stdin": "", "secrets": [[option, path]]}}
    <- {"id": 1, "exit_status": 0, "stdout": "", "stderr": "", "took_s": 0.01, "timed_out": false}
    -> {"id": 2, "lock": {"file": "/run/hamn/hpc1.lock", "holder": {...}}}
    <- {"id": 2, "holder": null}                            taken; else who has it; or {"id": 2, "error": "..."}
    -> {}                                                   the caller is still there
"""

from __future__ import annotations


def main() -> int:
    from hamn.agent.conversation import Conversation

    return Conversation().hold()
