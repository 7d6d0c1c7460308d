"""What one of the makers found: which files differ from the tables, and the work that would change that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hamn.xcat.generators.complaints import Complaint


@dataclass(frozen=True)
class Work:
    """`differing`: the files that don't say what the tables do, as paths; nothing has changed yet, and nothing is
    staged."""

    name: str
    differing: Sequence[str]
    complaints: Sequence[Complaint]
    act: Callable[[], None]

    def carry_out(self) -> None:
        """Where something differs. Raises Refused, and then what was there is still in use; starts no daemon that
        didn't run."""
        if self.differing:
            self.act()
