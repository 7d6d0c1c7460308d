"""A fake BMC for one machine of the lab: IPMI over LAN (lanplus, cipher suite 3), for ipmitool and fence_ipmilan.

    python -m hamn.lab.bmc --name LAB --machine mn1 --address 10.77.0.21 --password-file FILE

An order is answered at once and carried out beside, since ipmitool sends its request again after a second.
"Off" is said only when the machine's last process is gone. For tests of fencing that goes wrong, one word in
the fault file changes its manners: "refuse" (the order is turned down), "lie" (it says "off" and does nothing),
"slow" (orders take effect after 8 s), "silent" (nobody answers). An empty or absent file: none of these.
"""

from __future__ import annotations

import argparse
import queue
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyghmi.ipmi.bmc import Bmc

from hamn.reports.report import Stop

USER = "hamn"
PORT = 623
FAULTS = ("refuse", "lie", "slow", "silent")
SLOW_S = 8.0
NOT_NOW = 0xD5
"""IPMI 2.0, table 5-2: not supported in the present state."""


HMAC_SHA1, NO_SUITE = 1, 0x11
"""IPMI 2.0, tables 13-17 and 13-15."""


class LabBmc(Bmc):  # type: ignore[misc] # pyghmi has no types
    """`power` is the machine's power: called with "on", "off" or "status"; the last answers "on" or "off".

    It may take long for "on" and "off", and is called by one thread at a time for these.
    """

    def __init__(
        self, power: Callable[[str], str], password: str, address: str, fault: Path, port: int = PORT
    ) -> None:
        super().__init__({USER: password}, port=port, address=address)
        self._power, self._fault = power, fault
        self._orders: queue.Queue[str] = queue.Queue()
        self._last = ""
        self._lied = False
        threading.Thread(target=self._carry_out, daemon=True).start()

    def power_on(self) -> int:
        return self._order("on")

    def power_off(self) -> int:
        return self._order("off")

    def power_shutdown(self) -> int:
        return self._order("off")

    def power_cycle(self) -> int:
        return self._order("cycle")

    def power_reset(self) -> int:
        return self._order("cycle")

    def get_power_state(self) -> str:
        return "off" if self._lied and self._manner() == "lie" else self._power("status")

    def handle_raw_request(self, request: Any, session: Any) -> None:
        if self._manner() != "silent":
            super().handle_raw_request(request, session)

    def sessionless_data(self, data: bytes, client: Any) -> None:
        """Turns down what pyghmi's server would accept and then not speak: every suite but 3.

        A client that offers a better one first offers this one next (IPMI 2.0, section 13.18)."""
        opening = len(data) >= 48 and data[4:6] == b"\x06\x10"
        if opening and data[28] != HMAC_SHA1:
            header = b"\x06\x00\xff\x07\x06\x11" + bytes(8) + b"\x08\x00"
            self.serversocket.sendto(header + data[16:17] + bytes((NO_SUITE, 0, 0)) + data[20:24], client)
            return
        super().sessionless_data(data, client)

    def _manner(self) -> str:
        try:
            word = self._fault.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return ""
        return word if word in FAULTS else ""

    def _order(self, order: str) -> int:
        manner = self._manner()
        if manner == "refuse":
            return NOT_NOW
        if manner == "lie":
            self._lied = order == "off"
            return 0
        if order != self._last:  # the same order again is ipmitool's second sending
            self._last = order
            self._orders.put(order)
        return 0

    def _carry_out(self) -> None:
        while True:
            order = self._orders.get()
            if self._manner() == "slow":
                time.sleep(SLOW_S)
            for half in ("off", "on") if order == "cycle" else (order,):
                if self._power("status") != half:
                    self._power(half)
            if self._orders.empty():
                self._last = ""


def fault_file(lab: Path, machine: str) -> Path:
    """Where a test writes the fault of a machine's BMC, below the lab's directory."""
    return lab / f"bmc-{machine}.fault"


def main(argv: list[str] | None = None) -> int:
    from hamn.lab.lab import Lab  # the class above is of use without a lab

    parser = argparse.ArgumentParser(prog="hamn-lab-bmc", description="a fake BMC for one machine of the lab")
    parser.add_argument("--name", default="lab", help="the lab's name")
    parser.add_argument("--machine", required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--password-file", type=Path, required=True)
    options = parser.parse_args(argv)
    lab = Lab(options.name)
    fault = fault_file(lab.directory, options.machine)

    def power(word: Any) -> str:
        try:
            return lab.power(options.machine, word)
        except Stop as stop:
            print(stop, file=sys.stderr, flush=True)
            return "on"  # not known to be off

    try:
        password = options.password_file.read_text(encoding="utf-8").strip()
        LabBmc(power, password, options.address, fault)
    except OSError as error:
        parser.error(f"{options.address}: {error}")
    Bmc.listen()
    return 0


if __name__ == "__main__":
    sys.exit(main())
