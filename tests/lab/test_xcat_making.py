"""The making commands with the daemons themselves, in a machine of the lab: who answers what afterwards."""

from __future__ import annotations

import base64
import io
import tarfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from hamn.lab.lab import Lab
from hamn.xcat.stores.sqlite import SqliteStore

pytestmark = pytest.mark.lab

WHERE, TABLES = "mn1", "/root/making"
NODES = [(f"n{number:04}", number) for number in range(1000)]
LAST = NODES[-1][0]
UNITS = ("named", "isc-dhcp-server", "kea-dhcp4-server", "kea-dhcp-ddns-server", "conserver-server")
SAVED = (
    *("/etc/hosts", "/etc/bind", "/etc/dhcp", "/etc/kea", "/etc/conserver", "/etc/default/isc-dhcp-server"),
    *("/etc/xcat", "/var/lib/bind", "/var/lib/dhcp", "/var/lib/kea"),
)
SECRET = "bm90LWEtc2VjcmV0"
_UNPACK = (
    "import base64, io, sys, tarfile; "
    f"tarfile.open(fileobj=io.BytesIO(base64.b64decode(sys.stdin.read()))).extractall('{TABLES}')"
)


def rows() -> Mapping[str, Sequence[Mapping[str, str]]]:
    site = {
        "domain": "cluster.test",
        "master": "10.77.0.11",
        "nameservers": "10.77.0.11",
        "dhcpinterfaces": "eth0",
        "dhcpbackend": "isc",
        "dhcpomapialgorithm": "hmac-sha256",
    }
    network = {"mask": "255.255.0.0", "mgtifname": "eth0", "dynamicrange": "10.78.250.1-10.78.250.9"}
    return {
        "site": [{"key": key, "value": value} for key, value in site.items()],
        "passwd": [{"key": "omapi", "username": "xcat_key", "password": SECRET}],
        "networks": [
            {"netname": "own", "net": "10.77.0.0", "mask": "255.255.255.0", "mgtifname": "eth0"},
            {"netname": "nodes", "net": "10.78.0.0", **network},
        ],
        "nodelist": [{"node": node, "groups": "compute,all"} for node, _ in NODES],
        "hosts": [{"node": node, "ip": f"10.78.{1 + at // 250}.{1 + at % 250}"} for node, at in NODES],
        "mac": [{"node": node, "mac": f"02:00:00:00:{at >> 8:02x}:{at & 255:02x}"} for node, at in NODES],
        "noderes": [{"node": "compute", "netboot": "xnba"}],
        "nodehm": [{"node": "compute", "cons": "ipmi", "consoleondemand": "yes"}],
    }


def packed(directory: Path) -> str:
    store = SqliteStore(directory)
    store.create()
    with store.change(rows()) as change:
        for table, many in rows().items():
            change.insert(table, many)
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as tar:
        tar.add(directory, ".")
    return base64.b64encode(held.getvalue()).decode()


@dataclass
class Node:
    """The management node that makes files."""

    lab: Lab

    def run(self, *argv: str, stdin: str = "") -> str:
        found = self.lab.run(WHERE, argv, stdin=stdin)
        assert found.returncode == 0, f"{' '.join(argv)}: {found.stdout}{found.stderr}"
        return found.stdout

    def say(self, command: str, *words: str) -> str:
        environment = ("XCATBYPASS=1", f"XCATCFG=SQLite:{TABLES}", "TERM=vt100")
        return self.run("env", *environment, "hamn", "xcat", command, *words)

    def dig(self, *words: str) -> str:
        return self.run("dig", "+short", "+time=2", "@10.77.0.11", *words).strip()

    def process(self, unit: str) -> str:
        assert self.lab.run(WHERE, ["systemctl", "is-active", unit]).stdout.strip() == "active"
        return self.run("systemctl", "show", "-p", "MainPID,ExecMainStartTimestampMonotonic", unit)


@pytest.fixture(scope="module")
def mn(session_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """Nobody has the role; everything that is made here is gone afterwards."""
    made = Node(session_lab)
    session_lab.run(WHERE, ["hamn", "--yes", "deactivate"])
    made.run("mkdir", "-p", TABLES, "/root/before", "/var/lib/kea", "/etc/xcat/cert", "/var/log/consoles")
    made.run("cp", "-a", "--parents", *SAVED, "/root/before")
    made.run("python3", "-c", _UNPACK, stdin=packed(tmp_path_factory.mktemp("tables")))
    made.run("touch", "/var/lib/dhcp/dhcpd.leases")  # as the package leaves it
    made.say("makehosts")
    yield made
    session_lab.run(WHERE, ["systemctl", "stop", *UNITS])
    made.run("rm", "-rf", *SAVED)
    made.run("cp", "-a", "/root/before/.", "/")
    made.run("rm", "-rf", TABLES, "/root/before")


def test_names(mn: Node) -> None:
    assert mn.say("makedns", "-n").splitlines()[-1] == "DNS setup is completed"
    assert mn.dig(f"{LAST}.cluster.test") == "10.78.4.250"
    assert mn.dig("-x", "10.78.4.250") == f"{LAST}.cluster.test."
    process = mn.process("named")
    update = (
        f"server 10.77.0.11\nkey hmac-sha256:xcat_key {SECRET}\nzone cluster.test\n"
        'update add pc.cluster.test 300 A 10.78.250.1\nupdate add pc.cluster.test 300 TXT "31aBc"\n'
        "update add other.cluster.test 300 A 10.78.250.2\nsend\n"
    )
    mn.run("nsupdate", stdin=update)
    mn.say("chtab", "node=n0002", "hosts.ip=10.78.9.9")
    mn.say("makehosts")
    mn.say("makedns", "n0002")
    assert mn.dig("n0002.cluster.test") == "10.78.9.9"
    assert mn.dig("-x", "10.78.1.3") == ""
    assert (mn.dig("pc.cluster.test"), mn.dig("other.cluster.test")) == ("10.78.250.1", "10.78.250.2")
    mn.say("makedns", "-d", "n0003")
    assert mn.dig("n0003.cluster.test") == ""
    mn.say("makedns", "-n")
    assert mn.dig("n0003.cluster.test") == "10.78.1.4"
    assert (mn.dig("pc.cluster.test"), mn.dig("other.cluster.test")) == ("10.78.250.1", "")
    assert mn.process("named") == process
    mn.run("systemctl", "stop", "named")
    mn.say("makedns", "-n")
    assert mn.dig("pc.cluster.test", "TXT") == '"31aBc"'


def test_leases_of_isc(mn: Node) -> None:
    mn.say("makedhcp", "-n")
    mn.say("makedhcp", "-a")
    last = mn.say("makedhcp", "-q", LAST).strip()
    assert last == f"{LAST}: ip-address = 10.78.4.250, hardware-address = 02:00:00:00:03:e7"
    process = mn.process("isc-dhcp-server")
    mn.say("makedhcp", "-a")
    mn.say("makedhcp", "-n")
    assert mn.process("isc-dhcp-server") == process
    mn.say("makedhcp", "-d", "n0004")
    assert mn.say("makedhcp", "-q", "n0004") == ""
    mn.process("isc-dhcp-server")
    # dhcpd itself: it writes the hosts that it knows when it begins a new leases file
    mn.run("systemctl", "stop", "isc-dhcp-server")
    assert mn.run("grep", "-c", "^host ", "/var/lib/dhcp/dhcpd.leases").strip() == str(len(NODES) - 1)


def test_leases_of_kea(mn: Node) -> None:
    mn.run("systemctl", "stop", "isc-dhcp-server")
    mn.say("chtab", "key=dhcpbackend", "site.value=kea")
    try:
        mn.say("makedhcp", "-n")
        process = mn.process("kea-dhcp4-server")
        mn.say("makedhcp", "-a")
        assert LAST in mn.say("makedhcp", "-q", LAST)
        assert mn.process("kea-dhcp4-server") == process
        log = mn.run("journalctl", "-u", "kea-dhcp4-server", "--no-pager")
        assert "DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS" in log
    finally:
        mn.run("systemctl", "stop", "kea-dhcp4-server", "kea-dhcp-ddns-server")
        mn.say("chtab", "key=dhcpbackend", "site.value=isc")


def test_consoles(mn: Node) -> None:
    cert = "/etc/xcat/cert"
    request = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=mn")
    mn.run(*request, "-keyout", f"{cert}/key.pem", "-out", f"{cert}/ca.pem")
    both = mn.run("cat", f"{cert}/ca.pem", f"{cert}/key.pem")
    mn.run("dd", f"of={cert}/server-cred.pem", stdin=both)
    mn.say("makeconservercf")
    mn.run("systemctl", "start", "conserver-server")
    started = mn.process("conserver-server")
    mn.say("makeconservercf", "-d", "n0008-n0999")  # it is still starting its consoles, and would end by a signal
    process = mn.process("conserver-server")
    assert process != started
    _until_it_catches_hang_up(mn)
    mn.say("makeconservercf", "-d", "n0005")
    _until_it_catches_hang_up(mn)
    assert mn.process("conserver-server") == process
    log = mn.run("journalctl", "-u", "conserver-server", "--no-pager")
    assert "processing SIGHUP" in log
    mn.run("systemctl", "stop", "conserver-server")  # with all consoles that takes a minute


def _until_it_catches_hang_up(mn: Node) -> None:
    pid = mn.run("systemctl", "show", "--property=MainPID", "--value", "conserver-server").strip()
    for _ in range(600):
        (caught,) = [
            line for line in mn.run("cat", f"/proc/{pid}/status").splitlines() if line.startswith("SigCgt")
        ]
        if int(caught.split()[1], 16) & 1:
            return
        time.sleep(0.1)
    raise AssertionError("conserver never set up its signals")


def test_everything_matches_and_one_change_is_found(mn: Node) -> None:
    mn.say("regenerate")
    mn.say("compare")
    mn.say("chtab", "node=n0007", "hosts.ip=10.78.9.7")
    environment = ("XCATBYPASS=1", f"XCATCFG=SQLite:{TABLES}", "TERM=vt100")
    found = mn.lab.run(WHERE, ["env", *environment, "hamn", "xcat", "compare"])
    assert found.returncode == 1
    assert "differs /etc/hosts" in found.stdout
    mn.say("regenerate")
    mn.say("compare")
    assert mn.dig("n0007.cluster.test") == "10.78.9.7"
