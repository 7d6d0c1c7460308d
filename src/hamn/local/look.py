"""What a client would see: one question in the service's own protocol, asked anew until the time is over."""

from __future__ import annotations

import argparse
import os
import re
import socket
import struct
import sys
import time
from collections.abc import Callable, Sequence
from ipaddress import ip_address

PATIENCE_S = 1.5
"""For one answer."""
PAUSE_S = 0.1
SILENT = "no answer"
_A, _AAAA, _IN = 1, 28, 1
_RCODES = {1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}


class No(Exception):
    """It answers, but not what a client needs; or nothing answers. One line."""


def look(words: Sequence[str]) -> int:
    """look tcp|xcat ADDRESS PORT | dns ADDRESS NAME | http ADDRESS PORT PATH | tftp ADDRESS FILE: "answers .."."""
    parser = argparse.ArgumentParser(prog="hamn-local look")
    parser.add_argument("--within-s", type=float, default=0)
    asked = parser.add_subparsers(dest="how", required=True)
    for how, fields in ASKED.items():
        one = asked.add_parser(how)
        for field in fields:
            one.add_argument(field, type=int if field == "port" else str)
        one.add_argument("--within-s", type=float, default=argparse.SUPPRESS)
    arguments = parser.parse_args(words)
    how = arguments.how
    question = [getattr(arguments, field) for field in ASKED[how]]
    deadline_s = time.monotonic() + arguments.within_s
    while True:
        try:
            print(f"answers {ASK[how](*question)}")
            return 0
        except No as why:
            said = str(why)
        except TimeoutError:
            said = SILENT
        except OSError as error:
            said = error.strerror or str(error)
        if time.monotonic() + PAUSE_S >= deadline_s:
            if said == SILENT:
                print("silent")  # nobody answered, which is more than not having been able to ask
            print(f"{how} {' '.join(map(str, question))}: {said}", file=sys.stderr)
            return 1
        time.sleep(PAUSE_S)


def _datagram(address: str) -> socket.socket:
    family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
    asking = socket.socket(family, socket.SOCK_DGRAM)
    asking.settimeout(PATIENCE_S)
    return asking


def _tcp(address: str, port: int) -> str:
    socket.create_connection((address, port), PATIENCE_S).close()
    return f"tcp {address}:{port}"


def _dns(address: str, name: str) -> str:
    """An address, or at least this server's own authority for the name."""
    for kind in (_A, _AAAA):
        number = int.from_bytes(os.urandom(2))
        labels = b"".join(
            bytes([len(part)]) + part for part in name.rstrip(".").encode("idna").split(b".") if part
        )
        query = struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", kind, _IN)
        with _datagram(address) as asking:
            asking.connect((address, 53))
            asking.send(query)
            answer = asking.recv(4096)
        if len(answer) < 12:
            raise No("answers, but not in DNS")
        same, flags, _, answers, _, _ = struct.unpack_from("!6H", answer)
        if same != number or not flags & 0x8000:
            raise No("answers another question")
        if code := flags & 0xF:
            raise No(_RCODES.get(code, f"DNS error {code}"))
        if answers:
            return f"{name} with {answers} record{'s' if answers > 1 else ''}"
    if flags & 0x0400:
        return f"{name} with authority"
    raise No("knows no address of it")


def _http(address: str, port: int, path: str) -> str:
    with socket.create_connection((address, port), PATIENCE_S) as asking:
        host = f"[{address}]" if ":" in address else address
        asking.sendall(f"GET {path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        with asking.makefile("rb") as answer:
            line = answer.readline(4096).decode("latin-1").strip()
    version, _, status = line.partition(" ")
    if not version.startswith("HTTP/"):
        raise No("answers, but not in HTTP")
    if status[:1] not in ("2", "3"):
        raise No(status or "answers without a status")
    return f"HTTP {status}"


def _first_block(asking: socket.socket, address: str, file: str) -> tuple[bytes, tuple[str, int]]:
    """Asks again after a moment, as clients do: tftpd-hpa answers the first request after its start from the
    machine's own address, which no client may take for the server's."""
    for patience_s in (0.2, 0.5, PATIENCE_S):
        asking.settimeout(patience_s)
        asking.sendto(b"\0\1" + os.fsencode(file) + b"\0octet\0", (address, 69))
        try:
            while True:
                answer, origin = asking.recvfrom(2048)
                if ip_address(origin[0]) == ip_address(address):
                    return answer, origin
        except TimeoutError:
            continue
    raise TimeoutError


def _tftp(address: str, file: str) -> str:
    """RFC 1350: a read request; the first block is enough, and the server is told so."""
    with _datagram(address) as asking:
        answer, origin = _first_block(asking, address, file)
        kind = int.from_bytes(answer[:2])
        if kind == 5:
            raise No(answer[4:].rstrip(b"\0").decode(errors="replace") or "TFTP error")
        if kind != 3:
            raise No("answers, but not in TFTP")
        asking.sendto(b"\0\5\0\0that was all\0", origin)
    return f"{file} with {len(answer) - 4} bytes in its first block"


def _xcat(address: str, port: int) -> str:
    """`lsxcatd -v`, which anybody may ask: no certificate is shown, and none is judged."""
    import ssl  # the others have no use for it, and it takes a while

    from hamn.xcat.protocol import request

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((address, port), PATIENCE_S) as plain, context.wrap_socket(plain) as asking:
        asking.settimeout(PATIENCE_S)
        asking.sendall(request.written("lsxcatd", ["-v"], cwd="/"))
        said = b""
        while b"<serverdone" not in said:
            if not (more := asking.recv(4096)):
                raise No("ends the connection in the middle")
            said += more
            if len(said) > 65536:
                raise No("answers, but not as xcatd does")
    version = re.search(rb"Version [^<\n]*", said)
    if version is None:
        raise No("answers, but not as xcatd does")
    return f"xcatd {version[0].decode(errors='replace')}"


ASKED = {
    "tcp": ("address", "port"),
    "xcat": ("address", "port"),
    "dns": ("address", "name"),
    "http": ("address", "port", "path"),
    "tftp": ("address", "file"),
}
ASK: dict[str, Callable[..., str]] = {"tcp": _tcp, "xcat": _xcat, "dns": _dns, "http": _http, "tftp": _tftp}
