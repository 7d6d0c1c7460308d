from __future__ import annotations

import pytest

from hamn.local.hosts import edited

LOOPBACK = "127.0.0.1 localhost\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (LOOPBACK, LOOPBACK + "10.77.0.11 mn1\n"),
        ("10.77.0.11 mn1.cluster mn1\n", "10.77.0.11 mn1.cluster mn1\n"),
        ("127.0.1.1 mn1.cluster mn1\n", "10.77.0.11 mn1.cluster mn1\n"),
        ("127.0.0.1 localhost mn1\n", "127.0.0.1 localhost\n10.77.0.11 mn1\n"),
        ("10.1.1.1 mn1 console # old\n", "10.77.0.11 mn1 console  # old\n"),
        ("10.1.1.1 mn1\n10.1.1.2 mn1 other\n", "10.77.0.11 mn1\n10.1.1.2 other\n"),
        ("fd77::11 mn1\n", "fd77::11 mn1\n10.77.0.11 mn1\n"),
        ("# 10.1.1.1 mn1\n10.1.1.1 mn11\n", "# 10.1.1.1 mn1\n10.1.1.1 mn11\n10.77.0.11 mn1\n"),
    ],
)
def test_a_name_leads_to_one_address_and_everything_else_stays(text: str, wanted: str) -> None:
    assert edited(text, "10.77.0.11", "mn1") == wanted
    assert edited(wanted, "10.77.0.11", "mn1") == wanted
