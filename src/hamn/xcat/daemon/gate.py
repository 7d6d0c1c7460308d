"""Who may: the policy table, read for each request as it stands now."""

from __future__ import annotations

import socket
import time
from collections.abc import Collection
from functools import cached_property

from hamn.xcat import policy
from hamn.xcat.commands.ondemand import OnDemand
from hamn.xcat.daemon.asked import Asked
from hamn.xcat.policy import Decision
from hamn.xcat.ranges import Names, NodeView, expand
from hamn.xcat.stores import Store, StoreError
from hamn.xcat.tables import site

_REMEMBERED_S = 60.0


class Gate:
    """Its methods may be called from several threads."""

    def __init__(self, store: Store, names: Hosts) -> None:
        self._store, self._names = store, names

    def judge(self, asked: Asked) -> Decision:
        """Denied where the tables can't be read: nobody can say then who may."""
        request = asked.request
        try:
            rows = self._store.read("policy")
            host = self._names.of(request.host) if any(row.get("host") for row in rows) else request.host
            question = policy.Asked(request.user or None, host, request.command, request.args, request.noderange)
            return policy.decide(rows, question, _Ranges(self._store).expand)
        except StoreError as why:
            return Decision(False, because=str(why))


class Hosts:
    """Short names of peers. A lookup may take long where the name server is away, so only rows that name hosts
    cause one, and it is remembered."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, str]] = {}

    def of(self, address: str) -> str:
        """The short name, or the address where nobody knows one."""
        now_s = time.monotonic()
        learned_s, name = self._known.get(address, (-_REMEMBERED_S, ""))
        if now_s - learned_s >= _REMEMBERED_S:
            try:
                name = socket.gethostbyaddr(address)[0].partition(".")[0]
            except OSError:
                name = address
            if len(self._known) > 10_000:
                self._known.clear()
            self._known[address] = now_s, name
        return name


class _Ranges:
    """Reads tables only if a row of policy has a node range, and then only those that it needs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def expand(self, text: str) -> Collection[str]:
        return expand(text, self._known)

    @cached_property
    def _known(self) -> Names:
        settings = site.settings(self._store.read("site"))
        return Names(NodeView(OnDemand(self._store, {})), excluded=settings.get("excludenodes", ""))
