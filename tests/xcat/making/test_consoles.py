"""makeconservercf."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from hamn.xcat.making.programs import Outcome
from tests.xcat.making.place import Place

CONF = "etc/conserver/conserver.cf"
UNIT = "conserver-server"


@pytest.fixture(autouse=True)
def catches_hang_up() -> Iterator[None]:
    """This process stands for conserver's."""
    before = signal.signal(signal.SIGHUP, lambda *_: None)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def served(mn: Place) -> Place:
    mn.good("makeconservercf")
    mn.daemons.active.add(UNIT)
    for name in ("ca.pem", "server-cred.pem"):
        mn.write(f"etc/xcat/cert/{name}", "certificate")
    return mn


def test_without_its_credentials_a_running_conserver_is_left_alone(served: Place) -> None:
    (served.root / "etc/xcat/cert/server-cred.pem").unlink()
    served.put("nodehm", {"node": "n02", "cons": "hmc"})
    (said,) = served.say("makeconservercf")
    assert (said.errorcode, served.daemons.told()) == (1, [])
    assert "/etc/xcat/cert/server-cred.pem" in said.text
    assert "hmc" not in served.text(CONF)


def test_a_running_conserver_reads_it_again_only_if_it_changed(served: Place) -> None:
    served.good("makeconservercf")
    assert served.daemons.told() == []
    served.put("nodehm", {"node": "n02", "cons": "hmc"})
    served.good("makeconservercf", noderange="n02")
    assert served.daemons.told() == [f"systemctl kill --kill-whom=main --signal=HUP {UNIT}"]
    assert "cons/hmc n02;" in served.text(CONF)


def test_one_that_has_not_set_up_its_signals_is_restarted(served: Place) -> None:
    """It would end by the signal."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    served.put("nodehm", {"node": "n02", "cons": "hmc"})
    served.good("makeconservercf")
    assert served.daemons.told() == [f"systemctl restart {UNIT}"]


def test_deleted_by_name_and_by_definition(served: Place) -> None:
    served.good("makeconservercf", "-d", noderange="n02")
    assert "n02" not in served.text(CONF)
    served.drop("nodelist", node="n03")
    served.good("makeconservercf")
    assert "n03" not in served.text(CONF)
    assert "console n02 {" in served.text(CONF)


@pytest.mark.parametrize(("args", "words"), [(["-t", "a,b"], None), (["-t"], "a,b"), (["--trust=a,b"], None)])
def test_more_hosts_are_trusted(served: Place, args: list[str], words: str | None) -> None:
    served.good("makeconservercf", *args, noderange=words)
    assert ",a,b;" in served.text(CONF)


def test_a_bad_row_keeps_the_console_that_was(served: Place) -> None:
    served.put("nodehm", {"node": "n02", "cons": "ip mi"})
    (said,) = served.say("makeconservercf")
    assert said.errorcode == 1
    assert "nodehm.cons: n02" in said.text
    assert "cons/ipmi n02;" in served.text(CONF)


def test_what_conserver_does_not_take_is_not_put_in_place(served: Place) -> None:
    before = served.text(CONF)
    served.daemons.failing["conserver -S"] = "conserver.cf(33): unknown type"
    served.put("nodehm", {"node": "n02", "cons": "hmc"})
    (said,) = served.say("makeconservercf")
    assert "unknown type" in said.text
    assert served.text(CONF) == before
    assert served.daemons.told() == []


def test_what_conserver_checks_has_a_console_though_only_old_ones_stay(
    served: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes no file without any; one that loses all of them is left unchecked."""
    checked: list[str] = []
    run = served.daemons.run

    def noted(*argv: str) -> Outcome:
        if argv[:2] == ("conserver", "-S"):
            checked.append(Path(argv[-1]).read_text())
        return run(*argv)

    monkeypatch.setattr(served.daemons, "run", noted)
    served.good("makeconservercf", "-d", noderange="n02")
    (sample,) = checked
    assert "console n01 {" in sample and "console n02 {" not in sample
    served.good("makeconservercf", "-d", noderange="all")
    assert len(checked) == 1 and "console " not in served.text(CONF)


@pytest.mark.parametrize(
    ("words", "nodes", "error"),
    [
        ("makeconservercf -l", "n01", "Invalid option -l or --local when there are nodes specified."),
        ("makeconservercf -l -c", None, "Can not specify -l or --local together with -c or --conserver."),
        ("makeconservercf --cleanup", "n01", "Can not specify noderange together with -C|--cleanup."),
        ("makegocons -C", "n01", "Can not specify noderange together with -C|--cleanup."),
        ("makegocons", None, "goconserver is not installed."),
        ("makegocons -q", "n01", "goconserver is not installed."),
    ],
)
def test_what_is_refused(served: Place, words: str, nodes: str | None, error: str) -> None:
    command, *args = words.split()
    before = served.text(CONF)
    (said,) = served.say(command, *args, noderange=nodes)
    assert (said.kind, said.errorcode, said.text.startswith(error)) == ("error", 1, True)
    assert (served.text(CONF), served.daemons.told()) == (before, [])


def test_consoles_of_goconserver_are_not_touched(served: Place) -> None:
    served.write("usr/bin/goconserver", "")
    (said,) = served.say("makegocons")
    assert (said.errorcode, "makeconservercf" in said.text) == (1, True)
    assert served.good("makegocons", "-h").startswith("Usage: makegocons")


def test_cleaned_up_are_those_that_are_nodes_no_more(served: Place) -> None:
    served.drop("nodelist", node="n02")
    served.good("makeconservercf", "-C")
    assert "n02" not in served.text(CONF)
