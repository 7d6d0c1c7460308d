"""Run in a mount namespace of its own: what a store says of a filesystem that is full, then read-only."""

import subprocess
import sys
from pathlib import Path

from hamn.xcat.stores import StoreError
from hamn.xcat.stores.sqlite import SqliteStore

mount = Path(sys.argv[1]) / "small"
mount.mkdir()
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(mount)], check=True)
store = SqliteStore(mount, patience_s=0.2)
store.create()
with store.change(["site"]) as change:
    change.insert("site", [{"key": "master"}])
for what in ("full", "read-only"):
    if what == "read-only":
        subprocess.run(["mount", "-o", "remount,ro", str(mount)], check=True)
    try:
        with store.change(["hosts"]) as change:
            change.insert("hosts", [{"node": f"n{number}", "comments": "x" * 1000} for number in range(5000)])
    except StoreError as error:
        print(error.report.code)
    assert store.read("hosts") == []  # where it is full, this undoes what the failed change left
assert store.read("site") == [{"key": "master"}]
print("reads")
subprocess.run(["mount", "-o", "remount,rw", str(mount)], check=True)
with store.change(["hosts"]) as change:
    change.insert("hosts", [{"node": "n1"}])
print("restored")
