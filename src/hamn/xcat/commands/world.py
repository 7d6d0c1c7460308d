"""What a command may touch: the tables, and the machine that files are made on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from hamn.xcat.conversation import Answer, Request
from hamn.xcat.making.machine import Machine
from hamn.xcat.stores import Store, locate, open_store


@dataclass(frozen=True, slots=True)
class World:
    store: Store
    machine: Machine

    @classmethod
    def here(cls, environment: Mapping[str, str]) -> World:
        """As XCATCFG or cfgloc says. Raises StoreError where that can't be understood; looks at no table yet."""
        return cls(open_store(locate(environment)), Machine.here())


Command = Callable[[Request, World], Iterator[Answer]]
