"""The management node's figures, taken inside a machine of the lab: whole commands through the daemon, as typed.

Between two rounds every address, hardware address and console of the tables changes: each round makes everything
anew. A figure's line ends with its bar, what the real one takes, and its floor: what would be left if ours took
nothing.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hamn.lab.bench import clients, cluster
from hamn.lab.bench.figure import tell
from hamn.lab.bench.machine import (
    CONSERVER,
    DHCPD,
    KEA,
    NAMED,
    PORT,
    ROOT,
    CannotMeasure,
    Machine,
    catches_hang_up,
    dhcpd_has,
    do,
    kea_has,
    progress,
    resolves,
    run,
    until,
)
from hamn.xcat.ranges import NodeView

READ = ("nodelist", "nodegroup", "hosts", "nics", "mac", "noderes", "nodehm")
"""What the generators read."""
STANZAS = 1000
MANY_TIMES = 10


@dataclass
class Management:
    machine: Machine
    nodes: int
    rounds: int
    version: int = 1
    floors: dict[str, float] = field(default_factory=dict)

    def all(self) -> bool:
        """False where one couldn't be measured: the others are."""
        self.machine.begin()
        whole = [
            self._measured(figures)
            for figures in (
                self.floor,
                self.making,
                self.making_kea,
                self.regenerate,
                self.definitions,
                self.whole_tables,
                self.many_clients,
                self.much,
            )
        ]
        return all(whole)

    def _measured(self, figures: Callable[[], None]) -> bool:
        began_s = time.monotonic()
        try:
            figures()
        except CannotMeasure as why:
            progress(f"hamn lab bench: {figures.__name__}: {why}")
            return False
        progress(f"{figures.__name__}: {time.monotonic() - began_s:.0f} s")
        return True

    @property
    def last(self) -> int:
        return self.nodes - 1

    def _afresh(self) -> float:
        """Everything else than before in the tables. Seconds of seven tabrestores."""
        self.version = 1 - self.version
        network = cluster.network(self.version)
        self.machine.command("chtab", "netname=nodes", f"networks.dynamicrange={network['dynamicrange']}")
        return self.machine.restored(cluster.of_nodes(self.nodes, self.version))

    # the figures

    def floor(self) -> None:
        """What no command is below, whatever it does."""
        self._tell("python_s", [do("python3", "-IS", "-c", "pass") for _ in range(MANY_TIMES)], "an empty program")
        asked = [self.machine.command("lsxcatd", "-v") for _ in range(MANY_TIMES)]
        self._tell("client_s", asked, "a command that reads no table: python, TLS, one answer")
        self._afresh()
        reading: list[float] = []
        for _ in range(self.rounds):
            began_s = time.monotonic()
            view = NodeView(self.machine.store.read_all(READ))
            for table in ("hosts", "mac", "noderes", "nodehm"):
                dict(view.all(table))
            reading.append(time.monotonic() - began_s)
        self._tell("reading_s", reading, "the tables that are made into files, read once")

    def making(self) -> None:
        machine, at = self.machine, self.last
        took: dict[str, list[float]] = {
            name: [] for name in ("tabrestore", "makehosts", "makedns", "makedhcp", "makeconservercf")
        }
        machine.use("isc")
        self._once()
        for _ in range(self.rounds):
            took["tabrestore"].append(self._afresh())
            took["makehosts"].append(machine.command("makehosts"))
            dns_s = machine.command("makedns", "-n")
            took["makedns"].append(dns_s + until("named", lambda: resolves(at, self.version)))
            dhcp_s = machine.command("makedhcp", "-n") + machine.command("makedhcp", "-a")
            took["makedhcp"].append(dhcp_s + until("dhcpd", lambda: dhcpd_has(at, self.version)))
            until("conserver", lambda: catches_hang_up(CONSERVER))
            took["makeconservercf"].append(machine.command("makeconservercf"))
        self._tell("tabrestore_s", took["tabrestore"], "bar 2; xCAT 41; seven tables, one after another")
        reading = f"floor {self.floors['reading_s']:.3f}: reading"
        self._tell("makehosts_s", took["makehosts"], f"bar 0.5; xCAT 31; {reading}")
        own_s = self._loading(NAMED, lambda: resolves(at, self.version))
        self._tell("makedns_s", took["makedns"], f"bar 1.2; xCAT 353; {reading}, and {own_s:.3f}: named's start")
        own_s = self._loading(DHCPD, lambda: dhcpd_has(at, self.version))
        self._tell("makedhcp_s", took["makedhcp"], f"bar 1.2; xCAT 246; {reading}, and {own_s:.3f}: dhcpd's start")
        self._tell("makeconservercf_s", took["makeconservercf"], f"bar 0.4; xCAT 4; {reading}")

    def _once(self) -> None:
        """All daemons run, and have files of the tables."""
        self.machine.command("makehosts")
        self.machine.command("makedns", "-n")
        self.machine.command("makedhcp", "-a")
        self.machine.command("makeconservercf")
        do("systemctl", "restart", CONSERVER)

    def _loading(self, unit: str, answers: Callable[[], bool]) -> float:
        """The daemon's own time for files that are ready."""
        do("systemctl", "stop", unit)
        return do("systemctl", "start", unit) + until(unit, answers)

    def making_kea(self) -> None:
        machine, at, took = self.machine, self.last, list[float]()
        machine.use("kea")
        for _ in range(self.rounds):
            self._afresh()
            machine.command("makehosts")
            took.append(machine.command("makedhcp", "-n") + machine.command("makedhcp", "-a"))
            self._see_kea()
        own_s = self._loading(KEA, lambda: kea_has(at, self.version))
        self._tell("makedhcp_kea_s", took, f"bar 1.2; xCAT 161; floor {own_s:.3f}: Kea's start")

    def regenerate(self) -> None:
        for backend, name in (("kea", "regenerate_kea_s"), ("isc", "regenerate_s")):
            self.machine.use(backend)
            took = [self._regenerated(backend) for _ in range(self.rounds)]
            self._tell(name, took, "bar 2; xCAT 634; all four side by side, until everything answers")

    def _regenerated(self, backend: str) -> float:
        self._afresh()
        if run("systemctl", "is-active", CONSERVER).strip() == "active":
            until("conserver", lambda: catches_hang_up(CONSERVER))
        took_s = self.machine.command("regenerate")
        took_s += until("named", lambda: resolves(self.last, self.version))
        if backend == "isc":
            return took_s + until("dhcpd", lambda: dhcpd_has(self.last, self.version))
        self._see_kea()
        return took_s

    def _see_kea(self) -> None:
        """It has said to the command that it read its file; to show what is in it takes it half a second more."""
        if not kea_has(self.last, self.version):
            raise CannotMeasure("Kea doesn't have the last host when the command has ended")

    def definitions(self) -> None:
        machine, node = self.machine, cluster.name(self.nodes // 2)
        self._tell("lsdef_all_s", self._times(machine, "lsdef", "all"), "bar 1.0; xCAT 48; every attribute")
        self._tell("tabdump_nodelist_s", self._times(machine, "tabdump", "nodelist"), "bar 0.25; xCAT 0.56")
        client = f"floor {self.floors['client_s']:.3f}: python, TLS"
        one = [machine.command("lsdef", node) for _ in range(MANY_TIMES)]
        self._tell("command_s", one, f"bar 0.15; xCAT 0.15 to 0.3; lsdef of one node; {client}")
        changed, after = [], []
        for at in range(MANY_TIMES):
            changed.append(machine.command("chdef", node, f"usercomment=at {at}"))
            after.append(machine.command("lsdef", node))
        self._tell("command_change_s", changed, f"bar 0.15; chdef of one node; {client}")
        self._tell("command_changed_s", after, f"bar 0.15; lsdef of one node that was just changed; {client}")
        stanzas = ROOT / "stanzas"
        stanzas.write_text(cluster.stanzas(self.nodes, STANZAS), encoding="ascii")
        more = f"{cluster.name(self.nodes)}-{cluster.name(self.nodes + STANZAS - 1)}"
        made = []
        for _ in range(self.rounds):
            made.append(machine.command("mkdef", "-z", stdin=stanzas))
            machine.command("rmdef", "-t", "node", "-o", more)
        self._tell("mkdef_stanza_s", made, "bar 1; xCAT 145; 1,000 nodes from a stanza file")

    def _times(self, machine: Machine, *words: str) -> list[float]:
        return [machine.command(*words) for _ in range(self.rounds)]

    def whole_tables(self) -> None:
        directory = str(ROOT / "dump")
        self._tell("dump_s", self._times(self.machine, "dumpxCATdb", "-p", directory), "bar 1.5; xCAT 17")
        self._tell("restore_s", self._times(self.machine, "restorexCATdb", "-p", directory), "bar 4; xCAT 93")

    def many_clients(self) -> None:
        daemon = clients.Daemon(PORT, self.machine.places.root_home)
        others = clients.MANY - clients.SLOW
        alone, beside = list[float](), list[float]()
        fewest = clients.MANY
        for _ in range(self.rounds):
            alone.append(clients.served(daemon, others)[1])
            with clients.slow_ones(daemon):
                answered, took_s = clients.served(daemon, others)
            fewest = min(fewest, answered + clients.SLOW)
            beside.append(took_s)
        ratio = statistics.median(beside) / statistics.median(alone)
        tell("clients", fewest, "clients", f"bar 500; at once, {clients.SLOW} of them take a byte a second")
        shown = f"{statistics.median(beside):.3f} s beside the slow, {statistics.median(alone):.3f} s alone"
        tell("clients_slowed_ratio", ratio, "ratio", f"bar 1.5; {others} clients: {shown}")
        tell("daemon_rss_mb", self.machine.resident_mb, "MB", "bar 200; after all of it")
        stopped = []
        started = []
        for _ in range(self.rounds):
            began_s = time.monotonic()
            self.machine.stop()
            stopped.append(time.monotonic() - began_s)
            began_s = time.monotonic()
            self.machine.start()
            self.machine.command("lsxcatd", "-v")
            started.append(time.monotonic() - began_s)
        self._tell("daemon_stop_s", stopped, "bar 2")
        self._tell("daemon_start_s", started, "bar 1; until its first answer")

    def much(self) -> None:
        """Ten times as many. Without conserver, whose own reading grows with the square of its consoles."""
        self.machine.use("isc")
        run("systemctl", "kill", "--signal=KILL", CONSERVER)
        run("systemctl", "stop", CONSERVER)
        few = [self._regenerated("isc") for _ in range(self.rounds)]
        self.nodes *= 10
        self._afresh()
        self.machine.command("regenerate")
        many = [self._regenerated("isc") for _ in range(2)]
        shown = (
            f"bar 12; {self.nodes} nodes {statistics.median(many):.2f} s, a tenth {statistics.median(few):.2f} s"
        )
        tell("regenerate_100k_ratio", statistics.median(many) / statistics.median(few), "ratio", shown)

    def _tell(self, name: str, times_s: Sequence[float], compared_to: str) -> None:
        self.floors[name] = statistics.median(times_s)
        tell(name, self.floors[name], "s", f"{compared_to}; medians of {len(times_s)}")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="hamn-lab-bench-management", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--nodes", type=int, default=10_000)
    options = parser.parse_args(argv)
    try:
        return 0 if Management(Machine(), options.nodes, options.rounds).all() else 1
    except CannotMeasure as why:
        progress(f"hamn lab bench: {why}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
