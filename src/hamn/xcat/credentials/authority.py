"""The certificate authority in /etc/xcat/ca: one for the life of the cluster. Nothing here ever replaces it.

Its files are those of `openssl ca`, as the real one keeps them, so that either can sign with it: `index`,
`serial`, `private/ca-key.pem`, `ca-cert.pem`. All it signs is valid from 1960, for nodes whose clock battery is
empty.
"""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from hamn.xcat.credentials.certificate import alternative
from hamn.xcat.credentials.places import Places
from hamn.xcat.credentials.programs import run, stop

KEY = ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
"""What every program that a node or a console has can read."""
DAYS = 7300
_BEGINS = "19600101000000Z"
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,64}", re.ASCII)  # X.509 allows 64 characters for a common name

_CONFIGURATION = """\
[ca]
default_ca = xcat
[xcat]
database = {directory}/index
serial = {directory}/serial
new_certs_dir = {directory}/certs
certificate = {directory}/ca-cert.pem
private_key = {directory}/private/ca-key.pem
default_md = sha256
default_startdate = {begins}
default_days = {days}
unique_subject = no
policy = whoever
[whoever]
commonName = supplied
[req]
distinguished_name = nobody
[nobody]
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:false
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth, clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
{names}
[client]
basicConstraints = CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


class Authority:
    """Use it inside `held`: signing counts in files that two at once would spoil."""

    def __init__(self, places: Places) -> None:
        self._places, self._directory = places, places.authority

    @contextmanager
    def held(self) -> Iterator[None]:
        """Alone with the shared credentials, and only where they are: never makes /etc/xcat itself."""
        etc = self._places.etc
        try:
            lock = os.open(etc, os.O_RDONLY | os.O_DIRECTORY)
        except (FileNotFoundError, NotADirectoryError):
            raise stop(
                "place", "no such directory", str(etc), "mount what belongs there, or make it, first"
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def make(self, name: str) -> bool:
        """True if it was made; False if it was there. A key without its certificate gets one again: what the
        key has signed stays valid. Raises CredentialError where the key is missing: a second authority would
        make every certificate on every node worthless."""
        if self._places.authority_certificate.exists():
            if self._places.authority_key.exists():
                return False
            hint = "restore it from a backup of /etc/xcat/ca; only if there is none, move that directory away"
            raise stop("authority", "the authority's private key is missing", str(self._directory), hint)
        for path in (self._directory / "certs", self._directory / "private"):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with staging(self._directory) as stage:
            if not self._places.authority_key.exists():
                new_key(stage / "key.pem")
                (stage / "key.pem").replace(self._places.authority_key)
            for file, beginning in (("index", ""), ("serial", "01\n")):
                if not (self._directory / file).exists():
                    (stage / file).write_text(beginning, encoding="ascii")
                    (stage / file).replace(self._directory / file)
            made = stage / "ca-cert.pem"
            made.write_text(self._signed(stage, self._places.authority_key, name, "authority"), encoding="ascii")
            made.chmod(0o644)
            made.replace(self._places.authority_certificate)
        return True

    def certify(self, key: Path, name: str, names: Collection[str] = ()) -> str:
        """A certificate for whoever has the key: a server's where it has `names`, else a client's."""
        check_names((name, *names))
        if not (self._places.authority_key.exists() and self._places.authority_certificate.exists()):
            hint = "restore /etc/xcat/ca from a backup, or sign where the authority's key is kept"
            raise stop(
                "authority", "the authority can't sign: key or certificate missing", str(self._directory), hint
            )
        with staging(self._directory) as stage:
            return self._signed(stage, key, name, "server" if names else "client", names)

    def _signed(self, stage: Path, key: Path, name: str, kind: str, names: Collection[str] = ()) -> str:
        alternatives = ", ".join(sorted(map(alternative, names)))
        configuration, request, certificate = (
            stage / "openssl.cnf",
            stage / "request.pem",
            stage / "certificate.pem",
        )
        configuration.write_text(
            _CONFIGURATION.format(
                directory=self._directory,
                begins=_BEGINS,
                days=DAYS,
                names=f"subjectAltName = {alternatives}" if alternatives else "",
            )
        )
        subject = f"/CN={name}"
        ours = ["-config", str(configuration)]
        run(["openssl", "req", "-new", "-key", str(key), "-out", str(request), "-subj", subject, *ours])
        argv = ["openssl", "ca", "-batch", "-notext", "-in", str(request), "-out", str(certificate)]
        argv += ["-extensions", kind, *ours]
        if kind == "authority":
            argv += ["-selfsign", "-keyfile", str(key)]
        run(argv)
        return certificate.read_text(encoding="ascii")


@contextmanager
def staging(directory: Path) -> Iterator[Path]:
    """A place on the same filesystem that only root can look into; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=".hamn-", dir=directory) as name:
        yield Path(name)


def new_key(path: Path) -> None:
    run(["openssl", "genpkey", "-quiet", *KEY, "-out", str(path)])


def check_names(names: Collection[str]) -> None:
    """Raises CredentialError for what could say something else in a certificate than it looks like."""
    for one in names:
        if not _NAME.fullmatch(one):
            raise stop("name", f"{one!r} can't be in a certificate: letters, digits and . _ - : only, at most 64")
