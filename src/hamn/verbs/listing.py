"""What the other machine lacks of the owner's files, asked of both."""

from __future__ import annotations

import asyncio

from hamn.facts.facts import Facts
from hamn.model.pair import Pair
from hamn.planning.drift import Drift, ask_listing, drift, hear_listing
from hamn.reports.report import Exit, Stop, error
from hamn.verbs.world import Connections


async def look(pair: Pair, reached: Connections, facts: Facts, owner: str) -> Drift:
    """Both machines answer. Raises Stop where nothing is declared, or a machine can't list it."""
    asked = {}
    for name in (owner, pair.other(owner).name):
        platform = facts[name].platform
        command = ask_listing(pair, platform) if platform is not None else None
        if command is None:
            hint = 'say what: [sync] files = ["/etc/hosts"], or lists = ["names", "keys"]'
            raise Stop(Exit.USAGE, [error("nothing-to-sync", "no files are declared", pair.source, hint)])
        asked[name] = (reached.shells[name], command)
    answers = await asyncio.gather(*(shell.run(command) for shell, command in asked.values()))
    listings = []
    for name, answer in zip(asked, answers, strict=True):
        if (heard := hear_listing(answer)) is None:
            raise Stop(Exit.FAILED, [error("listing", f"its files can't be listed: {answer.complaint}", name)])
        listings.append(heard)
    return drift(pair, owner, *listings)
