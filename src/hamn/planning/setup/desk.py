"""One machine in a set-up: its site, what is known of the ground, and the way its steps are written."""

from __future__ import annotations

from dataclasses import dataclass

from hamn.model.command import Command
from hamn.model.pair import Machine, Pair
from hamn.model.step import Check, Phase, Step
from hamn.planning.setup.ground import Ground
from hamn.resources.kind import Site


@dataclass(frozen=True, slots=True)
class Desk:
    site: Site
    ground: Ground

    @property
    def pair(self) -> Pair:
        return self.site.pair

    @property
    def other(self) -> Machine:
        return self.pair.other(self.site.name)

    def duty(
        self,
        resource: str,
        action: str,
        words: tuple[str, ...],
        reason: str,
        *,
        phase: Phase = Phase.PREPARE,
        stdin: str = "",
        needs: frozenset[str] = frozenset(),
        minor: bool = False,
        check: Check | None = None,
        timeout_s: float = 60.0,
    ) -> Step:
        """A command of hamn-local that says itself, with --look, whether there is anything to do."""
        command = Command(("hamn-local", *words), timeout_s=timeout_s, stdin=stdin)
        look = Command(("hamn-local", *words, "--look"), timeout_s=60, stdin=stdin)
        check = check or Check(look, r"^holds$")
        return self.site.step(
            resource, action, command, reason, phase=phase, check=check, needs=needs, minor=minor
        )
