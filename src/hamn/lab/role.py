"""What the lab's management role consists of: its services' files, its declaration, the beginnings of its disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from hamn.lab import disk
from hamn.lab.base import SEED
from hamn.lab.cluster import DOMAIN, FIRST
from hamn.lab.network import ADDRESSES, ADDRESSES_6, BMCS, MACHINES, VIRTUAL_IP, VIRTUAL_IP_6
from hamn.platforms.debian_units import UNITS
from hamn.xcat.daemon.background import UNIT

Engine = Literal["mariadb", "postgresql", "sqlite"]
ENGINES: tuple[Engine, ...] = ("mariadb", "postgresql", "sqlite")

DATA: Mapping[Engine, str] = {
    "mariadb": "/var/lib/mysql",
    "postgresql": "/var/lib/postgresql",
    "sqlite": "/etc/xcat",
}
MOUNT = "/shared"
_HERE = VIRTUAL_IP.partition("/")[0]


def directories(engine: Engine) -> list[str]:
    """What is bind-mounted from the shared disk."""
    plain = [
        "/install",
        "/tftpboot",
        "/etc/xcat",
        "/root/.xcat",
        "/var/lib/bind",
        "/var/lib/dhcp",
        "/var/log/consoles",
    ]
    plain.append("/var/lib/nfs/ganesha")
    return plain if DATA[engine] in plain else [*plain, DATA[engine]]


def machine_files(engine: Engine, *, ipv6: bool) -> dict[str, str]:
    """Path to content, the same on both machines: how each service is set up there."""
    return {
        "/etc/hosts": hosts(ipv6=ipv6),
        "/etc/resolv.conf": f"search {DOMAIN}\n",
        **dict(file for files in UNITS.values() for file in files),
        "/etc/systemd/system/xcatd.service": UNIT.format(xcatd="/usr/local/bin/xcatd"),
        # One process for all consoles: it takes a second to start one more.
        # Not its own port 782: NFS servers take ports below 1024 at random for themselves, and sometimes this one.
        "/etc/conserver/server.conf": "OPTS='-p 3109 -m 500'\nASROOT=1\n",
        "/etc/nginx/sites-enabled/default": _NGINX,
        "/etc/default/tftpd-hpa": _TFTPD,
        "/etc/ganesha/ganesha.conf": _GANESHA,
        "/etc/mysql/mariadb.conf.d/99-lab.cnf": "[mysqld]\nbind-address = *\nskip-name-resolve\n",
        "/etc/postgresql/15/main/conf.d/lab.conf": "listen_addresses = '*'\n",
        "/etc/postgresql/15/main/pg_hba.conf": _PG_HBA,
        "/etc/hamn/pair.toml": declaration(engine, ipv6=ipv6),
    }


def hosts(*, ipv6: bool) -> str:
    names = {
        "mn": (VIRTUAL_IP, VIRTUAL_IP_6),
        **{name: (ADDRESSES[name], ADDRESSES_6[name]) for name in ADDRESSES},
    }
    lines = ["127.0.0.1 localhost", "::1 localhost"]
    for name, (address, address_6) in names.items():
        lines.append(f"{address.partition('/')[0]} {name}.{DOMAIN} {name}")
        if ipv6:
            lines.append(f"{address_6.partition('/')[0]} {name}.{DOMAIN} {name}")
    return "\n".join(lines) + "\n"


def shared_files() -> dict[str, str]:
    """Path below a directory of the shared disk, to its first content."""
    return {
        "/install/hello.txt": "hello from the management node\n",
        "/tftpboot/hello.txt": "hello from the management node\n",
        "/var/lib/dhcp/dhcpd.leases": "",
    }


OWNERS = {
    "/var/lib/bind": "bind:bind",
    "/tftpboot": "tftp:tftp",
}
"""Of directories that a service writes to as somebody else than root; databases keep what their packages made."""


def cfgloc(engine: Engine, password: str) -> str:
    """Where the tables are, as on a real site: by the virtual IP, wherever the role is."""
    kind = {"mariadb": "mysql", "postgresql": "Pg"}.get(engine)
    place = f"{kind}:dbname=hamn;host={_HERE}|hamn|{password}" if kind else f"SQLite:{DATA[engine]}"
    return f"{place}\n"


def begin_database(engine: Engine, password: str) -> list[tuple[list[str], str]]:
    """Commands on a machine that holds the disk, each with its stdin: a database `hamn`, and its user."""
    if engine == "sqlite":
        return []
    seed = f"/{SEED}/{'mysql' if engine == 'mariadb' else 'postgresql'}/."
    copy = ["cp", "--archive", "--sparse=always", seed, DATA[engine]]
    if engine == "mariadb":
        owner = ["chown", "mysql:mysql", DATA[engine]]
        words = (
            "CREATE DATABASE hamn; "
            f"CREATE USER 'hamn'@'%' IDENTIFIED BY '{password}'; GRANT ALL ON hamn.* TO 'hamn'@'%';\n"
        )
        return [(copy, ""), (owner, ""), (["systemctl", "start", "mariadb"], ""), (["mariadb"], words)]
    owner = ["chown", "postgres:postgres", DATA[engine]]
    words = f"CREATE USER hamn PASSWORD '{password}';\nCREATE DATABASE hamn OWNER hamn;\n"
    ask = ["runuser", "-u", "postgres", "--", "psql", "--quiet", "--set=ON_ERROR_STOP=1"]
    return [(copy, ""), (owner, ""), (["systemctl", "start", "postgresql@15-main"], ""), (ask, words)]


def stop_database(engine: Engine) -> list[str]:
    return {
        "mariadb": ["systemctl", "stop", "mariadb"],
        "postgresql": ["systemctl", "stop", "postgresql@15-main"],
        "sqlite": ["true"],
    }[engine]


def declaration(engine: Engine, *, ipv6: bool) -> str:
    """The pair as an operator would declare it."""
    machines = "".join(
        f'\n[[machine]]\nname = "{name}"\naddress = "{ADDRESSES[name].partition("/")[0]}"\n'
        f'fence = {{ agent = "fence_ipmilan", ip = "{BMCS[name]}", username = "hamn", lanplus = true, '
        f'password_file = "/etc/hamn/{name}.pw" }}\n'
        for name in MACHINES
    )
    second = f'\n[virtual_ip.cluster6]\naddress = "{VIRTUAL_IP_6}"\ninterface = "eth0"\n' if ipv6 else ""
    shared = "".join(f'    "{directory}",\n' for directory in directories(engine))
    return f"""\
# The lab's pair: declared as any other.

[pair]
name = "lab"
profile = "plain"
{machines}
[virtual_ip.cluster]
address = "{VIRTUAL_IP}"
interface = "eth0"
hostname = "mn"
{second}
[filesystem.shared]
source = "UUID={disk.UUID}"
mount = "{MOUNT}"
type = "ext4"
directories = [
{shared}]

[database.xcat]
engine = "{engine}"
data = "{DATA[engine]}"
{_services()}"""


def _services() -> str:
    both = ("virtual_ip.cluster", "filesystem.shared")
    found = []
    for name, service, probe, needs in (
        ("dns", "dns", f"dns:{FIRST}", both),
        ("dhcp", "dhcp", None, both),
        ("console", "console", "tcp:3109", both),
        ("http", "nginx", "http:80/install/hello.txt", both),
        ("tftp", "tftp", "tftp:hello.txt", both),
        ("nfs", "nfs-ganesha", "tcp:2049", both),
        ("daemon", "xcatd", "xcat:3001", (*both, "database.xcat")),
    ):
        lines = [f"\n[service.{name}]", f'service = "{service}"', *([f'probe = "{probe}"'] if probe else [])]
        lines.append("needs = [" + ", ".join(f'"{need}"' for need in needs) + "]")
        found.append("\n".join(lines) + "\n")
    found.append(
        '\n[configuration.cluster]\nafter = ["service.dns", "service.dhcp", "service.console"]\n'
        "# DNS, DHCP, consoles: their daemons read what is made from the tables\n"
    )
    return "".join(found)


_NGINX = """\
server {
    listen 80 default_server;
    listen [::]:80 default_server;
    location /install { root /; autoindex on; }
    location / { return 404; }
}
"""

_TFTPD = """\
TFTP_USERNAME="tftp"
TFTP_DIRECTORY="/tftpboot"
TFTP_ADDRESS=":69"
TFTP_OPTIONS="--secure"
"""

_GANESHA = """\
# rpc.statd, starting beside it, may happen to have the port of the quota protocol, which nobody here speaks.
NFS_CORE_PARAM { Protocols = 3, 4; mount_path_pseudo = true; Enable_RQUOTA = false; }
NFSV4 { RecoveryBackend = fs; Grace_Period = 10; Lease_Lifetime = 5; }
NFS_KRB5 { Active_krb5 = false; }
EXPORT {
    Export_Id = 1;
    Path = /install;
    Pseudo = /install;
    Access_Type = RW;
    Squash = No_Root_Squash;
    SecType = sys;
    FSAL { Name = VFS; }
}
"""

_PG_HBA = """\
local all postgres peer
local all all peer
host all all 127.0.0.1/32 scram-sha-256
host all all 10.77.0.0/24 scram-sha-256
host all all fd77::/64 scram-sha-256
"""
