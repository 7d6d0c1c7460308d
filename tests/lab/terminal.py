"""An operator at a terminal: `python3 terminal.py PATTERN DEED COMMAND …` does it once PATTERN is on the screen.

DEED is "interrupt" (Ctrl-C), "interrupt twice", "hang up" (the terminal goes away), "yes after SECONDS" or "type
NAME" (and y to whatever is asked next). What the screen showed goes to stdout, the command's exit status is the
last line. Runs inside a lab machine, with the standard library alone.
"""

from __future__ import annotations

import os
import pty
import re
import sys
import time

CTRL_C = b"\x03"


def do(deed: str, terminal: int) -> None:
    if deed == "hang up":
        os.close(terminal)
    elif deed.startswith("type "):
        os.write(terminal, f"{deed.split()[-1]}\ny\n".encode())
    elif deed.startswith("yes after "):
        time.sleep(float(deed.split()[-1]))
        os.write(terminal, b"y\n")
    else:
        os.write(terminal, CTRL_C)
        if deed == "interrupt twice":
            time.sleep(0.2)
            os.write(terminal, CTRL_C)


def main(pattern: str, deed: str, *command: str) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    screen, done = b"", False
    try:
        while said := os.read(terminal, 65536):
            screen += said
            if not done and re.search(pattern.encode(), screen):
                done = True
                do(deed, terminal)
    except OSError:  # the other side of the terminal is closed, or ours is
        pass
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(screen.decode(errors="replace").replace("\r", "\n"))
    print(status)


if __name__ == "__main__":
    main(*sys.argv[1:])
