"""What set-up has to know of both machines beside the facts, and of a step whether it holds already."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hamn.facts.facts import Facts, MachineFacts
from hamn.model.command import Answer, Command
from hamn.model.pair import Pair
from hamn.model.step import Step
from hamn.resources import rows
from hamn.resources.accounts import accounts_of

Account = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ground:
    """By machine name; a machine that doesn't answer is in none of them."""

    cards: Mapping[str, str] = field(default_factory=dict)
    """A machine's card (`hamn-local card`)."""
    accounts: Mapping[str, Mapping[str, Account | None]] = field(default_factory=dict)
    marked: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Mount points that are bare and marked."""
    tables: tuple[rows.Tables, rows.Seen] | None = None
    """Of the management node, from the machine that holds the role; None where nobody could be asked."""
    declaration: str = ""
    """Its text, as the machine has it that set-up is typed on."""


def targets(pair: Pair) -> tuple[str, ...]:
    return tuple(target for filesystem in pair.filesystems for target in filesystem.targets)


def is_active(seen: MachineFacts) -> bool:
    return seen.owns


def questions(pair: Pair, facts: Facts, name: str) -> dict[str, Command]:
    """To that machine; `hear` takes the answers under the same names."""
    return {
        **(rows.questions() if is_active(facts[name]) and pair.virtual_ips else {}),
        "card": Command(("hamn-local", "card"), timeout_s=30),
        "accounts": Command(("hamn-local", "accounts", *accounts_of(pair)), timeout_s=10),
        "marked": Command(("hamn-local", "bare-marks", *targets(pair)), timeout_s=10),
    }


def hear(answers: Mapping[str, Mapping[str, Answer]], declaration: str) -> Ground:
    """Never raises: what can't be read is not known."""
    cards, accounts, marked, tables = {}, {}, {}, None
    for machine, said in answers.items():
        if said["card"].ok:
            cards[machine] = said["card"].stdout
        try:
            accounts[machine] = json.loads(said["accounts"].stdout) if said["accounts"].ok else {}
        except ValueError:
            accounts[machine] = {}
        marked[machine] = frozenset(said["marked"].stdout.splitlines())
        tables = tables or rows.hear(said)
    return Ground(cards, accounts, marked, tables, declaration)


def settled(steps: Sequence[Step], looks: Mapping[str, Answer]) -> tuple[Step, ...]:
    """The steps, those left out that hold already. What needs a step that is still to be done is done after it,
    whatever it looks like now."""
    found: list[Step] = []
    to_do: set[str] = set()
    known = {step.id for step in steps}
    for step in steps:
        answer = looks.get(step.id)
        holds = step.check is not None and answer is not None and step.check.holds(answer)
        if step.is_skipped or (holds and not step.needs & to_do):
            found.append(step if step.is_skipped else replace(step, command=None, reason="holds already"))
        else:
            to_do.add(step.id)
            found.append(replace(step, needs=step.needs & known))
    return tuple(found)
