"""The kernel's NFS exports: withdrawn before the filesystem goes (they keep it busy), made again at the end."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.facts.facts import MachineFacts
from hamn.model.pair import Exports
from hamn.model.step import Phase, Step
from hamn.resources.kind import Hold, Kind, Site


class ExportsKind(Kind[Exports]):
    def hold(self, resource: Exports, seen: MachineFacts) -> Hold:
        if seen.exporting is None:
            return Hold.UNKNOWN
        return Hold.HELD if seen.exporting else Hold.ABSENT

    def give(self, resource: Exports, site: Site) -> Iterator[Step]:
        if self.hold(resource, site.seen) is Hold.ABSENT:
            yield site.skip(resource.id, "unexport", f"{site.name} exports nothing")
            return
        yield site.step(
            resource.id,
            "unexport",
            site.platform.unexport_all(),
            "an exported directory can't be unmounted",
            check=site.platform.exports_listed(wanted=False),
        )

    def take(self, resource: Exports, site: Site) -> Iterator[Step]:
        if self.hold(resource, site.seen) is Hold.HELD:
            yield site.skip(resource.id, "export", f"{site.name} exports already", phase=Phase.SETTLE)
            return
        needs: frozenset[str] = frozenset()
        if resource.restart_server:
            init, name = site.platform.init, site.platform.service("nfs")
            stop = site.step(
                resource.id,
                "stop-server",
                init.stop(name, limit_s=60),
                "the NFS server must learn the new addresses",
                phase=Phase.SETTLE,
                check=init.stopped(name),
            )
            start = site.step(
                resource.id,
                "start-server",
                init.start(name, limit_s=60),
                "the NFS server must learn the new addresses",
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
