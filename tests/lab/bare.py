"""Two machines as a distribution leaves them: packages, local data, somebody's disk, and no pair."""

from __future__ import annotations

from hamn.lab import cluster, role
from hamn.lab.network import ADDRESSES, VIRTUAL_IP
from hamn.platforms.debian_units import UNITS
from tests.lab.pair import Pair

DAEMONS = ("named", "nginx", "tftpd-hpa", "conserver-server")
DATABASES = {"mariadb": ["mariadb"], "postgresql": ["postgresql@15-main"], "sqlite": []}
HERE = VIRTUAL_IP.partition("/")[0]
DECLARATION = "/etc/hamn/pair.toml"


def strip(pair: Pair) -> None:
    """Take away what the lab furnishes a pair with: mn1 has been the only management node for years, with all the
    data on its own disk, and the declaration was just written there; mn2 came yesterday."""
    engine = pair.lab.database
    _in_production(pair, engine)
    declared = pair.sh("mn1", "cat", DECLARATION)
    pair.put("mn1", DECLARATION, declared + '\n[sync]\nfiles = ["/etc/site/*"]\n')
    pair.sh("mn1", "mkdir", "/etc/site")
    pair.put("mn1", "/etc/site/table", "of the site\n")
    _under_one_address(pair)
    for name in ("mn1", "mn2"):
        pair.sh(name, "rm", *(path for files in UNITS.values() for path, _ in files))  # set-up has to bring them
        pair.sh(name, "systemctl", "daemon-reload")
        pair.sh(name, "find", "/root/.ssh", "-type", "f", "-delete")
        alone = f"{HERE} mn1.{cluster.DOMAIN} mn1\n" if name == "mn1" else ""
        pair.put(name, "/etc/hosts", f"127.0.0.1 localhost\n{alone}")
        pair.put(name, "/etc/resolv.conf", f"search {cluster.DOMAIN}\nnameserver 10.77.0.99\n")
        pair.sh(name, "sed", "-i", "s/^hosts:.*/hosts: dns files/", "/etc/nsswitch.conf")
        pair.sh(name, "systemctl", "--quiet", "enable", *DAEMONS)
    pair.sh("mn2", "rm", DECLARATION, "/etc/hamn/mn1.pw", "/etc/hamn/mn2.pw")
    _other_numbers(pair)
    if engine != "sqlite":
        seed = f"/usr/share/hamn-lab/{'mysql' if engine == 'mariadb' else 'postgresql'}/."
        pair.sh("mn2", "cp", "--archive", seed, role.DATA[engine])


def _in_production(pair: Pair, engine: role.Engine) -> None:
    pair.sh("mn1", "mount", "-t", "ext4", "/dev/shared", role.MOUNT)
    for place in role.directories(engine):
        pair.sh("mn1", "cp", "--archive", "--sparse=always", f"{role.MOUNT}{place}/.", place)
    pair.sh("mn1", "umount", role.MOUNT)
    pair.sh("mn1", "mkfs.ext4", "-q", "-F", "-L", "somebodys", "/dev/shared")
    pair.sh("mn1", "mkdir", "/install/deep")
    pair.put("mn1", "/install/deep/linked", "one file, two names\n")
    pair.sh("mn1", "ln", "/install/deep/linked", "/install/deep/again")
    pair.sh("mn1", "truncate", "--size=64M", "/install/sparse")
    pair.sh("mn1", "chmod", "2751", "/install/deep")
    pair.sh("mn1", "systemctl", "start", "nginx", "tftpd-hpa", *DATABASES[engine])


def _under_one_address(pair: Pair) -> None:
    """It has served under the address that is to be the virtual IP, and by its own name: in its network's files,
    in its tables, for its daemon to find its database."""
    interfaces = f"auto eth0\niface eth0 inet static\n    address {VIRTUAL_IP}\n"
    pair.sh("mn1", "mkdir", "--parents", "/etc/network/interfaces.d")
    pair.put("mn1", "/etc/network/interfaces.d/eth0", interfaces)
    pair.sh("mn1", "ip", "address", "add", VIRTUAL_IP, "dev", "eth0")
    pair.sh("mn1", "ip", "address", "del", ADDRESSES["mn1"], "dev", "eth0")
    pair.sh("mn1", "systemctl", "start", "xcatd")
    for words in (
        ("key=master", "site.value=mn1"),
        ("netname=management", "networks.tftpserver=<xcatmaster>", "networks.nameservers=mn1"),
        ("node=compute", f"noderes.nfsserver=mn1.{cluster.DOMAIN}"),
    ):
        pair.sh("mn1", "env", "XCATBYPASS=1", "hamn", "xcat", "chtab", *words)
    pair.sh("mn1", "sed", "-i", f"s/host={HERE}/host=mn1/", "/etc/xcat/cfgloc")


def wipe_disk(pair: Pair) -> None:
    """As an operator would who is sure that nobody needs what is on it."""
    pair.sh("mn1", "wipefs", "--all", "--quiet", "/dev/shared")
    pair.sh("mn1", "dd", "if=/dev/zero", "of=/dev/shared", "bs=1M", "count=4", "oflag=direct", "status=none")


def _other_numbers(pair: Pair) -> None:
    """On mn2 the packages came in another order: two accounts have each other's numbers."""
    bind, tftp = (pair.sh("mn2", "id", "-u", name).strip() for name in ("bind", "tftp"))
    pair.sh("mn2", "usermod", "-u", "63999", "bind")
    pair.sh("mn2", "usermod", "-u", bind, "tftp")
    pair.sh("mn2", "usermod", "-u", tftp, "bind")
    pair.sh("mn2", "chown", "bind", "/var/cache/bind")
    pair.sh("mn2", "systemctl", "start", "nginx")
