"""The two machines let each other in, and know each other: by cards that came over proven connections."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.model.command import Command
from hamn.model.step import Check, Phase, Step
from hamn.planning.setup.desk import Desk

KEYS = "ssh"
SSH = "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=5"


def key_steps(desk: Desk) -> Iterator[Step]:
    """Requirement, set-up of the standby, step 10: no password, both directions; a stale host key goes."""
    other = desk.other
    card = desk.ground.cards.get(other.name)
    if card is None:
        why = f"{other.name} doesn't answer: `hamn setup card` there, `hamn setup trust` here, and vice versa"
        yield desk.site.skip(KEYS, f"trust:{other.name}", why)
        return
    names = ",".join(dict.fromkeys((other.name, other.address)))
    reason = f"{other.name}'s root logs in to {desk.site.name}, which knows {other.name}'s host key"
    yield desk.duty(KEYS, f"trust:{other.name}", ("trust", "--as", names), reason, stdin=card)


def declaration_steps(desk: Desk) -> Iterator[Step]:
    """What is declared, word for word, on a machine that set-up isn't typed on; it goes by its own copy later."""
    path = desk.pair.source
    reason = f"{desk.site.name} goes by its own copy of the declaration"
    yield desk.duty("declaration", "put", ("content", path, "600"), reason, stdin=desk.ground.declaration)


def secret_steps(desk: Desk) -> Iterator[Step]:
    """The fence devices' password files, from this machine to the other: they never pass through anybody else."""
    other = desk.other
    files = [m.fence.password_file for m in desk.pair.machines if m.fence and m.fence.password_file]
    for path in dict.fromkeys(files):
        words = ("rsync", "--archive", "--relative", "--no-implied-dirs", "--rsh", SSH)
        place = f"{other.user}@{other.address}:/"
        look = Command((*words, "--checksum", "--dry-run", "--itemize-changes", path, place), timeout_s=30)
        yield desk.site.step(
            "declaration",
            f"secret:{path}",
            Command((*words, path, place), timeout_s=30),
            f"{other.name} must be able to switch {desk.site.name} off",
            phase=Phase.PREPARE,
            check=Check(look, r"^[<>c.]f", wanted=False),
            needs=frozenset({desk.site.id(KEYS, f"trust:{other.name}")}),
        )
