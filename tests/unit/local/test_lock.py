from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from hamn.local import lock

pytestmark = pytest.mark.usefixtures("kernel")


@pytest.fixture(params=["open-file-description locks", "none of these"])
def kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """AIX's has none: there a FIFO does it."""
    monkeypatch.setattr(lock, "OFD", request.param == "open-file-description locks")


def test_one_at_a_time_and_free_again_however_its_process_ends(tmp_path: Path) -> None:
    file = str(tmp_path / "run" / "hpc1.lock")
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        kept, _ = lock.take(file, {"operation": "o1"})
        os.write(tell, b"1" if kept else b"0")
        time.sleep(1000)
    assert os.read(told, 1) == b"1"
    assert lock.take(file, {"operation": "o2"}) == (None, {"operation": "o1"})
    assert lock.holder(file) == {"operation": "o1"}
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert lock.holder(file) is None
    mine, holder = lock.take(file, {"operation": "o2"})
    assert mine is not None
    assert holder == {"operation": "o2"}
    os.close(mine.handle)


def test_asking_takes_nothing(tmp_path: Path) -> None:
    file = str(tmp_path / "hpc1.lock")
    assert lock.holder(file) is None
    assert not Path(file).exists()
    first, _ = lock.take(file, {"verb": "a long word for what it does"})
    assert first is not None
    os.close(first.handle)
    second, _ = lock.take(file, {"verb": "x"})
    assert second is not None
    assert lock.holder(file) == {"verb": "x"}
    assert Path(file).stat().st_mode & 0o777 == 0o600
    os.close(second.handle)
    assert lock.holder(file) is None


def test_a_holder_that_has_not_written_its_name_is_somebody(tmp_path: Path) -> None:
    file = tmp_path / "hpc1.lock"
    held, _ = lock.take(str(file), {})
    assert held is not None
    file.write_text("{half")
    assert lock.take(str(file), {"operation": "o2"}) == (None, {})
    os.close(held.handle)


def test_a_forked_process_keeps_it(tmp_path: Path) -> None:
    file = str(tmp_path / "hpc1.lock")
    told, tell = os.pipe()
    parent = os.fork()
    if parent == 0:
        kept, _ = lock.take(file, {"operation": "o1"})
        child = os.fork()
        if child == 0:
            time.sleep(1000)
        os.write(tell, str(child).encode() if kept else b"0")
        os._exit(0)
    child = int(os.read(told, 20))
    os.waitpid(parent, 0)
    assert lock.take(file, {"operation": "o2"}) == (None, {"operation": "o1"})
    os.kill(child, signal.SIGKILL)
    end_s = time.monotonic() + 10
    while lock.holder(file) is not None and time.monotonic() < end_s:
        time.sleep(0.01)
    mine, _ = lock.take(file, {"operation": "o2"})
    assert mine is not None
    os.close(mine.handle)
