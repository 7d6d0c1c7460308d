"""An operator's own commands."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.facts.facts import MachineFacts
from hamn.facts.questions import hook_check
from hamn.model.command import Command
from hamn.model.pair import Hook
from hamn.model.step import Check, Step
from hamn.resources.kind import Hold, Kind, Site


class HookKind(Kind[Hook]):
    def hold(self, resource: Hook, seen: MachineFacts) -> Hold:
        if not resource.check:
            return Hold.STATELESS
        held = seen.hooks.get(resource.id)
        if held is None:
            return Hold.UNKNOWN
        return Hold.HELD if held else Hold.ABSENT

    def _check(self, resource: Hook, *, wanted: bool) -> Check | None:
        if not resource.check:
            return None
        check = hook_check(resource)
        return check if wanted else Check(check.command, r"^1$")

    def give(self, resource: Hook, site: Site) -> Iterator[Step]:
        if not resource.stop:
            return
        if self.hold(resource, site.seen) is Hold.ABSENT:
            yield site.skip(resource.id, "stop", f"its check says it isn't held on {site.name}")
            return
        yield site.step(
            resource.id,
            "stop",
            Command(resource.stop, timeout_s=resource.limit_s),
            f"the declaration's hook, on {site.name}",
            check=self._check(resource, wanted=False),
        )

    def take(self, resource: Hook, site: Site) -> Iterator[Step]:
        if not resource.start:
            return
        if self.hold(resource, site.seen) is Hold.HELD:
            yield site.skip(resource.id, "start", f"its check says it is held on {site.name}")
            return
        yield site.step(
            resource.id,
            "start",
            Command(resource.start, timeout_s=resource.limit_s),
            f"the declaration's hook, on {site.name}",
            check=self._check(resource, wanted=True),
            takes=True,
        )
