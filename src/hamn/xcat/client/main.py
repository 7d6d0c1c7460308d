"""The client's way from its first word to its exit status."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from hamn.xcat.client.asking import CannotAsk, Question
from hamn.xcat.client.screen import Screen
from hamn.xcat.protocol import markup

DIRECT = frozenset(("chtab", "tabedit"))
"""They work on the tables themselves, daemon or not, as the real ones do."""

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """The first word is the command's name: this program is linked under all of them."""
    gc.disable()  # what is said back may be a million small things, and none of them refers back
    words = list(sys.argv if argv is None else argv)
    try:
        return run(os.path.basename(words[0]), words[1:])
    except BrokenPipeError:  # the reader has what it wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    except KeyboardInterrupt:
        return INTERRUPTED


def run(command: str, words: Sequence[str]) -> int:
    environment = os.environ
    screen = Screen(shows_server=bool(environment.get("XCATSHOWSVR")) or "-V" in words)
    try:
        question = Question(command, words)
    except CannotAsk as why:
        screen.print([str(why)])
        return why.status
    if environment.get("XCATBYPASS") or command in DIRECT:
        from hamn.xcat.client.bypass import answer

        return answer(question, screen)
    return _through_daemon(question, screen)


def _through_daemon(asked: Question, screen: Screen) -> int:
    from hamn.xcat.client.connection import Connection, EndedEarly, NoConnection, place, readable

    home = os.path.expanduser("~")
    host, port = place(os.environ)
    certificate, authority = readable(home, "client-cred.pem"), readable(home, "ca.pem")
    if not (certificate and authority):
        what = f"warning: the client certificates under {home}/.xcat are not setup correctly"
        screen.complain([f"{what}: only what anybody may do is allowed"])
    try:
        connection = Connection(host, port, certificate, authority)
    except NoConnection as why:
        screen.complain([f"Connection failure: {why}"])
        screen.print(
            [
                f"Unable to open socket connection to xcatd daemon on {host}:{port}.",
                "Verify that the xcatd daemon is running and that your SSL setup is correct.",
            ]
        )
        return why.status
    question = asked.written(os.environ)
    if traces := bool(os.environ.get("XCATXMLTRACE")):
        screen.trace(question)
    try:
        for document in connection.ask(question):
            if traces or os.environ.get("XCATSHOWXML"):
                screen.trace(document)
            screen.show(markup.read(document), is_silent=bool(os.environ.get("XCATSHOWXML")))
    except (EndedEarly, markup.BadMarkup):
        words = "ERROR/WARNING: communication with the xCAT server seems to have been ended prematurely"
        screen.complain([words])
        return screen.status or 1
    except KeyboardInterrupt:
        connection.abort()
        return INTERRUPTED
    finally:
        connection.close()
    return screen.status
