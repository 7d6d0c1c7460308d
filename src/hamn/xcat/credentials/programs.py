"""openssl and ssh-keygen, called one way: words apart, a limit, no secret among the words, keys readable by
root."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from hamn.reports.report import Report, error

LIMIT_S = 60.0
"""A key of 2048 bits takes a tenth of a second, on a machine without randomness much longer."""


class CredentialError(Exception):
    """Nothing was half-written. Codes: credentials-program, credentials-authority, credentials-place,
    credentials-file, credentials-name."""

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report


def stop(code: str, what: str, where: str = "", hint: str = "") -> CredentialError:
    return CredentialError(error(f"credentials-{code}", what, where, hint))


def run(argv: Sequence[str], *, given: str = "") -> str:
    """What it printed. Raises CredentialError with its own last words where it failed."""
    try:
        done = subprocess.run(
            argv, input=given, capture_output=True, text=True, errors="replace", timeout=LIMIT_S, umask=0o077
        )
    except FileNotFoundError:
        raise stop("program", "is not installed", argv[0], f"install the package that has {argv[0]}") from None
    except subprocess.TimeoutExpired:
        raise stop("program", f"did not end within {LIMIT_S:g} s: {' '.join(argv)}", argv[0]) from None
    if done.returncode:
        words = done.stderr.strip().splitlines()
        raise stop("program", f"failed: {words[-1] if words else done.returncode} ({' '.join(argv)})", argv[0])
    return done.stdout
