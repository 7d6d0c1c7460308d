"""One certificate with its key, in the four files that xCAT's programs look for.

`<kind>-cred.pem` (certificate, then key) is what daemon and client use, and the truth: it is replaced in one
step, and the other files are written from it. So whatever is cut in the middle, the next run puts right.
"""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hamn.xcat.credentials.authority import Authority, new_key, staging
from hamn.xcat.credentials.certificate import RENEW_BEFORE, Certificate, blocks, is_signed_by, read
from hamn.xcat.credentials.places import Places
from hamn.xcat.credentials.programs import CredentialError, stop

_KEY = re.compile(r"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.*?-----END \1PRIVATE KEY-----\n?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Identity:
    """`names` make it a server's. `owner` is the Unix user whose directory and files they are."""

    directory: Path
    kind: str
    user: str
    names: frozenset[str] = frozenset()
    owner: str = ""

    @property
    def credential(self) -> Path:
        return self.directory / f"{self.kind}-cred.pem"

    def read(self) -> Certificate | None:
        return read(self.credential)

    def wanting(self, authority: Path, now: datetime) -> str:
        """Why it must be made (again), or "" where it serves. A name that it has too many is none of those
        reasons: the real one, and a pair that was renamed, leave such behind."""
        found = self.read()
        if found is None:
            return "there is none"
        if not is_signed_by(self.credential, authority):
            return "another authority has signed it"
        if found.left(now) < RENEW_BEFORE:
            return f"it ends {found.ends:%Y-%m-%d}"
        if lacking := found.lacks(self.names):
            return f"it doesn't say {', '.join(lacking)}"
        return ""

    def ensure(self, authority: Authority, places: Places, *, renew: bool = False) -> str:
        """Makes what is wanting and says why, else "". `renew`: a new key and certificate in any case."""
        why = self.wanting(places.authority_certificate, datetime.now(UTC)) or ("asked for" if renew else "")
        _directory(self.directory, self.owner)
        with staging(self.directory) as stage:
            if why:
                found = self.read()
                user = (
                    found.user if found and self.names else self.user
                )  # policy rows have a server's name in them
                key = stage / "key.pem"
                new_key(key)
                whole = authority.certify(key, user, self.names) + key.read_text(encoding="ascii")
                self._put(stage, f"{self.kind}-cred.pem", whole, 0o600)
            whole = self.credential.read_text(encoding="ascii")
            certificate = "".join(blocks(whole)[:1])
            self._put(stage, f"{self.kind}-cert.pem", certificate, 0o644)
            self._put(stage, f"{self.kind}-key.pem", _key(whole, self.credential), 0o600)
            self._put(stage, "ca.pem", places.authority_certificate.read_text(encoding="ascii"), 0o644)
        return why

    def _put(self, stage: Path, name: str, text: str, mode: int) -> None:
        """Whole or not at all, and only if it is another text: what runs again changes nothing."""
        path = self.directory / name
        if path.is_file() and path.read_text(encoding="ascii", errors="replace") == text:
            return
        fresh = stage / name
        fresh.touch(mode=0o600)
        fresh.write_text(text, encoding="ascii")
        fresh.chmod(mode)
        _give(fresh, self.owner)
        fresh.replace(path)


def _key(whole: str, path: Path) -> str:
    found = _KEY.search(whole)
    if found is None:
        hint = "move it away and run `hamn xcat init` again: it makes another"
        raise stop("file", "no private key in it", str(path), hint)
    return found[0]


def _directory(path: Path, owner: str) -> None:
    if not path.is_dir():
        path.mkdir(mode=0o700, parents=True)
        _give(path, owner)


def _give(path: Path, owner: str) -> None:
    if owner:
        try:
            user = pwd.getpwnam(owner)
        except KeyError:
            raise CredentialError(no_user(owner).report) from None
        os.chown(path, user.pw_uid, user.pw_gid)


def no_user(name: str) -> CredentialError:
    hint = f"make it: useradd --system --create-home --shell /usr/sbin/nologin {name}"
    return stop("place", "no such user on this machine", name, hint)


def identities(places: Places, name: str, names: Collection[str]) -> tuple[Identity, ...]:
    """The three that a management node has: the server's, root's, and that of the consoles' user."""
    return (
        Identity(places.server, "server", name, frozenset({name, *names})),
        Identity(places.root_home / ".xcat", "client", "root"),
        Identity(places.console_home / ".xcat", "client", places.console_user, owner=places.console_user),
    )
