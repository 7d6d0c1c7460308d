"""What lshwconn prints, as its manual page and guides to the set-up of a Power 775 have it, and what it means."""

from __future__ import annotations

import pytest

from hamn.model.command import Answer
from hamn.model.pair import HardwareConnections
from hamn.resources.hardware_connections import connected

FRAMES = """\
frame14: 40.14.0.1: side=a,ipadd=40.14.0.1,alt_ipadd=unavailable,state=LINE UP
frame14: 40.14.0.2: side=b,ipadd=40.14.0.2,alt_ipadd=unavailable,state=LINE UP
"""
ONE_SIDE = """\
cec01: 192.168.1.1: LINE DOWN
cec01: 192.168.2.1: sp=primary,ipadd=192.168.2.1,alt_ipadd=unavailable,state=LINE UP
"""
BY_HMC = "frame1: side=a,ipaddr=192.168.200.247,alt_ipaddr=unavailable,state=Connected\n"
NOT_ALL = """\
cec1: sp=primary,ipadd=40.3.7.1,alt_ipadd=unavailable,state=LINE UP
cec2: Connection not found
"""
REFUSED = "cmm01node01: sp=primary,ipadd=12.0.0.32,alt_ipadd=unavailable,state=CEC AUTHENTICATION FAILED\n"


@pytest.mark.parametrize(
    ("said", "holds"),
    [(FRAMES, True), (ONE_SIDE, True), (BY_HMC, True), (NOT_ALL, False), (REFUSED, False), ("", False)],
)
def test_each_object_is_connected_and_one_line_is_up(said: str, holds: bool) -> None:
    assert connected(HardwareConnections("dfm")).holds(Answer(0, said)) is holds
