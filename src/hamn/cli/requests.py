"""One handler a verb: words in, exit status out. Those that move or set up the role are in `changes`."""

from __future__ import annotations

import asyncio
import json
import os
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hamn.cli import screen
from hamn.declaration.read import read_pair
from hamn.reports.report import Exit, Stop, error
from hamn.verbs.world import World


def print_document(document: dict[str, Any]) -> None:
    print(json.dumps(document, indent=1))


def world_of(words: Namespace) -> World:
    from hamn.wiring import real_world

    return real_world(read_pair(Path(words.pair)))


def status(words: Namespace) -> int:
    from hamn.verbs.status import status as ask

    world = world_of(words)
    if words.watch:
        return screen.watch_status(lambda: asyncio.run(ask(world)), as_json=words.json)
    seen = asyncio.run(ask(world))
    if words.json:
        print_document(seen.document())
    else:
        screen.show_status(seen)
    return int(seen.exit)


def check(words: Namespace) -> int:
    from hamn.verbs.check import check as ask

    result = asyncio.run(ask(world_of(words), only=words.only, fix=words.fix))
    if words.json:
        print_document(result.document())
    else:
        screen.lines(result.lines(screen.width()))
    return int(result.exit)


def init(words: Namespace) -> int:
    text = asyncio.run(_draft(Path(words.activate_mn) if words.activate_mn else None))
    if words.output is not None:
        path = Path(words.output).absolute()
        _write_new(path, text.encode())
        screen.note(f"{path} written: read it, fill in what is marked, then `hamn check`")
    if words.json:
        print_document({"schema": "hamn.init/1", "exit_status": 0, "file": words.output, "declaration": text})
    elif words.output is None:
        print(text, end="")
    return 0


def _write_new(path: Path, content: bytes) -> None:
    from hamn.cli.new_file import write_new

    hint = "name another place with --output"
    try:
        write_new(path, content)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as why:
        raise Stop(Exit.FAILED, [error("output", f"can't write it: {why.strerror}", str(path), hint)]) from None


async def _draft(activate_mn: Path | None) -> str:
    from hamn.verbs.init import draft_declaration
    from hamn.wiring import shell_here

    shell = await shell_here()
    try:
        return await draft_declaration(shell, activate_mn)
    finally:
        await shell.close()


def sync(words: Namespace) -> int:
    from hamn.verbs.sync import sync as bring_over

    done = asyncio.run(bring_over(world_of(words), only_look=words.diff or words.dry_run))
    if words.json:
        print_document(done.document())
    else:
        for report in done.messages:
            screen.note(screen.report_line(report))
        screen.lines(done.lines())
    return int(done.exit)


def history(words: Namespace) -> int:
    from hamn.verbs.history import history as ask
    from hamn.verbs.history import operation as ask_one

    world = world_of(words)
    if words.id is None:
        past = asyncio.run(ask(world))
        if words.json:
            print_document(past.document())
        else:
            screen.lines(past.lines())
        return 0
    one = asyncio.run(ask_one(world, words.id))
    if words.json:
        print_document(one.document())
    else:
        screen.lines(one.lines())
    return 0


def report(words: Namespace) -> int:
    from hamn.verbs.remnant import pair_or_remnant, stands_alone
    from hamn.verbs.report import report as ask
    from hamn.wiring import real_world

    if words.output is not None and os.path.lexists(words.output):
        raise _taken(Path(words.output))
    pair, broken = pair_or_remnant(Path(words.pair))
    machines = [pair.machines[0].name] if stands_alone(pair) else words.machine
    archive = asyncio.run(ask(real_world(pair), machines=machines, broken=broken))
    content = archive.content()
    path = Path(words.output or f"{archive.name}.tar.gz").absolute()
    _write_new(path, content)
    status = Exit.DEGRADED if archive.missing else Exit.DONE
    for missing in archive.missing:
        screen.note(f"not had: {missing}")
    if words.json:
        print_document(
            {
                "schema": "hamn.report/1",
                "exit_status": int(status),
                "file": str(path),
                "bytes": len(content),
                "missing": [missing.document() for missing in archive.missing],
            }
        )
    else:
        print(path)
    return int(status)


def _taken(path: Path) -> Stop:
    return Stop(Exit.REFUSED, [error("output", "it is there already", str(path), "name another with --output")])


HANDLERS: dict[str, Callable[[Namespace], int]] = {
    "init": init,
    "check": check,
    "status": status,
    "sync": sync,
    "history": history,
    "report": report,
}


def handler(verb: str) -> Callable[[Namespace], int]:
    """Planning and doing are read in when they are needed: whoever only looks doesn't wait for them."""
    if verb in HANDLERS:
        return HANDLERS[verb]
    from hamn.cli import changes

    return changes.HANDLERS[verb]
