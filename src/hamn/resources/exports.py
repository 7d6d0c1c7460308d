"""The kernel's NFS exports: withdrawn before the filesystem goes (they keep it busy), made again at the end."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.facts.facts import MachineFacts
from hamn.model.pair import Exports
from hamn.model.step import Phase, Step
from hamn.resources.kind import Hold, Kind, Site

LIMIT_S = 60.0
"""The server's stop, and its start."""


class ExportsKind(Kind[Exports]):
    def hold(self, resource: Exports, seen: MachineFacts) -> Hold:
        if seen.exporting is None:
            return Hold.UNKNOWN
        # exportfs(8) lists what was exported before a crash, too: without its server that is nothing
        return Hold.HELD if seen.exporting and not self._is_down(seen) else Hold.ABSENT

    def give(self, resource: Exports, site: Site) -> Iterator[Step]:
        """What an NFSv4 client has open keeps the filesystem busy as long as the server runs, exported or not."""
        needs: frozenset[str] = frozenset()
        if self.hold(resource, site.seen) is Hold.ABSENT:
            yield site.skip(resource.id, "unexport", f"{site.name} exports nothing")
        else:
            unexport = site.step(
                resource.id,
                "unexport",
                site.platform.unexport_all(),
                "an exported directory can't be unmounted",
                check=site.platform.exports_listed(wanted=False),
            )
            yield unexport
            needs = frozenset({unexport.id})
        if resource.restart_server:
            yield self._stop(
                resource, site, Phase.HAND_OVER, "what its clients have open keeps the disk busy", needs
            )

    def take(self, resource: Exports, site: Site) -> Iterator[Step]:
        if self.hold(resource, site.seen) is Hold.HELD:
            yield site.skip(resource.id, "export", f"{site.name} exports already", phase=Phase.SETTLE)
            return
        needs: frozenset[str] = frozenset()
        if resource.restart_server:
            init, name = site.platform.init, site.platform.service("nfs")
            stop = self._stop(resource, site, Phase.SETTLE, "the NFS server must learn the new addresses")
            start = site.step(
                resource.id,
                "start-server",
                init.start(name, limit_s=LIMIT_S),
                "it serves what only this machine has now",
                phase=Phase.SETTLE,
                check=init.running(name),
                needs=frozenset({stop.id}),
            )
            yield stop
            yield start
            needs = frozenset({start.id})
        yield site.step(
            resource.id,
            "export",
            site.platform.export_all(),
            f"{site.name} exports nothing yet",
            phase=Phase.SETTLE,
            check=site.platform.exports_listed(wanted=True),
            needs=needs,
        )

    def _stop(
        self, resource: Exports, site: Site, phase: Phase, why: str, needs: frozenset[str] = frozenset()
    ) -> Step:
        init, name = site.platform.init, site.platform.service("nfs")
        if self._is_down(site.seen):
            return site.skip(resource.id, "stop-server", f"its server doesn't run on {site.name}", phase=phase)
        return site.step(
            resource.id,
            "stop-server",
            init.stop(name, limit_s=LIMIT_S),
            why,
            phase=phase,
            check=init.stopped(name),
            needs=needs,
        )

    def _is_down(self, seen: MachineFacts) -> bool:
        """Known not to run."""
        unit = seen.units.get(seen.platform.service("nfs")) if seen.platform else None
        return unit is not None and unit.active in ("inactive", "failed")
