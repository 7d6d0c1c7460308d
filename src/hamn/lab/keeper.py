"""Stays with a machine while it has power: starts its init, and again when the machine reboots itself.

Run as `python -m hamn.lab.keeper LAB MACHINE [ipv6]` by `Machine.boot`, in the machine's control group: a power
cut takes it along, so it has a say only where a machine ends by its own will.
"""

from __future__ import annotations

import signal
import sys

from hamn.lab.lab import Lab


def main() -> int:
    lab, name, *ipv6 = sys.argv[1:]
    machine = Lab(lab).machine(name)
    # reboot(2): a namespace that restarts ends by SIGHUP, one that halts or powers off by SIGINT
    while (ended := machine.live(ipv6=bool(ipv6))) == -signal.SIGHUP:
        pass
    return 0 if ended in (0, -signal.SIGINT) else 1


if __name__ == "__main__":
    sys.exit(main())
