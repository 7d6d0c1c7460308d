"""The lab's network: namespaces of its own joined by a bridge. The host's network isn't part of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hamn.lab.host import tool

BRIDGE = "br0"
ADDRESSES = {"mn1": "10.77.0.11/24", "mn2": "10.77.0.12/24", "client": "10.77.0.100/24"}
ADDRESSES_6 = {"mn1": "fd77::11/64", "mn2": "fd77::12/64", "client": "fd77::100/64"}
BMCS = {"mn1": "10.77.0.21", "mn2": "10.77.0.22"}
VIRTUAL_IP, VIRTUAL_IP_6 = "10.77.0.10/24", "fd77::10/64"
MACHINES = ("mn1", "mn2")
ENDS = (*MACHINES, "client")
"""Who has a port on the switch."""


class Network:
    """Four named namespaces: a switch with one bridge, and three that have an eth0 plugged into it."""

    def __init__(self, lab: str) -> None:
        self.lab = lab

    def namespace(self, where: str) -> str:
        return f"hamn-{self.lab}-{where}"

    def file(self, where: str) -> Path:
        """What nsenter opens."""
        return Path("/run/netns") / self.namespace(where)

    def up(self, *, ipv6: bool) -> None:
        """Idempotent. The machines' own addresses come with their boot (`plug`)."""
        for where in ("switch", *ENDS):
            if not self.file(where).exists():
                tool("ip", "netns", "add", self.namespace(where))
            self._ip(where, "link set lo up")
        if BRIDGE not in self._links():
            self._ip("switch", f"link add {BRIDGE} type bridge stp_state 0 forward_delay 0")
            self._ip("switch", f"link set {BRIDGE} up")
        for bmc in BMCS.values():
            self._ip("switch", f"address replace {bmc}/24 dev {BRIDGE}")
        for end in ENDS:
            if end not in self._links():
                mac = f"02:77:00:00:00:{int(ADDRESSES[end].partition('/')[0].rpartition('.')[2]):02x}"
                peer = f"peer name eth0 address {mac} netns {self.namespace(end)}"
                self._ip("switch", f"link add {end} type veth {peer}")
                # as systemd-sysctl does at boot, which has no say over a lab's kernel: systemd's 50-default.conf
                promote = "net.ipv4.conf.eth0.promote_secondaries=1"
                tool("ip", "netns", "exec", self.namespace(end), "sysctl", "-q", "-w", promote)
            self._ip("switch", f"link set {end} master {BRIDGE} up")
        self.plug("client", ipv6=ipv6)

    def plug(self, end: str, *, ipv6: bool) -> None:
        """The cable in, and the machine's own addresses: what its network configuration would do at boot."""
        self._ip(end, "link set lo up")
        self._ip(end, "link set eth0 up")
        self._ip(end, f"address replace {ADDRESSES[end]} dev eth0")
        if ipv6:
            self._ip(end, f"address replace {ADDRESSES_6[end]} dev eth0 nodad")
        self.connect(end)

    def flush(self, end: str) -> None:
        """A machine without power has no addresses; its namespace would keep them, the virtual one too."""
        self._ip(end, "address flush dev eth0")
        self._ip(end, "neighbour flush all")

    def connect(self, end: str) -> None:
        self._ip("switch", f"link set {end} up")

    def disconnect(self, end: str) -> None:
        self._ip("switch", f"link set {end} down")

    def connected(self, end: str) -> bool:
        return ",UP" in self._links().get(end, "")

    def addresses(self, end: str) -> list[str]:
        lines = self._ip(end, "-oneline address show dev eth0 scope global").splitlines()
        return [line.split()[3] for line in lines]

    def exists(self) -> bool:
        return self.file("switch").exists()

    def down(self) -> None:
        """Idempotent; also what an `up` left that was killed half-way."""
        for where in ("switch", *ENDS):
            if self.file(where).exists():
                tool("ip", "netns", "del", self.namespace(where))

    def _links(self) -> dict[str, str]:
        """Flags by name, of the switch's ports and its bridge."""
        found = {}
        for line in self._ip("switch", "-oneline link show").splitlines():
            words = line.split()
            found[words[1].rstrip(":").partition("@")[0]] = words[2]
        return found

    def _ip(self, where: str, words: str) -> str:
        return tool("ip", "-n", self.namespace(where), *words.split())


def leftovers() -> list[str]:
    """Names of namespaces of any lab, for those who look that nothing was left."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=False).stdout
    return [line.split()[0] for line in listed.splitlines() if line.startswith("hamn-")]
