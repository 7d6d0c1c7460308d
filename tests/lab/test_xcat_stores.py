"""The management node's tables in MariaDB: only the lab's machines have one."""

from pathlib import Path

from hamn.lab.lab import Lab
from tests.xcat import stores
from tests.xcat.stores import contract

PARTS = Path(stores.__file__).parent


def test_mariadb_holds_what_every_store_must(session_lab: Lab):
    """Both texts are one program there: a machine has hamn, and none of its tests."""
    ours = "from tests.xcat.stores.contract import"
    script = (PARTS / "mariadb.py").read_text()
    script = "".join(line for line in script.splitlines(keepends=True) if not line.startswith(ours))
    program = (
        'import sys\nsys.path += ["/opt/hamn/src", "/opt/hamn/site"]\n'
        + Path(contract.__file__).read_text()
        + script
    )
    done = session_lab.run("mn1", ["python3", "-IS", "-"], stdin=program)
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert [line for line in lines if not line.startswith("ok ")] == []
    assert len(lines) > len(contract.RULES)
