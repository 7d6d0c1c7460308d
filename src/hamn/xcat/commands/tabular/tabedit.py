"""tabedit: a table in an editor. Source: tabedit(8). It needs the caller's terminal: it works in that process."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hamn.xcat.commands import files
from hamn.xcat.commands.answering import called
from hamn.xcat.commands.words import Usage, options
from hamn.xcat.commands.world import World
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.stores.store import table as known
from hamn.xcat.tables import dump

_USAGE = """\
Usage: tabedit tablename
       tabedit [-?|-h|--help|-v|--version]
    the editor is what TABEDITOR, EDITOR or VISUAL names, else vi"""


@called(_USAGE)
def tabedit(request: Request, world: World) -> Iterator[Answer]:
    _, names = options(request.args, "")
    if len(names) != 1:
        raise Usage(1)
    if not request.is_local:
        yield Answer("error", "tabedit works where its editor is: on the management node", errorcode=1)
        return
    if names[0] in ("auditlog", "eventlog"):
        what = "The auditlog and eventlog tables may not be edited. Editing will cause index regeneration."
        yield Answer("info", f"{what} Use the tabprune command.", errorcode=1)
        return
    table = known(names[0])
    before = dump.write(table, world.store.read(table.name))
    with tempfile.TemporaryDirectory(prefix="tabedit-") as directory:
        path = Path(directory, f"{table.name}.csv")
        files.write(path, before)
        yield from _edited(path)
        after = files.read(path)
    if after == before:
        yield Answer("info", "No file modifications detected, not restoring.")
        return
    rows = dump.read(table, after, path.name)
    with world.store.change([table.name]) as change:
        if dump.write(table, change.read(table.name)) == before:
            change.replace(table.name, rows)
            return
    what = f"Table {table.name} was changed by others meanwhile: nothing was written"
    yield Answer("error", f"{what} (run tabedit again)", errorcode=1)


def _edited(path: Path) -> Iterator[Answer]:
    named = (os.environ.get(name, "") for name in ("TABEDITOR", "EDITOR", "VISUAL"))
    words = shlex.split(next(filter(None, named), "vi"))
    try:
        status = subprocess.run([*words, str(path)], check=False).returncode
    except OSError as why:
        yield Answer("error", f"{words[0]}: {why.strerror}", errorcode=1)
        return
    if status:
        yield Answer("warning", f"{words[0]} ended with {status}")
