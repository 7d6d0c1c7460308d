"""`hamn report` where there is no pair to speak of: the declaration is broken, this machine is all there is."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from hamn.verbs.remnant import pair_or_remnant, stands_alone

LAB = Path(__file__).parents[2] / "planning" / "cases" / "lab.toml"
ID = "20261122T100000-aaaaaa"
HOOK = '[hook.door]\nstart = ["/usr/sbin/door", "--password", "open-sesame7"]\nstop = ["true"]\n'


def hamn(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "hamn.cli.main", *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=200, cwd=cwd)


def write(path: Path, text: str) -> Path:
    path.touch(0o600)
    path.write_text(text)
    return path


def unpacked(path: Path) -> tuple[dict[str, str], dict[str, Any]]:
    with tarfile.open(path) as tar:
        files = {n.partition("/")[2]: read.read().decode() for n in tar.getnames() if (read := tar.extractfile(n))}
    return files, json.loads(files["manifest.json"])


@pytest.mark.parametrize(
    "text",
    [
        "this is no TOML [",
        "",
        "machine = 7",
        "[[machine]]\nname = 'mn1'\naddress = '10.77.0.11'\n",
        "[[machine]]\nname = 'mn1'\naddress = '10.77.0.11'\n[[machine]]\nname = 'mn1'\naddress = '10.77.0.12'\n",
    ],
)
def test_without_two_machines_this_one_stands_for_both(tmp_path: Path, text: str) -> None:
    pair, broken = pair_or_remnant(write(tmp_path / "pair.toml", text))
    assert broken and stands_alone(pair)


def test_no_declaration_at_all_is_a_remnant_too(tmp_path: Path) -> None:
    pair, broken = pair_or_remnant(tmp_path / "none.toml")
    assert stands_alone(pair) and broken[0].code == "no-declaration"


def test_what_can_be_read_is_kept(tmp_path: Path) -> None:
    pair, broken = pair_or_remnant(write(tmp_path / "pair.toml", LAB.read_text() + "\n[nonsense]\nx = 1\n"))
    assert broken and not stands_alone(pair)
    assert [machine.name for machine in pair.machines] == ["mn1", "mn2"]
    assert {"filesystem.shared", "service.dns"} <= {resource.id for resource in pair.resources}


def test_a_sound_declaration_is_no_remnant(tmp_path: Path) -> None:
    _, broken = pair_or_remnant(write(tmp_path / "pair.toml", LAB.read_text()))
    assert broken == ()


def test_a_broken_declaration_still_gives_an_archive_and_no_secret_of_it(tmp_path: Path) -> None:
    state = tmp_path / "state"
    (state / "operations").mkdir(parents=True)
    begun = {"event": "operation", "at": "2026-11-22T10:00:00.000+00:00", "verb": "activate", "user": "ada"}
    said = {"event": "end", "step": "a/b/c", "outcome": "failed", "said": "door: open-sesame7 is wrong"}
    lines = [json.dumps(begun), json.dumps(said), '{"event": "be']
    write(state / "operations" / f"{ID}.jsonl", "\n".join(lines))
    text = f'[pair]\nname = "x"\nstate = "{state}"\n{HOOK}[virtual_ip.a]\naddress = "nonsense"\n'
    done = hamn("--pair", str(write(tmp_path / "pair.toml", text)), "report", "--json", cwd=tmp_path)
    assert done.returncode == 4, done.stderr
    document = json.loads(done.stdout)
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == len(document["missing"]), "a line each"
    assert any("virtual_ip.a.address" in missing["what"] for missing in document["missing"])
    files, index = unpacked(Path(document["file"]))
    assert not [name for name, content in files.items() if "open-sesame7" in content]
    assert index["pair"] == "x"
    (journal,) = [content for name, content in files.items() if name.endswith(f"{ID}.jsonl")]
    assert "ada" in journal and "door: (removed) is wrong" in journal and '{"event": "be' in journal
    assert "torn: line 3" in files[f"history/{ID}.txt"]
    assert any(name.endswith("hamn/declaration.toml") for name in files)


def test_it_refuses_to_overwrite(tmp_path: Path) -> None:
    there = write(tmp_path / "there", "before")
    done = hamn("--pair", str(tmp_path / "none"), "report", "--output", str(there), cwd=tmp_path)
    assert done.returncode == 3 and str(there) in done.stderr and there.read_text() == "before"


def test_a_machine_that_is_none_of_the_two(tmp_path: Path) -> None:
    declared = str(write(tmp_path / "pair.toml", LAB.read_text()))
    done = hamn("--pair", declared, "report", "--machine", "mn3", cwd=tmp_path)
    assert done.returncode == 2 and "mn1 or mn2" in done.stderr


def test_it_explains_itself(tmp_path: Path) -> None:
    done = hamn("report", "--help", cwd=tmp_path)
    assert done.returncode == 0 and "--output" in done.stdout and "--machine" in done.stdout
