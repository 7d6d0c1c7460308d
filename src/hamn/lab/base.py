"""The root filesystem that the lab's machines begin with: a Debian from the host's own apt sources."""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path

from hamn.lab.host import cache, locked, prune, remove, say, tool
from hamn.reports.report import Exit, Stop, error

SUITE = "bookworm"
PYTHON = (3, 11)
"""The base's own Python: hamn and its packages are brought from the host and must fit it."""

PACKAGES = (
    # the machine
    *("systemd", "systemd-sysv", "dbus", "openssh-server", "openssh-client", "iproute2", "iputils-ping"),
    *("iputils-arping", "e2fsprogs", "util-linux", "kmod", "procps", "psmisc", "lsof", "rsync", "python3", "cron"),
    # fencing
    *("fence-agents", "ipmitool"),
    # the role
    *("mariadb-server", "postgresql", "sqlite3", "bind9", "isc-dhcp-server", "conserver-server", "nginx-light"),
    *("kea-dhcp4-server", "kea-dhcp-ddns-server"),
    *("tftpd-hpa", "nfs-ganesha", "nfs-ganesha-vfs", "rpcbind", "python3-pymysql", "python3-psycopg2"),
    # the client
    *("curl", "bind9-dnsutils", "isc-dhcp-client", "libnfs-utils", "tftp-hpa", "conserver-client"),
)

ROLE_SERVICES = (
    *("mariadb", "postgresql", "named", "isc-dhcp-server", "conserver-server"),
    *("nginx", "tftpd-hpa", "nfs-ganesha", "nfs-ganesha-lock", "kea-dhcp4-server", "kea-dhcp-ddns-server"),
)
"""What the active machine starts: never by itself at boot."""

MASKED = (
    # they would reach through to the host's kernel, or wait for hardware that isn't there
    *("systemd-sysctl.service", "systemd-modules-load.service", "kmod-static-nodes.service"),
    *("sys-kernel-debug.mount", "sys-kernel-tracing.mount", "sys-kernel-config.mount", "dev-hugepages.mount"),
    *("sys-fs-fuse-connections.mount", "proc-sys-fs-binfmt_misc.automount", "systemd-binfmt.service"),
    *("run-rpc_pipefs.mount", "rpc_pipefs.target", "systemd-remount-fs.service", "modprobe@.service"),
    *("getty.target", "systemd-logind.service", "networking.service", "systemd-networkd.service"),
    *("systemd-firstboot.service", "ipmievd.service", "openipmi.service"),
    # timers that would disturb a measurement
    *("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer"),
    *("e2scrub_reap.service", "fstrim.timer", "logrotate.timer", "systemd-tmpfiles-clean.timer"),
)

SEED = "usr/share/hamn-lab"
"""Where the databases that the packages made are put aside: on the shared disk they begin, nowhere else."""

_LEFT_OUT = (
    "/usr/share/doc/*",
    "/usr/share/man/*",
    "/usr/share/info/*",
    "/usr/share/locale/*",
    "/usr/share/mysql-test/*",
)


def key() -> str:
    """Changes with the packages and with what is done to them."""
    made_of = (SUITE, PACKAGES, ROLE_SERVICES, MASKED, SEED, _LEFT_OUT)
    how = (inspect.getsource(_build), inspect.getsource(_settle))
    return hashlib.sha256(repr((made_of, how)).encode()).hexdigest()[:16]


def base() -> Path:
    """The squashfs image, built when it isn't there: about a minute. Raises Stop."""
    image = cache() / f"base-{key()}.squashfs"
    if image.exists():
        return image
    with locked(cache()):
        if not image.exists():
            _build(image)
            prune("base-*.squashfs")
    return image


def _build(image: Path) -> None:
    say(f"making the base system of the machines ({SUITE}, {len(PACKAGES)} packages and what they need) ...")
    work = image.with_suffix(".building")
    root = work / "root"
    remove(work)
    work.mkdir(parents=True, mode=0o700)
    sources = work / "sources.list"
    sources.write_text("".join(_sources()))
    settings = work / "apt.conf"
    settings.write_text("".join(_apt_settings()))
    tool(
        *("mmdebstrap", "--mode=root", "--format=directory", "--variant=minbase", "--skip=check/empty"),
        *(f"--aptopt={settings}", *(f"--dpkgopt=path-exclude={path}" for path in _LEFT_OUT)),
        *("--include=" + ",".join(PACKAGES), SUITE, root, sources),
        timeout_s=1800,
    )
    _settle(root)
    say("packing it ...")
    packed = work / "base.squashfs"
    tool(
        "mksquashfs",
        root,
        packed,
        "-comp",
        "zstd",
        "-Xcompression-level",
        "3",
        "-noappend",
        "-no-progress",
        "-quiet",
    )
    packed.rename(image)
    remove(work)


def _settle(root: Path) -> None:
    """What the packages left that machines must not share, or must not start."""
    for unit in MASKED:
        link = root / "etc/systemd/system" / unit
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to("/dev/null")
    for service in ROLE_SERVICES:
        tool("chroot", root, "systemctl", "--quiet", "disable", service)
    for name in ("mysql", "postgresql"):
        data, seed = root / "var/lib" / name, root / SEED / name
        seed.parent.mkdir(parents=True, exist_ok=True)
        data.rename(seed)
        # an empty mount point: a database started without its filesystem finds nothing to damage
        data.mkdir()
    for pattern in (
        "etc/ssh/ssh_host_*",
        "etc/machine-id",
        "var/lib/dbus/machine-id",
        "etc/apt/apt.conf.d/99mmdebstrap",
    ):
        for path in root.glob(pattern):
            path.unlink()
    (root / "etc/apt/sources.list").write_text("")
    for directory in (root / "etc/apt/sources.list.d").iterdir():
        directory.unlink()


def _sources() -> list[str]:
    """The host's own sources of this suite, whatever mirror they name."""
    fields = "$(RELEASE)|$(REPO_URI)|$(COMPONENT)|$(ORIGIN)"
    lines = tool("apt-get", "indextargets", "--format", fields, "Created-By: Packages").splitlines()
    found = []
    for line in dict.fromkeys(lines):
        release, uri, component, origin = line.split("|")
        if release in (SUITE, f"{SUITE}-updates", f"{SUITE}-security") and origin in ("Debian", ""):
            found.append(f"deb {uri} {release} {component}\n")
    if not any(f" {SUITE} " in line for line in found):
        raise Stop(
            Exit.FAILED,
            [
                error(
                    "lab-no-sources",
                    f"this host's apt knows no source of Debian {SUITE}, of which the lab's machines are made",
                    "/etc/apt",
                    f"add a source of {SUITE} and run apt-get update",
                )
            ],
        )
    return found


def _apt_settings() -> list[str]:
    """The host's way to its sources: proxies, certificates, time-outs."""
    lines = tool("apt-config", "dump").splitlines()
    return [f"{line}\n" for line in lines if line.startswith("Acquire::") and "::IndexTargets" not in line]
