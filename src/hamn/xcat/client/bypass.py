"""XCATBYPASS: the command at work in the client's own process. No daemon, no policy; root's tables, so root's
affair.

What it says goes through the same XML as through a daemon: the same lines come out.
"""

from __future__ import annotations

import os
import socket

from hamn.xcat.client.asking import Question
from hamn.xcat.client.screen import Screen
from hamn.xcat.commands import COMMANDS, World
from hamn.xcat.conversation import Request
from hamn.xcat.protocol import markup, response
from hamn.xcat.stores import StoreError


def answer(question: Question, screen: Screen) -> int:
    """The exit status. `is_local`: files by relative name are this user's own."""
    name = socket.gethostname().partition(".")[0]
    command = COMMANDS.get(question.command)
    if command is None:
        screen.show(markup.read(response.refused("Unsupported request")))
        return screen.status
    request = Request(
        command=question.command,
        args=tuple(question.args),
        noderange=question.noderange,
        stdin=question.stdin if question.data is None else question.data,
        host=name,
        cwd=os.getcwd(),
        is_local=True,
    )
    try:
        world = World.here(os.environ)
    except StoreError as why:
        screen.complain([f"Error: {why}"])
        return 1
    for document in response.written(command(request, world), name):
        screen.show(markup.read(document))
    return screen.status
