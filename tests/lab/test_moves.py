"""The role moves on two real machines: every verb, from both of them."""

from __future__ import annotations

import pytest

from tests.lab.pair import RESOURCES, Pair

pytestmark = pytest.mark.lab


def test_a_switchover_and_back_from_either_machine(pair: Pair) -> None:
    there = pair.hamn("mn1", "switchover")
    assert (there["outcome"], there["active"]) == ("done", "mn2")
    pair.holds_everything("mn2", "mn1")
    back = pair.hamn("mn1", "switchover", "--to", "mn1")
    assert (back["outcome"], back["active"]) == ("done", "mn1")
    pair.holds_everything("mn1", "mn2")
    assert [s["id"] for s in back["steps"] if s["outcome"] not in ("done", "skipped")] == []


def test_rows_written_before_are_read_after(pair: Pair) -> None:
    write = "CREATE TABLE IF NOT EXISTS kept (n INT PRIMARY KEY); REPLACE INTO kept VALUES (4711)"
    pair.sh("mn1", "mariadb", "-NBe", write, "hamn")
    pair.hamn("mn2", "switchover", "--to", "mn2")
    assert pair.sh("mn2", "mariadb", "-NBe", "SELECT n FROM kept", "hamn").strip() == "4711"


def test_what_is_there_already_is_not_done_again(pair: Pair) -> None:
    again = pair.hamn("mn1", "activate")
    assert again["outcome"] == "done"
    assert {s["outcome"] for s in again["steps"]} <= {"skipped"}
    assert pair.hamn("mn1", "switchover", "--to", "mn1")["outcome"] == "done"


def test_a_dry_run_and_a_plan_change_nothing(pair: Pair) -> None:
    before = pair.states("mn1")
    dry = pair.hamn_document("mn1", "--dry-run", "switchover")
    planned = pair.hamn_document("mn1", "plan", "switchover")
    assert [s["id"] for s in dry["steps"]] == [s["id"] for s in planned["steps"]] != []
    assert pair.states("mn1") == before


def test_deactivate_then_activate_on_the_other(pair: Pair) -> None:
    pair.hamn("mn1", "deactivate")
    status = pair.hamn("mn1", "status", exits=1)
    assert status["active"] is None
    held = {r["id"]: r["states"] for r in status["resources"] if not r["id"].startswith("configuration.")}
    assert held == {id_: {"mn1": "absent", "mn2": "absent"} for id_ in RESOURCES}
    assert pair.hamn("mn2", "activate")["active"] == "mn2"
    pair.holds_everything("mn2", "mn1")


def test_activate_refuses_while_the_other_holds_the_role(pair: Pair) -> None:
    said = pair.said("mn2", "activate", exits=3)
    assert "mn1 holds" in said and "switchover --to mn2" in said
    pair.holds_everything("mn1", "mn2")


def test_the_epoch_only_grows(pair: Pair) -> None:
    epochs = [pair.hamn("mn1", "status")["owner"]["epoch"]]
    for target in ("mn2", "mn1", "mn2"):
        pair.hamn("mn1", "switchover", "--to", target)
        owner = pair.hamn("mn1", "status")["owner"]
        assert owner["machine"] == target
        epochs.append(owner["epoch"])
    assert epochs == sorted(set(epochs))


def test_a_power_cut_then_failover_then_rejoin(pair: Pair) -> None:
    insert = "CREATE TABLE IF NOT EXISTS cut (n INT PRIMARY KEY); REPLACE INTO cut VALUES (7)"
    pair.sh("mn1", "mariadb", "-NBe", insert, "hamn")
    pair.lab.crash("mn1")
    assert "silence is no proof" in _refusals(pair, "mn2", "switchover", "--to", "mn2")
    taken = pair.hamn("mn2", "failover")
    assert (taken["outcome"], taken["active"]) == ("done", "mn2")
    ids = [s["id"] for s in taken["steps"]]
    assert ids.index("mn2/fence.mn1/silent") < ids.index("mn2/filesystem.shared/mount")
    assert pair.sh("mn2", "mariadb", "-NBe", "SELECT n FROM cut", "hamn").strip() == "7"
    pair.holds_everything("mn2", "mn1")
    pair.lab.power("mn1", "on")
    back = pair.hamn("mn1", "status", exits=4)
    assert [m["code"] for m in back["trouble"]] == ["returned"]
    pair.holds_everything("mn2", "mn1")
    assert "mn2 holds" in _refusals(pair, "mn1", "activate")
    pair.hamn("mn1", "rejoin")
    assert pair.hamn("mn1", "status")["trouble"] == []


def _refusals(pair: Pair, where: str, *words: str) -> str:
    return pair.said(where, *words, exits=3)


def test_a_hung_machine_is_fenced_and_never_serves_again(pair: Pair) -> None:
    pair.lab.freeze("mn1")
    taken = pair.hamn("mn2", "failover")
    assert (taken["outcome"], taken["active"]) == ("done", "mn2")
    assert pair.lab.power("mn1", "status") == "off"


def test_a_word_instead_of_a_fence_device(pair: Pair) -> None:
    """MMP stays in force then: the mount waits it out, and the role moves all the same."""
    pair.lab.crash("mn1")
    assert "you typed 'mn2'" in _refusals(pair, "mn2", "failover", "--confirm-dead", "mn2")
    taken = pair.hamn("mn2", "failover", "--confirm-dead", "mn1")
    assert taken["active"] == "mn2"
    assert not any("clear-mmp" in s["id"] or "fence" in s["id"] for s in taken["steps"])
    entries = pair.hamn_document("mn2", "history", taken["operation"])["entries"]
    assert entries[0]["proof"].startswith("word of ")


def test_failover_of_a_living_machine_needs_to_be_meant(pair: Pair) -> None:
    said = _refusals(pair, "mn2", "failover", "--to", "mn2")
    assert "mn1 answers and holds" in said and "--fence-anyway" in said
    assert pair.hamn("mn2", "failover", "--to", "mn2", "--fence-anyway")["active"] == "mn2"
    assert pair.lab.power("mn1", "status") == "off"


def test_reboot_of_the_active_starts_nothing_and_one_command_does(pair: Pair) -> None:
    pair.lab.power("mn1", "cycle")
    status = pair.hamn("mn2", "status", exits=1)
    states = {state for r in status["resources"] for state in r["states"].values()}
    assert states == {"absent", "-"}, "files that come from the tables are nobody's to hold"
    assert pair.hamn("mn1", "activate")["active"] == "mn1"


def test_the_names_that_operators_have_in_their_notes(pair: Pair) -> None:
    pair.sh("mn1", "deactivate-mn", "-i", "eth0:2", "-v", "10.77.0.10")
    assert pair.hamn("mn1", "status", exits=1)["active"] is None
    pair.sh("mn2", "activate-mn", "-i", "eth0:2", "-v", "10.77.0.10", "-m", "255.255.255.0")
    assert pair.hamn("mn1", "status")["active"] == "mn2"
    wrong = pair.lab.run("mn2", ["activate-mn", "-i", "eth9", "-v", "10.77.0.10", "-m", "255.255.0.0"])
    assert wrong.returncode == 2 and "eth0" in wrong.stderr and "255.255.255.0" in wrong.stderr


def test_history_knows_every_step(pair: Pair) -> None:
    moved = pair.hamn("mn1", "switchover", "--to", "mn2")
    listed = pair.hamn_document("mn2", "history")["operations"]
    mine = next(o for o in listed if o["id"] == moved["operation"])
    assert (mine["verb"], mine["outcome"], mine["machine"], mine["open"]) == ("switchover", "done", "mn1", False)
    entries = pair.hamn_document("mn2", "history", moved["operation"])["entries"]
    done = {e["step"] for e in entries if e["event"] == "end" and e["outcome"] == "done"}
    assert done == {s["id"] for s in moved["steps"] if s["outcome"] == "done"}
    begun = [e["step"] for e in entries if e["event"] == "begin"]
    assert set(begun) == done
    assert "no operation" in pair.said("mn1", "history", "nonsense", exits=1)


def test_two_virtual_ips_of_both_families_move_together(pair: Pair) -> None:
    six = '[virtual_ip.six]\naddress = "fd77::10/64"\ninterface = "eth0"\n\n[filesystem.shared]'
    pair.sh("client", "ip", "-6", "addr", "replace", "fd77::100/64", "dev", "eth0", "nodad")
    with pair.declared("[filesystem.shared]", six):
        pair.hamn("mn1", "activate")
        pair.hamn("mn1", "switchover")
        assert "fd77::10/64" in pair.sh("mn2", "ip", "addr", "show", "dev", "eth0")
        assert "fd77::10" not in pair.sh("mn1", "ip", "addr", "show", "dev", "eth0")
        pair.sh("client", "ping", "-6", "-c", "1", "-W", "2", "fd77::10")
        pair.sh("client", "ping", "-c", "1", "-W", "2", "10.77.0.10")
        pair.sh("mn2", "ip", "addr", "del", "fd77::10/64", "dev", "eth0")


def test_an_operators_hook_follows_the_role(pair: Pair) -> None:
    hook = (
        '[hook.flag]\nstart = ["touch", "/run/flag"]\nstop = ["rm", "/run/flag"]\n'
        'check = ["test", "-e", "/run/flag"]\n\n[filesystem.shared]'
    )
    with pair.declared("[filesystem.shared]", hook):
        pair.hamn("mn1", "activate")
        assert pair.states("mn2")["hook.flag"] == {"mn1": "held", "mn2": "absent"}
        pair.hamn("mn1", "switchover")
        assert pair.states("mn1")["hook.flag"] == {"mn1": "absent", "mn2": "held"}
        pair.hamn("mn1", "switchover", "--to", "mn1")
        pair.sh("mn1", "rm", "/run/flag")


def test_a_pair_without_shared_data_keeps_a_record_on_each_machine(pair: Pair) -> None:
    """Nothing but an address: the machine that takes it for the first time has no place for a record yet."""
    file, address = "/etc/hamn/address.toml", "10.77.0.77"
    head = pair.sh("mn1", "cat", "/etc/hamn/pair.toml").partition("[virtual_ip.")[0]
    text = head.replace('name = "lab"', 'name = "address"\nstate = "/var/lib/hamn-address"', 1)
    text += f'[virtual_ip.alone]\naddress = "{address}/24"\ninterface = "eth0"\n'
    for name in ("mn1", "mn2"):
        pair.put(name, file, text)
        pair.sh(name, "chmod", "0600", file)
    for verb, where, epoch in (("activate", "mn1", 1), ("switchover", "mn2", 2), ("switchover", "mn1", 3)):
        pair.hamn("mn1", "--pair", file, verb)
        status = pair.hamn("mn2", "--pair", file, "status")
        assert (status["active"], status["owner"]["epoch"]) == (where, epoch)
        holders = [name for name in ("mn1", "mn2") if address in pair.sh(name, "ip", "-br", "address")]
        assert holders == [where]
    pair.hamn("mn1", "--pair", file, "deactivate")
    for name in ("mn1", "mn2"):
        pair.sh(name, "rm", "-r", file, "/var/lib/hamn-address")
