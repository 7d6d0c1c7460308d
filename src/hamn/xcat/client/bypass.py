"""XCATBYPASS: the command at work in the client's own process. No daemon, no policy; root's tables, so root's
affair.

What it says goes through the same XML as through a daemon: the same lines come out.
"""

from __future__ import annotations

import getpass
import os
import socket

from hamn.xcat.client.asking import Question
from hamn.xcat.client.screen import Screen
from hamn.xcat.commands import COMMANDS, World
from hamn.xcat.conversation import Request
from hamn.xcat.protocol import markup, response


def answer(question: Question, screen: Screen) -> int:
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
        user=getpass.getuser(),
        host=name,
        cwd=os.getcwd(),
        is_local=True,
    )
    for document in response.written(command(request, World.here(os.environ)), name):
        screen.show(markup.read(document))
    return screen.status
