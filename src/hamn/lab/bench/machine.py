"""A machine of the lab as a management node of its own: tables, daemon, and the daemons that files are made for.

All of this runs inside that machine, and changes its files: it is a machine of a lab that ends with the figures.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from hamn.lab.bench import cluster
from hamn.xcat.client import links
from hamn.xcat.credentials import setup
from hamn.xcat.credentials.first_rows import Beginning
from hamn.xcat.credentials.places import Places
from hamn.xcat.generators.kea import CONTROL
from hamn.xcat.stores import Store, open_store, parse
from hamn.xcat.tables import Row

ROOT, PORT, UNIT, NAME = Path("/root/figures"), 4001, "figures-xcatd", "server"
CERTIFICATES = Path("/etc/xcat/cert")
DHCPD, KEA, NAMED, CONSERVER = "isc-dhcp-server", "kea-dhcp4-server", "named", "conserver-server"
PATIENCE_S = 120.0


class CannotMeasure(Exception):
    """What was done, and what came of it."""


class Machine:
    def __init__(self) -> None:
        self.places = Places(ROOT)
        self.store: Store = open_store(parse(str(self.places.etc), "here"))
        self.environment = {
            "HOME": str(self.places.root_home),
            "PATH": os.environ["PATH"],
            "XCATHOST": f"localhost:{PORT}",
            "XCATCFG": str(self.places.etc),  # chtab asks no daemon
        }

    def begin(self) -> None:
        do("ip", "address", "add", f"{cluster.SERVER}/{cluster.PREFIX}", "dev", "eth0")
        with Path("/etc/hosts").open("a", encoding="ascii") as hosts:
            hosts.write(f"{cluster.SERVER} {NAME}.{cluster.DOMAIN} {NAME}\n")
        for directory in (self.places.etc, *map(Path, ("/var/lib/kea", "/var/log/consoles", "/var/lib/dhcp"))):
            directory.mkdir(parents=True, exist_ok=True)
        Path("/var/lib/dhcp/dhcpd.leases").touch()
        do("chown", "bind:bind", "/var/lib/bind")  # without the role's disk it is nobody's
        beginning = Beginning(NAME, cluster.SERVER, cluster.DOMAIN)
        setup.primary(self.places, self.store, beginning, [NAME, "localhost", cluster.SERVER])
        # conserver is told of certificates where they are on a real site
        CERTIFICATES.parent.mkdir(parents=True, exist_ok=True)
        CERTIFICATES.symlink_to(self.places.server)
        with self.store.change(["site", "passwd", "networks"]) as change:
            settings = {**cluster.site(PORT), "xcatconfdir": str(self.places.etc)}
            change.put("site", [{"key": key, "value": value} for key, value in settings.items()])
            key = {"key": "omapi", "username": cluster.KEY_NAME, "password": cluster.SECRET}
            change.put("passwd", [key], by=("key",))
            change.put("networks", [cluster.network(0)], by=("netname",))
        links.make(str(ROOT / "bin"), links.names())
        self.start()

    def start(self) -> None:
        """Until it is ready."""
        words = ["--quiet", "--collect", f"--unit={UNIT}", "--service-type=notify", "-p", "NotifyAccess=main"]
        words += ["-p", "LimitNOFILE=16000", f"--setenv=XCATCFG={self.places.etc}"]
        do("systemd-run", *words, str(ROOT / "bin/xcatd"), "-f")

    def stop(self) -> None:
        do("systemctl", "stop", UNIT)

    @property
    def resident_mb(self) -> float:
        status = Path("/proc", main_pid(UNIT), "status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) / 1024

    def command(self, name: str, *words: str, stdin: Path | None = None) -> float:
        """The seconds of a whole command, as it is typed."""
        argv = [str(ROOT / "bin" / name), *words]
        with (stdin or Path(os.devnull)).open("rb") as given:
            began_s = time.monotonic()
            done = subprocess.run(
                argv, stdin=given, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=self.environment
            )
            took_s = time.monotonic() - began_s
        if done.returncode:
            raise CannotMeasure(f"{name} {' '.join(words)}: {done.stderr.decode(errors='replace').strip()[-300:]}")
        return took_s

    def restored(self, tables: Mapping[str, Sequence[Row]]) -> float:
        """The seconds of one tabrestore after another."""
        for table, rows in tables.items():
            (ROOT / f"{table}.csv").write_text(cluster.csv(table, rows), encoding="ascii")
        return sum(self.command("tabrestore", str(ROOT / f"{table}.csv")) for table in tables)

    def use(self, backend: str) -> None:
        """That DHCP server runs, the other doesn't."""
        run("systemctl", "stop", DHCPD, KEA)
        self.command("chtab", "key=dhcpbackend", f"site.value={backend}")
        self.command("makedhcp", "-n")


def run(*argv: str, stdin: str = "") -> str:
    return subprocess.run(argv, input=stdin, capture_output=True, text=True).stdout


def do(*argv: str) -> float:
    """The seconds that it took."""
    began_s = time.monotonic()
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise CannotMeasure(f"{' '.join(argv)}: {done.stderr.strip()[-300:]}")
    return time.monotonic() - began_s


def main_pid(unit: str) -> str:
    return run("systemctl", "show", "--property=MainPID", "--value", unit).strip()


def until(what: str, holds: Callable[[], bool]) -> float:
    """The seconds until it does."""
    began_s = time.monotonic()
    while not holds():
        if time.monotonic() > began_s + PATIENCE_S:
            raise CannotMeasure(f"{what}: not within {PATIENCE_S:g} s")
        time.sleep(0.005)
    return time.monotonic() - began_s


def resolves(number: int, version: int) -> bool:
    name = f"{cluster.name(number)}.{cluster.DOMAIN}"
    argv = ("dig", "+short", "+time=1", "+tries=1", f"@{cluster.SERVER}", name)
    return run(*argv).strip() == cluster.address(number, version)


def dhcpd_has(number: int, version: int) -> bool:
    """Asked of the daemon itself (omshell(1))."""
    words = f"key-algorithm hmac-sha256\nkey {cluster.KEY_NAME} {cluster.SECRET}\nconnect\nnew host\n"
    words += f"set hardware-address = {cluster.mac(number, version)}\nset hardware-type = 1\nopen\n"
    return f'name = "{cluster.name(number)}"' in run("omshell", stdin=words)


def kea_has(number: int, version: int) -> bool:
    said = b""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(CONTROL)
            connection.sendall(b'{"command": "config-get"}')
            connection.shutdown(socket.SHUT_WR)
            while more := connection.recv(1 << 20):
                said += more
    except OSError:  # it doesn't listen yet
        return False
    return cluster.mac(number, version).encode() in said


def catches_hang_up(unit: str) -> bool:
    try:
        status = Path("/proc", main_pid(unit), "status").read_text(encoding="ascii")
    except OSError:
        return False
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> (signal.SIGHUP - 1) & 1)


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
