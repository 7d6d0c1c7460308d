"""A certificate as it lies in a file."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from hamn.xcat.credentials.programs import CredentialError, run

RENEW_BEFORE = timedelta(days=30)
"""A certificate that ends sooner is renewed by the next `hamn xcat init`, and reported by every check."""

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Certificate:
    path: Path
    user: str
    """The common name."""
    names: frozenset[str]
    """Subject alternative names: host names and addresses."""
    ends: datetime

    def left(self, now: datetime) -> timedelta:
        return self.ends - now

    def lacks(self, names: Collection[str]) -> list[str]:
        return sorted(set(map(_plain, names)) - self.names)


def read(path: Path) -> Certificate | None:
    """None where there is no file, or no certificate in it."""
    if not path.is_file():
        return None
    argv = ["openssl", "x509", "-in", str(path), "-noout", "-subject", "-enddate", "-ext", "subjectAltName"]
    try:
        said = run([*argv, "-nameopt", "multiline,utf8,-esc_msb"])
    except CredentialError:
        return None
    user = re.search(r"commonName\s*=\s*(.*)", said)
    ends = re.search(r"notAfter=(.*)", said)
    names = re.findall(r"(?:DNS|IP Address):([^,\s]+)", said)
    if not user or not ends:
        return None
    moment = datetime.strptime(ends[1].strip(), "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)
    return Certificate(path, user[1].strip(), frozenset(map(_plain, names)), moment)


def blocks(text: str) -> list[str]:
    return _BLOCK.findall(text)


def is_signed_by(path: Path, authority: Path) -> bool:
    try:
        run(["openssl", "verify", "-no_check_time", "-CAfile", str(authority), str(path)])
    except CredentialError:
        return False
    return True


def alternative(name: str) -> str:
    """One subject alternative name in openssl's words."""
    try:
        return f"IP:{ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"


def _plain(name: str) -> str:
    """One spelling for each address: openssl writes IPv6 long and in capitals."""
    try:
        return str(ip_address(name))
    except ValueError:
        return name.lower()
