"""The accounts that own the shared files have one number on both machines."""

from __future__ import annotations

import json
from collections.abc import Iterator

from hamn.model.step import Phase, Step
from hamn.planning.setup.desk import Desk
from hamn.planning.setup.ground import targets

ACCOUNTS = "accounts"


def account_steps(desk: Desk, after: frozenset[str]) -> Iterator[Step]:
    """Requirement, set-up of the standby, step 7. The active machine has the numbers: its files are the shared
    ones. `after`: nothing runs as those accounts here."""
    known = desk.ground.accounts
    wanted = {name: found for name, found in known.get(desk.other.name, {}).items() if found is not None}
    mine = known.get(desk.site.name, {})
    differ = {name: found for name, found in wanted.items() if _numbers(mine.get(name)) != _numbers(found)}
    if not differ:
        yield desk.site.skip(ACCOUNTS, "same", "the same numbers on both machines", Phase.HAND_OVER)
        return
    tools = desk.site.platform.habits.account_tools
    by = () if tools == "shadow" else ("--with", tools)
    words = ("same-accounts", json.dumps(differ, sort_keys=True), *by, "--keep", *targets(desk.pair))
    names = ", ".join(differ)
    reason = f"files know their owners by number: {names} as on {desk.other.name}"
    yield desk.duty(ACCOUNTS, "same", words, reason, phase=Phase.HAND_OVER, needs=after, timeout_s=3600)


def _numbers(account: object) -> object:
    return (account["uid"], account["gid"]) if isinstance(account, dict) else None
