"""What happened, for a person: when, who, what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hamn.model.command import Answer, Command
from hamn.simulation.world import World


def lines(world: World) -> Iterator[str]:
    for when_s, who, what, about, more in world.story:
        text = what
        if isinstance(about, Command):
            text = f"{what}: {about}"
        elif isinstance(about, Mapping):
            text = f"{what}: {_entry(about)}"
        elif about != "":
            text = f"{what}: {about}"
        if isinstance(more, Answer):
            said = f"{more.complaint}" if not more.ok else ""
            text += f" -> {more.exit_status}{' ' + said if said else ''}"
        elif more != "":
            text += f" ({more})"
        yield f"{when_s:10.4f}  {who:<16} {text}"


def _entry(entry: Mapping[str, object]) -> str:
    event = entry.get("event")
    if event in ("begin", "end"):
        end = f" {entry.get('outcome')} {entry.get('said')}" if event == "end" else ""
        return f"{event} {entry.get('step')}{end}"
    return " ".join(
        f"{key}={entry[key]}" for key in ("event", "verb", "goal", "outcome", "active", "messages") if key in entry
    )
