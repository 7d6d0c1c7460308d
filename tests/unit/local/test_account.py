"""Real usermod and groupmod, on an /etc of the test's own."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.own_namespace import Namespace

ETC = ("login.defs", "nsswitch.conf")
PASSWD = """\
root:x:0:0::/root:/bin/sh
bind:x:4711:4711::/:/bin/false
tftp:x:4712:4712::/:/bin/false
mine:x:4713:4713::/:/bin/sh
"""
GROUP = "root:x:0:\nbind:x:4711:\ntftp:x:4712:\nmine:x:4713:\n"


class Machine(Namespace):
    def accounts(self, *names: str) -> dict[str, tuple[int, int]]:
        told = json.loads(self.local("accounts", *names).stdout)
        return {name: (found["uid"], found["gid"]) for name, found in told.items() if found}


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    etc = tmp_path / "etc"
    etc.mkdir()
    for name in ETC:
        if Path("/etc", name).exists():
            shutil.copy(Path("/etc", name), etc)
    shadow = "".join(f"{line.partition(':')[0]}:*:19000:0:99999:7:::\n" for line in PASSWD.splitlines())
    gshadow = "".join(f"{line.partition(':')[0]}:*::\n" for line in GROUP.splitlines())
    for name, text in (("passwd", PASSWD), ("group", GROUP), ("shadow", shadow), ("gshadow", gshadow)):
        (etc / name).write_text(text)
    (tmp_path / "files").mkdir()
    for name, uid in (("of-bind", 4711), ("of-tftp", 4712), ("of-mine", 4713)):
        (tmp_path / "files" / name).touch()
        os.chown(tmp_path / "files" / name, uid, uid)
    with Machine("mount") as machine:
        machine.run("mount", "--bind", etc, "/etc")
        yield machine


def wanted(**numbers: tuple[int, int]) -> str:
    """As the other machine has them."""
    told = {
        name: {"uid": uid, "gid": gid, "group": name, "home": "/", "shell": "/bin/false"}
        for name, (uid, gid) in numbers.items()
    }
    return json.dumps(told)


def keep(place: Path) -> list[str]:
    """Everything of this host but the way to the test's files."""
    way = {place, *place.parents}
    return [str(path) for parent in place.parents for path in parent.iterdir() if path not in way]


def owners(place: Path) -> dict[str, tuple[int, int]]:
    return {file.name: (file.stat().st_uid, file.stat().st_gid) for file in (place / "files").iterdir()}


def test_two_accounts_change_places_with_their_files(machine: Machine, tmp_path: Path) -> None:
    words = ("same-accounts", wanted(bind=(4712, 4712), tftp=(4711, 4711)), "--keep", *keep(tmp_path))
    assert machine.local(*words, "--look").stdout == "lacks\n"
    done = machine.local(*words)
    assert done.returncode == 0, done.stderr
    assert machine.accounts("bind", "tftp", "mine") == {
        "bind": (4712, 4712),
        "tftp": (4711, 4711),
        "mine": (4713, 4713),
    }
    assert owners(tmp_path) == {"of-bind": (4712, 4712), "of-tftp": (4711, 4711), "of-mine": (4713, 4713)}
    assert machine.local(*words, "--look").stdout == "holds\n"


def test_a_number_that_somebody_else_has_is_refused_before_anything_changes(
    machine: Machine, tmp_path: Path
) -> None:
    before = owners(tmp_path)
    refused = machine.local(
        "same-accounts", wanted(bind=(4713, 4713), tftp=(4711, 4711)), "--keep", *keep(tmp_path)
    )
    assert refused.returncode == 3
    assert "uid 4713 of bind is mine's here" in refused.stderr and "gid 4713" in refused.stderr
    assert owners(tmp_path) == before
    assert machine.accounts("bind", "tftp") == {"bind": (4711, 4711), "tftp": (4712, 4712)}


def test_an_account_that_is_missing_is_made_for_its_package_to_find(machine: Machine, tmp_path: Path) -> None:
    done = machine.local("same-accounts", wanted(conservr=(4800, 4801)), "--keep", *keep(tmp_path))
    assert done.returncode == 0, done.stderr
    assert machine.accounts("conservr") == {"conservr": (4800, 4801)}


def test_broken_off_between_the_two_steps_it_goes_on(machine: Machine, tmp_path: Path) -> None:
    """As after a kill: bind waits under a spare number with its files, tftp has its new one already."""
    for path, new in (("of-bind", 64000), ("of-tftp", 4711)):
        os.chown(tmp_path / "files" / path, new, new)
        machine.run("groupmod", "-g", str(new), path.removeprefix("of-"))
        machine.run("usermod", "-u", str(new), "-g", str(new), path.removeprefix("of-"))
    words = ("same-accounts", wanted(bind=(4712, 4712), tftp=(4711, 4711)), "--keep", *keep(tmp_path))
    done = machine.local(*words)
    assert done.returncode == 0, done.stderr
    assert owners(tmp_path) == {"of-bind": (4712, 4712), "of-tftp": (4711, 4711), "of-mine": (4713, 4713)}
