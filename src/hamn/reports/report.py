"""One thing said to an operator: what, where, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum, StrEnum


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Exit(IntEnum):
    """Exit statuses of every verb."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    DEGRADED = 4


@dataclass(frozen=True, slots=True)
class Report:
    """`code` is stable and kebab-case: scripts and tests rely on it. `where` is a machine, a file and
    line, a device: empty when it is nowhere in particular. `hint` is an imperative, or empty."""

    code: str
    severity: Severity
    what: str
    where: str = ""
    hint: str = ""

    def document(self) -> dict[str, str]:
        return asdict(self)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.what}{hint}"


def error(code: str, what: str, where: str = "", hint: str = "") -> Report:
    return Report(code, Severity.ERROR, what, where, hint)


def warning(code: str, what: str, where: str = "", hint: str = "") -> Report:
    return Report(code, Severity.WARNING, what, where, hint)


def info(code: str, what: str, where: str = "", hint: str = "") -> Report:
    return Report(code, Severity.INFO, what, where, hint)


class Stop(Exception):
    """Ends a verb with reports and a true exit status; the one exception the command line prints."""

    def __init__(self, status: Exit, reports: Sequence[Report]) -> None:
        super().__init__("; ".join(str(report) for report in reports))
        self.status, self.reports = status, tuple(reports)
