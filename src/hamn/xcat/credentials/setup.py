"""`hamn xcat init`: what a machine needs to be a management node, or to become one.

Each may run as often as one likes: what is there and good stays as it is, byte for byte.
"""

from __future__ import annotations

import pwd
from collections.abc import Collection
from datetime import UTC, datetime

from hamn.reports.report import Report, error, info, warning
from hamn.xcat.credentials import first_rows, host_keys
from hamn.xcat.credentials.authority import Authority, check_names
from hamn.xcat.credentials.certificate import RENEW_BEFORE, read
from hamn.xcat.credentials.first_rows import Beginning
from hamn.xcat.credentials.identity import identities
from hamn.xcat.credentials.places import Places
from hamn.xcat.credentials.programs import run
from hamn.xcat.stores import Store

AUTHORITY = "xCAT CA"


def primary(
    places: Places, store: Store, beginning: Beginning, names: Collection[str], *, renew: bool = False
) -> list[Report]:
    """On the machine that has the shared directories: authority, certificates, host keys, tables. `names` are
    all that clients may call the server: the virtual IP, its names, both machines'. `renew` makes new keys and
    certificates under the same authority; host keys and tables have nothing to renew.

    Raises CredentialError, StoreError."""
    check_names((beginning.name, *names))
    said = []
    _console_user(places)
    authority = Authority(places)
    with authority.held():
        if authority.make(AUTHORITY):
            said.append(info("authority-made", "certificate authority made", str(places.authority)))
        made = {
            one: why
            for one in identities(places, beginning.name, names)
            if (why := one.ensure(authority, places, renew=renew))
        }
        said += [
            info("certificate-made", f"certificate of {one.user} made: {why}", str(one.credential))
            for one, why in made.items()
        ]
        for copy in ("ca", "_xcat"):
            host_keys.publish(places.authority_certificate, places.postscripts / copy / "ca.pem")
        said += [info("key-made", "ssh key made", str(path)) for path in host_keys.ensure(places)]
    server = read(places.server / "server-cred.pem")
    if first_rows.ensure(store, beginning, server.user if server else beginning.name):
        said.append(info("tables-made", "tables made, with their first rows", store.where))
    return said


def standby(places: Places) -> list[Report]:
    """On the other machine: what is its own, and nothing that is shared. The console user's certificate and root's
    ssh key come from the first machine, with the files that are kept the same on both."""
    _console_user(places)
    if (places.etc / "site.sqlite").exists() and not places.etc.is_mount():
        what = "tables lie under the mount point: programs that start before the mount would use them"
        return [
            warning(
                "tables-beneath", what, str(places.etc), "move them away, once you know they're not the shared"
            )
        ]
    return []


def check(places: Places, name: str, names: Collection[str], now: datetime | None = None) -> list[Report]:
    """What is wrong, or will be within thirty days. For the machine that has the shared directories."""
    now = now or datetime.now(UTC)
    authority = read(places.authority_certificate)
    if authority is None:
        hint = "run `hamn xcat init`, or restore /etc/xcat/ca from a backup"
        return [error("authority-missing", "no certificate authority", str(places.authority_certificate), hint)]
    said = []
    if (left := authority.left(now)) < 12 * RENEW_BEFORE:
        hint = "make the certificate again from the same key, and copy it to all nodes"
        said.append(
            warning("authority-ends", f"the authority ends in {left.days} days", str(authority.path), hint)
        )
    for one in identities(places, name, names):
        if why := one.wanting(places.authority_certificate, now):
            found = one.read()
            dead = found is None or found.left(now).total_seconds() <= 0
            said.append(
                (error if dead else warning)(
                    "certificate", f"certificate of {one.user}: {why}", str(one.credential), "run `hamn xcat init`"
                )
            )
    return said


def _console_user(places: Places) -> None:
    try:
        pwd.getpwnam(places.console_user)
    except KeyError:
        shell, home = "/usr/sbin/nologin", str(places.console_home)
        run(["useradd", "--system", "--create-home", "--home-dir", home, "--shell", shell, places.console_user])
