"""From what a machine said of itself to the platform that speaks its language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from hamn.platforms.aix import aix
from hamn.platforms.answers import System
from hamn.platforms.debian import debian
from hamn.platforms.platform import Platform
from hamn.platforms.redhat import redhat
from hamn.platforms.suse import suse
from hamn.platforms.system import ask_again, ask_system, hear_system
from hamn.reports.report import Exit, Stop, error

__all__ = ["ask_again", "ask_system", "hear_system", "platform_for"]

_PLATFORMS: Mapping[tuple[str, str], Callable[[str, System | None], Platform]] = MappingProxyType(
    {
        **{
            (family, init): make
            for family, make in (("debian", debian), ("redhat", redhat), ("suse", suse))
            for init in ("systemd", "sysv")
        },
        ("aix", "src"): aix,
    }
)


def usual_init(family: str) -> str:
    """Of a machine that wasn't asked."""
    return next(init for known, init in _PLATFORMS if known == family)


def platform_for(family: str, init: str, system: System | None = None) -> Platform:
    """`system`: what the machine said of itself; without it, that of a current release is assumed.

    Raises Stop for a family or an init system that nobody has taught us.
    """
    make = _PLATFORMS.get((family, init))
    if make is None:
        known = ", ".join(" with ".join(pair) for pair in _PLATFORMS)
        what = f"no platform for family {family!r} with init {init!r}"
        raise Stop(Exit.USAGE, [error("unknown-platform", what, hint=f"known are: {known}")])
    return make(init, system)
