"""Whether a logical volume of AIX's is free: nobody on this machine has it open, mounted or not."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence

# lslv: no such volume in the ODM; its volume group isn't varied on. Both: nobody here can have it open.
_NONE = re.compile(r"\b0516-(?:306|010)\b")


def volume_free(words: Sequence[str]) -> int:
    """volume-free DEVICE: "free", "none" where this machine can't open it at all, or "busy" and exit status 1."""
    parser = argparse.ArgumentParser(prog="hamn-local volume-free")
    parser.add_argument("device")
    device = parser.parse_args(words).device
    asked = ["lslv", device.removeprefix("/dev/")]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    state = re.search(r"LV STATE:\s*(\w+)", answer.stdout)
    if answer.returncode != 0 and _NONE.search(answer.stderr):
        print("none")
    if answer.returncode != 0 or state is None:
        print(
            f"hamn-local volume-free: {device}: {answer.stderr.strip() or 'lslv tells no state'}", file=sys.stderr
        )
        return 1
    free = state[1] == "closed"
    mounted = re.search(r"MOUNT POINT:\s*(/\S*)", answer.stdout)
    print("free" if free else f"busy{f': mounted at {mounted[1]}' if mounted else ''}")
    return 0 if free else 1
