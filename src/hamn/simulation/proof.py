"""What takes may come only from somebody who has heard the other machine, or has had it switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hamn.model.command import Answer, Command

if TYPE_CHECKING:
    from hamn.simulation.conversation import Conversation

TAKES = {
    ("mount", "-t", "ext4"): "disk",
    ("ip", "addr", "add"): "address",
    ("hamn-local", "take-ownership"): "disk",
    ("tune2fs", "-f"): "disk",
    ("vgchange", "-ay"): "disk",
}
AIX_TAKES = {
    ("varyonvg",): "disk",
    ("devrsrv", "-f"): "disk",
    ("hamn-local", "in-turn", "devrsrv"): "disk",
    ("mount", "/shared"): "disk",
    ("mount", "-o", "noguard"): "disk",
}
TELLS = {"mount": "disk", "umount": "disk", "vgchange": "disk", "dmsetup": "disk", "ip": "address"} | {
    **dict.fromkeys(("varyonvg", "varyoffvg"), "disk"),
    "ifconfig": "address",
}
"""Whose end says whether anything of it is there."""
ASKS = {("cat", "/proc/self/mountinfo"): "disk", ("ip", "addr", "show"): "address"} | {
    ("mount",): "disk",
    ("hamn-local", "in-turn", "ifconfig", "-a", "then", "netstat", "-in"): "address",
}


def demanded(asked: Conversation, command: Command) -> None:
    """Before the command is sent. Who was told to take it, and fell silent since, may have it."""
    what = TAKES.get(command.argv[:3]) or TAKES.get(command.argv[:2])
    if asked.world.scene.dialect == "aix":
        what = next((AIX_TAKES[w] for n in (1, 2, 3) if (w := command.argv[:n]) in AIX_TAKES), what)
        what = "address" if command.argv[-1] == "firstalias" else what
    if what is None:
        return
    hamn, world = asked.hamn, asked.world
    others = [boot for boot in world.live() if boot is not asked.boot]
    for boot in others if not hamn.has_word else ():
        if boot.since_s > hamn.began_s and not world.holds_anything(boot.name):
            continue  # it was heard before it went down, and has come back as nobody
        known = [c for c in hamn.conversations if c.boot is boot]
        if not known or ((boot, what) in hamn.told and all(c.lost for c in known)):
            world.violate("no-proof", f"{asked.machine} was told {command}; {boot.name} is on and wasn't heard")
    hamn.told.add((asked.boot, what))


def heard(asked: Conversation, command: Command, answer: Answer) -> None:
    """Where nothing is there then, nothing of what was told before is."""
    what = TELLS.get(command.argv[0]) if answer.known else None
    if command.argv in ASKS:
        what = ASKS[command.argv] if answer.ok and _alone(asked) else None
    if what is not None:
        _disprove(asked, what)


def looked(asked: Conversation) -> None:
    """All questions were answered."""
    if _alone(asked):
        for what in ("disk", "address"):
            _disprove(asked, what)


def _alone(asked: Conversation) -> bool:
    """Whoever has a machine's lock knows that nothing of an earlier connection is at work there."""
    return asked.boot.lock is asked and not asked.running


def _disprove(asked: Conversation, what: str) -> None:
    group = asked.world.group
    held: object = asked.boot.addresses
    if what == "disk":
        held = asked.boot.mounts or (group is not None and asked.boot in group.active)
    if not held:
        asked.hamn.told.discard((asked.boot, what))
