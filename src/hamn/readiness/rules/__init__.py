"""Every readiness rule, by theme; each says why it is there and where that comes from.

"Requirement" is the document "Setting up a highly available management node with shared data", by chapter;
failure modes are numbered as in docs/checks.md.
"""

from __future__ import annotations

from hamn.readiness.rule import Rule
from hamn.readiness.rules import (
    accounts,
    backup,
    fencing,
    files,
    identity,
    management_node,
    network,
    ownership,
    reach,
    redundancy,
    services,
    storage,
    time,
)

RULES: tuple[Rule, ...] = (
    *reach.RULES,
    *identity.RULES,
    *time.RULES,
    *network.RULES,
    *storage.RULES,
    *redundancy.RULES,
    *services.RULES,
    *management_node.RULES,
    *accounts.RULES,
    *files.RULES,
    *ownership.RULES,
    *fencing.RULES,
    *backup.RULES,
)
