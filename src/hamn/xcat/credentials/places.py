"""Where a management node keeps what it proves itself with, as xCAT lays it out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """All paths are below `root`. What is in `etc`, `install` and root's `.xcat` is shared by both machines; the
    console user's home is each machine's own, and must carry certificates of the same authority."""

    root: Path = Path("/")
    console_user: str = "conserver"

    @property
    def etc(self) -> Path:
        return self.root / "etc/xcat"

    @property
    def authority(self) -> Path:
        return self.etc / "ca"

    @property
    def authority_certificate(self) -> Path:
        return self.authority / "ca-cert.pem"

    @property
    def authority_key(self) -> Path:
        return self.authority / "private/ca-key.pem"

    @property
    def server(self) -> Path:
        return self.etc / "cert"

    @property
    def host_keys(self) -> Path:
        return self.etc / "hostkeys"

    @property
    def postscripts(self) -> Path:
        return self.root / "install/postscripts"

    @property
    def root_home(self) -> Path:
        return self.root / "root"

    @property
    def console_home(self) -> Path:
        return self.root / "home" / self.console_user
