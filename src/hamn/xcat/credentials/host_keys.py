"""The ssh host keys that are installed on the nodes, and root's own key, with which it gets in there.

A second machine must never make any: nodes would no longer be who they were.
"""

from __future__ import annotations

from pathlib import Path

from hamn.xcat.credentials.authority import staging
from hamn.xcat.credentials.places import Places
from hamn.xcat.credentials.programs import run

_KINDS = {"rsa": ["-b", "2048"], "ecdsa": ["-b", "256"], "ed25519": []}


def ensure(places: Places) -> list[Path]:
    """The keys that were made; those that are there are left alone. Public parts go to where nodes fetch them."""
    made = [path for kind in _KINDS if _made(path := places.host_keys / f"ssh_host_{kind}_key", kind)]
    for path in sorted(places.host_keys.glob("*.pub")):
        publish(path, places.postscripts / "hostkeys" / path.name)
    own = places.root_home / ".ssh/id_rsa"
    if _made(own, "rsa"):
        made.append(own)
    authorized = places.postscripts / "_ssh/authorized_keys"
    if not authorized.exists():  # an administrator's keys are in it, too
        publish(own.with_suffix(".pub"), authorized)
    return made


def _made(path: Path, kind: str) -> bool:
    public = path.with_name(path.name + ".pub")
    if path.exists() and public.exists():
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        public.write_text(run(["ssh-keygen", "-y", "-f", str(path)]), encoding="ascii")
        return False
    with staging(path.parent) as stage:
        fresh = stage / path.name
        # The empty passphrase is no secret: whoever may read these files is root.
        run(["ssh-keygen", "-q", "-t", kind, *_KINDS[kind], "-N", "", "-C", "", "-f", str(fresh)])
        fresh.with_name(fresh.name + ".pub").chmod(0o644)
        fresh.with_name(fresh.name + ".pub").replace(public)
        fresh.replace(path)
    return True


def publish(path: Path, to: Path) -> None:
    """A copy that anybody may read, renewed only if it differs."""
    text = path.read_text(encoding="ascii")
    if to.is_file() and to.read_text(encoding="ascii", errors="replace") == text:
        return
    to.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with staging(to.parent) as stage:
        fresh = stage / to.name
        fresh.write_text(text, encoding="ascii")
        fresh.chmod(0o644)
        fresh.replace(to)
