"""What a client sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hamn.xcat.protocol import markup

ABORT = b"<xcatrequest>\n  <abortcommand>1</abortcommand>\n</xcatrequest>\n"


def written(
    command: str,
    args: Sequence[str],
    *,
    cwd: str,
    noderange: str | None = None,
    stdin: str | None = None,
    environment: Mapping[str, str] | None = None,
    more: Mapping[str, Sequence[str]] | None = None,
) -> bytes:
    """As the real client writes it: elements by name, and a line break at the end, without which its server waits.
    `more` are other elements, each with all its texts."""
    parts: dict[str, Sequence[str]] = {"clienttype": ["cli"], "command": [command], "cwd": [cwd], **(more or {})}
    if args:
        parts["arg"] = args
    if noderange is not None:
        parts["noderange"] = [noderange]
    if stdin is not None:
        parts["stdin"] = [stdin]
    lines = {name: markup.elements(name, texts) for name, texts in parts.items()}
    if environment:
        inside = "".join(markup.elements(name, [environment[name]], "    ") for name in sorted(environment))
        lines["environment"] = f"  <environment>\n{inside}  </environment>\n"
    body = "".join(lines[name] for name in sorted(lines))
    return f"<xcatrequest>\n{body}</xcatrequest>\n".encode(markup.ENCODING, markup.ERRORS)
