"""Installed packages and their versions, by dpkg-query(1), rpm(8) or AIX's lslpp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hamn.model.command import Command


class Packages(Protocol):
    def ask(self, names: Sequence[str]) -> Command: ...

    def hear(self, text: str) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True)
class Dpkg:
    def ask(self, names: Sequence[str]) -> Command:
        """Names that dpkg doesn't know go to stderr and the exit status is 1: the others are still told."""
        form = "${Package}\t${Version}\t${db:Status-Abbrev}\n"
        return Command(("dpkg-query", "-W", "-f", form, *names), timeout_s=15)

    def hear(self, text: str) -> dict[str, str]:
        """Second letter of the state "i": installed, and not merely its configuration files (dpkg-query(1))."""
        rows = (line.split("\t") for line in text.splitlines())
        return {row[0]: row[1] for row in rows if len(row) == 3 and row[2][1:2] == "i"}


@dataclass(frozen=True, slots=True)
class Rpm:
    def ask(self, names: Sequence[str]) -> Command:
        form = r"%{NAME}\t%{VERSION}-%{RELEASE}\n"
        return Command(("rpm", "-q", "--qf", form, *names), timeout_s=30)

    def hear(self, text: str) -> dict[str, str]:
        """ "package NAME is not installed" comes on stdout among the others, without a tab."""
        rows = (line.split("\t") for line in text.splitlines())
        return {row[0]: row[1] for row in rows if len(row) == 2}


@dataclass(frozen=True, slots=True)
class Lslpp:
    """AIX's filesets; those of RPM (the Toolbox) among them, by lslpp's own account."""

    def ask(self, names: Sequence[str]) -> Command:
        """A name that it doesn't know goes to stderr: the others are still told."""
        return Command(("lslpp", "-qLc", *names), timeout_s=60)

    def hear(self, text: str) -> dict[str, str]:
        """Package:Fileset:Level:State:...; an RPM is called NAME-LEVEL there."""
        rows = (line.split(":") for line in text.splitlines() if not line.startswith("#"))
        return {row[1].removesuffix(f"-{row[2]}"): row[2] for row in rows if len(row) > 3 and row[1] and row[2]}
