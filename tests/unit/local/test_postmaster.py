from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def clear(data: Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "hamn.local.main", "clear-stale-lock", str(data)]
    return subprocess.run(argv, capture_output=True, text=True)


def test_the_other_machines_is_removed_though_its_number_is_some_process_here(tmp_path: Path) -> None:
    cluster = tmp_path / "15" / "main"
    cluster.mkdir(parents=True)
    (cluster / "postmaster.pid").write_text("1\n/var/lib/postgresql/15/main\n")
    done = clear(tmp_path)
    assert (done.returncode, done.stdout) == (0, f"removed {cluster}/postmaster.pid\n")
    assert not (cluster / "postmaster.pid").exists()
    assert clear(tmp_path).returncode == 0


def test_data_that_a_process_here_works_in_is_left_alone(tmp_path: Path) -> None:
    lock = tmp_path / "postmaster.pid"
    lock.write_text("424242\n")
    backend = subprocess.Popen(["sleep", "1000"], cwd=tmp_path)
    try:
        done = clear(tmp_path)
        assert done.returncode == 1
        assert f"in use here by {backend.pid} (sleep)" in done.stderr
        assert lock.exists()
    finally:
        backend.kill()
        backend.wait()
