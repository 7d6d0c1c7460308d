"""Two machines as a distribution leaves them: packages, local data, an empty shared disk, no pair."""

from __future__ import annotations

from hamn.lab import role
from hamn.lab.lab import Lab
from tests.lab.pair import Pair

DAEMONS = ("named", "nginx", "tftpd-hpa", "conserver-server")
DECLARATION = "/etc/hamn/pair.toml"


def strip(pair: Pair) -> str:
    """Take away what the lab furnishes a pair with; the declaration is left on mn1 alone.
    Returns the secret of mn1's local database, which has been in production."""
    lab, engine = pair.lab, pair.lab.database
    password = (lab.directory / "db.pw").read_text()
    for name in ("mn1", "mn2"):
        pair.sh(name, "find", "/root/.ssh", "-type", "f", "-delete")
        pair.put(name, "/etc/hosts", "127.0.0.1 localhost\n")
        pair.put(name, "/etc/resolv.conf", f"search {role.DOMAIN}\nnameserver 10.77.0.99\n")
        pair.sh(name, "sed", "-i", "s/^hosts:.*/hosts: dns files/", "/etc/nsswitch.conf")
        pair.sh(name, "systemctl", "--quiet", "enable", *DAEMONS)
    pair.sh("mn2", "rm", DECLARATION, "/etc/hamn/mn1.pw", "/etc/hamn/mn2.pw")
    pair.sh("mn1", "mkfs.ext4", "-q", "-F", "-L", "somebodys", "/dev/shared")
    _production(lab, pair, password)
    _other_numbers(pair)
    if engine != "sqlite":
        seed = f"/usr/share/hamn-lab/{'mysql' if engine == 'mariadb' else 'postgresql'}/."
        pair.sh("mn2", "cp", "--archive", seed, role.DATA[engine])
    return password


def wipe_disk(pair: Pair) -> None:
    """As an operator would who is sure that nobody needs what is on it."""
    pair.sh("mn1", "wipefs", "--all", "--quiet", "/dev/shared")
    pair.sh("mn1", "dd", "if=/dev/zero", "of=/dev/shared", "bs=1M", "count=4", "oflag=direct", "status=none")


def _production(lab: Lab, pair: Pair, password: str) -> None:
    """mn1 has been the only management node for years: its data is on its own disk, its daemons run."""
    for path, content in role.shared_files().items():
        pair.put("mn1", path, content)
    for directory, owner in role.OWNERS.items():
        pair.sh("mn1", "chown", "--recursive", owner, directory)
    for argv, stdin in role.begin_database(lab.database, password):
        done = lab.run("mn1", argv, stdin=stdin)
        assert done.returncode == 0, done.stderr
    pair.sh("mn1", "mkdir", "/install/deep")
    pair.put("mn1", "/install/deep/linked", "one file, two names\n")
    pair.sh("mn1", "ln", "/install/deep/linked", "/install/deep/again")
    pair.sh("mn1", "truncate", "--size=64M", "/install/sparse")
    pair.sh("mn1", "chmod", "2751", "/install/deep")
    pair.sh("mn1", "systemctl", "start", "nginx", "tftpd-hpa")


def _other_numbers(pair: Pair) -> None:
    """On mn2 the packages came in another order: two accounts have each other's numbers."""
    bind, tftp = (pair.sh("mn2", "id", "-u", name).strip() for name in ("bind", "tftp"))
    pair.sh("mn2", "usermod", "-u", "63999", "bind")
    pair.sh("mn2", "usermod", "-u", bind, "tftp")
    pair.sh("mn2", "usermod", "-u", tftp, "bind")
    pair.sh("mn2", "chown", "bind", "/var/cache/bind")
    pair.sh("mn2", "systemctl", "start", "nginx")
