"""The demo and the bench as a newcomer runs them: whole processes, and nothing left afterwards."""

import json
import signal
import subprocess
import sys

import pytest

from hamn.lab import demo
from hamn.lab.lab import Lab

pytestmark = pytest.mark.lab

DEMO = [sys.executable, "-m", "hamn.lab", "demo"]


def nothing_is_left() -> bool:
    lab = Lab(demo.NAME)
    return not lab.is_up and not lab.network.exists() and not lab.directory.exists()


def test_the_demo_shows_a_switchover_and_a_failover_with_nothing_lost() -> None:
    done = subprocess.run([*DEMO, "--json"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["schema"] == "hamn.demo/1"
    assert [move["kind"] for move in told["moves"]] == ["switchover", "failover"]
    for move in told["moves"]:
        assert set(move["longest_gap_s"]) == {"database", "dns", "http", "dhcp", "lsdef", "ping"}
        assert None not in move["longest_gap_s"].values()
        assert move["rows_acknowledged"] > 0
        assert move["rows_missing"] == 0
        assert {"id", "machine", "phase", "outcome", "took_s"} <= set(move["steps"][0])
    assert "hamn --yes failover" in done.stderr
    assert nothing_is_left()


@pytest.mark.parametrize("sign", ["hamn --yes activate", "hamn --yes switchover", "hamn lab crash"])
def test_an_interrupted_demo_leaves_nothing_and_says_so(sign: str) -> None:
    process = subprocess.Popen([*DEMO, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    before: list[str] = []
    for line in process.stderr:
        before.append(line)
        if sign in line:
            break
    assert sign in before[-1], "".join(before)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert out == ""
    assert "interrupted" in err
    assert "Traceback" not in err
    assert nothing_is_left()


def test_a_figure_is_one_line_with_name_value_unit_and_what_it_is_compared_to() -> None:
    words = ["--name", "figures", "--rounds", "1", "--only", "help_s", "--only", "switchover_outage_ratio"]
    done = subprocess.run([sys.executable, "-m", "hamn.lab.bench", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = [line.split(maxsplit=3) for line in done.stdout.splitlines()]
    assert [line[0] for line in lines] == ["help_s", "switchover_outage_s", "switchover_outage_ratio"]
    for name, value, _unit, compared_to in lines:
        assert float(value) > 0, name
        assert compared_to
