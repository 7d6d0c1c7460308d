"""A network filesystem whose server has died: `python3 silent_storage.py TARGET` mounts one there.

It reads every question and keeps it, so whoever asked sleeps in the kernel and can't be killed (fuse: a request
that its server has read is waited for, come what may), as on a hard NFS mount. When this process ends, the kernel
gives all of them an error. Runs inside a lab machine, with the standard library alone.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

INIT = 26
VERSION = (7, 31)
HEADER = struct.Struct("=IiQ")
"""fuse_out_header: length, error, the question's number."""


def main(target: str) -> None:
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"server:/export", target.encode(), b"fuse", 0, options.encode()) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), target)
    while True:
        try:
            asked = os.read(device, 1 << 20)
        except OSError:  # unmounted
            return
        _, opcode, number = struct.unpack_from("=IIQ", asked)
        if opcode == INIT:
            answer = struct.pack("=IIIIHHI", *VERSION, 0, 0, 0, 0, 4096) + bytes(40)
            os.write(device, HEADER.pack(HEADER.size + len(answer), 0, number) + answer)


if __name__ == "__main__":
    main(sys.argv[1])
