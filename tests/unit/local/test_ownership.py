from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.local.ownership import Claim, Refused, released, taken
from hamn.model.owner import OwnerRecord

machines = st.sampled_from(["mn1", "mn2", "stranger"])
operations = st.sampled_from(["o1", "o2", "o3"])
claims = st.builds(
    Claim,
    pair=st.sampled_from(["hpc1", "hpc1", "hpc1", "other"]),
    machine=machines,
    operation=operations,
    boot_id=st.sampled_from(["b1", "b2"]),
    accept=st.frozensets(machines, max_size=1),
    at_least=st.integers(0, 6),
)
doings = st.lists(st.one_of(claims, st.tuples(machines, operations)), max_size=30)


@given(doings)
def test_the_epoch_never_goes_back_and_nobody_loses_it_unproven(doing: list[Claim | tuple[str, str]]) -> None:
    now: OwnerRecord | None = None
    for one in doing:
        before = now
        try:
            now = taken(now, one) if isinstance(one, Claim) else released(now, *one)
        except Refused:
            continue
        assert OwnerRecord.from_text(now.text()) == now
        if before is None:
            assert (now.epoch, now.machine) == (1, one.machine)
            continue
        assert now.pair == before.pair
        if isinstance(one, Claim):
            assert now.machine == one.machine
            assert before.machine in {None, one.machine, *one.accept}
            assert before.epoch >= one.at_least
            assert now.epoch == before.epoch + 1 or now == before
            assert taken(now, one) == now if now.epoch >= one.at_least else True
        else:
            assert now.machine is None
            assert before.machine in (None, one[0])
            assert now.epoch == before.epoch
            assert released(now, *one) == now


def local(command: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "hamn.local.main", command, *map(str, words)]
    return subprocess.run(argv, capture_output=True, text=True)


def take(
    path: Path,
    machine: str = "mn1",
    *more: str | Path,
    at_least: int = 0,
    operation: str = "o1",
    pair: str = "hpc1",
) -> subprocess.CompletedProcess[str]:
    words = ("--pair", pair, "--machine", machine, "--operation", operation, "--boot-id", "b1")
    return local("take-ownership", *words, "--at-least", str(at_least), *more, path)


def record(path: Path) -> dict[str, object]:
    return json.loads(path.read_text())


def test_taken_given_back_and_taken_by_the_other(tmp_path: Path) -> None:
    path, memory = tmp_path / "owner.json", tmp_path / "state" / "remembered.json"
    first = take(path, "mn1", "--memory", memory)
    assert first.returncode == 0
    assert first.stdout == path.read_text() == memory.read_text()
    assert (record(path)["epoch"], record(path)["machine"]) == (1, "mn1")

    release = ("--machine", "mn1", "--operation", "o2", "--memory", memory, path)
    assert local("release-ownership", *release).returncode == 0
    content = path.read_text()
    assert (record(path)["machine"], record(path)["released_by"], record(path)["epoch"]) == (None, "mn1", 1)
    assert memory.read_text() == content
    assert local("release-ownership", *release).returncode == 0
    assert path.read_text() == content

    assert take(path, "mn2", at_least=1, operation="o2").returncode == 0
    assert (record(path)["epoch"], record(path)["machine"], record(path)["released_by"]) == (2, "mn2", None)


def test_the_same_claim_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "owner.json"
    once = take(path).stdout
    again = take(path)
    assert (again.returncode, again.stdout, path.read_text()) == (0, once, once)


def test_a_memory_that_cannot_be_written_is_said_stops_nothing_and_is_made_up_for(tmp_path: Path) -> None:
    path, memory = tmp_path / "owner.json", tmp_path / "remembered.json"
    memory.mkdir()
    taken = take(path, "mn1", "--memory", memory)
    assert (taken.returncode, record(path)["machine"]) == (0, "mn1")
    assert f"{memory}: not kept up" in taken.stderr
    release = ("--machine", "mn1", "--operation", "o1", "--memory", memory, path)
    assert local("release-ownership", *release).returncode == 0
    assert record(path)["machine"] is None
    memory.rmdir()
    assert take(path, "mn1", "--memory", memory).returncode == 0
    assert (record(memory)["epoch"], record(path)["epoch"]) == (2, 2)


@pytest.mark.parametrize(
    ("pair", "machine", "at_least", "said"),
    [
        ("hpc1", "mn2", 0, "held by mn1 (epoch 1)"),
        ("hpc2", "mn1", 0, "belongs to another pair, hpc1"),
        ("hpc1", "mn1", 7, "another disk, or an old copy"),
    ],
)
def test_refusals_leave_the_record_alone(
    tmp_path: Path, pair: str, machine: str, at_least: int, said: str
) -> None:
    path = tmp_path / "owner.json"
    before = take(path).stdout
    refused = take(path, machine, at_least=at_least, pair=pair, operation="o9")
    assert refused.returncode == 3
    assert said in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert path.read_text() == before


def test_the_proven_dead_are_accepted(tmp_path: Path) -> None:
    path = tmp_path / "owner.json"
    take(path)
    assert take(path, "mn2", "--accept", "mn1", at_least=1).returncode == 0
    assert (record(path)["epoch"], record(path)["machine"]) == (2, "mn2")


def test_an_empty_disk_is_not_the_shared_data_of_a_pair_that_was_active(tmp_path: Path) -> None:
    path = tmp_path / "owner.json"
    refused = take(path, at_least=3)
    assert (refused.returncode, path.exists()) == (3, False)
    assert "not the pair's shared data" in refused.stderr


@pytest.mark.parametrize("torn", ["", '{"pair": "hpc1", "ep', "[]", "null", '{"pair": "hpc1"}', "\x00\x00"])
def test_a_torn_record_is_nobodys_to_take(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "owner.json"
    path.write_text(torn)
    refused = take(path)
    assert (refused.returncode, path.read_text()) == (3, torn)
    assert "not an owner record" in refused.stderr
    assert local("release-ownership", "--machine", "mn1", "--operation", "o", path).returncode == 3


def test_only_its_holder_gives_it_back(tmp_path: Path) -> None:
    path = tmp_path / "owner.json"
    before = take(path).stdout
    refused = local("release-ownership", "--machine", "mn2", "--operation", "o2", path)
    assert (refused.returncode, path.read_text()) == (3, before)
    assert "held by mn1" in refused.stderr


def test_a_missing_mount_is_no_traceback(tmp_path: Path) -> None:
    failed = take(tmp_path / "gone" / "owner.json")
    assert failed.returncode == 1
    assert failed.stderr == f"hamn-local take-ownership: {tmp_path}/gone/owner.json: No such file or directory\n"


def test_a_pair_without_shared_data_has_its_first_record_made_with_its_directory(tmp_path: Path) -> None:
    path = tmp_path / "never" / "made" / "record.json"
    assert take(path, "mn1", "--unshared", at_least=3).returncode == 0
    assert record(path)["epoch"] == 4
