"""The two machines let each other in, and know each other: by cards that came over proven connections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hamn.local.card import HOST_KEYS, Card
from hamn.model.command import Command
from hamn.model.step import Check, Phase, Step
from hamn.planning.setup.desk import Desk
from hamn.resources.kind import Site

KEYS = "ssh"
KEPT = ".before-hamn"
# The usual file by another name: from that one ssh takes out the keys that the other's sshd doesn't show
# (UpdateHostKeys: the default, and unknown to older ones). One that is about to be shown must stay.
SSH = (
    "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=5"
    " -o UserKnownHostsFile=~/.ssh/./known_hosts"
)


def key_steps(desk: Desk) -> Iterator[Step]:
    """Requirement, set-up of the standby, step 10: no password, both directions; a stale host key goes.

    The virtual IP has one host key wherever it is: both machines' sshd have the same. While they change to it the
    other machine is known by its own key and by the new one, until its sshd shows the new one: whoever breaks off
    in between is not locked out."""
    other, card = desk.other, _card(desk, desk.other.name)
    if card is None:
        why = f"{other.name} doesn't answer: `hamn setup card` there, `hamn setup trust` here, and vice versa"
        yield desk.site.skip(KEYS, f"trust:{other.name}", why)
        return
    names = [other.name, other.address]
    needs: frozenset[str] = frozenset()
    if desk.pair.virtual_ips and (own := _card(desk, desk.site.name)) is not None:
        if set(own.hosts) == set(card.hosts):
            names += [word for ip in desk.pair.virtual_ips for word in (str(ip.address.ip), ip.hostname) if word]
            shown = _shown(desk)
            needs = frozenset({shown.id})
            yield shown
        else:
            card = replace(card, hosts=tuple(dict.fromkeys((*card.hosts, *own.hosts))))
    words = ("trust", "--as", ",".join(dict.fromkeys(names)))
    reason = f"{other.name}'s root logs in to {desk.site.name}, which knows {other.name}'s host key"
    yield desk.duty(KEYS, f"trust:{other.name}", words, reason, stdin=card.text(), needs=needs)


def _card(desk: Desk, name: str) -> Card | None:
    try:
        return Card.read(desk.ground.cards.get(name, ""))
    except ValueError:
        return None


def _shown(desk: Desk) -> Step:
    """The other machine's sshd shows the keys that lie there. Sessions that are open stay open."""
    other = desk.other
    site = Site(desk.pair, other, desk.site.facts)
    look = Command(("hamn-local", "shown-keys", other.address, str(other.port)), timeout_s=30)
    reason = f"{other.name}'s sshd shows the host keys that lie there"
    reload = site.platform.init.reload(site.platform.service("ssh"))
    check = Check(look, r"^holds$", patience_s=5)
    return site.step(KEYS, "show-keys", reload, reason, phase=Phase.PREPARE, check=check)


def host_key_steps(active: Desk) -> Iterator[Step]:
    """The active machine's ssh host keys go to the other one, which keeps its own beside: known_hosts of all who
    come to the virtual IP stay true. They pass through nobody else."""
    other = active.other
    own, there = _card(active, active.site.name), _card(active, other.name)
    if not active.pair.virtual_ips or own is None or there is None:
        return
    if set(own.hosts) == set(there.hosts):
        yield active.site.skip(KEYS, "host-keys", "the same on both machines", Phase.PREPARE)
        return
    kept = ("--checksum", "--delete", "--backup", f"--suffix={KEPT}", "--omit-dir-times")
    chosen = ("--include=/ssh_host_*_key", "--include=/ssh_host_*_key.pub", "--exclude=*")
    place = f"{other.user}@{other.address}:{HOST_KEYS}/"
    yield active.site.step(
        KEYS,
        "host-keys",
        Command(("rsync", "--archive", *kept, *chosen, "--rsh", SSH, f"{HOST_KEYS}/", place), timeout_s=30),
        f"the virtual IP shows one host key, wherever it is; {other.name}'s own stay beside as *{KEPT}",
        phase=Phase.PREPARE,
        needs=frozenset({active.site.id(KEYS, f"trust:{other.name}")}),
    )


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
